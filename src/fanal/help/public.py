"""What of the directory may be public: the one decision behind the API, the exports and the page.

An entry is public while somebody's verification of it counts, and goes with the day on which it ends or the entry
changes. So no number that nobody called lately is shown, neither as a phone nor within a text; and nobody is sent to a
place that was put into a list from outside and seen by no one here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time

from fanal.help.freshness import freshness, newest
from fanal.model.confidential import Marks, confidential_of
from fanal.model.directory import Body, Cleared, Directory, Row
from fanal.model.hsds import TABLES
from fanal.model.hsds_columns import COLUMNS
from fanal.model.verified import Check, Freshness
from fanal.text.capacity import capacity_problem
from fanal.text.phone import can_be_dialled
from fanal.text.schedule import hours_problem

SHOWN_STATES = frozenset({"active", "temporarily closed"})
"""Values of `service.status` that the public sees."""

CONFIDENTIAL_SERVICE = frozenset(
    {"id", "organization_id", "name", "status", "email", "minimum_age", "maximum_age"}
)
"""What the public sees of the row of a confidential service; beside it its own phones, languages, terms and region."""

CONFIDENTIAL_ORGANIZATION = frozenset({"id", "name"})
"""What the public sees of an organization of which no other service is public."""

_KEPT_IN = frozenset({"assurer_email", "logo"})
"""Columns that stay inside: who works there, and what another host would be asked for."""

_OF_SERVICE = ("service_area", "language", "cost_option", "required_document", "funding", "url")
_OF_ORGANIZATION = ("organization_identifier", "url")
_OF_PLACE = ("address", "accessibility", "language")

_GATE_UNSAID: Mapping[str, frozenset[str]] = {
    "phone": frozenset({"description"}),
    "language": frozenset({"note"}),
    "attribute": frozenset({"value"}),
}
"""Free text below a confidential service, which can be a way to it."""

_REGION = frozenset({"id", "service_id", "extent", "extent_type"})
"""What the public sees of the area of a confidential service."""

_P_CODE = re.compile(
    r"[A-Za-z]{2}[A-Za-z0-9]{0,14}"
)  # letters of the country, ISO 3166-1, and what OCHA adds


def clear(
    directories: Mapping[str, Directory],
    checks: Iterable[Check],
    today: date,
    *,
    countries: Mapping[str, str] | None = None,
) -> Cleared:
    """Return what may be public today.

    Never: people's names (`contact`) and what was changed by whom (`metadata`), columns that HSDS has not, a phone that
    cannot be dialled, hours that no clock keeps, a point that is none; an hour, a place or a text of a service that is
    confidential in any of the directories, nor how much it has.

    Args:
        directories: by source.
        checks: the verification log, oldest first.
        today: the day.
        countries: of phones that are written without one, by source.

    >>> len(clear({}, [], date(2026, 1, 1)).directory)
    0
    """
    known = newest(checks)
    marks = confidential_of(*directories.values())
    rows: dict[tuple[str, str], Row] = {}
    for source, directory in directories.items():
        country = (countries or {}).get(source, "")
        for row in _public(directory, source, known, today, country, marks):
            rows.setdefault((row.table, row.id), row)
    here = {table: {key for one, key in rows if one == table} for table in TABLES}
    return Cleared(Directory(_linked(row, here) for row in rows.values()), today)


def _linked(row: Row, here: Mapping[str, set[str]]) -> Row:
    """Return a row without links to rows that are not public."""
    links = TABLES[row.table].links
    gone = {c for c, table in links.items() if c in row.body and row.body[c] not in here[table]}
    return Row(row.table, {c: v for c, v in row.body.items() if c not in gone}, row.where) if gone else row


def _public(
    directory: Directory,
    source: str,
    known: Mapping[tuple[str, str], Check],
    today: date,
    country: str,
    marks: Marks,
) -> Iterator[Row]:
    """Give the rows of a source that may be public; a row may come twice."""
    hidden, places = marks
    open_ones: list[Row] = []
    gates: list[Row] = []
    for row in directory.rows("service"):
        check = known.get((source, row.id))
        if check is None or row.body.get("status") not in SHOWN_STATES:
            continue
        if freshness(directory, row.id, check, today) is Freshness.FRESH:
            (gates if row.id in hidden else open_ones).append(row)
    for row in open_ones:
        yield from _service(directory, row, places, country, today)
    for row in gates:
        yield from _gate(directory, row, country)


def _service(
    directory: Directory, row: Row, hidden: frozenset[str], country: str, today: date
) -> Iterator[Row]:
    """Give what the public sees of a service that is not confidential."""
    yield _known(row)
    organization = directory.get("organization", str(row.body.get("organization_id", "")))
    if organization:
        yield _known(organization)
        yield from _phones(directory, organization, country)
        for table in _OF_ORGANIZATION:
            yield from map(_known, directory.below("organization", organization.id, table))
    program = directory.get("program", str(row.body.get("program_id", "")))
    if program:
        yield _known(program)
    yield from _with_terms(directory, row)
    yield from _phones(directory, row, country)
    for table in _OF_SERVICE:
        yield from map(_known, directory.below("service", row.id, table))
    yield from _hours(directory, row)
    yield from _capacities(directory, row, today)
    for tie in directory.below("service", row.id, "service_at_location"):
        place = directory.get("location", str(tie.body.get("location_id", "")))
        if place is None or place.id in hidden:
            continue
        yield _known(tie)
        yield from _hours(directory, tie)
        yield from _phones(directory, tie, country)
        yield _without_wrong_point(_known(place))
        yield from _phones(directory, place, country)
        yield from _hours(directory, place)
        for table in _OF_PLACE:
            yield from map(_known, directory.below("location", place.id, table))


def _gate(directory: Directory, row: Row, country: str) -> Iterator[Row]:
    """Give what the public sees of a confidential service: that it is there, its front gate, its region."""
    yield Row("service", {c: v for c, v in row.body.items() if c in CONFIDENTIAL_SERVICE}, row.where)
    organization = directory.get("organization", str(row.body.get("organization_id", "")))
    if organization:
        said = {c: v for c, v in organization.body.items() if c in CONFIDENTIAL_ORGANIZATION}
        yield Row("organization", said, organization.where)
    beside = (
        *_phones(directory, row, country),
        *_with_terms(directory, row),
        *map(_known, directory.below("service", row.id, "language")),
    )
    for one in beside:
        unsaid = _GATE_UNSAID.get(one.table, frozenset())
        yield Row(one.table, {c: v for c, v in one.body.items() if c not in unsaid}, one.where)
    for one in directory.below("service", row.id, "service_area"):
        extent = one.body.get("extent")
        # A drawn area may be a point, and a text an address; one that does not say what it is may be either.
        if one.body.get("extent_type") == "pcode" and isinstance(extent, str) and _P_CODE.fullmatch(extent):
            yield Row(one.table, {c: v for c, v in one.body.items() if c in _REGION}, one.where)


def _phones(directory: Directory, row: Row, country: str) -> Iterator[Row]:
    """Give the phones of a row that can be dialled; where one is a person's too, without the person."""
    for phone in directory.below(row.table, row.id, "phone"):
        if can_be_dialled(str(phone.body.get("number", "")), country):
            yield _known(phone)
            yield from map(_known, directory.below("phone", phone.id, "language"))


def _hours(directory: Directory, row: Row) -> Iterator[Row]:
    """Give the schedules of a row that a clock can keep."""
    for one in directory.below(row.table, row.id, "schedule"):
        if hours_problem(one.body) is None:
            yield _known(one)


def _capacities(directory: Directory, row: Row, today: date) -> Iterator[Row]:
    """Give the capacities of a service that can be and lack nothing, each with its unit."""
    latest = datetime.combine(today, time.max, UTC)
    for one in directory.below("service", row.id, "service_capacity"):
        unit = directory.get("unit", str(one.body.get("unit_id", "")))
        whole = all(str(one.body.get(column, "")) for column in TABLES[one.table].needed)
        if unit and unit.body.get("name") and whole and capacity_problem(one.body, latest) is None:
            yield _known(one)
            yield _known(unit)


def _with_terms(directory: Directory, row: Row) -> Iterator[Row]:
    """Give the attributes of a row, with their terms and taxonomies."""
    for attribute in directory.below(row.table, row.id, "attribute"):
        yield _known(attribute)
        term = directory.get("taxonomy_term", str(attribute.body.get("taxonomy_term_id", "")))
        seen: set[str] = set()  # a person may have accepted a cycle
        while term is not None and term.id not in seen:
            seen.add(term.id)
            yield _known(term)
            taxonomy = directory.get("taxonomy", str(term.body.get("taxonomy_id", "")))
            if taxonomy:
                yield _known(taxonomy)
            term = directory.get("taxonomy_term", str(term.body.get("parent_id", "")))


def _known(row: Row) -> Row:
    """Return a row with the columns that HSDS has."""
    columns = COLUMNS[row.table]
    return Row(
        row.table, {c: v for c, v in row.body.items() if c in columns and c not in _KEPT_IN}, row.where
    )


def _without_wrong_point(row: Row) -> Row:
    """Return a location without a point that is none."""
    point = row.body.get("longitude"), row.body.get("latitude")
    if is_point(*point):
        return row
    said: Body = {c: v for c, v in row.body.items() if c not in ("longitude", "latitude")}
    return Row(row.table, said, row.where)


def is_point(lon: object, lat: object) -> bool:
    """Say whether two degrees are a point of the Earth that somebody meant.

    >>> is_point(43.1, 36.3), is_point(43.1, 143.0), is_point(0, 0), is_point(None, 36.3)
    (True, False, False, False)
    """
    if not isinstance(lon, (int, float)) or not isinstance(lat, (int, float)):
        return False
    return abs(lon) <= 180 and abs(lat) <= 90 and (abs(lon) > 0.005 or abs(lat) > 0.005)
