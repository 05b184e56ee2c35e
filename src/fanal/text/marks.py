"""Marks: what a text bears beside its words: addresses, handles, hashtags, questions, quotations, faces, its length."""

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.text.fold import Folded

MARKS = (
    "address",
    "addresses",
    "handle",
    "repost",
    "hashtag",
    "hashtags",
    "exclamation",
    "exclamations",
    "question",
    "quotation",
    "colon",
    "ellipsis",
    "digit",
    "picture",
    "dash",
    "face",
    "length",
)
"""What is looked for; the last one is a number below STEPS, the others are there or not.

An address is `://`, or `[url]`, which stands in its place in many collections. A dash is one with a space on either
side, or `|` likewise: behind it a headline names its paper. A face is made of signs: `:)`, `;-)`, `:d`, `<3`."""

STEPS = 8
"""Steps of length, from 0, each of STEP letters; all that is longer is in the last."""

STEP = 32

MANY = 3
"""Hashtags from which on there are `hashtags`."""

(
    HASH,
    AT,
    EXCLAMATION,
    ASK,
    QUOTE,
    COLON,
    SLASH,
    DOT,
    DIGIT,
    BRACKET,
    DASH,
    HEART,
    EYES,
    PICTURE,
    KINDS,
) = range(1, 16)
"""Kinds of signs; 0 is everything else."""

_SIGNS = {
    HASH: "#",
    AT: "@",
    EXCLAMATION: "!",
    ASK: "?\u061f",
    QUOTE: '"“”«»',
    COLON: ":",
    SLASH: "/",
    DOT: ".",
    BRACKET: "[",
    DASH: "-–—|",
    HEART: "<",
    EYES: ";",
}
_END = 0x2100
"""Behind the last code point of the table of signs."""

PICTURES = (0x1F000, 0x1FFFF)
"""The pictographs that people write with (Unicode 15, blocks from Mahjong Tiles on)."""

_R, _T, _SPACE, _MINUS, _THREE = ord("r"), ord("t"), ord(" "), ord("-"), ord("3")
_MASKED = np.array([ord(letter) for letter in "url]"], np.uint32)
_MOUTHS = np.array([ord(sign) for sign in ")(dp"], np.uint32)


def _table() -> NDArray[np.uint8]:
    """Return the kind of each sign, by code point."""
    table = np.zeros(_END, np.uint8)
    for kind, signs in (*_SIGNS.items(), (DIGIT, "0123456789")):
        for sign in signs:
            table[ord(sign)] = kind
    return table


_KIND = _table()


def marks(folded: Folded) -> NDArray[np.uint32]:
    """Return the marks of each text as bits in the order of MARKS, the length in the bits from the last one on.

    Linear in the length of the texts.

    >>> from fanal.text.fold import fold
    >>> import pyarrow as pa
    >>> found = marks(fold(pa.array(["RT @user: help!! https://x.org", "We are fine", ""])))
    >>> names(int(found[0]))
    ['address', 'handle', 'repost', 'exclamation', 'exclamations', 'colon', 'length 0']
    >>> names(int(found[1])), names(int(found[2]))
    (['length 0'], ['length 0'])
    """
    return _marks(folded.codes, folded.offsets, _KIND)


def names(bits: int) -> list[str]:
    """Return the names of the marks of one text."""
    last = len(MARKS) - 1
    return [name for at, name in enumerate(MARKS[:last]) if bits >> at & 1] + [
        f"{MARKS[last]} {bits >> last}"
    ]


@njit(cache=True, nogil=True)
def _follows(codes: NDArray[np.uint32], at: int, end: int, letters: NDArray[np.uint32]) -> bool:
    """Say whether some letters stand at a place."""
    return at + len(letters) <= end and bool((codes[at : at + len(letters)] == letters).all())


@njit(cache=True, nogil=True)
def _alone(codes: NDArray[np.uint32], at: int, first: int, end: int) -> bool:
    """Say whether a sign stands between two spaces."""
    return first < at < end - 1 and codes[at - 1] == _SPACE and codes[at + 1] == _SPACE


@njit(cache=True, nogil=True)
def _is_face(codes: NDArray[np.uint32], at: int, end: int, kind: int) -> bool:
    """Say whether a face begins here: eyes, a nose perhaps, a mouth, then a space or the end; or `<3`."""
    if kind == HEART:
        return at + 1 < end and codes[at + 1] == _THREE
    if kind not in (COLON, EYES):
        return False
    mouth = at + 1 + (at + 1 < end and codes[at + 1] == _MINUS)
    if mouth >= end or (mouth + 1 < end and codes[mouth + 1] != _SPACE):
        return False
    return bool((codes[mouth] == _MOUTHS).any())


@njit(cache=True, nogil=True)
def _marks(
    codes: NDArray[np.uint32], offsets: NDArray[np.int64], table: NDArray[np.uint8]
) -> NDArray[np.uint32]:
    """Count the signs of each text, and those that stand twice in a row."""
    found = np.zeros(len(offsets) - 1, dtype=np.uint32)
    count = np.zeros(KINDS, dtype=np.int64)
    twice = np.zeros(KINDS, dtype=np.int64)
    for row in range(len(found)):
        first, end = offsets[row], offsets[row + 1]
        count[:] = 0
        twice[:] = 0
        schemes = masked = dashes = faces = last = before = 0
        for at in range(first, end):
            code = codes[at]
            kind = int(table[code]) if code < _END else PICTURE * (PICTURES[0] <= code <= PICTURES[1])
            if not kind:  # nearly all
                before, last = last, 0
                continue
            count[kind] += 1
            twice[kind] += kind == last
            schemes += kind == SLASH and last == SLASH and before == COLON
            masked += kind == BRACKET and _follows(codes, at + 1, end, _MASKED)
            dashes += kind == DASH and _alone(codes, at, first, end)
            faces += _is_face(codes, at, end, kind)
            before, last = last, kind
        repost = (
            end - first > 3 and codes[first] == _R and codes[first + 1] == _T and codes[first + 2] == _SPACE
        )
        flags = (
            schemes + masked > 0,
            schemes + masked > 1,
            count[AT] > 0,
            repost,
            count[HASH] > 0,
            count[HASH] >= MANY,
            count[EXCLAMATION] > 0,
            twice[EXCLAMATION] > 0,
            count[ASK] > 0,
            count[QUOTE] > 0,
            count[COLON] > schemes,
            twice[DOT] > 0,
            count[DIGIT] > 0,
            count[PICTURE] > 0,
            dashes > 0,
            faces > 0,
        )
        bits = min((end - first) // STEP, STEPS - 1) << len(flags)
        for place in range(len(flags)):
            bits |= int(flags[place]) << place
        found[row] = bits
    return found
