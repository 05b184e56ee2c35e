"""Ohana's tables: a folder or a zip of CSV files as the Ohana API (an older form of HSDS) takes them."""

from collections.abc import Mapping
from pathlib import Path

from fanal.model.directory import Body, Row
from fanal.model.problem import Problem
from fanal.model.week import WEEKDAYS
from fanal.sources.cells import number
from fanal.sources.hsds_list import WRITTEN, MakeId
from fanal.sources.hsds_tables import files_of, table_rows

MARKS = frozenset({"regular_schedules.csv", "mail_addresses.csv", "holiday_schedules.csv", "taxonomy.csv"})
"""Files that Ohana has and HSDS 3 has not."""

_RENAMED: Mapping[str, Mapping[str, str]] = {
    "organization": {},
    "program": {},
    "location": {"website": "url"},
    "contact": {},
    "address": {},
    "service": {"website": "url", "eligibility": "eligibility_description", "fees": "fees_description"},
    "phone": {"number_type": "type", "department": "description"},
}
_FILES = {
    "organizations.csv": "organization",
    "programs.csv": "program",
    "locations.csv": "location",
    "services.csv": "service",
    "contacts.csv": "contact",
    "addresses.csv": "address",
    "mail_addresses.csv": "address",
    "phones.csv": "phone",
    "regular_schedules.csv": "schedule",
    "holiday_schedules.csv": "schedule",
    "taxonomy.csv": "taxonomy_term",
}
_LINKS = ("organization_id", "location_id", "service_id", "contact_id", "program_id")


def read(path: Path, rows: list[Row], problems: list[Problem], make: MakeId) -> None:
    """Read the tables; whole numbers as ids become UUIDs, and the old id stays as `source_id`.

    Raises:
        InputError: a file cannot be read.
    """
    taken = _Taken(rows, make)
    for name, text in files_of(path):
        table = _FILES.get(name)
        if table is None:
            continue
        for line, cells in table_rows(name, text, problems):
            taken.take(table, name, cells, f"{name}:{line}")
    taken.tie()


class _Taken:
    """Make rows of HSDS tables of Ohana's."""

    def __init__(self, rows: list[Row], make: MakeId) -> None:
        self._rows, self._make = rows, make
        self._owner: dict[str, str] = {}  # location -> organization
        self._services: list[tuple[Body, str]] = []

    def take(self, table: str, name: str, cells: Mapping[str, str], where: str) -> None:
        """Take one row of a file."""
        if table == "taxonomy_term":
            self._term(cells, where)
            return
        own = cells.get("id", "")
        made = (
            self._make(name, own) if own and name in ("mail_addresses.csv", "holiday_schedules.csv") else None
        )
        body: Body = {"id": made or (self._make(table, own) if own else ""), "source_id": own}
        renamed = _RENAMED.get(table, {})
        for column, cell in cells.items():
            if column in _LINKS:
                body[column] = self._make(column.removesuffix("_id"), cell)
            elif column != "id":
                body[renamed.get(column, column)] = cell
        getattr(self, f"_{table}", self._plain)(body, name, where)

    def tie(self) -> None:
        """Give each service the organization of its place, and the row that ties the two."""
        for body, where in self._services:
            place = body.pop("location_id", "")
            if owner := self._owner.get(place):
                body["organization_id"] = owner
            self._add("service", body, where)
            if place:
                tie = {"id": self._make("service_at_location", body["id"])}
                self._add(
                    "service_at_location", tie | {"service_id": body["id"], "location_id": place}, where
                )

    def _plain(self, body: Body, name: str, where: str) -> None:
        table = _FILES[name]
        if table == "organization":
            self._listed(body, "funding_sources", "funding", "source", "organization_id", where)
        self._add(table, body, where)

    def _address(self, body: Body, name: str, where: str) -> None:
        body["address_type"] = "postal" if name == "mail_addresses.csv" else "physical"
        self._add("address", body, where)

    def _phone(self, body: Body, _: str, where: str) -> None:
        if prefix := body.pop("country_prefix", ""):
            body["number"] = f"+{prefix.lstrip('+')} {body.get('number', '')}"
        if "extension" in body:
            body["extension"] = _number(body["extension"])
        self._add("phone", body, where)

    def _location(self, body: Body, _: str, where: str) -> None:
        virtual = body.get("virtual", "").casefold() in ("true", "1")
        body["location_type"] = "virtual" if virtual else "physical"
        for column in ("latitude", "longitude"):
            if column in body:
                body[column] = _number(body[column])
        if "organization_id" in body:
            self._owner[body["id"]] = body["organization_id"]
        self._listed(body, "languages", "language", "name", "location_id", where)
        self._listed(body, "accessibility", "accessibility", "description", "location_id", where)
        self._add("location", body, where)

    def _service(self, body: Body, _: str, where: str) -> None:
        body.setdefault("status", "active")
        self._listed(body, "languages", "language", "name", "service_id", where)
        self._listed(body, "service_areas", "service_area", "name", "service_id", where)
        self._listed(body, "required_documents", "required_document", "document", "service_id", where)
        self._listed(body, "funding_sources", "funding", "source", "service_id", where)
        for code in _split(body.pop("taxonomy_ids", "")):
            attribute = {
                "id": self._make("attribute", body["id"], code),
                "link_id": body["id"],
                "link_entity": "service",
                "taxonomy_term_id": self._make("taxonomy_term", code),
            }
            self._add("attribute", attribute, where)
        self._services.append((body, where))

    def _schedule(self, body: Body, name: str, where: str) -> None:
        if name == "holiday_schedules.csv":
            # A day off, written in several ways that no rule can tell apart: kept as it is, in words.
            said = ", ".join(f"{column} {body[column]}" for column in sorted(body) if column in _HOLIDAY)
            body = {**{c: v for c, v in body.items() if c not in _HOLIDAY}, "description": said}
        elif (day := body.get("weekday", "")[:2].upper()) in WEEKDAYS:
            body |= {"freq": "WEEKLY", "byday": day}
        self._add("schedule", body, where)

    def _term(self, cells: Mapping[str, str], where: str) -> None:
        body = {
            "id": self._make("taxonomy_term", cells.get("taxonomy_id", "")),
            "code": cells.get("taxonomy_id", ""),
            "name": cells.get("name", ""),
            "taxonomy": WRITTEN,
        }
        if above := cells.get("parent_id"):
            body["parent_id"] = self._make("taxonomy_term", above)
        self._add("taxonomy_term", body, where)

    def _listed(self, body: Body, column: str, table: str, part: str, link: str, where: str) -> None:
        """Make a row of each word in a column."""
        for word in _split(body.pop(column, "")):
            row = {"id": self._make(table, body["id"], word), part: word, link: body["id"]}
            self._add(table, row, where)

    def _add(self, table: str, body: Body, where: str) -> None:
        kept = {column: value for column, value in body.items() if value not in ("", None)}
        self._rows.append(Row(table, kept, where))


_HOLIDAY = frozenset({"start_date", "end_date", "closed", "opens_at", "closes_at"})


def _split(cell: str) -> list[str]:
    """Return the words of a cell that are parted by commas, each once."""
    return list(dict.fromkeys(word.strip() for word in cell.split(",") if word.strip()))


def _number(cell: str) -> float | int | str:
    """Return a number where the cell is one, else the cell: it is told later."""
    found = number(cell)
    if found is None:
        return cell
    return int(found) if found.is_integer() and "." not in cell else found
