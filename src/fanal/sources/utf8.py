"""UTF-8, checked byte by byte inside the kernels that cut a file into rows (Unicode 17, table 3-7)."""

import numpy as np
from numba import njit

VALID = 0
INVALID = 1
_STATES = 9


def _table() -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    """Return the next state for each state and byte; 0 is between characters, 1 is broken for good."""
    step = np.full((_STATES, 256), INVALID, np.uint8)
    step[0, 0x00:0x80] = 0
    step[0, 0xC2:0xE0] = 2  # one more byte
    step[0, 0xE0] = 4
    step[0, 0xE1:0xED] = 3  # two more bytes
    step[0, 0xED] = 5
    step[0, 0xEE:0xF0] = 3
    step[0, 0xF0] = 7
    step[0, 0xF1:0xF4] = 6  # three more bytes
    step[0, 0xF4] = 8
    step[2, 0x80:0xC0] = 0
    step[3, 0x80:0xC0] = 2
    step[4, 0xA0:0xC0] = 2  # no overlong forms
    step[5, 0x80:0xA0] = 2  # no surrogates
    step[6, 0x80:0xC0] = 3
    step[7, 0x90:0xC0] = 3  # no overlong forms
    step[8, 0x80:0x90] = 3  # nothing beyond U+10FFFF
    return step


STEP = _table()


@njit(cache=True, nogil=True)
def is_utf8(data: np.ndarray, start: int, end: int) -> bool:
    """Tell whether the bytes from start to end are UTF-8."""
    state = 0
    for i in range(start, end):
        byte = data[i]
        if state == 0 and byte < 0x80:
            continue
        state = STEP[state, byte]
    return state == VALID
