"""The country: small worlds side by side that share no area and no author, so that one release tries many at once.

The gate bounds each author by that author's rows alone and draws the noise of each cell apart (the attack `rounding`
looks for cells that go together), so what happens in one world says nothing of another: a release of a country of a
thousand worlds is a thousand trials, of the gate's real code.
"""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.area import AREA_SCHEMA
from fanal.model.category import FAMILY_OF, Category, Family

CATEGORIES = tuple(kind.value for kind in Category)
FAMILIES = (Family.TRADE.value, Family.DISTRESS.value)
FAMILY = np.array([FAMILIES.index(FAMILY_OF[kind].value) for kind in Category])
"""For each category its place in FAMILIES."""

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """Hold worlds of some governorates, each with the same number of districts.

    >>> Country(worlds=2, governorates=1, districts=2).district_codes.tolist()
    [[['D0.0.0', 'D0.0.1']], [['D1.0.0', 'D1.0.1']]]
    """

    worlds: int
    governorates: int = 2
    districts: int = 1

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Return worlds, governorates, districts and categories: the cells that a row may fall into."""
        return self.worlds, self.governorates, self.districts, len(CATEGORIES)

    @property
    def governorate_codes(self) -> NDArray[np.str_]:
        """Return the codes [worlds, governorates]."""
        return np.array(
            [[f"G{w}.{g}" for g in range(self.governorates)] for w in range(self.worlds)], dtype=np.str_
        )

    @property
    def district_codes(self) -> NDArray[np.str_]:
        """Return the codes [worlds, governorates, districts]."""
        codes = [
            [[f"D{w}.{g}.{d}" for d in range(self.districts)] for g in range(self.governorates)]
            for w in range(self.worlds)
        ]
        return np.array(codes, dtype=np.str_)

    @property
    def areas(self) -> pa.Table:
        """Return AREA_SCHEMA, with a point for each area."""
        return _areas(self)

    def people(
        self,
        crowd: Counts,
        author: NDArray[np.bool_],
        inside: NDArray[np.bool_],
        *,
        week: date,
        dice: np.random.Generator,
    ) -> pa.Table:
        """Return the contributions of a week, as the gate takes them.

        Args:
            crowd: authors with one row each, in each cell; broadcast to `shape`.
            author: cells of the one author of each world who is attacked; broadcast to `shape`.
            inside: [worlds] whether that author is there.
            week: Monday.
            dice: draws the pseudonyms of those who are attacked.
        """
        each = np.broadcast_to(crowd, self.shape).ravel()
        cells = np.repeat(np.arange(each.size), each)
        there = np.broadcast_to(author, self.shape) & inside[:, None, None, None]
        own = np.flatnonzero(there.ravel())
        world = own // (each.size // self.worlds)
        names = dice.integers(2**62, 2**63, self.worlds, dtype=np.uint64)
        cells = np.concatenate([cells, own])
        who = np.concatenate([np.arange(1, each.sum() + 1, dtype=np.uint64), names[world]])
        areas = pa.array(self.district_codes.ravel().tolist(), pa.string())
        return pa.table(
            {
                "week": pa.array(np.full(len(cells), (week - date(1970, 1, 1)).days, np.int32)).cast(
                    pa.date32()
                ),
                "pseudonym": pa.array(who),
                "area": areas.take(pa.array(cells // len(CATEGORIES))),
                "category": pa.array(CATEGORIES, pa.string()).take(pa.array(cells % len(CATEGORIES))),
            }
        )


@lru_cache(maxsize=4)
def _areas(country: Country) -> pa.Table:
    """Return the areas of a country; asked for with each release of it."""
    above = country.governorate_codes.ravel().tolist()
    below = country.district_codes.ravel().tolist()
    codes = ["C", *above, *below]
    columns = {
        "area": codes,
        "parent": [None, *["C"] * len(above), *np.repeat(above, country.districts).tolist()],
        "level": [0, *[1] * len(above), *[2] * len(below)],
        "name": codes,
        "lon": np.linspace(-179, 179, len(codes)).tolist(),
        "lat": [0.0] * len(codes),
    }
    return pa.table(
        [
            pa.array(columns[one.name], one.type) if one.name in columns else pa.nulls(len(codes), one.type)
            for one in AREA_SCHEMA
        ],
        schema=AREA_SCHEMA,
    )


def cells(country: Country, *marked: tuple[int, int, str]) -> NDArray[np.bool_]:
    """Return the cells [governorates, districts, categories] with these governorates, districts and categories.

    >>> cells(Country(worlds=1), (0, 0, "offer"), (1, 0, "need")).sum()
    np.int64(2)
    """
    found = np.zeros(country.shape[1:], dtype=np.bool_)
    for governorate, district, category in marked:
        found[governorate, district, CATEGORIES.index(category)] = True
    return found


def by_family(counts: Counts) -> Counts:
    """Return the public table behind some cells.

    Args:
        counts: [worlds, governorates, districts, categories].

    Returns:
        [worlds, governorates, FAMILIES].
    """
    summed = counts.sum(axis=2)
    return np.stack([summed[..., n == FAMILY].sum(axis=-1) for n in range(len(FAMILIES))], axis=-1)
