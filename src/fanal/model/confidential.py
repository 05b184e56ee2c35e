"""Confidential entries: which services and places of a directory nobody outside may find, and what may be said of them.

HSDS 3.0 has no word for them. Here a service or a location says `confidential: true`; a service at a confidential
location is confidential, and so is every location of a confidential service. What one directory marks is marked in all.
"""

from collections import defaultdict

from fanal.model.directory import Directory

MARK = "confidential"
"""The column, of `service` and `location`."""

LOCATION_MAY_SAY = frozenset({"id", "location_type", "organization_id", MARK, "area", "source_id"})
"""Columns that the row of a confidential location may have; `area` is the P-code of its region."""

Marks = tuple[frozenset[str], frozenset[str]]
"""Ids of confidential services, and of confidential locations."""

TIE_MAY_SAY = frozenset({"id", "service_id", "location_id"})
"""Columns that the row between a confidential service and its location may have."""

SERVICE_MAY_SAY = frozenset(
    {
        "id",
        "organization_id",
        "program_id",
        "name",
        "alternate_name",
        "description",
        "email",
        "status",
        "interpretation_services",
        "application_process",
        "fees_description",
        "fees",
        "eligibility_description",
        "minimum_age",
        "maximum_age",
        "assured_date",
        "last_modified",
        MARK,
        "source_id",
    }
)
"""Columns that the row of a confidential service may have."""

CAPACITY_MAY_SAY = frozenset(
    {"id", "service_id", "unit_id", "available", "maximum", "minimum", "description", "updated"}
)
"""Columns that the row of a capacity of a confidential service may have; nobody outside is told any of them."""

CAPACITY_TABLES = ("attribute", "metadata")
"""Tables of which no row may belong to a capacity of a confidential service."""

PLACE_TABLES = ("address", "accessibility", "schedule", "contact", "attribute", "metadata", "language")
"""Tables of which no row may belong to a confidential location."""

TIE_TABLES = ("schedule", "contact", "phone", "attribute", "metadata")
"""Tables of which no row may belong to what ties a confidential service to its location."""

SERVICE_TABLES = ("schedule", "contact", "metadata", "url")
"""Tables of which no row may belong to a confidential service: hours tell when people come and go."""


def confidential_of(*directories: Directory) -> Marks:
    """Return the ids of confidential services and of confidential locations, in every way in which they are written.

    Args:
        directories: all that may know one another's ids: a mark in one of them counts in each, and so do its ties. Case
            makes no other id (RFC 9562, section 4).

    >>> confidential_of(Directory([]))
    (frozenset(), frozenset())
    """
    written: dict[str, set[str]] = defaultdict(set)
    services: set[str] = set()
    places: set[str] = set()
    ties: list[tuple[str, str]] = []
    for directory in directories:
        for table, marked in (("service", services), ("location", places)):
            for row in directory.rows(table):
                written[row.id.lower()].add(row.id)
                if is_marked(row.body.get(MARK)):
                    marked.add(row.id.lower())
        for row in directory.rows("service_at_location"):
            service, place = str(row.body.get("service_id", "")), str(row.body.get("location_id", ""))
            written[service.lower()].add(service)
            written[place.lower()].add(place)
            ties.append((service.lower(), place.lower()))
    while True:  # a place makes its services confidential, and they make their other places so
        more = {service for service, place in ties if place in places} - services
        also = {place for service, place in ties if service in services | more} - places
        if not more and not also:
            break
        services |= more
        places |= also
    hidden, where = (frozenset(one for key in keys for one in written[key]) for keys in (services, places))
    return hidden, where


def is_marked(value: object) -> bool:
    """Say whether a mark stands; one that is not understood counts as standing.

    >>> is_marked(True), is_marked("yes"), is_marked("perhaps"), is_marked(False), is_marked(None), is_marked(" NO")
    (True, True, True, False, False, False)
    """
    said = value.strip().casefold() if isinstance(value, str) else value
    return said not in (None, False, 0, "", "false", "no", "n", "0")
