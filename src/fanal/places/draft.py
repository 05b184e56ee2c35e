"""The draft: entries and their names while a gazetteer is built, before they are sorted and frozen."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import pyarrow as pa

from fanal.places.entry import ENTRY_SCHEMA, Kind, Relation

UNKNOWN = math.nan


@dataclass(slots=True, kw_only=True)
class Draft:
    """Collect entries, n, and names, m; rows are never taken away, so that a row stays what it is."""

    identifier: list[str] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    kind: list[Kind] = field(default_factory=list)
    lon: list[float] = field(default_factory=list)  # NaN: not known yet
    lat: list[float] = field(default_factory=list)
    extent_km: list[float] = field(default_factory=list)  # 0: not known yet
    population: list[int] = field(default_factory=list)
    country: list[str] = field(default_factory=list)
    holder: list[int] = field(default_factory=list)
    source: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)  # m
    of: list[int] = field(default_factory=list)  # m; the entry
    relation: list[Relation] = field(default_factory=list)  # m
    row: dict[str, int] = field(default_factory=dict)  # identifier, and other codes, to entry

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self.name)

    def add(
        self,
        identifier: str,
        name: str,
        kind: Kind,
        *,
        country: str,
        holder: int,
        source: int,
        lon: float = UNKNOWN,
        lat: float = UNKNOWN,
        extent_km: float = 0.0,
        population: int = 0,
    ) -> int:
        """Add an entry under its name and return its row.

        >>> draft = Draft()
        >>> draft.add("own:1", "Sinuni", Kind.CITY, country="IQ", holder=-1, source=0)
        0
        >>> draft.texts, draft.row["own:1"]
        (['Sinuni'], 0)
        """
        row = len(self.name)
        self.identifier.append(identifier)
        self.name.append(name)
        self.kind.append(kind)
        self.lon.append(lon)
        self.lat.append(lat)
        self.extent_km.append(extent_km)
        self.population.append(population)
        self.country.append(country)
        self.holder.append(holder)
        self.source.append(source)
        self.row[identifier] = row
        self.call(row, (name,), Relation.NAME)
        return row

    def call(self, row: int, names: Iterable[str | None], relation: Relation = Relation.OTHER) -> None:
        """Give an entry further names; empty ones are left out."""
        for name in names:
            if name:
                self.texts.append(name)
                self.of.append(row)
                self.relation.append(relation)

    def names_of(self) -> list[list[str]]:
        """Return the names of each entry so far."""
        found: list[list[str]] = [[] for _ in self.name]
        for row, text in zip(self.of, self.texts, strict=True):
            found[row].append(text)
        return found

    def table(self) -> pa.Table:
        """Return the entries as ENTRY_SCHEMA."""
        return pa.table(
            [pa.array(getattr(self, column.name), column.type) for column in ENTRY_SCHEMA],
            schema=ENTRY_SCHEMA,
        )
