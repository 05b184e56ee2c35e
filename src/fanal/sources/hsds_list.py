"""A list of services in one CSV file, a row a service: HXL-tagged (a 3W list), by names of columns, or mapped."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from fanal.model.confidential import MARK, is_marked
from fanal.model.directory import Body, Row
from fanal.model.hsds import LIST_COLUMN
from fanal.model.problem import Problem, ProblemKind
from fanal.model.terms import NEED, REACH, SETS, SEX, STATUS, need_of
from fanal.sources.cells import day, is_empty, number
from fanal.sources.sheet import Sheet, Wanted, read_sheet
from fanal.text.capacity import moment

MakeId = Callable[..., str]

WRITTEN = "as written"
"""The taxonomy of words that name no need which is known."""

PARTS: Mapping[str, Wanted] = {
    "id": Wanted(names=("id", "code", "service_id")),
    "name": Wanted(
        tags=("#service+name", "#activity+name", "#contact+name"), names=("service", "service_name")
    ),
    "organization": Wanted(
        tags=("#org+impl", "#org+name", "#org"),
        names=("organization", "organisation", "agency", "provider", "org", "name", "name_en"),
    ),
    "description": Wanted(tags=("#description", "#activity"), names=("description", "activity", "notes")),
    "need": Wanted(
        tags=("#service", "#sector", "#sector+cluster", "#subsector"),
        names=("services", "sector", "cluster", "category", "type_of_service"),
    ),
    "phone": Wanted(tags=("#contact+phone",), names=("phone", "telephone", "contact", "hotline")),
    "email": Wanted(tags=("#contact+email",), names=("email",)),
    "url": Wanted(tags=("#contact+url", "#meta+url"), names=("url", "website")),
    "address": Wanted(tags=("#loc+address", "#geo+address"), names=("address",)),
    "city": Wanted(tags=("#loc+city", "#loc+name"), names=("city", "town")),
    "state": Wanted(tags=("#adm1+name",), names=("state", "state_province", "governorate", "province")),
    "country": Wanted(tags=("#country+code", "#country"), names=("country",)),
    "lon": Wanted(tags=("#geo+lon",), names=("longitude", "lon", "lng", "x")),
    "lat": Wanted(tags=("#geo+lat",), names=("latitude", "lat", "y")),
    "area": Wanted(tags=("#adm3+code", "#adm2+code", "#adm1+code"), names=("pcode", "p_code", "area")),
    "language": Wanted(tags=("#meta+language",), names=("languages", "language")),
    "sex": Wanted(tags=("#beneficiary+sex",), names=("sex", "gender")),
    "status_served": Wanted(tags=("#beneficiary+type",), names=("status_served",)),
    "least_age": Wanted(names=("minimum_age", "min_age")),
    "most_age": Wanted(names=("maximum_age", "max_age")),
    "cost": Wanted(names=("cost", "fees")),
    "reach": Wanted(names=("reach", "modality")),
    "hours": Wanted(names=("hours", "opening_hours")),
    "capacity": Wanted(names=("capacity",)),
    "available": Wanted(names=("available",)),
    "unit": Wanted(names=("unit",)),
    "as_of": Wanted(names=("as_of",)),
    "confidential": Wanted(names=("confidential",)),
}
"""Parts of a row, and how the column of each is known beside its own name; `--map PART=COLUMN` goes before it."""

_SPLIT = re.compile(r"[,;|/\n]+")
_FREE = frozenset({"free", "0", "none", "no", "no cost"})


def read(
    path: Path, rows: list[Row], problems: list[Problem], mapping: Mapping[str, str], make: MakeId
) -> None:
    """Read a list: each row is a service of an organization, at a location where a place is given.

    Raises:
        InputError: it cannot be read, has no column of organizations, or a part or column that is mapped is not known.
    """
    sheet = read_sheet(path)
    unknown = sorted(set(mapping) - set(PARTS))
    if unknown:
        sheet.need(unknown[0], Wanted(), {})  # says what there is
    columns = {part: sheet.find(part, _by_part(part, wanted), mapping) for part, wanted in PARTS.items()}
    columns["organization"] = sheet.need("organization", PARTS["organization"], mapping)
    name = sheet.find("name", Wanted(names=("name",)), {})
    if columns["name"] is None and name != columns["organization"]:  # alone it names who helps
        columns["name"] = name
    problems += [
        Problem(where=f"{path.name}:{line}", kind=ProblemKind.UNREADABLE, said=why)
        for line, why in sheet.rejected
    ]
    taken = _Taken(sheet, columns, make, path.name)
    for row in range(len(sheet.lines)):
        taken.take(row, problems)
    rows += taken.rows


def _by_part(part: str, wanted: Wanted) -> Wanted:
    """Return how a column is known, by the part's own name too."""
    return wanted if part == "name" else Wanted(tags=wanted.tags, names=(part, *wanted.names))


class _Taken:
    """Make rows of HSDS tables of the rows of a list; an organization and a term are made once."""

    def __init__(self, sheet: Sheet, columns: Mapping[str, int | None], make: MakeId, file: str) -> None:
        self.rows: list[Row] = []
        self._sheet, self._columns, self._make, self._file = sheet, columns, make, file
        self._mapped = {column for column in columns.values() if column is not None}
        self._seen: dict[str, int] = {}
        self._once: set[str] = set()

    def take(self, row: int, problems: list[Problem]) -> None:
        """Take one row."""
        where = f"{self._file}:{self._sheet.lines[row]}"
        said = {
            part: "" if is_empty(cell := self._sheet.cell(column, row)) else (cell or "").strip()
            for part, column in self._columns.items()
        }
        if not said["organization"]:
            problems.append(
                Problem(where=where, kind=ProblemKind.ORGANIZATION, said="no organization is named.")
            )
            return
        organization = self._make("organization", said["organization"].casefold())
        self._add_once("organization", organization, {"name": said["organization"]}, where)
        key = said["id"] or "\x1f".join(
            said[part].casefold() for part in ("organization", "name", "need", "area", "state", "address")
        )
        self._seen[key] = self._seen.get(key, 0) + 1
        service = self._make("service", key, *([str(self._seen[key])] if self._seen[key] > 1 else ()))
        self._service(service, organization, said, row, where, problems)
        for at, written in enumerate(_parts(said["phone"], r"[;,|\n]+|\s/\s")):
            self._add(
                "phone",
                self._make("phone", service, str(at)),
                {"number": written, "service_id": service},
                where,
            )
        for word in _parts(said["language"]):
            body: Body = {"code" if len(word) <= 3 else "name": word, "service_id": service}
            self._add("language", self._make("language", service, word), body, where)
        if said["hours"]:
            body = {"description": said["hours"], "service_id": service}
            self._add("schedule", self._make("schedule", service), body, where)
        if said["area"]:
            body = {
                "name": said["area"],
                "extent": said["area"],
                "extent_type": "pcode",
                "service_id": service,
            }
            self._add("service_area", self._make("service_area", service), body, where)
        if said["cost"]:
            free = said["cost"].casefold() in _FREE
            body = {"service_id": service, "option": said["cost"], **({"amount": 0} if free else {})}
            self._add("cost_option", self._make("cost_option", service), body, where)
        self._capacity(service, said, where)
        self._terms(service, said, where, problems)
        self._place(service, organization, said, where, problems)

    def _service(
        self,
        service: str,
        organization: str,
        said: Mapping[str, str],
        row: int,
        where: str,
        problems: list[Problem],
    ) -> None:
        """Add the service's own row, with every column that is no part, under its own name."""
        unused = () if said["capacity"] or said["available"] else ("unit", "as_of")
        taken = self._mapped - {self._columns[part] for part in unused}
        rest = {
            name: self._sheet.columns[at][row].strip()
            for at, name in enumerate(self._sheet.names)
            if at not in taken and name and self._sheet.columns[at][row].strip()
        }
        body: Body = {
            "organization_id": organization,
            "name": said["name"] or said["organization"],
            "status": "active",
            **{column: said[column] for column in ("description", "email", "url") if said[column]},
            **({"source_id": said["id"]} if said["id"] else {}),
            **({MARK: True} if is_marked(said["confidential"]) else {}),
            **{f"{LIST_COLUMN}{name}": value for name, value in rest.items()},
        }
        for part, column in (("least_age", "minimum_age"), ("most_age", "maximum_age")):
            if said[part]:
                body[column] = number(said[part])
                if body[column] is None:
                    problems.append(
                        Problem(where=where, kind=ProblemKind.VALUE, said=f"{column} is no number.")
                    )
        self._add("service", service, body, where)

    def _capacity(self, service: str, said: Mapping[str, str], where: str) -> None:
        """Add how much the service has, where the row says it; what is wrong or missing is told with all rows."""
        if not said["capacity"] and not said["available"]:
            return
        body: Body = {"service_id": service}
        for part, column in (("available", "available"), ("capacity", "maximum")):
            if said[part]:
                body[column] = _count(said[part])
        if said["unit"]:
            body["unit_id"] = self._make("unit", said["unit"].casefold())
            self._add_once("unit", body["unit_id"], {"name": said["unit"]}, where)
        if said["as_of"]:
            body["updated"] = _moment(said["as_of"])
        self._add("service_capacity", self._make("service_capacity", service), body, where)

    def _terms(self, service: str, said: Mapping[str, str], where: str, problems: list[Problem]) -> None:
        """Add what the service is for and whom it serves, as attributes with terms."""
        for word in _parts(said["need"]):
            need = need_of(word)
            self._attribute(service, NEED if need else WRITTEN, need.value if need else word, word, where)
        for part, taxonomy in (("sex", SEX), ("status_served", STATUS), ("reach", REACH)):
            for word in _parts(said[part]):
                value = "_".join(word.casefold().split())
                if value not in SETS[taxonomy]._value2member_map_:
                    choices = ", ".join(SETS[taxonomy])
                    said_so = f"{part} is none of {choices}."
                    problems.append(Problem(where=where, kind=ProblemKind.VALUE, said=said_so))
                    continue
                self._attribute(service, taxonomy, value, word, where)

    def _attribute(self, service: str, taxonomy: str, code: str, word: str, where: str) -> None:
        """Add an attribute and, once, its term."""
        term = self._make("taxonomy_term", taxonomy, code.casefold())
        self._add_once("taxonomy_term", term, {"code": code, "name": code, "taxonomy": taxonomy}, where)
        own = self._make("attribute", service, taxonomy, code.casefold())
        body = {"link_id": service, "link_entity": "service", "taxonomy_term_id": term, "value": word}
        self._add_once("attribute", own, body, where)

    def _place(
        self,
        service: str,
        organization: str,
        said: Mapping[str, str],
        where: str,
        problems: list[Problem],
    ) -> None:
        """Add the location of a service, where the row gives one, with its address."""
        if not any(said[part] for part in ("address", "city", "lon", "lat")):
            return
        point: Body = {}
        for part, column in (("lat", "latitude"), ("lon", "longitude")):
            if said[part]:
                point[column] = number(said[part])
                if point[column] is None:
                    problems.append(
                        Problem(where=where, kind=ProblemKind.VALUE, said=f"{column} is no number.")
                    )
        place = self._make("location", service)
        body = {"location_type": "physical", "organization_id": organization, **point}
        self._add("location", place, body | ({"area": said["area"]} if said["area"] else {}), where)
        tie = {"service_id": service, "location_id": place}
        self._add("service_at_location", self._make("service_at_location", service), tie, where)
        if said["address"] or said["city"]:
            address = {
                "location_id": place,
                "address_1": said["address"],
                "city": said["city"],
                "state_province": said["state"],
                "country": said["country"],
                "address_type": "physical",
            }
            self._add("address", self._make("address", service), address, where)

    def _add(self, table: str, key: str, body: Body, where: str) -> None:
        """Add a row."""
        kept = {column: value for column, value in body.items() if value not in ("", None)}
        self.rows.append(Row(table, {"id": key, **kept}, where))

    def _add_once(self, table: str, key: str, body: Body, where: str) -> None:
        """Add a row that several rows of the list share."""
        if key not in self._once:
            self._once.add(key)
            self._add(table, key, body, where)


def _count(cell: str) -> float | int | str:
    """Return the number in a cell, whole ones whole; else what is written there.

    >>> _count("1,200"), _count("2.5"), _count("about 9")
    (1200, 2.5, 'about 9')
    """
    found = number(cell)
    if found is None:
        return cell
    return int(found) if found.is_integer() else found


def _moment(cell: str) -> str:
    """Return a day as the moment at which it begins at UTC; else what is written there.

    >>> _moment("31 January 2026"), _moment("2026-01-31T09:00:00+03:00"), _moment("last week")
    ('2026-01-31T00:00:00Z', '2026-01-31T09:00:00+03:00', 'last week')
    """
    on = day(cell) if moment(cell) is None else None
    return f"{on}T00:00:00Z" if on else cell


def _parts(cell: str, split: str | re.Pattern[str] = _SPLIT) -> Iterable[str]:
    """Return the words or numbers that a cell lists, each once."""
    return dict.fromkeys(part.strip() for part in re.split(split, cell) if part.strip())
