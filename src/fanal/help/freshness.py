"""Freshness: what of an entry somebody verifies, and whether that still counts."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import orjson

from fanal.model.directory import Directory, Row
from fanal.model.verified import Check, Finding, Freshness

Key = tuple[str, str]
"""Source and id of a service."""

_UNSAID = frozenset({"last_modified", "assured_date", "assurer_email"})
"""Columns that change without the service: they end no verification."""

_OF_SERVICE = (
    "phone",
    "schedule",
    "service_area",
    "language",
    "cost_option",
    "required_document",
    "funding",
    "contact",
    "attribute",
    "url",
)
_OF_UNIT = ("name", "scheme", "identifier", "uri")
_OF_ORGANIZATION = ("phone", "organization_identifier", "url")
_OF_TIE = ("phone", "schedule", "contact", "attribute")
_OF_PLACE = ("phone", "schedule", "address", "accessibility", "language", "contact", "attribute")


def newest(checks: Iterable[Check]) -> dict[Key, Check]:
    """Return the newest check of each entry.

    Args:
        checks: oldest first.
    """
    return {(check.source, check.service): check for check in checks}


def digest(directory: Directory, service: str) -> str:
    """Return the digest of all that somebody verifies of a service: a word, a number or an hour more or less alters it.

    Its own row, its program's, funding and URLs, its organization's with phones, identifiers and URLs, its places with
    addresses, phones and hours; not the order in which rows came, nor histories of changes. Of a capacity its
    words and its unit, not its numbers and their day: how many beds are free changes daily, and makes no phone
    number wrong.

    Raises:
        KeyError: there is no such service.
    """
    row = directory.get("service", service)
    if row is None:
        raise KeyError(service)
    said = sorted({_line(one) for one in _rows(directory, row)})
    return f"sha256:{hashlib.sha256(b''.join(said)).hexdigest()}"


def freshness(
    directory: Directory, service: str, check: Check | None, today: date, *, soon: timedelta = timedelta(0)
) -> Freshness:
    """Return how far the entry of a service can be relied on.

    Args:
        directory: of its source.
        service: its id.
        check: the newest; None: nobody looked.
        today: the day.
        soon: an entry that will be stale within this time is ENDING.
    """
    if check is None:
        return Freshness.UNVERIFIED
    if check.finding is Finding.GONE:
        # Another entry under this id is another service: it is not verified, and not gone either.
        return Freshness.GONE if check.digest == digest(directory, service) else Freshness.CHANGED
    if today > check.until:
        return Freshness.STALE
    if check.digest != digest(directory, service):
        return Freshness.CHANGED
    return Freshness.ENDING if today + soon > check.until else Freshness.FRESH


def _rows(directory: Directory, service: Row) -> Iterator[Row]:
    """Give the rows that are verified with a service."""
    yield service
    organization = directory.get("organization", str(service.body.get("organization_id", "")))
    if organization:
        yield organization
        yield from _below(directory, organization, _OF_ORGANIZATION)
    program = directory.get("program", str(service.body.get("program_id", "")))
    if program:
        yield program
    yield from _below(directory, service, _OF_SERVICE)
    yield from (_worded(directory, one) for one in directory.below("service", service.id, "service_capacity"))
    for tie in directory.below("service", service.id, "service_at_location"):
        yield tie
        yield from _below(directory, tie, _OF_TIE)
        place = directory.get("location", str(tie.body.get("location_id", "")))
        if place:
            yield place
            yield from _below(directory, place, _OF_PLACE)


def _below(directory: Directory, row: Row, tables: tuple[str, ...]) -> Iterator[Row]:
    """Give the rows of some tables below a row, with phones of contacts, languages of phones, terms of attributes."""
    for table in tables:
        for one in directory.below(row.table, row.id, table):
            yield one
            if table == "contact":
                yield from directory.below("contact", one.id, "phone")
            elif table == "phone":
                yield from directory.below("phone", one.id, "language")
            elif table == "attribute":
                term = directory.get("taxonomy_term", str(one.body.get("taxonomy_term_id", "")))
                if term:
                    yield term


def _worded(directory: Directory, capacity: Row) -> Row:
    """Return a capacity as what a reader would read beside its numbers, under no id: some count each day anew."""
    unit = directory.get("unit", str(capacity.body.get("unit_id", "")))
    words = {column: unit.body[column] for column in _OF_UNIT if column in unit.body} if unit else {}
    return Row(
        capacity.table, {"description": capacity.body.get("description"), "unit": words}, capacity.where
    )


def _line(row: Row) -> bytes:
    """Return a row as it is digested."""
    said = {column: value for column, value in row.body.items() if column not in _UNSAID}
    return orjson.dumps([row.table, said], option=orjson.OPT_SORT_KEYS) + b"\n"
