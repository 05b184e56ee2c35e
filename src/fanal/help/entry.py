"""Entries: services of a directory as records, with all that finding one needs, made of its rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import TypeVar

from fanal.help.freshness import digest, newest
from fanal.help.public import is_point
from fanal.model.capacity import Capacity
from fanal.model.confidential import Marks, confidential_of
from fanal.model.directory import Body, Directory, Row
from fanal.model.service import (
    Cost,
    Location,
    Need,
    Opening,
    Organization,
    Phone,
    Provenance,
    Reach,
    Served,
    Service,
    Sex,
    State,
    Status,
    Verification,
)
from fanal.model.terms import NEED, REACH, SETS, SEX, STATUS, need_of
from fanal.model.verified import Alike, Check, Finding
from fanal.text.capacity import amount, capacity_problem, moment
from fanal.text.hours import clock, numbers, weekdays
from fanal.text.phone import e164
from fanal.text.schedule import is_kept

PCODE = "pcode"
"""`extent_type` of a `service_area` whose `extent` is a P-code."""


def services(
    directory: Directory,
    source: str,
    checks: Iterable[Check] = (),
    likenesses: Sequence[Alike] = (),
    *,
    country: str = "",
    marks: Marks | None = None,
) -> Iterator[Service]:
    """Give each service of a source as a record; a value that cannot be right is left out of it.

    Args:
        directory: rows of the source.
        source: its name.
        checks: the verification log, oldest first; one that no longer fits the entry is left out.
        likenesses: of services of two sources.
        country: of phones that are written without one.
        marks: confidential services and locations of all directories; None: this is the only one.
    """
    known = newest(checks)
    hidden, places = confidential_of(directory) if marks is None else marks
    same: dict[str, list[str]] = {}
    for one in likenesses:
        if one.source == source:
            same.setdefault(one.service, []).append(one.other_service)
        if one.other_source == source:
            same.setdefault(one.other_service, []).append(one.service)
    for row in directory.rows("service"):
        check = known.get((source, row.id))
        counts = check and check.finding is Finding.HOLDS and check.digest == digest(directory, row.id)
        terms = _terms(directory, row)
        yield Service(
            id=row.id,
            name=_text(row, "name"),
            organization=_organization(directory, row, country),
            state=state(row),
            needs=frozenset(map(Need, terms[NEED])),
            languages=_languages(directory, row),
            serves=_served(row, terms),
            costs=tuple(_cost(one) for one in directory.below("service", row.id, "cost_option")),
            reach=frozenset(map(Reach, terms[REACH])),
            areas=_areas(directory, row),
            locations=tuple(_locations(directory, row, places, country)),
            phones=_phones(directory, row, country),
            openings=() if row.id in hidden else _openings(directory, row),
            confidential=row.id in hidden,
            provenance=Provenance(source=source, row=row.where),
            verification=Verification(who=check.who, at=check.at, until=check.until, digest=check.digest)
            if check and counts
            else None,
            same_as=tuple(same.get(row.id, ())),
            capacities=capacities(directory, row),
        )


def state(service: Row) -> State:
    """Return whether a service is there; one that does not say so is not."""
    said = service.body.get("status")
    return State(said) if said in set(State) else State.INACTIVE


def needs(directory: Directory, service: Row) -> frozenset[Need]:
    """Return what somebody comes to a service for; empty: not known."""
    return frozenset(map(Need, _terms(directory, service)[NEED]))


def capacities(directory: Directory, service: Row) -> tuple[Capacity, ...]:
    """Return how much a service has; of one that cannot be its unit and its words alone."""
    found = []
    for one in directory.below("service", service.id, "service_capacity"):
        unit = directory.get("unit", _text(one, "unit_id"))
        body = one.body if capacity_problem(one.body) is None else {}
        found.append(
            Capacity(
                id=one.id,
                unit=_text(unit, "name").strip().lower() if unit else "",
                available=amount(body.get("available")),
                least=amount(body.get("minimum")),
                most=amount(body.get("maximum")),
                updated=moment(body.get("updated")),
                said=_text(one, "description"),
            )
        )
    return tuple(found)


def _organization(directory: Directory, service: Row, country: str) -> Organization:
    """Return who runs a service; where that is not known, an organization without a name."""
    row = directory.get("organization", str(service.body.get("organization_id", "")))
    if row is None:
        return Organization(id=str(service.body.get("organization_id", "")), name="", parent=None, phones=())
    parent = row.body.get("parent_organization_id")
    return Organization(
        id=row.id,
        name=_text(row, "name"),
        parent=str(parent) if parent else None,
        phones=_phones(directory, row, country),
    )


def _locations(
    directory: Directory, service: Row, hidden: frozenset[str], country: str
) -> Iterator[Location]:
    """Give the places of a service."""
    for tie in directory.below("service", service.id, "service_at_location"):
        row = directory.get("location", str(tie.body.get("location_id", "")))
        if row is None:
            continue
        secret = row.id in hidden
        lon, lat = row.body.get("longitude"), row.body.get("latitude")
        yield Location(
            id=row.id,
            kind=_text(row, "location_type"),
            name="" if secret else _text(row, "name"),
            point=(float(str(lon)), float(str(lat))) if not secret and is_point(lon, lat) else None,
            area=_text(row, "area") or None,
            confidential=secret,
            at=tie.id,
            phones=_once(_phones(directory, tie, country), _phones(directory, row, country)),
            openings=() if secret else _once(_openings(directory, tie), _openings(directory, row)),
        )


_Any = TypeVar("_Any", Phone, Opening)


def _once(*parts: tuple[_Any, ...]) -> tuple[_Any, ...]:
    """Return parts after one another, each row once."""
    return tuple({one.id: one for part in parts for one in part}.values())


def _phones(directory: Directory, row: Row, country: str) -> tuple[Phone, ...]:
    """Return the phones of a row."""
    return tuple(
        Phone(
            id=one.id,
            number=_text(one, "number"),
            e164=e164(_text(one, "number"), country),
            extension=_text(one, "extension"),
            kind=_text(one, "type"),
            languages=_languages(directory, one),
        )
        for one in directory.below(row.table, row.id, "phone")
    )


def _openings(directory: Directory, row: Row) -> tuple[Opening, ...]:
    """Return when something is open; a schedule that cannot be kept has its words alone."""
    found = []
    for one in directory.below(row.table, row.id, "schedule"):
        body = one.body if is_kept(one.body) else {}
        offset, interval = body.get("timezone"), body.get("interval")
        found.append(
            Opening(
                id=one.id,
                opens_at=clock(body.get("opens_at")),
                closes_at=clock(body.get("closes_at")),
                days=(weekdays(body["byday"]) or ()) if "byday" in body else (),
                monthly=body.get("freq") == "MONTHLY",
                interval=int(interval) if isinstance(interval, (int, float)) and interval >= 1 else 1,
                month_days=(numbers(body["bymonthday"], 31) or ()) if "bymonthday" in body else (),
                first=max(_days(body, "valid_from", "dtstart"), default=None),
                last=min(_days(body, "valid_to", "until"), default=None),
                offset_hours=float(offset) if isinstance(offset, (int, float)) else None,
                said=" ".join(filter(None, (_text(one, "description"), _text(one, "notes")))),
            )
        )
    return tuple(found)


def _terms(directory: Directory, service: Row) -> dict[str, set[str]]:
    """Return the values of Fanal's own taxonomies, and needs that terms of others name."""
    found: dict[str, set[str]] = {taxonomy: set() for taxonomy in SETS}
    for attribute in directory.below("service", service.id, "attribute"):
        term = directory.get("taxonomy_term", str(attribute.body.get("taxonomy_term_id", "")))
        if term is None:
            continue
        taxonomy, code = _text(term, "taxonomy"), _text(term, "code")
        if taxonomy in SETS:
            if code in SETS[taxonomy]._value2member_map_:
                found[taxonomy].add(code)
        elif need := need_of(_text(term, "name")):
            found[NEED].add(need.value)
    return found


def _served(row: Row, terms: Mapping[str, set[str]]) -> Served:
    """Return who is served."""
    least, most = row.body.get("minimum_age"), row.body.get("maximum_age")
    return Served(
        least_age=float(least) if isinstance(least, (int, float)) else None,
        most_age=float(most) if isinstance(most, (int, float)) else None,
        sexes=frozenset(map(Sex, terms[SEX])),
        statuses=frozenset(map(Status, terms[STATUS])),
        said=_text(row, "eligibility_description"),
    )


def _cost(row: Row) -> Cost:
    """Return a cost; an amount of nothing is free."""
    amount = row.body.get("amount")
    known = float(amount) if isinstance(amount, (int, float)) and amount >= 0 else None
    return Cost(
        free=None if known is None else known == 0,
        amount=known,
        currency=_text(row, "currency"),
        said=_text(row, "option") or _text(row, "amount_description"),
    )


def _areas(directory: Directory, service: Row) -> frozenset[str]:
    """Return the P-codes that a service serves."""
    rows = directory.below("service", service.id, "service_area")
    return frozenset(
        _text(row, "extent")
        for row in rows
        if row.body.get("extent_type") == PCODE and row.body.get("extent")
    )


def _languages(directory: Directory, row: Row) -> frozenset[str]:
    """Return the codes of languages; of one without a code its name."""
    rows = directory.below(row.table, row.id, "language")
    return frozenset(said.lower() for one in rows if (said := _text(one, "code") or _text(one, "name")))


def _text(row: Row, column: str) -> str:
    """Return a column as text; empty: it is not there."""
    return str(row.body.get(column, ""))


def _days(body: Body, *columns: str) -> list[date]:
    """Return the dates that columns say."""
    return [day for column in columns if (day := _day(body.get(column))) is not None]


def _day(value: object) -> date | None:
    """Return a date; None: it is none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
