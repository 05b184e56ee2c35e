"""Sensitivity: how far an area's rank in the index hangs on the weights, and on what no layer says."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import Group
from fanal.risk.index_parts import PARTS, TOP, Dimension, Part

CONCENTRATION = 12.0
"""Of the Dirichlet draws around the chosen weights: a weight of 0.5 then runs from about 0.27 to 0.73 (5 to 95 %)."""
LOW, HIGH = 0.05, 0.95
"""The ends of a rank interval, as shares of the draws."""
TOP_RANKS = 10
_DECIMALS = 3

_Draws = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranks:
    """Hold what the draws say of n areas that are ranked together."""

    low: NDArray[np.int32]  # [n] rank in the draw that LOW of all draws do not exceed, 1 is the highest index
    high: NDArray[np.int32]  # [n] as above for HIGH, at least `low`
    top: NDArray[np.float64]  # [n] share of the draws with a rank of at most TOP_RANKS and an index above 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Hold D draws of the weights of one group, and of what a part may be that no layer gives."""

    parts: tuple[Part, ...]  # P
    within: _Draws  # [P, D]; they add up to 1 in each dimension
    between: _Draws  # [3, D], of the dimensions; they add up to 1
    guess: _Draws  # [P, D], from 0 to TOP


def weights(group: Group, *, draws: int, rng: np.random.Generator) -> Weights:
    """Draw weights around the chosen ones: of the parts within each dimension, and of the dimensions.

    Each is Dirichlet with a mean of the chosen weights and the concentration CONCENTRATION.

    Args:
        group: has parts of its own.
        draws: D, at least 1.
        rng: the dice.
    """
    parts = tuple(part for part in PARTS if group in part.weights)
    within = np.zeros((len(parts), draws), dtype=np.float32)
    for dimension in Dimension:
        own = [number for number, part in enumerate(parts) if part.dimension is dimension]
        chosen = np.array([parts[number].weights[group] for number in own])
        within[own] = rng.dirichlet(CONCENTRATION * chosen / chosen.sum(), draws).T
    between = rng.dirichlet(np.full(len(Dimension), CONCENTRATION / len(Dimension)), draws).T
    guess = rng.random((len(parts), draws), dtype=np.float32) * np.float32(TOP)
    return Weights(parts=parts, within=within, between=between.astype(np.float32), guess=guess)


def ranks(points: NDArray[np.float64], drawn: Weights, shift: NDArray[np.int64]) -> Ranks:
    """Rank areas once in each draw, and say how far each area's ranks spread.

    In a draw the index is the geometric mean of the dimensions with the drawn weights, a dimension the mean of its
    parts; a part that no layer gives is drawn evenly from 0 to 10, apart for each area (Saisana, Saltelli and Tarantola
    2005, JRSS A 168:307-323; OECD and JRC 2008, Handbook on Constructing Composite Indicators, step 7). Areas with the
    same index share the better rank.

    Limits: the interval holds the weights and the missing parts only, neither errors in the layers nor the choice of
    parts and scales. That an area's missing parts are drawn apart makes the interval of an area with many of them wide,
    as it should be, and does not know that areas without data tend to be alike.

    Args:
        points: [n, P] scaled parts from 0 to 10, NaN for missing, in the order of `drawn.parts`.
        drawn: the weights and guesses.
        shift: [n, P] where in the guesses of a part an area begins, from 0: what tells areas apart, and is the same for
            an area in each week.

    >>> drawn = weights(Group.RESIDENTS, draws=100, rng=np.random.default_rng(1))
    >>> found = ranks(np.array([[9.0] * 7, [1.0] * 7, [5.0] * 7]), drawn, np.zeros((3, 7), int))
    >>> found.low.tolist(), found.high.tolist()
    ([1, 3, 2], [1, 3, 2])
    """
    draws = drawn.within.shape[1]
    there = ~np.isnan(points)
    filled = np.where(there, points, 0.0).astype(np.float32)
    scores = np.ones((len(points), draws), dtype=np.float32)
    for number, dimension in enumerate(Dimension):
        own = [part for part, one in enumerate(drawn.parts) if one.dimension is dimension]
        score = filled[:, own] @ drawn.within[own]
        for part in own:
            lacking = np.flatnonzero(~there[:, part])
            if len(lacking):
                turned = (shift[lacking, part][:, None] + np.arange(draws)) % draws
                score[lacking] += drawn.guess[part][turned] * drawn.within[part]
        scores *= np.power(np.maximum(score, 0.0), drawn.between[number])
    # Rounded, so that the same parts give the same index, whatever the order of the sum.
    falling = np.round(np.ascontiguousarray(-scores.T), _DECIMALS)  # [D, n]
    order = np.argsort(falling, axis=1)
    in_order = np.take_along_axis(falling, order, axis=1)
    new = np.ones(falling.shape, dtype=np.bool_)
    new[:, 1:] = in_order[:, 1:] != in_order[:, :-1]
    shared = np.maximum.accumulate(np.where(new, np.arange(1, len(points) + 1, dtype=np.int32), 0), axis=1)
    rank = np.empty_like(shared)
    np.put_along_axis(rank, order, shared, axis=1)
    ordered = np.sort(np.ascontiguousarray(rank.T), axis=1)
    at = [min(draws - 1, max(0, int(np.ceil(share * draws)) - 1)) for share in (LOW, HIGH)]
    return Ranks(
        low=ordered[:, at[0]].astype(np.int32),
        high=ordered[:, at[1]].astype(np.int32),
        top=((rank <= TOP_RANKS) & (falling < 0)).mean(axis=0),
    )


def with_ranks(index: pa.Table, *, draws: int, rng: np.random.Generator) -> pa.Table:
    """Return an index with the rank interval of each area among all areas of its group and week.

    Rows of which nothing is known have no rank. All weeks of a group share their draws, of weights and of what is
    missing in an area, so that a rank that moves from week to week moves with the layers and not with the dice.

    Args:
        index: INDEX_SCHEMA.
        draws: of the weights; 0: no ranks.
        rng: the dice.

    Returns:
        INDEX_SCHEMA with `rank_low`, `rank_high` and `top_ten`.
    """
    rows = len(index)
    low, high, top = np.zeros(rows, np.int32), np.zeros(rows, np.int32), np.full(rows, np.nan)
    if not draws or not rows:
        return index
    known = pc.is_valid(index["index"]).to_numpy()
    week = index["week"].cast(pa.int32()).to_numpy()
    scaled = pc.struct_field(index["parts"].combine_chunks().flatten(), "scaled")
    points = scaled.to_numpy(zero_copy_only=False).astype(np.float64)
    starts = np.r_[0, np.cumsum(pc.list_value_length(index["parts"]).to_numpy())]
    areas = sorted(pc.unique(index["area"]).to_pylist())
    area = pc.index_in(index["area"], pa.array(areas, pa.string())).to_numpy()
    for group in _groups(index["group"]):
        drawn = weights(group, draws=draws, rng=rng)
        shift = rng.integers(draws, size=(len(areas), len(drawn.parts)))
        of_group = pc.equal(index["group"], group.value).to_numpy() & known
        for day in np.unique(week[of_group]):
            chosen = np.flatnonzero(of_group & (week == day))
            cells = starts[chosen][:, None] + np.arange(len(drawn.parts))
            found = ranks(points[cells], drawn, shift[area[chosen]])
            low[chosen], high[chosen], top[chosen] = found.low, found.high, found.top
    ranked = ~np.isnan(top)
    columns = {
        "rank_low": pa.array(low, mask=~ranked),
        "rank_high": pa.array(high, mask=~ranked),
        "top_ten": pa.array(top, from_pandas=True),
    }
    for name, column in columns.items():
        index = index.set_column(index.schema.get_field_index(name), INDEX_SCHEMA.field(name), column)
    return index


def _groups(column: pa.ChunkedArray) -> Sequence[Group]:
    """Return the groups of a column in the order of Group, so that the draws do not hang on the order of rows."""
    there = set(pc.unique(column).to_pylist())
    return [group for group in Group if group.value in there]
