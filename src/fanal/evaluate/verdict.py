"""The verdict: how many warnings came true, how many outcomes were forewarned, and how many alarms were false."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.outcomes import AHEAD_DAYS, NO, UNKNOWN, YES, Outcomes

AHEAD_WEEKS = AHEAD_DAYS // 7
BLOCK_WEEKS = 13
"""Weeks that are drawn together by the bootstrap: conflict comes in bursts, and a quarter holds most of one."""
DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Hold tallies by block of 13 weeks, B of them; each array has B whole numbers."""

    weeks: NDArray[np.int64]
    true: NDArray[np.int64]  # warnings
    false: NDArray[np.int64]  # warnings
    unjudged: NDArray[np.int64]  # warnings whose outcome is unknown
    outcomes: NDArray[np.int64]  # outcomes that began
    forewarned: NDArray[np.int64]  # of these
    standing: NDArray[np.int64]  # districts times weeks under a warning
    cells: NDArray[np.int64]  # districts times weeks
    rising: NDArray[np.int64]  # districts times weeks with an outcome
    quiet: NDArray[np.int64]  # districts times weeks without

    @property
    def precision(self) -> float | None:
        """Return true warnings as a share of those that are true or false; None: there were none."""
        return share(self.true.sum(), self.true.sum() + self.false.sum())

    @property
    def recall(self) -> float | None:
        """Return the share of outcomes that were forewarned; None: there were none."""
        return share(self.forewarned.sum(), self.outcomes.sum())

    @property
    def f1(self) -> float:
        """Return the harmonic mean of precision and recall, 0 where one of them is missing."""
        precision, recall = self.precision or 0.0, self.recall or 0.0
        return 2 * precision * recall / (precision + recall) if precision + recall else 0.0

    @property
    def false_a_month(self) -> float | None:
        """Return false warnings a month, of all districts together; None: no week was judged."""
        return share(self.false.sum(), self.weeks.sum() * 7 / DAYS_A_MONTH)

    @property
    def false_per_100_quiet_months(self) -> float | None:
        """Return false warnings for each 100 district-months without an outcome; None: there were none."""
        return share(100 * self.false.sum(), self.quiet.sum() * 7 / DAYS_A_MONTH)


def judge(alarms: NDArray[np.bool_], outcomes: Outcomes, rows: slice) -> Verdict:
    """Return the verdict on some of the weeks; those before them say only what was under way.

    Args:
        alarms: [weeks, areas].
        outcomes: [weeks, areas], of the same as-of days.
        rows: the weeks that are judged.

    >>> alarms = np.array([[True], [True], [False], [False], [True], [False]])
    >>> outcomes = np.array([[0], [1], [1], [1], [0], [0]], np.int8)
    >>> found = judge(alarms, outcomes, slice(0, 6))
    >>> found.true.sum(), found.false.sum(), found.outcomes.sum(), found.forewarned.sum()
    (np.int64(0), np.int64(2), np.int64(1), np.int64(1))
    """
    began = warnings(alarms)
    start = beginnings(outcomes)
    hit = start & _soon(alarms & (outcomes == YES))
    block = np.arange(rows.stop - rows.start) // BLOCK_WEEKS
    blocks = int(block[-1]) + 1 if len(block) else 0

    def tally(marked: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(block, marked[rows].sum(axis=1), minlength=blocks).astype(np.int64)

    return Verdict(
        weeks=np.bincount(block, minlength=blocks),
        true=tally(began & (outcomes == YES)),
        false=tally(began & (outcomes == NO)),
        unjudged=tally(began & (outcomes == UNKNOWN)),
        outcomes=tally(start),
        forewarned=tally(hit),
        standing=tally(_standing(alarms)),
        cells=tally(np.ones_like(alarms)),
        rising=tally(outcomes == YES),
        quiet=tally(outcomes == NO),
    )


def warnings(alarms: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say where warnings begin: at an alarm that comes four weeks or more after the last warning began.

    >>> warnings(np.ones((6, 1), bool)).ravel().tolist()
    [True, False, False, False, True, False]
    """
    began = np.zeros_like(alarms)
    last = np.full(alarms.shape[1], -AHEAD_WEEKS)
    for row in range(len(alarms)):
        began[row] = alarms[row] & (row - last >= AHEAD_WEEKS)
        last[began[row]] = row
    return began


def beginnings(outcomes: Outcomes) -> NDArray[np.bool_]:
    """Say where outcomes begin: at one that follows four weeks without.

    >>> beginnings(np.array([[1], [0], [1], [0], [0], [0], [0], [1]], np.int8)).ravel().tolist()
    [True, False, False, False, False, False, False, True]
    """
    held = outcomes == YES
    before = np.zeros_like(held)
    for weeks in range(1, AHEAD_WEEKS + 1):
        before[weeks:] |= held[:-weeks]
    first: NDArray[np.bool_] = held & ~before
    return first


def share(part: float, whole: float) -> float | None:
    """Return a share, or None where there is nothing to share.

    >>> share(1, 2), share(0, 0)
    (0.5, None)
    """
    return float(part / whole) if whole else None


def _soon(marked: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say where something is marked in this week or one of the three after it."""
    found = marked.copy()
    for weeks in range(1, min(AHEAD_WEEKS, len(marked))):
        found[:-weeks] |= marked[weeks:]
    return found


def _standing(alarms: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Say where an alarm of this week or one of the three before it speaks."""
    found = alarms.copy()
    for weeks in range(1, AHEAD_WEEKS):
        found[weeks:] |= alarms[:-weeks]
    return found
