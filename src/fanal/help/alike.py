"""Likeness: services of two sources that seem to be one; they are linked for a person to see, and never merged."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping
from enum import StrEnum

from fanal.model.confidential import confidential_of
from fanal.model.directory import Directory, Row
from fanal.model.verified import Alike
from fanal.text.phone import e164

MOST_OF_A_KIND = 20
"""A name or a number that more services of one source share tells nothing: a switchboard, `Clinic`."""


class Likeness(StrEnum):
    """Name why two services seem to be one.

    >>> Likeness("phone").value
    'phone'
    """

    ID = "id"  # the same id
    PHONE = "phone"  # the same number
    NAME = "name"  # the same names of service and organization


def likenesses(
    new: Directory, source: str, others: Mapping[str, Directory], countries: Mapping[str, str]
) -> list[Alike]:
    """Return the services of a new directory that seem to stand in others, each pair once.

    Args:
        new: rows of the source that comes in.
        source: its name; a directory of that name among the others is passed over: its rows go.
        others: those that are here, by source.
        countries: of phones that are written without one, by source.
    """
    found: list[Alike] = []
    mine = _keys(new, countries.get(source, ""))
    for name, other in others.items():
        if name == source:
            continue
        seen: set[tuple[str, str]] = set()
        theirs = _keys(other, countries.get(name, ""))
        for (why, key), services in mine.items():
            for service in services:
                for same in theirs.get((why, key), ()):
                    if (service, same) not in seen:
                        seen.add((service, same))
                        found.append(
                            Alike(
                                source=source,
                                service=service,
                                other_source=name,
                                other_service=same,
                                why=why.value,
                            )
                        )
    return found


def _keys(directory: Directory, country: str) -> dict[tuple[Likeness, str], list[str]]:
    """Return the services by what could be shared, strongest first."""
    found: dict[tuple[Likeness, str], list[str]] = defaultdict(list)
    hidden, _ = confidential_of(directory)
    for row in directory.rows("service"):
        found[Likeness.ID, row.id.lower()].append(row.id)
    for row in directory.rows("service"):
        for number in _numbers(directory, row, country):
            found[Likeness.PHONE, number].append(row.id)
    for row in directory.rows("service"):
        owner = directory.get("organization", str(row.body.get("organization_id", "")))
        name = _plain(row) + "\x1f" + (_plain(owner) if owner else "")
        if len(name) > 1 and row.id not in hidden:  # `Shelter` of one body is not one place
            found[Likeness.NAME, name].append(row.id)
    return {key: services for key, services in found.items() if len(services) <= MOST_OF_A_KIND}


def _numbers(directory: Directory, row: Row, country: str) -> Iterator[str]:
    """Give the numbers of a service and its places, as E.164."""
    rows = [*directory.below("service", row.id, "phone")]
    for tie in directory.below("service", row.id, "service_at_location"):
        rows += directory.below("service_at_location", tie.id, "phone")
        rows += directory.below("location", str(tie.body.get("location_id", "")), "phone")
    yield from {number for one in rows if (number := e164(str(one.body.get("number", "")), country))}


def _plain(row: Row) -> str:
    """Return a name without case, signs and accents."""
    folded = unicodedata.normalize("NFKD", str(row.body.get("name", ""))).casefold()
    return " ".join(re.sub(r"[^\w\s]|[\u0300-\u036f]", " ", folded).split())
