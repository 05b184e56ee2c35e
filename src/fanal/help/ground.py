"""The ground: the areas that services and people are in, each within its region, with a point for distances."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.area import lineage

REGION_LEVEL = 1
"""The finest level at which a confidential place is told: a governorate."""


class Ground:
    """Number areas, climb to those that hold them, and descend to those inside.

    >>> areas = {"area": ["a", "b"], "parent": [None, "a"], "level": [1, 2], "lon": [40.0, 41.0], "lat": [30.0, 31.0]}
    >>> ground = Ground(pa.table(areas))
    >>> ground.chain("b"), ground.region("b"), ground.inside("a").tolist(), ground.chain("elsewhere")
    (('b', 'a'), 'a', [0, 1], ('elsewhere',))
    """

    def __init__(self, areas: pa.Table) -> None:
        """Take areas (AREA_SCHEMA)."""
        codes = self._codes = areas["area"].to_pylist()
        self._number = {code: number for number, code in enumerate(codes)}
        parents = dict(zip(codes, areas["parent"].to_pylist(), strict=True))
        self._level = dict(zip(codes, areas["level"].to_pylist(), strict=True))
        self._chains = {code: lineage(code, parents) for code in codes}
        below: dict[str, list[int]] = {}
        for number, code in enumerate(codes):
            for above in self._chains[code]:
                below.setdefault(above, []).append(number)
        self._below = {code: np.array(numbers, np.int64) for code, numbers in below.items()}
        self.lon, self.lat = (areas[name].cast(pa.float64()).to_numpy() for name in ("lon", "lat"))
        self.measured = bool((~np.isnan(self.lon)).any())  # an area has a point to tell distances from

    def __len__(self) -> int:
        """Return the number of areas."""
        return len(self._number)

    def number(self, code: str | None) -> int:
        """Return an area's number; -1: it is not known."""
        return -1 if code is None else self._number.get(code, -1)

    def chain(self, code: str) -> tuple[str, ...]:
        """Return an area and those that hold it, from the inside out."""
        return self._chains.get(code, (code,))

    def inside(self, code: str) -> NDArray[np.int64]:
        """Return the numbers of an area and of all inside it; none: it is not known."""
        return self._below.get(code, np.zeros(0, np.int64))

    def codes(self, numbers: NDArray[np.int64]) -> list[str]:
        """Return the codes of areas by their numbers."""
        return [self._codes[number] for number in numbers.tolist()]

    def region(self, code: str | None) -> str | None:
        """Return the region of an area: the innermost that holds it and is no finer than a governorate.

        None where none is known: then a confidential place in it is told by no area.
        """
        if code is None:
            return None
        return next((one for one in self.chain(code) if self._level.get(one, 99) <= REGION_LEVEL), None)

    def marked(self, codes: Iterable[str]) -> NDArray[np.bool_]:
        """Return for each area whether it is one of these or inside one; a last place, False, is for the unknown."""
        found = np.zeros(len(self) + 1, dtype=np.bool_)
        for code in codes:
            found[self.inside(code)] = True
        return found
