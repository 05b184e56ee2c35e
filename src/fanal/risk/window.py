"""The windows of a scan in time: which runs of periods are looked at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Hold windows of time, counted back from the newest period: a window is what lies from `newest` to `oldest`.

    >>> [(int(a), int(b)) for a, b in zip(prospective(2).newest, prospective(2).oldest)]
    [(0, 1), (0, 2)]
    """

    newest: NDArray[np.int32]  # periods after the window; 0: it goes on now
    oldest: NDArray[np.int32]  # periods from its first one to now, that one counted; above `newest`

    @property
    def depth(self) -> int:
        """Return how many of the newest periods any window reads."""
        return int(self.oldest.max())


def spatial() -> Windows:
    """Return the one window of a study that has no time."""
    return prospective(1)


def prospective(longest: int, *, earlier: int = 0) -> Windows:
    """Return the windows that end now, shortest first.

    Args:
        longest: periods of the longest, at least 1.
        earlier: also those that ended at each of so many analyses before this one, which a replicate is searched
            for where a p-value is to hold for the whole series (Kulldorff 2001, sec. 3.2).

    Raises:
        ValueError: a number out of range.
    """
    if longest < 1 or earlier < 0:
        raise ValueError(
            f"A window has at least one period, not {longest}, and {earlier} analyses were before it."
        )
    length, end = np.meshgrid(np.arange(1, longest + 1), np.arange(earlier + 1), indexing="ij")
    return _windows(end, end + length)


def retrospective(periods: int, longest: int) -> Windows:
    """Return all windows of a study, shortest first and the newest of a length first.

    Args:
        periods: of the study, at least 1.
        longest: periods of the longest; cut to those there are.

    >>> len(retrospective(4, 2).newest)
    7
    """
    if periods < 1 or longest < 1:
        raise ValueError(f"A window has at least one period of the {periods}, not {longest}.")
    length, end = np.meshgrid(np.arange(1, min(longest, periods) + 1), np.arange(periods), indexing="ij")
    inside = end + length <= periods
    return _windows(end[inside], (end + length)[inside])


def _windows(newest: NDArray[np.integer], oldest: NDArray[np.integer]) -> Windows:
    """Return the record, flat."""
    return Windows(newest=newest.ravel().astype(np.int32), oldest=oldest.ravel().astype(np.int32))
