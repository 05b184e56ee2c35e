"""Disguise: what people do to letters so that machines do not read them, undone in folded texts."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.text.letters import CYRILLIC, GREEK, LATIN, PART, SEPARATOR, TABLE_END

LEAST_SPACED = 4
"""Single letters in a row, with one space between each two, that are read as one word."""

LEAST_DOTTED = 3
"""The same with any other single sign between them: s.o.s becomes a word, and so does an acronym."""

MOST_REPEATED = 2
"""A letter that stands more often in a row is written so often; two are a spelling."""

LATIN_OF: dict[str, str] = {
    **dict(zip("авеһіјкӏмноԛрѕтухсԁԝ", "abehijklmhoqpstyxcdw", strict=True)),
    **dict(zip("αβεικνορτυχζ", "abeikvoptuxz", strict=True)),
}
"""Lower-case letters of Cyrillic and Greek that look like Latin ones, in lower or in upper case (after Unicode
Technical Standard 39, confusables, where folding has not joined them already)."""

CYRILLIC_OF: dict[str, str] = dict(zip("abehijkmopstyxc", "авеніјкморѕтухс", strict=True))
"""Latin letters that look like Cyrillic ones."""

_SPACE = 0x20
_END = 0x600  # behind the last code point of both tables


def _table(pairs: dict[str, str]) -> NDArray[np.uint32]:
    """Return a table of look-alikes by code point, 0 where there is none."""
    table = np.zeros(_END, np.uint32)
    for letter, alike in pairs.items():
        table[ord(letter)] = ord(alike)
    return table


TO_LATIN = _table(LATIN_OF)
TO_CYRILLIC = _table(CYRILLIC_OF)


@njit(cache=True, nogil=True)
def undisguise(
    codes: NDArray[np.uint32],
    start: int,
    end: int,
    kind: NDArray[np.uint8],
    to_latin: NDArray[np.uint32],
    to_cyrillic: NDArray[np.uint32],
) -> int:
    """Undo spacing, look-alikes and repeats in one folded text, in place; returns its new end.

    In this order: letters that stand one by one become a word; a word of two alphabets becomes a word of one,
    where all letters of the other are look-alikes; a letter more than twice in a row is left twice. Linear, and
    doing it twice changes nothing.

    Args:
        codes: folded code points.
        start: the text's first place in `codes`.
        end: behind its last place.
        kind: TABLE_END; what each code point is (`letters.Letters.kind`).
        to_latin: look-alikes of Cyrillic and Greek letters.
        to_cyrillic: look-alikes of Latin letters.
    """
    end = _join(codes, start, end, kind)
    _one_alphabet(codes, start, end, kind, to_latin, to_cyrillic)
    return _squeeze(codes, start, end, kind)


@njit(cache=True, nogil=True)
def _kind(code: np.uint32, kind: NDArray[np.uint8]) -> int:
    """Return what a code point is; those beyond the table are letters of other scripts or signs: no matter here."""
    return int(kind[code]) if code < TABLE_END else 0


@njit(cache=True, nogil=True)
def _join(codes: NDArray[np.uint32], start: int, end: int, kind: NDArray[np.uint8]) -> int:
    """Drop the signs between letters that stand one by one."""
    used = at = start
    open_before = True  # the text begins, or a sign separates; codes[at - 1] may be overwritten already
    while at < end:
        last = at
        if open_before and _lone(codes, at, end, kind):
            while last + 2 < end and codes[last + 1] == codes[at + 1] and _lone(codes, last + 2, end, kind):
                last += 2
        letters = (last - at) // 2 + 1
        joined = letters > 1 and letters >= (LEAST_SPACED if codes[at + 1] == _SPACE else LEAST_DOTTED)
        open_before = _kind(codes[last], kind) == SEPARATOR
        for place in range(at, last + 1, 2 if joined else 1):
            codes[used] = codes[place]
            used += 1
        at = last + 1
    return used


@njit(cache=True, nogil=True)
def _lone(codes: NDArray[np.uint32], at: int, end: int, kind: NDArray[np.uint8]) -> bool:
    """Say whether a letter stands at a place, and the text ends or a sign separates behind it."""
    return _kind(codes[at], kind) >= LATIN and (at + 1 >= end or _kind(codes[at + 1], kind) == SEPARATOR)


@njit(cache=True, nogil=True)
def _one_alphabet(
    codes: NDArray[np.uint32],
    start: int,
    end: int,
    kind: NDArray[np.uint8],
    to_latin: NDArray[np.uint32],
    to_cyrillic: NDArray[np.uint32],
) -> None:
    """Write each word that mixes Latin with another alphabet in one of them, where look-alikes allow it."""
    at = start
    while at < end:
        latin = others = odd_latin = odd_others = greek = 0
        begin = at
        while at < end:
            code = codes[at]
            what = _kind(code, kind)
            if what < PART:
                break
            if what == LATIN:
                latin += 1
                odd_latin += code >= _END or to_cyrillic[code] == 0
            elif CYRILLIC <= what <= GREEK:
                others += 1
                greek += what == GREEK
                odd_others += code >= _END or to_latin[code] == 0
            at += 1
        if latin and others:
            if odd_others == 0 and (odd_latin > 0 or latin >= others):
                _rewrite(codes, begin, at, to_latin)
            elif odd_latin == 0 and greek == 0:
                _rewrite(codes, begin, at, to_cyrillic)
        at += 1


@njit(cache=True, nogil=True)
def _rewrite(codes: NDArray[np.uint32], start: int, end: int, table: NDArray[np.uint32]) -> None:
    """Put look-alikes in place of letters."""
    for at in range(start, end):
        if codes[at] < _END and table[codes[at]]:
            codes[at] = table[codes[at]]


@njit(cache=True, nogil=True)
def _squeeze(codes: NDArray[np.uint32], start: int, end: int, kind: NDArray[np.uint8]) -> int:
    """Keep at most two of a letter in a row."""
    used = start
    times = 0
    before = np.uint32(0)
    for at in range(start, end):
        code = codes[at]
        times = times + 1 if code == before else 1
        before = code
        if times <= MOST_REPEATED or _kind(code, kind) < LATIN:
            codes[used] = code
            used += 1
    return used
