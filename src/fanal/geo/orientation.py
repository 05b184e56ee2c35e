"""On which side of a line a point lies, exactly, however close."""

import numpy as np
from numba import njit

_SPLITTER = 134217729.0  # 2**27 + 1 (Dekker 1971)
_SURE = 3.3306690738754716e-16
"""(3 + 16 eps) eps with eps = 2**-53: above this share of its parts the rounded determinant has the right sign
(Shewchuk 1997, Discrete & Computational Geometry 18:305-363, orient2d)."""


@njit(cache=True, nogil=True, inline="always")
def side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Return 1 where (x, y) lies left of the line from a to b, -1 right of it, 0 on it; finite coordinates.

    The rounded determinant decides where it is surely right, else its exact value.

    >>> side(0.0, 0.0, 1.0, 1.0, 0.5, 0.5), side(0.0, 0.0, 1.0, 1.0, 0.5, 0.5000000000000001)
    (0, 1)
    """
    left, right = (ax - x) * (by - y), (ay - y) * (bx - x)
    found = left - right
    if abs(found) > _SURE * (abs(left) + abs(right)):
        return 1 if found > 0 else -1
    if left == 0.0 and right == 0.0 and (ax == x or by == y) and (ay == y or bx == x):
        return 0
    return exact_side(ax, ay, bx, by, x, y)


@njit(cache=True, nogil=True)
def exact_side(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Return the same, from the exact sum of the six products of the determinant (Shewchuk 1997, fig. 21).

    Limit: products below 1e-290 are not exact; no coordinate in degrees comes near.
    """
    parts = np.empty(12)
    used = 0
    for p, q in ((ax, by), (-ax, y), (-x, by), (-ay, bx), (ay, x), (y, bx)):
        high = p * q
        parts[used], parts[used + 1] = high, _error(p, q, high)
        used += 2
    # Grow an expansion whose parts do not overlap; its largest part has the sign of the sum.
    sums = np.zeros(12)
    count = 0
    for at in range(used):
        carry = parts[at]
        kept = 0
        for k in range(count):
            total = carry + sums[k]
            back = total - carry
            low = (carry - (total - back)) + (sums[k] - back)
            carry = total
            if low != 0.0:
                sums[kept] = low
                kept += 1
        if carry != 0.0:
            sums[kept] = carry
            kept += 1
        count = kept
    if count == 0:
        return 0
    return 1 if sums[count - 1] > 0 else -1


@njit(cache=True, nogil=True, inline="always")
def _error(p: float, q: float, product: float) -> float:
    """Return what rounding took from a product (Dekker 1971)."""
    big = _SPLITTER * p
    p_high = big - (big - p)
    p_low = p - p_high
    big = _SPLITTER * q
    q_high = big - (big - q)
    q_low = q - q_high
    return p_low * q_low - (((product - p_high * q_high) - p_low * q_high) - p_high * q_low)
