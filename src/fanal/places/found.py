"""Found: the places that a reader finds in texts, with every candidate's probability, and what a reader must offer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


class PlaceType(IntEnum):
    """Say what sort of place a mention names; the first eight are those of `entry.Kind`."""

    COUNTRY = 0
    REGION = 1  # first level: governorate, state, province
    DISTRICT = 2  # second level: district, county
    SUBDISTRICT = 3
    CITY = 4  # populated place of any size
    NATURAL = 5  # river, mountain, sea
    CONTINENT = 6
    OTHER = 7
    NEIGHBOURHOOD = 8
    STREET = 9
    SITE = 10  # made by people: school, hospital, camp
    ISLAND = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Hold r mentions of places in texts, and for each the places of the gazetteer that it may stand for.

    Two probabilities are kept apart: `presence`, that the words name a place at all, and `probability`, which place
    it is if so. What the probabilities of a mention lack to 1 is "none of these".
    """

    row: NDArray[np.int64]  # r; the text; not decreasing where a reader found the mentions itself
    start: NDArray[np.int64]  # r; first code point in the text as written
    end: NDArray[np.int64]  # r; behind the last one, above `start`
    type: NDArray[np.int8]  # r; of PlaceType
    presence: NDArray[np.float64]  # r; 0 to 1
    offsets: NDArray[np.int64]  # r + 1; mention i has the candidates offsets[i] to offsets[i + 1]
    entry: NDArray[np.int32]  # c; row of the gazetteer, likeliest first, all that it has for the name
    probability: NDArray[np.float64]  # c; 0 to 1; at most 1 in all for a mention

    def __len__(self) -> int:
        """Return the number of mentions."""
        return len(self.row)


class PlaceReader(Protocol):
    """Find the places in texts and say where they are."""

    def read(self, texts: pa.Array | pa.ChunkedArray, languages: Sequence[str | None]) -> Found:
        """Find the mentions of places.

        Args:
            texts: as they were written, n.
            languages: ISO 639 code of each, None where nobody knows, n.
        """
        ...

    def resolve(
        self,
        texts: pa.Array | pa.ChunkedArray,
        languages: Sequence[str | None],
        row: NDArray[np.int64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
    ) -> Found:
        """Say which places given mentions stand for: one mention out for each in, in the same order.

        Args:
            texts: as they were written, n.
            languages: ISO 639 code of each, None where nobody knows, n.
            row: the text of each mention, m.
            start: first code point, m.
            end: behind the last one, m.
        """
        ...

    def where(self, entry: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return longitude and latitude of entries, in degrees; NaN where nobody knows."""
        ...

    def country(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the country of each entry, ISO 3166-1 alpha-2; empty: none or several."""
        ...

    def is_country(self, entry: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Say of each entry whether it is a country."""
        ...

    def region(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return the identifier of the first-level area of each entry, its own for such an area; empty: none."""
        ...
