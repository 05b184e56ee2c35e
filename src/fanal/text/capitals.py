"""Capitals: how many of a text's words in Latin letters begin with a capital, which the fold drops."""

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.fold import utf8

SHARES = (0.1, 0.3, 0.6)
"""Where one step ends and the next begins: who writes in haste is below the first, a headline often above the last."""

STEPS = len(SHARES) + 2
"""0: no word in Latin letters; then the steps of SHARES."""

_APOSTROPHE = 0x27


def capitals(texts: pa.Array | pa.ChunkedArray) -> NDArray[np.uint8]:
    """Return the step of each text: 0 where it has no word in Latin letters, else 1 and the SHARES that it reaches.

    Only a to z count: a word that begins with another letter is passed over. Linear in the length of the texts.

    Args:
        texts: as they were written, n.

    >>> capitals(pa.array(["", "no water here", "We have no water", "No Water Here", "NO WATER"])).tolist()
    [0, 1, 2, 4, 4]
    """
    content, starts = utf8(texts)
    return _capitals(content, starts, np.array(SHARES))


@njit(cache=True, nogil=True)
def _capitals(
    content: NDArray[np.uint8], starts: NDArray[np.int64], shares: NDArray[np.float64]
) -> NDArray[np.uint8]:
    """Count the words of each text and those that begin with a capital."""
    found = np.zeros(len(starts) - 1, dtype=np.uint8)
    for row in range(len(found)):
        words = high = 0
        inside = False
        for at in range(starts[row], starts[row + 1]):
            byte = int(content[at])
            small = byte | 0x20
            letter = 0x61 <= small <= 0x7A and byte < 0x80
            begins = letter and not inside
            words += begins
            high += begins and byte < 0x60
            inside = letter or 0x30 <= byte <= 0x39 or byte >= 0x80 or byte == _APOSTROPHE
        if words:
            step = 1
            for share in shares:
                step += high >= share * words
            found[row] = step
    return found
