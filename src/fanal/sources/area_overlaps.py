"""Areas of one level that overlap: a point there would count for one of them and be missing in the other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

BIG = 0.01
"""Share of the smaller area. What two files draw of one border differs by slivers, which are far below."""


def later_ones(shapes: Sequence[Any], levels: Sequence[int]) -> NDArray[np.int64]:
    """Return the places of those areas that an earlier one of their level overlaps by more than BIG.

    Holes and gaps are no overlap: what lies in them lies outside all areas.

    Args:
        shapes: valid polygons, n.
        levels: n.

    >>> box = shapely.box
    >>> later_ones([box(0, 0, 2, 2), box(1, 0, 3, 2), box(2, 0, 4, 2), box(1, 0, 3, 2)], [1, 1, 1, 2]).tolist()
    [1, 2]
    """
    drawn, level = np.array(shapes, dtype=object), np.array(levels, dtype=np.int64)
    first, second = shapely.STRtree(drawn).query(drawn, predicate="intersects")
    pairs = (first < second) & (level[first] == level[second])
    first, second = first[pairs], second[pairs]
    shared = shapely.area(shapely.intersection(drawn[first], drawn[second]))
    size = shapely.area(drawn)
    big = shared > BIG * np.minimum(size[first], size[second])
    return np.unique(second[big]).astype(np.int64)
