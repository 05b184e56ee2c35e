"""The draw of a place: one area for an author in a week, from the probabilities of the places they named."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

from fanal.model.estimate import CONTRIBUTION_SCHEMA
from fanal.model.field import field

PLACED_SCHEMA = pa.schema(
    [
        *CONTRIBUTION_SCHEMA,
        field("probability", pa.float64(), "that the author's post is about this area, from 0 to 1"),
    ]
)
"""What `draw` and `cells` read: one row a post × category × area, in any order, repeats allowed."""

_SLACK = 1e-6  # probabilities come in as float32


def cells(rows: pa.Table) -> pa.Table:
    """Merge an author-week's rows into one for each area and category, with its probability.

    The probability of a cell is the largest of its rows, so that posting the same a hundred times adds
    nothing. Where an author's areas together exceed 1, all are scaled down to 1; what is left below 1 is
    the probability of no place. A sum over an author's areas is therefore at most 1.

    Args:
        rows: PLACED_SCHEMA; the category may also be `volume`, for any post that has a place.

    Returns:
        PLACED_SCHEMA, one row an author-week × area × category, sorted by these.

    Raises:
        ValueError: a probability that is no number from 0 to 1.
    """
    merged, numbers = _merge(rows)
    return merged.set_column(4, PLACED_SCHEMA.field("probability"), pa.array(numbers.share))


def draw(rows: pa.Table, *, seed: int) -> pa.Table:
    """Draw for each author-week one area from its place probabilities, or none.

    In the area that was drawn, a category counts with the probability that its own rows give to the area,
    so that the expected number of rows in a cell is its weight in `cells`. The draw reads nothing but the
    seed, the week, the pseudonym and the author's own rows: order, batches and threads change nothing.

    Args:
        rows: PLACED_SCHEMA, as in `cells`.
        seed: any whole number from 0 to 2**64 - 1.

    Returns:
        CONTRIBUTION_SCHEMA, at most one area an author-week and one row an author-week × category,
        sorted by week, pseudonym and category.

    >>> from datetime import date
    >>> week = date(2014, 8, 4)
    >>> rows = pa.table(
    ...     [[week] * 2, [7, 7], ["pcode:A", "pcode:A"], ["need", "volume"], [1.0, 1.0]], schema=PLACED_SCHEMA
    ... )
    >>> draw(rows, seed=1)["category"].to_pylist()
    ['need', 'volume']
    """
    merged, numbers = _merge(rows)
    week = merged["week"].cast(pa.int32()).to_numpy()
    kept = _keep(
        np.uint64(seed),
        week,
        merged["pseudonym"].to_numpy(),
        numbers.author_start,
        numbers.area_start,
        numbers.share,
    )
    return merged.filter(pa.array(kept)).select(CONTRIBUTION_SCHEMA.names).cast(CONTRIBUTION_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Numbers:
    """Hold what the kernels read of merged rows."""

    author_start: NDArray[np.int64]  # first row of each author-week
    area_start: NDArray[np.int64]  # first row of each area of an author-week
    share: NDArray[np.float64]  # probability of each row, from 0 to 1


def _merge(rows: pa.Table) -> tuple[pa.Table, _Numbers]:
    """Return the merged rows, sorted, with their numbers."""
    rows = rows.select(PLACED_SCHEMA.names).cast(PLACED_SCHEMA)
    probability = rows["probability"].to_numpy()
    wrong = ~((probability >= 0) & (probability <= 1 + _SLACK))
    if wrong.any():
        raise ValueError(
            f"A place has the probability {probability[np.argmax(wrong)]}: it must lie from 0 to 1."
        )
    keys = ["week", "pseudonym", "area", "category"]
    merged = rows.group_by(keys, use_threads=False).aggregate([("probability", "max")])
    merged = merged.rename_columns(PLACED_SCHEMA.names).cast(PLACED_SCHEMA)
    merged = merged.take(pc.sort_indices(merged, [(key, "ascending") for key in keys])).combine_chunks()
    columns = [merged["week"].cast(pa.int32()), merged["pseudonym"]]
    new_author = _changes([column.to_numpy() for column in columns])
    areas = pc.index_in(merged["area"], pc.unique(merged["area"])).to_numpy()
    new_area = new_author | _changes([areas])
    numbers = _Numbers(
        author_start=np.flatnonzero(new_author),
        area_start=np.flatnonzero(new_area),
        share=np.minimum(merged["probability"].to_numpy(), 1.0),
    )
    _scale(numbers.author_start, numbers.area_start, numbers.share)
    return merged, numbers


def _changes(columns: list[NDArray[np.integer]]) -> NDArray[np.bool_]:
    """Return where a row differs from the row before, in any column."""
    changed = np.zeros(len(columns[0]), dtype=np.bool_)
    changed[:1] = True
    for column in columns:
        changed[1:] |= column[1:] != column[:-1]
    return changed


@njit(cache=True)
def _scale(
    author_start: NDArray[np.int64], area_start: NDArray[np.int64], share: NDArray[np.float64]
) -> None:
    """Scale each author's rows so that the largest shares of their areas add up to at most 1."""
    rows, area = len(share), 0
    for author in range(len(author_start)):
        end = author_start[author + 1] if author + 1 < len(author_start) else rows
        total = 0.0
        while area < len(area_start) and area_start[area] < end:
            last = area_start[area + 1] if area + 1 < len(area_start) else rows
            total += share[area_start[area] : last].max()
            area += 1
        if total > 1.0:
            for row in range(author_start[author], end):
                share[row] /= total


@njit(cache=True)
def _mix(state: np.uint64) -> np.uint64:
    """Return the next number of SplitMix64 (Steele, Lea and Flood 2014, OOPSLA, fig. 17)."""
    state = state + np.uint64(0x9E3779B97F4A7C15)
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@njit(cache=True)
def _keep(
    seed: np.uint64,
    week: NDArray[np.int32],
    pseudonym: NDArray[np.uint64],
    author_start: NDArray[np.int64],
    area_start: NDArray[np.int64],
    share: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which rows the draw keeps: those of the drawn area whose own share the dice fall into."""
    rows, area = len(share), 0
    kept = np.zeros(rows, dtype=np.bool_)
    for author in range(len(author_start)):
        first = author_start[author]
        end = author_start[author + 1] if author + 1 < len(author_start) else rows
        bits = _mix(_mix(_mix(seed) ^ pseudonym[first]) ^ np.uint64(week[first]))
        dice = float(bits >> np.uint64(11)) * 2.0**-53  # from 0 to below 1
        below = 0.0
        while area < len(area_start) and area_start[area] < end:
            last = area_start[area + 1] if area + 1 < len(area_start) else rows
            for row in range(area_start[area], last):
                kept[row] = below <= dice < below + share[row]
            below += share[area_start[area] : last].max()
            area += 1
    return kept
