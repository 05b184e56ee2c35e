"""The shortfall: people in need beyond the units within reach, with what services that do not say may have."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.help.assumed import DRAWS, LEAST_KNOWN
from fanal.help.catchment import shares
from fanal.help.supply import Supply
from fanal.help.within import Bands
from fanal.model.gap import Shortage

LOW = 0.05
"""Quantile of the draws that is the low end: one draw in twenty lies below it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortfall:
    """Hold what areas get of a unit and lack, as columns over areas."""

    units: NDArray[np.float64]  # within reach, as far as services say
    services: NDArray[np.int64]  # within reach, that say
    counted_free: NDArray[np.int64]  # of these, counted by what is free
    unsaid: NDArray[np.int64]  # within reach, that do not say
    low: NDArray[np.float64]  # NaN: not known
    high: NDArray[np.float64]  # NaN: people are not known
    shortage: tuple[Shortage, ...]


def drawn(supply: Supply, rng: np.random.Generator, *, draws: int = DRAWS) -> NDArray[np.float64] | None:
    """Draw what services that do not say may have, from those of the same need and unit that do: [unsaid, draws].

    Returns:
        None where fewer than LEAST_KNOWN say.
    """
    known = supply.amount[~np.isnan(supply.amount)]
    if len(known) < LEAST_KNOWN:
        return None
    return known[rng.integers(0, len(known), (len(supply.amount) - len(known), draws))]


def shortfall(
    demand: NDArray[np.float64],
    supply: Supply,
    bands: Bands,
    weights: NDArray[np.float64],
    draws: NDArray[np.float64] | None,
) -> Shortfall:
    """Return what each area lacks of a unit.

    The high end takes services that do not say for empty; the low end is the 5th percentile of what is lacking when
    they have what was drawn. Where every service within reach says, both ends are one.

    Args:
        demand: people in need of each area; NaN: not known, such an area takes no part in the sharing out.
        supply: of the need and unit.
        bands: [areas, services of the supply].
        weights: of each band.
        draws: as `drawn` makes them.
    """
    unknown = np.isnan(supply.amount)
    counted = np.where(np.isnan(demand), 0.0, demand)
    share = shares(counted, bands, weights)
    near = bands > 0
    units = share[:, ~unknown] @ supply.amount[~unknown]
    unsaid = near[:, unknown].sum(axis=1)
    high = np.maximum(demand - units, 0.0)
    low = high.copy()
    some = np.flatnonzero(unsaid > 0)
    if draws is None:
        low[some] = np.nan
    elif len(some):
        lacking = np.maximum(
            demand[some, None] - units[some, None] - share[np.ix_(some, unknown)] @ draws, 0.0
        )
        low[some] = np.quantile(lacking, LOW, axis=1)
    services = near[:, ~unknown].sum(axis=1)
    low, high, units = (np.round(one, 1) for one in (np.minimum(low, high), high, units))
    return Shortfall(
        units=units,
        services=services,
        counted_free=near[:, supply.free].sum(axis=1),
        unsaid=unsaid,
        low=low,
        high=high,
        shortage=tuple(map(_shortage, demand, services, low, high)),
    )


def _shortage(demand: float, services: int, low: float, high: float) -> Shortage:
    """Return what can be said of one area."""
    if np.isnan(demand) or (np.isnan(low) and not services):
        return Shortage.NOT_KNOWN
    if demand == 0:
        return Shortage.NONE_COUNTED
    if high == 0:
        return Shortage.NONE_FOUND
    return Shortage.SHORT if low > 0 else Shortage.MAYBE


def columns(one: Shortfall, people: NDArray[np.float64], share: float) -> dict[str, pa.Array]:
    """Return a shortfall as columns of GAP_SCHEMA, beside the people that it is of."""
    return {
        "people": numbers(people),
        "share": pa.repeat(pa.scalar(share, pa.float64()), len(people)),
        "in_need": numbers(np.round(people * share, 1)),
        "units": numbers(one.units),
        "services": pa.array(one.services, pa.int32()),
        "counted_free": pa.array(one.counted_free, pa.int32()),
        "unsaid": pa.array(one.unsaid, pa.int32()),
        "low": numbers(one.low),
        "high": numbers(one.high),
        "shortage": pa.array([state.value for state in one.shortage], pa.string()),
    }


def numbers(values: NDArray[np.float64] | Sequence[float]) -> pa.Array:
    """Return numbers for Arrow, in which NaN is null.

    >>> numbers([1.0, float("nan")]).to_pylist()
    [1.0, None]
    """
    plain = np.asarray(values, np.float64)
    return pa.array(plain, pa.float64(), mask=np.isnan(plain))
