"""The risk index of areas × groups × weeks, composed as INFORM composes it, from dated public layers alone."""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import Group
from fanal.risk import known
from fanal.risk.index_parts import COUNTED_BY, PARTS, TOP, Dimension, Part, scaled

MIN_RESIDENTS = 1_000
"""An area with fewer residents, or with none known, has no row: a number about it would be about few people."""

UNDATED = " (from an undated list)"


def measure(
    *,
    areas: pa.Table,
    events: pa.Table | None,
    displacement: pa.Table | None,
    population: pa.Table | None,
    services: pa.Table | None,
    weeks: Sequence[date],
    event_delay_days: int,
    displacement_delay_days: int,
    groups: Sequence[Group],
) -> pa.Table:
    """Measure the risk of groups in areas, as it could be known on the Monday after each week.

    As INFORM does (De Groeve, Poljansek and Vernaccini 2015, EUR 26528): a dimension is the weighted mean
    of its parts, the index the geometric mean of the dimensions, all from 0 to 10 between fixed ends. A
    part's share of the index is its elasticity, weight x scaled / dimension / number of dimensions, and
    shares add up to 1 (Euler's theorem, as the index is homogeneous of degree one in its parts).

    What is not known is not filled in: the part is null and listed in `missing`, index and dimensions are
    taken over what is known, and `low` and `high` are the index with all missing parts at 0 and at 10.

    Args:
        areas: AREA_SCHEMA; rows are made for areas that are no other area's parent.
        events: EVENTS_SCHEMA, or None: no such layer.
        displacement: DISPLACEMENT_SCHEMA, or None.
        population: POPULATION_SCHEMA, or None, which gives no rows.
        services: SERVICES_SCHEMA, or None.
        weeks: Mondays.
        event_delay_days: from the end of an event until it is taken as known, at least 0.
        displacement_delay_days: from a round until it is taken as known, at least 0.
        groups: those of COUNTED_BY get rows where the population layer counts enough of them.

    Returns:
        INDEX_SCHEMA, sorted by area, group and week as given; ranks and silences are null here (`sensitivity`,
        `layer_silence`).

    Raises:
        ValueError: a day that is no Monday, a delay below 0.
    """
    _check(weeks, event_delay_days, displacement_delay_days)
    at = known.targets(areas, population, weeks)
    raw = (
        known.conflict(events, at, event_delay_days)
        | known.displacement(displacement, at, displacement_delay_days)
        | known.groups(population, at)
        | known.services(services, at)
    )
    undated = services is not None and services["date"].null_count > 0
    tables = [_of_group(group, at, raw, undated=undated) for group in groups]
    return pa.concat_tables(tables) if tables else INDEX_SCHEMA.empty_table()


def _check(weeks: Sequence[date], *delays: int) -> None:
    """Raise for what cannot be measured."""
    for week in weeks:
        if week.weekday():
            raise ValueError(f"{week} is no Monday: a week is written as its Monday.")
    if min(delays) < 0:
        raise ValueError("A reporting delay cannot be below 0 days.")


def _of_group(group: Group, at: known.Targets, raw: dict[str, known.Grid], *, undated: bool) -> pa.Table:
    """Return the rows of one group, areas first, then weeks."""
    kept = (at.residents >= MIN_RESIDENTS).T  # NaN compares as false
    if group in COUNTED_BY:
        kept &= ~np.isnan(raw[COUNTED_BY[group]].T)
    parts = [part for part in PARTS if group in part.weights]
    values = np.stack([raw[part.name].T[kept] for part in parts], axis=1)  # [rows, parts]
    points = np.stack([scaled(values[:, number], part) for number, part in enumerate(parts)], axis=1)
    weights = np.array([part.weights[group] for part in parts])
    composed = compose(points, weights, [part.dimension for part in parts])
    area, week = np.nonzero(kept)
    rows = len(area)
    return pa.table(
        {
            "area": pa.array(at.areas, pa.string()).take(pa.array(area)),
            "group": pa.array([group.value], pa.string()).take(pa.array(np.zeros(rows, np.int64))),
            "week": pa.array(at.weeks, pa.date32()).take(pa.array(week)),
            **{
                name: pa.array(numbers, from_pandas=True)
                for name, numbers in composed.items()
                if name != "share"
            },
            "parts": _parts(parts, values, points, composed["share"], undated=undated),
            "missing": _missing(parts, np.isnan(points)),
            **{name: pa.nulls(rows) for name in ("rank_low", "rank_high", "top_ten", "silent")},
        },
    ).cast(INDEX_SCHEMA)


def compose(
    points: NDArray[np.float64], weights: NDArray[np.float64], dimensions: Sequence[Dimension]
) -> dict[str, NDArray[np.float64]]:
    """Compose scaled parts into dimensions and index.

    Args:
        points: [rows, parts], 0 to 10, NaN for missing.
        weights: [parts], above 0; they count relative to their dimension.
        dimensions: of each part.

    Returns:
        `index`, `low`, `high`, `hazard`, `vulnerability`, `coping` as [rows], NaN for not known, and
        `share` as [rows, parts], NaN for missing parts.

    >>> found = compose(np.array([[8.0, 1.0, np.nan]]), np.ones(3), list(Dimension))
    >>> [round(float(found[name][0]), 2) for name in ("index", "low", "high")], found["share"].tolist()
    ([2.83, 0.0, 4.31], [[0.5, 0.5, nan]])
    """
    there = ~np.isnan(points)
    weighed = np.where(there, points, 0.0) * weights
    scores: dict[Dimension, NDArray[np.float64]] = {}
    low, high = np.ones(len(points)), np.ones(len(points))
    share = np.full(points.shape, np.nan)
    for dimension in Dimension:
        own = np.array([part is dimension for part in dimensions])
        known_weight = (there[:, own] * weights[own]).sum(axis=1)
        sums, whole = weighed[:, own].sum(axis=1), weights[own].sum()
        with np.errstate(divide="ignore", invalid="ignore"):  # nothing known: NaN, as meant
            scores[dimension] = sums / known_weight
            by_points, by_weight = weighed[:, own] / sums[:, None], weights[own] / known_weight[:, None]
        low *= sums / whole
        high *= (sums + TOP * (whole - known_weight)) / whole
        inside = np.where(sums[:, None] > 0, by_points, by_weight)
        share[:, own] = np.where(there[:, own], inside, np.nan)
    stacked = np.stack(list(scores.values()), axis=1)
    counted = (~np.isnan(stacked)).sum(axis=1)
    product = np.where(np.isnan(stacked), 1.0, stacked).prod(axis=1)
    index = np.where(counted > 0, product ** (1 / np.maximum(counted, 1)), np.nan)
    return {
        "index": index,
        "low": np.fmin(np.cbrt(low), index),  # three dimensions; the rest is rounding
        "high": np.fmax(np.cbrt(high), index),
        **{dimension.value: score for dimension, score in scores.items()},
        "share": share / np.maximum(counted, 1)[:, None],
    }


def _parts(
    parts: Sequence[Part],
    values: NDArray[np.float64],
    points: NDArray[np.float64],
    share: NDArray[np.float64],
    *,
    undated: bool,
) -> pa.ListArray:
    """Return each row's parts as a list of structs."""
    rows = len(values)
    which = pa.array(np.tile(np.arange(len(parts)), rows))
    units = [
        part.unit + (UNDATED if undated and part.dimension is Dimension.COPING else "") for part in parts
    ]
    texts = ([part.name for part in parts], [part.dimension.value for part in parts], units)
    name, dimension, unit = (pa.array(text, pa.string()).take(which) for text in texts)
    raw, scaled_points, shares = (pa.array(n.ravel(), from_pandas=True) for n in (values, points, share))
    kind = INDEX_SCHEMA.field("parts").type.value_type
    structs = pa.StructArray.from_arrays(
        [name, dimension, raw, unit, scaled_points, shares], fields=list(kind)
    )
    offsets = pa.array(np.arange(rows + 1) * len(parts), pa.int32())
    return pa.ListArray.from_arrays(offsets, structs, type=INDEX_SCHEMA.field("parts").type)


def _missing(parts: Sequence[Part], missing: NDArray[np.bool_]) -> pa.ListArray:
    """Return the names of each row's missing parts."""
    offsets = np.zeros(len(missing) + 1, dtype=np.int32)
    np.cumsum(missing.sum(axis=1), out=offsets[1:])
    names = pa.array([part.name for part in parts], pa.string()).take(pa.array(np.nonzero(missing)[1]))
    return pa.ListArray.from_arrays(pa.array(offsets), names)
