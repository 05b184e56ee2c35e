"""Span: which name of the gazetteer stands in the words of a mention, when words that only wrap it are left out."""

import tomllib
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text import words

FILE = "wrapping.toml"

NONE = -1
"""No name."""


@cache
def load_wrapping() -> NDArray[np.uint64]:
    """Return the hashes of the words that stand around a place's name, in order: "northern", "city", "محافظة".

    >>> len(load_wrapping()) > 100
    True
    """
    table = tomllib.loads(files("fanal.places").joinpath(FILE).read_text(encoding="utf-8"))
    read = words.read(pa.array([text for texts in table.values() for text in texts], pa.large_string()))
    return np.unique(read.words.hash)


def names_of(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> NDArray[np.int64]:
    """Return the name in each span, or NONE: the longest whose other words in the span are wrapping words.

    Args:
        first: first word of each span, m.
        last: its last word, included, m.
        hashes: of all words.
        found: number, first and last word of names that stand in the texts, and whether something was peeled off;
            in any order.
    """
    number, name_first, name_last, peeled = found
    order = np.lexsort((peeled, -name_last, name_first))
    begins = np.zeros(len(hashes) + 1, np.int64)
    np.cumsum(np.bincount(name_first, minlength=len(hashes)), out=begins[1:])
    return _names_of(first, last, hashes, begins, number[order], name_last[order], load_wrapping())


def names_around(
    name: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
) -> NDArray[np.int64]:
    """Return the names, and for a span without one that around it, if its other words are wrapping words.

    Of several the shortest over the span's first word is looked at. So "Haditha" has the name "Haditha district" where
    the gazetteer's longest name is that and the span the word alone.

    Args:
        name: of each span, m; NONE: it has none.
        first: first word of each span, m.
        last: its last word, included, m.
        hashes: of all words.
        found: as for `names_of`.
    """
    number, name_first, name_last, _ = found
    shorter_last = np.argsort(name_first - name_last, kind="stable")
    return _names_around(
        name,
        first,
        last,
        hashes,
        (number[shorter_last], name_first[shorter_last], name_last[shorter_last]),
        load_wrapping(),
    )


@njit(cache=True, nogil=True)
def _names_around(
    name: NDArray[np.int64],
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    wrapping: NDArray[np.uint64],
) -> NDArray[np.int64]:
    number, name_first, name_last = found
    out = name.copy()
    over = np.full(len(hashes), NONE, dtype=np.int64)
    for at in range(len(number)):
        over[name_first[at] : name_last[at] + 1] = at
    for span in range(len(first)):
        if name[span] != NONE or last[span] < first[span] or over[first[span]] == NONE:
            continue
        at = over[first[span]]
        wrapped = name_last[at] >= last[span]
        for word in range(name_first[at], name_last[at] + 1):
            wrapped = wrapped and (first[span] <= word <= last[span] or _is_in(hashes[word], wrapping))
        if wrapped:
            out[span] = number[at]
    return out


@njit(cache=True, nogil=True)
def _names_of(
    first: NDArray[np.int64],
    last: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    begins: NDArray[np.int64],
    number: NDArray[np.int64],
    name_last: NDArray[np.int64],
    wrapping: NDArray[np.uint64],
) -> NDArray[np.int64]:
    out = np.full(len(first), NONE, dtype=np.int64)
    for span in range(len(first)):
        longest = 0
        at = first[span]
        while at <= last[span]:
            for name in range(begins[at], begins[at + 1]):
                end = name_last[name]
                if end > last[span] or end - at + 1 <= longest:
                    continue
                wrapped = True
                for word in range(end + 1, last[span] + 1):
                    wrapped = wrapped and _is_in(hashes[word], wrapping)
                if wrapped:
                    longest, out[span] = end - at + 1, number[name]
            if not _is_in(hashes[at], wrapping):
                break
            at += 1
    return out


@njit(cache=True, nogil=True)
def _is_in(value: np.uint64, ordered: NDArray[np.uint64]) -> bool:
    """Say whether a value is in an ordered array."""
    at = np.searchsorted(ordered, value)
    return bool(at < len(ordered) and ordered[at] == value)
