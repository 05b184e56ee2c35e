"""Spelling: where each word stands in its text as written, with what capitals and signs; hashtags cut into words."""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.disguise import TO_CYRILLIC, TO_LATIN
from fanal.text.fold import decode, utf8
from fanal.text.letters import CODE, SEVERAL, TABLE_END, load_letters
from fanal.text.words import Text, Words, hash_codes

NO_CASE, LOWER, TITLE, CAPITALS, MIXED = range(5)
"""Shapes: no letter has a case; none is a capital; the first alone; all of two or more; anything else."""

PLAIN, HASHTAG, PIECE, JOINED, HANDLE, ADDRESS = range(6)
"""Tags: no tag; a whole hashtag; a piece of one cut at a capital; of one cut at '_'; a handle; part of an address."""

START, SPACE, COMMA, STOP, TIGHT, OTHER = range(6)
"""What stands before a word: nothing; spaces; a comma; the end of a sentence or line; no space; other signs."""

_UPPER, _LOWER, _LINE = range(1, 4)
"""Cases: a capital, a small letter; and the end of a line, which the fold makes a space."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelled:
    """Hold the words of many texts with their spelling; a hashtag of several words is cut where a capital begins."""

    words: Words  # w; as `words.words` finds them, those of hashtags cut further
    start: NDArray[np.int32]  # w; first code point, counted in the text as written
    end: NDArray[np.int32]  # w; behind the last code point
    shape: NDArray[np.uint8]  # w; NO_CASE to MIXED
    tag: NDArray[np.uint8]  # w; PLAIN to ADDRESS
    before: NDArray[np.uint8]  # w; START to OTHER
    dotted: NDArray[np.bool_]  # w; a full stop stands right behind it


def spell(text: Text, texts: pa.Array | pa.ChunkedArray) -> Spelled:
    """Look up how each word was written. Linear in the length of the texts.

    What the fold drops or writes otherwise is followed letter by letter, disguises too.

    Args:
        text: what `words.read` gave for `texts`.
        texts: as they were written, n.

    >>> from fanal.text.words import read
    >>> texts = pa.array(["Pray for #NorthMosul, é.t.é"])
    >>> found = spell(read(texts), texts)
    >>> [texts[0].as_py()[a:b] for a, b in zip(found.start, found.end)]
    ['Pray', 'for', 'North', 'Mosul', 'é.t.é']
    >>> found.shape.tolist(), found.tag.tolist(), found.before.tolist()
    ([2, 1, 2, 2, 1], [0, 0, 2, 2, 0], [0, 1, 5, 4, 2])
    """
    content, starts = utf8(texts)
    letters = load_letters()
    codes, found = text.folded.codes, text.words
    place, case = _align(
        content,
        starts,
        codes,
        text.folded.offsets,
        (letters.fold, letters.several, TO_LATIN, TO_CYRILLIC, _cases()),
    )
    about, offsets = _cut((found.start, found.end, found.offsets), codes, text.folded.offsets, case, _signs())
    start, end, shape, tag, before, dotted = np.ascontiguousarray(about.T)
    return Spelled(
        words=Words(hash=_hash(codes, start, end), start=start, end=end, offsets=offsets),
        start=place[start],
        end=place[end - 1] + np.int32(1),
        shape=shape.astype(np.uint8),
        tag=tag.astype(np.uint8),
        before=before.astype(np.uint8),
        dotted=dotted > 0,
    )


@cache
def _cases() -> NDArray[np.uint8]:
    """Return the case of each code point."""
    table = np.zeros(TABLE_END, np.uint8)
    for code in range(TABLE_END):
        category = unicodedata.category(chr(code))
        table[code] = _UPPER if category in ("Lu", "Lt") else _LOWER if category == "Ll" else 0
    table[[ord("\n"), ord("\r")]] = _LINE
    return table


@cache
def _signs() -> NDArray[np.uint8]:
    """Return what each folded sign stands for before a word, by code point: SPACE, COMMA, STOP or OTHER."""
    table = np.full(TABLE_END, OTHER, np.uint8)
    for signs, kind in (
        (" ", SPACE),
        (",\u060c\u3001", COMMA),
        (".!?\u061f\u06d4\u3002", STOP),
        ("-'_", TIGHT),
    ):
        for sign in signs:
            table[ord(sign)] = kind
    return table


@njit(cache=True, nogil=True)
def _part(code: int, step: int, fold: NDArray[np.uint32], several: NDArray[np.uint32]) -> int:
    """Return what a code point is folded to at a step; 0 where nothing."""
    if code >= TABLE_END:
        return code if step == 0 else 0
    entry = int(fold[code])
    if not entry & SEVERAL:
        return entry & CODE if step == 0 else 0
    place = entry & (SEVERAL - 1)
    return int(several[place, step + 1]) & CODE if step < several[place, 0] else 0


@njit(cache=True, nogil=True)
def _is(part: int, folded: int, to_latin: NDArray[np.uint32], to_cyrillic: NDArray[np.uint32]) -> bool:
    """Say whether a folded letter may have come from a part of a written one."""
    if part == folded:
        return True
    return part < len(to_latin) and folded in (int(to_latin[part]), int(to_cyrillic[part]))


@njit(cache=True, nogil=True)
def _align(
    content: NDArray[np.uint8],
    starts: NDArray[np.int64],
    codes: NDArray[np.uint32],
    rows: NDArray[np.int64],
    tables: tuple[
        NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint32], NDArray[np.uint8]
    ],
) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Return where each folded letter stood in its text, and its case there.

    What the fold or `undisguise` dropped is passed over: the next folded letter is never the same as what was dropped
    before it, since only signs between letters and further ones of three in a row are.
    """
    fold, several, to_latin, to_cyrillic, cases = tables
    place = np.zeros(len(codes), dtype=np.int32)
    case = np.zeros(len(codes), dtype=np.uint8)
    for row in range(len(starts) - 1):
        at, end = starts[row], starts[row + 1]
        letter, last = rows[row], rows[row + 1]
        here = 0
        while at < end and letter < last:
            code, at = decode(content, at, end)
            step = 0
            part = _part(code, 0, fold, several)
            while part and letter < last:
                if _is(part, int(codes[letter]), to_latin, to_cyrillic):
                    place[letter] = here
                    case[letter] = cases[code] if code < TABLE_END else 0
                    letter += 1
                step += 1
                part = _part(code, step, fold, several)
            here += 1
    return place, case


@njit(cache=True, nogil=True)
def _shape(case: NDArray[np.uint8], start: int, end: int) -> int:
    """Return the shape of a word."""
    upper = lower = 0
    for at in range(start, end):
        upper += case[at] == _UPPER
        lower += case[at] == _LOWER
    if not upper:
        return LOWER if lower else NO_CASE
    if not lower:
        return CAPITALS if upper > 1 else TITLE
    return TITLE if upper == 1 and case[start] == _UPPER else MIXED


@njit(cache=True, nogil=True)
def _is_digit(code: np.uint32) -> bool:
    """Say whether a folded letter is a digit."""
    return bool(0x30 <= np.int64(code) <= 0x39)


@njit(cache=True, nogil=True)
def _breaks(codes: NDArray[np.uint32], case: NDArray[np.uint8], at: int, end: int) -> bool:
    """Say whether within a hashtag another word begins: at a capital, or a digit behind letters."""
    if _is_digit(codes[at]):
        return not _is_digit(codes[at - 1])
    if case[at] != _UPPER:
        return False
    return case[at - 1] != _UPPER or (at + 1 < end and case[at + 1] == _LOWER)


@njit(cache=True, nogil=True)
def _between(
    codes: NDArray[np.uint32], case: NDArray[np.uint8], start: int, end: int, signs: NDArray[np.uint8]
) -> int:
    """Return what stands before a word, from the signs between it and the word before."""
    found = TIGHT
    for at in range(start, end):
        code = codes[at]
        sign = STOP if case[at] == _LINE else int(signs[code]) if code < TABLE_END else OTHER
        if sign == TIGHT:  # a hyphen or an apostrophe counts only where it stands alone
            sign = TIGHT if end - start == 1 else found
        if found != STOP and (sign != SPACE or found == TIGHT):
            found = sign
    return found


@njit(cache=True, nogil=True)
def _opens_address(codes: NDArray[np.uint32], start: int, end: int) -> bool:
    """Say whether the signs before a word are those of an address: ://."""
    return end - start == 3 and codes[start] == 0x3A and codes[start + 1] == 0x2F and codes[start + 2] == 0x2F


@njit(cache=True, nogil=True)
def _tag(codes: NDArray[np.uint32], begin: int, behind: int, start: int, before: int, earlier: int) -> int:
    """Return the tag of a word that begins at `start`; `begin` to `behind` is the word before it.

    Args:
        codes: folded code points.
        begin: where the row, or the word before, begins.
        behind: where the word before ends; the row's beginning for the first.
        start: where the word begins.
        before: what stands before it.
        earlier: the tag of the word before.
    """
    if _opens_address(codes, behind, start):
        return ADDRESS
    spaced = before in (START, SPACE) or start == behind
    for at in range(behind, start):
        spaced |= codes[at] == 0x20
    if earlier == ADDRESS and not spaced:
        return ADDRESS
    if start == behind:
        return PLAIN
    sign = codes[start - 1]
    if sign == 0x23:
        return HASHTAG
    if sign == 0x40:
        return HANDLE
    if (
        sign == 0x5F
        and start - behind == 1
        and begin < behind
        and earlier in (HASHTAG, PIECE, JOINED, HANDLE)
    ):
        return HANDLE if earlier == HANDLE else JOINED
    return PLAIN


@njit(cache=True, nogil=True)
def _room(values: NDArray[np.int64], used: int, wanted: int) -> NDArray[np.int64]:
    """Return the same rows with room for as many more."""
    if used + wanted <= len(values):
        return values
    grown = np.empty((2 * len(values) + wanted, values.shape[1]), dtype=np.int64)
    grown[:used] = values[:used]
    return grown


@njit(cache=True, nogil=True)
def _cut(
    found: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    codes: NDArray[np.uint32],
    rows: NDArray[np.int64],
    case: NDArray[np.uint8],
    signs: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return start, end, shape, tag, before and dotted of each word, hashtags cut, and where each row begins."""
    word_start, word_end, word_rows = found
    out = np.empty((len(word_start) + 256, 6), dtype=np.int64)
    offsets = np.zeros(len(rows), dtype=np.int64)
    used = 0
    for row in range(len(rows) - 1):
        out = _room(out, used, rows[row + 1] - rows[row] + 1)
        begin = behind = rows[row]
        tag = PLAIN
        for word in range(word_rows[row], word_rows[row + 1]):
            start, end = word_start[word], word_end[word]
            before = START if word == word_rows[row] else _between(codes, case, behind, start, signs)
            tag = _tag(codes, begin, behind, start, before, tag)
            if tag == JOINED and out[used - 1, 3] == HASHTAG:
                out[used - 1, 3] = JOINED
            whole = tag
            first = used
            for at in range(start, end):
                if at == start or (tag in (HASHTAG, JOINED) and _breaks(codes, case, at, end)):
                    if at > start:
                        whole = PIECE
                        out[used - 1, 1], out[used - 1, 2] = at, _shape(case, out[used - 1, 0], at)
                    out[used, 0], out[used, 4], out[used, 5] = at, before if at == start else TIGHT, 0
                    used += 1
            out[used - 1, 1], out[used - 1, 2] = end, _shape(case, out[used - 1, 0], end)
            out[used - 1, 5] = end < rows[row + 1] and codes[end] == 0x2E
            out[first:used, 3] = whole
            tag = whole
            begin, behind = start, end
        offsets[row + 1] = used
    return out[:used], offsets


@njit(cache=True, nogil=True)
def _hash(codes: NDArray[np.uint32], start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Return the hash of each word."""
    hashes = np.empty(len(start), dtype=np.uint64)
    for at in range(len(start)):
        hashes[at] = hash_codes(codes, start[at], end[at], 0)
    return hashes
