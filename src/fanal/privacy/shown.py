"""What is shown of noisy counts: nothing small, no district beyond its governorate, and how far off each may be."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.privacy import noise
from fanal.privacy.bounding import FAMILY_ROW, PARTNER_SIGNALS, PUBLIC_SIGNALS, Grid
from fanal.privacy.policy import Policy

HIDDEN = -1
"""Stands for a count that is not shown; one that is shown is at least 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Hold the counts of a table as its readers get them."""

    counts: NDArray[np.int64]  # [areas, signals], author-weeks, HIDDEN where not shown
    low: NDArray[np.int64]  # [areas, signals], at least 0 where shown
    high: NDArray[np.int64]  # [areas, signals]


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """Hold which cells of the partners' table lie in which cell of the public one."""

    cells: NDArray[np.int64]  # cells of the partners' table, flat, those of a group together
    starts: NDArray[
        np.int64
    ]  # [groups + 1]: where each group begins in `cells`; a group is a public cell, flat
    closed: NDArray[np.bool_]  # [groups]: its cells add up to it in truth


def draw(
    public: NDArray[np.int64], partner: NDArray[np.int64] | None, *, policy: Policy
) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
    """Add the noise of a week to the cells of both tables, as one vector; partner None: that table is not drawn."""
    if partner is None:
        drawn = noise.add(public.ravel(), max_cells=policy.max_cells, epsilon=policy.epsilon)
        return drawn.reshape(public.shape), None
    both = np.concatenate([public.ravel(), partner.ravel()])
    drawn = noise.add(both, max_cells=policy.max_cells, epsilon=policy.epsilon)
    return drawn[: public.size].reshape(public.shape), drawn[public.size :].reshape(partner.shape)


def show_public(noisy: NDArray[np.int64], policy: Policy) -> Shown:
    """Return the public table: the noisy counts as they were drawn, those below the threshold hidden."""
    return _with_ends(noisy, np.where(noisy >= policy.threshold, noisy, HIDDEN), policy)


def show_partners(
    noisy: NDArray[np.int64],
    public: NDArray[np.int64],
    *,
    cells: Grid,
    policy: Policy,
    later: NDArray[np.int64] | None = None,
) -> Shown:
    """Return the partners' table: hidden where small, and what is shown never more than its governorate.

    A cell is shown only where its own noisy count and that of its governorate x family are at least the threshold.
    The cells that are shown are fitted under the noisy count of the governorate (`fit`). Those that leave later are
    fitted after the others, under what these leave: what they had changes none of the numbers that leave before.

    Args:
        noisy: [partner areas, PARTNER_SIGNALS].
        public: [public areas, PUBLIC_SIGNALS], noisy.
        cells: of `bounding.grid`.
        policy: the numbers of the gate.
        later: [partner areas], days that each waits; None: all leave together.
    """
    waits = np.zeros(len(cells.partner_areas), np.int64) if later is None else later
    grouped = groups(cells, waits, policy)
    total = public.reshape(1, -1)
    may = total >= policy.threshold
    left = np.maximum(total, 0)
    threshold = np.array([policy.threshold], dtype=np.int64)
    counts = np.where(noisy >= policy.threshold, noisy, HIDDEN)
    flat = counts.reshape(1, -1)
    of = np.repeat(waits, len(PARTNER_SIGNALS))
    for days in np.unique(waits).tolist():
        part = _part(grouped, of == days)
        fitted = fit(noisy.reshape(1, -1), left, may, part.cells, part.starts, part.closed, threshold)
        flat[:, part.cells] = fitted[:, part.cells]
        left = left - sums(np.maximum(fitted, 0), part)
    return _with_ends(noisy, counts, policy)


def groups(cells: Grid, later: NDArray[np.int64], policy: Policy) -> Groups:
    """Return which cells of the partners' table lie in which public cell.

    A group adds up to its public cell unless an area inside is hidden or leaves later than others, or an author-week
    may have more public cells than partners' cells.
    """
    of = cells.above[:, None] * len(PUBLIC_SIGNALS) + FAMILY_ROW[None, :]
    of = np.where(cells.above[:, None] >= 0, of, -1).ravel()
    kept = np.flatnonzero(of >= 0)
    order = kept[np.argsort(of[kept], kind="stable")]
    size = len(cells.public_areas)
    inside = cells.above >= 0
    first, last = np.full(size, np.iinfo(np.int64).max), np.full(size, -1, dtype=np.int64)
    np.minimum.at(first, cells.above[inside], later[inside])
    np.maximum.at(last, cells.above[inside], later[inside])
    closed = cells.closed & (first >= last) & (policy.partner_cells >= policy.public_cells)
    return Groups(
        cells=order,
        starts=np.searchsorted(of[order], np.arange(size * len(PUBLIC_SIGNALS) + 1)),
        closed=np.repeat(closed, len(PUBLIC_SIGNALS)),
    )


def _part(whole: Groups, kept: NDArray[np.bool_]) -> Groups:
    """Return the same groups with some of their cells."""
    inside = kept[whole.cells]
    return Groups(
        cells=whole.cells[inside],
        starts=np.concatenate([[0], np.cumsum(inside)])[whole.starts].astype(np.int64),
        closed=whole.closed,
    )


def sums(counts: NDArray[np.int64], of: Groups) -> NDArray[np.int64]:
    """Return the sum of each group, [n, groups]."""
    running = np.zeros((len(counts), len(of.cells) + 1), dtype=np.int64)
    np.cumsum(counts[:, of.cells], axis=1, out=running[:, 1:])
    return running[:, of.starts[1:]] - running[:, of.starts[:-1]]


def _with_ends(noisy: NDArray[np.int64], counts: NDArray[np.int64], policy: Policy) -> Shown:
    """Return counts with the interval of the noise around what was drawn, widened to hold what is shown."""
    reach = noise.reach(policy.scale)
    hidden = counts == HIDDEN  # nothing of what was drawn stays behind what is hidden, not even under a null
    return Shown(
        counts=counts,
        low=np.where(hidden, HIDDEN, np.minimum(np.maximum(noisy - reach, 0), counts)),
        high=np.where(hidden, HIDDEN, np.maximum(noisy + reach, counts)),
    )


@njit(cache=True, nogil=True)
def fit(
    noisy: NDArray[np.int64],
    total: NDArray[np.int64],
    may: NDArray[np.bool_],
    cells: NDArray[np.int64],
    starts: NDArray[np.int64],
    closed: NDArray[np.bool_],
    threshold: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Fit the cells of each group that are shown under the group's total, in whole numbers.

    Where they add up to more than the total, or where all cells of a closed group are shown, they are replaced by the
    nearest point whose sum is the total (`nearest`).

    Args:
        noisy: [n, all cells].
        total: [n, groups], at least 0.
        may: [n, groups]: cells of this group may be shown.
        cells: as in Groups.
        starts: as in Groups.
        closed: as in Groups.
        threshold: [n]; a cell whose noisy count is below is not shown.

    Returns:
        [n, all cells], HIDDEN where not shown or in no group.
    """
    out = np.full(noisy.shape, -1, dtype=np.int64)
    for row in range(len(noisy)):
        for group in range(len(closed)):
            inside = cells[starts[group] : starts[group + 1]]
            if not may[row, group] or not len(inside):
                continue
            values, shown, added = np.empty(len(inside), np.int64), 0, 0
            for cell in inside:
                if noisy[row, cell] >= threshold[row]:
                    values[shown] = noisy[row, cell]
                    added += values[shown]
                    shown += 1
            whole = closed[group] and shown == len(inside)
            given = (
                nearest(values[:shown], total[row, group]) if added > total[row, group] or whole else values
            )
            shown = 0
            for cell in inside:
                if noisy[row, cell] >= threshold[row]:
                    out[row, cell] = given[shown] if given[shown] > 0 else -1
                    shown += 1
    return out


@njit(cache=True, nogil=True)
def nearest(values: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Return the point of {x >= 0, sum x = total} that is nearest (Euclid), in whole numbers by largest remainders.

    All that is above 0 moves by the same amount, and the rest is 0 (Held, Wolfe and Crowder 1974, Math. Program.
    6:62-88; Duchi and others 2008, ICML, fig. 1). The values are whole, so that all have the same remainder: the
    largest are rounded up first, and the earlier of two that are equal.

    >>> nearest(np.array([50, 40, 2]), 71).tolist()
    [41, 30, 0]
    """
    order = np.argsort(-values, kind="mergesort")
    rank, excess, running = 0, 0, 0
    for place in range(len(values)):
        running += values[order[place]]
        if (place + 1) * values[order[place]] > running - total:
            rank, excess = place + 1, running - total
    out = np.zeros(len(values), dtype=np.int64)
    if rank:
        less = -((-excess) // rank)
        ones = rank * less - excess
        for place in range(rank):
            out[order[place]] = values[order[place]] - less + (1 if place < ones else 0)
    return out
