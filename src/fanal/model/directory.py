"""The Directory: rows of HSDS tables kept whole, and the nested documents that they make."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from fanal.model.hsds import ARRAYS, ATTRIBUTES, METADATA, OBJECTS, TABLES, link_to

Body = dict[str, Any]
"""A row: plain JSON values by column; a column that is not there was empty."""


@dataclass(frozen=True, slots=True)
class Row:
    """Hold a row of a table, with where it stood."""

    table: str  # a name of `fanal.model.hsds.TABLES`
    body: Body
    where: str  # `services.csv:3`, `services[4]`

    @property
    def id(self) -> str:
        """Return the row's id; empty where it has none."""
        return str(self.body.get("id", ""))


class Directory:
    """Hold rows, and find what belongs to one of them.

    >>> phone = Row("phone", {"id": "p", "number": "+9647701234567", "service_id": "s"}, "phones.csv:2")
    >>> one = Directory([Row("service", {"id": "s", "name": "Clinic", "status": "active"}, "services.csv:2"), phone])
    >>> one.nested("service", "s")["phones"]
    [{'id': 'p', 'number': '+9647701234567'}]
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        """Take rows; of two rows of a table with one id the first is found by it."""
        self._tables: dict[str, list[Row]] = {table: [] for table in TABLES}
        self._by_id: dict[str, dict[str, Row]] = {table: {} for table in TABLES}
        self._below: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in rows:
            self._tables[row.table].append(row)
            self._by_id[row.table].setdefault(row.id, row)
            for column, _ in _links(row.table):
                if owner_id := row.body.get(column):
                    self._below[f"{row.table}.{column}", str(owner_id)].append(row)

    def __len__(self) -> int:
        """Return the number of rows of all tables."""
        return sum(map(len, self._tables.values()))

    def rows(self, table: str) -> list[Row]:
        """Return the rows of a table, in the order in which they came."""
        return self._tables[table]

    def all(self) -> Iterator[Row]:
        """Give every row, table after table."""
        for rows in self._tables.values():
            yield from rows

    def get(self, table: str, key: str) -> Row | None:
        """Return a row by its id; None: there is none."""
        return self._by_id[table].get(key)

    def below(self, parent: str, key: str, child: str) -> list[Row]:
        """Return the rows of a table that belong to a row of another, in the order in which they came."""
        return self._below.get((f"{child}.{link_to(parent, child)}", key), [])

    def ties(self, location: str) -> list[Row]:
        """Return the rows of `service_at_location` of a location."""
        return self.below("location", location, "service_at_location")

    def nested(self, table: str, key: str, *, deep: bool = True) -> Body:
        """Return a row as a nested document, as the compiled schemas of HSDS 3.0 shape it.

        A service holds its organization, and never the other way round; links that the nesting says are left out,
        and links to rows that are not here stay.

        Args:
            table: `service`, `organization`, `service_at_location`, `location`, `taxonomy` or `taxonomy_term`.
            key: id of the row.
            deep: with arrays; else with objects alone, as lists of the API have them.

        Raises:
            KeyError: there is no such row.
        """
        return self._nest(self._by_id[table][key], frozenset({table}), deep)

    def _nest(self, row: Row, above: frozenset[str], deep: bool) -> Body:
        """Return a row with what is below it; tables above it are not entered again."""
        table, shown = row.table, self._own(row)
        for name, (column, other) in OBJECTS.get(table, {}).items():
            found = self._by_id[other].get(str(row.body.get(column, "")))
            if found and other not in above:
                shown[name] = self._nest(found, above | {other}, deep)
        if not deep:
            return shown
        arrays = dict(ARRAYS.get(table, {}))
        if table not in (ATTRIBUTES, METADATA):
            arrays["attributes"] = ATTRIBUTES
        if table != METADATA:
            arrays["metadata"] = METADATA
        for name, child in arrays.items():
            if child not in above and (child != "service" or above == {"organization"}):
                self._hang(shown, name, row, child, above)
        return shown

    def _own(self, row: Row) -> Body:
        """Return the columns of a row, without links that the nesting says, with those that every document has."""
        shown = dict(row.body)
        for column in TABLES[row.table].filled:
            shown.setdefault(column, "")
        for column, owner in _links(row.table):
            if column in shown and column not in _KEPT and self._is_here(owner, shown[column]):
                del shown[column]
        return shown

    def _hang(self, shown: Body, name: str, row: Row, child: str, above: frozenset[str]) -> None:
        """Add an array of what belongs to a row, where there is any."""
        if found := self.below(row.table, row.id, child):
            shown[name] = [self._nest(one, above | {row.table, child}, True) for one in found]

    def _is_here(self, owner: str, key: object) -> bool:
        """Say whether the row that a link leads to is here."""
        if owner:
            return str(key) in self._by_id[owner]
        return any(str(key) in known for known in self._by_id.values())


_KEPT = frozenset({"parent_organization_id", "parent_id"})
"""Links between rows of one table; no nesting says them."""


def _links(table: str) -> tuple[tuple[str, str], ...]:
    """Return the columns by which a row of a table belongs to others, each with their table; empty: to any."""
    return _LINKS[table]


_LINKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    table: (
        *shape.links.items(),
        *((("link_id", ""),) if table == ATTRIBUTES else ()),
        *((("resource_id", ""),) if table == METADATA else ()),
    )
    for table, shape in TABLES.items()
}


@dataclass(frozen=True, slots=True)
class Cleared:
    """Hold what of directories may be public on a day; only `fanal.help.public` makes one.

    The outside faces (the API, exports for the public, the page) take nothing else.
    """

    directory: Directory
    on: date  # it counts on this day and on no other
