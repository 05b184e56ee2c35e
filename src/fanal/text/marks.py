"""Marks: what a text bears beside its words: addresses, handles, hashtags, questions, exclamations, quotations, its length."""

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
    "length",
)
"""What is looked for; the last one is a number below STEPS, the others are there or not."""

STEPS = 8
"""Steps of length, from 0, each of STEP letters; all that is longer is in the last."""

STEP = 32

MANY = 3
"""Hashtags from which on there are `hashtags`."""

_HASH, _AT, _MARK, _ASK, _QUOTE, _COLON, _SLASH, _DOT, _SPACE = (ord(sign) for sign in '#@!?":/. ')
_ZERO, _NINE = ord("0"), ord("9")
_R, _T = ord("r"), ord("t")
_OPEN, _CLOSE, _GUILLEMET, _GUILLEMETS = 0x201C, 0x201D, 0xAB, 0xBB
_ARABIC_ASK = 0x61F
_PICTURES = 0x1F000
"""First code point of the pictographs that people write with (Unicode 15, blocks from Mahjong Tiles on)."""
_IDEOGRAPHS = 0x20000


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
    return _marks(folded.codes, folded.offsets)


def names(bits: int) -> list[str]:
    """Return the names of the marks of one text."""
    last = len(MARKS) - 1
    return [name for at, name in enumerate(MARKS[:last]) if bits >> at & 1] + [f"{MARKS[last]} {bits >> last}"]


@njit(cache=True, nogil=True)
def _marks(codes: NDArray[np.uint32], offsets: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Look at the signs of each text."""
    found = np.zeros(len(offsets) - 1, dtype=np.uint32)
    for row in range(len(found)):
        first, end = offsets[row], offsets[row + 1]
        addresses = hashtags = exclamations = 0
        handle = ask = quote = colon = dots = digit = picture = False
        before = np.uint32(_SPACE)
        for at in range(first, end):
            code = codes[at]
            # Letters of every script are between the signs of ASCII and the pictographs; most end here.
            if _NINE + 6 < code < _GUILLEMET and code != _AT:
                before = code
                continue
            if code == _SLASH:
                addresses += before == _COLON and at + 1 < end and codes[at + 1] == _SLASH
            elif code == _HASH:
                hashtags += 1
            elif code == _AT:
                handle = True
            elif code == _MARK:
                exclamations += 1 + (before == _MARK) * MANY
            elif code == _ASK or code == _ARABIC_ASK:
                ask = True
            elif code == _QUOTE or code == _OPEN or code == _CLOSE or code == _GUILLEMET or code == _GUILLEMETS:
                quote = True
            elif code == _COLON:
                colon |= not (at + 2 < end and codes[at + 1] == _SLASH and codes[at + 2] == _SLASH)
            elif code == _DOT:
                dots |= before == _DOT
            elif _ZERO <= code <= _NINE:
                digit = True
            elif _PICTURES <= code < _IDEOGRAPHS:
                picture = True
            before = code
        repost = (
            end - first > 3 and codes[first] == _R and codes[first + 1] == _T and codes[first + 2] == _SPACE
        )
        flags = (
            addresses > 0,
            addresses > 1,
            handle,
            repost,
            hashtags > 0,
            hashtags >= MANY,
            exclamations > 0,
            exclamations > MANY,
            ask,
            quote,
            colon,
            dots,
            digit,
            picture,
        )
        bits = min((end - first) // STEP, STEPS - 1) << len(flags)
        for place in range(len(flags)):
            bits |= int(flags[place]) << place
        found[row] = bits
    return found
