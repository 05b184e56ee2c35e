"""Confidential entries: which services and places of a directory nobody outside may find, and what may be said of them.

HSDS 3.0 has no word for them. Here a service or a location says `confidential: true`; a service at a confidential
location is confidential, and so is every location of a confidential service.
"""

from fanal.model.directory import Directory

MARK = "confidential"
"""The column, of `service` and `location`."""

LOCATION_MAY_SAY = frozenset({"id", "location_type", "organization_id", MARK, "area", "source_id"})
"""Columns that the row of a confidential location may have; `area` is the P-code of its region."""

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

PLACE_TABLES = ("address", "accessibility", "schedule", "contact", "attribute", "metadata", "language")
"""Tables of which no row may belong to a confidential location."""

TIE_TABLES = ("schedule", "contact", "phone", "attribute", "metadata")
"""Tables of which no row may belong to what ties a confidential service to its location."""

SERVICE_TABLES = ("schedule", "contact", "metadata")
"""Tables of which no row may belong to a confidential service: hours tell when people come and go."""


def confidential_of(directory: Directory) -> tuple[frozenset[str], frozenset[str]]:
    """Return the ids of confidential services and of confidential locations.

    >>> confidential_of(Directory([]))
    (frozenset(), frozenset())
    """
    services = {row.id for row in directory.rows("service") if is_marked(row.body.get(MARK))}
    places = {row.id for row in directory.rows("location") if is_marked(row.body.get(MARK))}
    ties = [
        (str(row.body.get("service_id", "")), str(row.body.get("location_id", "")))
        for row in directory.rows("service_at_location")
    ]
    while True:  # a place makes its services confidential, and they make their other places so
        more = {service for service, place in ties if place in places} - services
        also = {place for service, place in ties if service in services | more} - places
        if not more and not also:
            return frozenset(services), frozenset(places)
        services |= more
        places |= also


def is_marked(value: object) -> bool:
    """Say whether a mark stands; one that is not understood counts as standing.

    >>> is_marked(True), is_marked("yes"), is_marked("perhaps"), is_marked(False), is_marked(None), is_marked("no")
    (True, True, True, False, False, False)
    """
    return value not in (None, False, 0, "", "false", "False", "FALSE", "no", "No", "0")
