"""Longest: of the names found in a text those that stay, so that no word is read twice."""

import numpy as np
from numba import njit
from numpy.typing import NDArray


def longest(
    first: NDArray[np.int64], last: NDArray[np.int64], peeled: NDArray[np.bool_], words: int
) -> NDArray[np.int64]:
    """Return the matches that stay: the one of most words first, then whole words, then the leftmost.

    A match stays when none of its words belongs to one that came before it in this order; among equals
    the one that is given first.

    Args:
        first: first word of each match, m; words count through all texts.
        last: last word, included, m; not before `first`.
        peeled: a clitic was taken off, m.
        words: the number of all words.

    Returns:
        Places of the matches that stay, by first word.

    >>> longest(np.array([0, 1, 3]), np.array([1, 1, 3]), np.array([False] * 3), 4).tolist()
    [0, 2]
    """
    order = np.lexsort((np.arange(len(first)), first, peeled, first - last))
    kept = _keep(first, last, order, words)
    return kept[np.argsort(first[kept], kind="stable")]


@njit(cache=True, nogil=True)
def _keep(
    first: NDArray[np.int64], last: NDArray[np.int64], order: NDArray[np.int64], words: int
) -> NDArray[np.int64]:
    """Take matches in order, as long as their words are free."""
    taken = np.zeros(words, dtype=np.bool_)
    kept = np.empty(len(order), dtype=np.int64)
    used = 0
    for match in order:
        free = True
        for word in range(first[match], last[match] + 1):
            free &= not taken[word]
        if free:
            taken[first[match] : last[match] + 1] = True
            kept[used] = match
            used += 1
    return kept[:used]
