"""Terms: the names of a text, each once, with all that the gazetteer has for it."""

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.places.file import Gazetteer

MOST_BETWEEN = 1
"""Words between two names that still speak for each other ("Paris in Texas")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Hold the terms of n texts: t terms with c candidates."""

    texts: NDArray[np.int64]  # n + 1; text i has the terms texts[i] to texts[i + 1]
    name: NDArray[np.int64]  # t; number in the gazetteer, -1: it has none
    typed: NDArray[np.int8]  # t; what the reader took it for, a Kind; -1: unknown
    offsets: NDArray[np.int64]  # t + 1; term i has the candidates offsets[i] to offsets[i + 1]
    entry: NDArray[np.int32]  # c; row of the gazetteer
    relation: NDArray[np.int8]  # c
    pairs: NDArray[np.int64]  # p by 3; a term, the one behind it in the text, the number of words between
    of: NDArray[np.int64]  # of each mention: its term


def collect(
    row: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    name: NDArray[np.int64],
    typed: NDArray[np.int8],
    gazetteer: Gazetteer,
    texts: int,
) -> Terms:
    """Return the terms of mentions.

    Args:
        row: text of each mention, m, not decreasing.
        first: its first word, m, not decreasing in a text; words count through all texts.
        last: its last word, included, m.
        name: number of its name, m; -1: each such mention is a term of its own.
        typed: what the reader took it for, m; the first mention of a term decides.
        gazetteer: the names and what each may mean.
        texts: number of texts, n.
    """
    m = len(row)
    own = np.where(name >= 0, name, len(gazetteer.offsets) + np.arange(m))
    order = np.lexsort((np.arange(m), own, row))
    new = np.ones(m, np.bool_)
    new[1:] = (row[order][1:] != row[order][:-1]) | (own[order][1:] != own[order][:-1])
    of = np.empty(m, np.int64)
    of[order] = np.cumsum(new) - 1
    lead = order[new]
    named = name[lead]
    held = np.maximum(named, 0)
    count = np.where(named >= 0, gazetteer.offsets[held + 1] - gazetteer.offsets[held], 0)
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    places = np.repeat(gazetteer.offsets[held] - offsets[:-1], count) + np.arange(offsets[-1])
    return Terms(
        texts=np.searchsorted(row[lead], np.arange(texts + 1)).astype(np.int64),
        name=named,
        typed=typed[lead],
        offsets=offsets,
        entry=gazetteer.entry[places],
        relation=gazetteer.relation[places],
        pairs=_pairs(row, first, last, of),
        of=of,
    )


@njit(cache=True, nogil=True)
def _pairs(
    row: NDArray[np.int64], first: NDArray[np.int64], last: NDArray[np.int64], of: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the neighbours with at most MOST_BETWEEN words between them."""
    found = np.empty((len(row), 3), dtype=np.int64)
    used = 0
    for mention in range(len(row) - 1):
        between = first[mention + 1] - last[mention] - 1
        if (
            row[mention] == row[mention + 1]
            and 0 <= between <= MOST_BETWEEN
            and of[mention] != of[mention + 1]
        ):
            found[used, 0], found[used, 1], found[used, 2] = of[mention], of[mention + 1], between
            used += 1
    return found[:used]
