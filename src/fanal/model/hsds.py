"""HSDS: the tables of Open Referral's Human Services Data Specification 3.0 and how their rows belong together.

Facts of the published format (openreferral.org, schemas of version 3.0): names of tables, files and columns.
Capacities, their units and further URLs are of version 3.1, which adds to 3.0 and changes nothing of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from fanal.model.week import WEEKDAYS

VERSION = "3.0"
"""The version whose documents are read and written."""

LIST_COLUMN = "list_"
"""Stands before the name of a column of a list that is no part of it; such a column is kept and says nothing."""

ATTRIBUTES, METADATA = "attribute", "metadata"
"""Two tables whose rows belong to a row of any table, by `link_id` and by `resource_id`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Say what a table is like."""

    file: str  # name in a tabular package
    links: Mapping[str, str]  # column -> the table whose id stands in it
    needed: tuple[str, ...] = ()  # columns beside `id` that say something in every row
    filled: tuple[str, ...] = ()  # columns that every document has, if with an empty text
    choices: Mapping[str, tuple[str, ...]] | None = None  # closed sets
    numbers: tuple[str, ...] = ()
    days: tuple[str, ...] = ()  # ISO 8601 dates


def _to(*tables: str) -> dict[str, str]:
    return {f"{table}_id": table for table in tables}


_PLACES = ("physical", "postal", "virtual")

TABLES: Mapping[str, Shape] = {
    "organization": Shape(
        file="organizations.csv",
        links={"parent_organization_id": "organization"},
        needed=("name",),
        filled=("description",),
        numbers=("year_incorporated",),
    ),
    "program": Shape(
        file="programs.csv", links=_to("organization"), needed=("name",), filled=("description",)
    ),
    "service": Shape(
        file="services.csv",
        links=_to("organization", "program"),
        needed=("name", "status"),
        choices={"status": ("active", "inactive", "defunct", "temporarily closed")},
        numbers=("minimum_age", "maximum_age"),
        days=("assured_date",),
    ),
    "attribute": Shape(file="attributes.csv", links=_to("taxonomy_term")),
    "service_at_location": Shape(file="service_at_location.csv", links=_to("service", "location")),
    "location": Shape(
        file="locations.csv",
        links=_to("organization"),
        needed=("location_type",),
        choices={"location_type": _PLACES},
        numbers=("latitude", "longitude"),
    ),
    "phone": Shape(
        file="phones.csv",
        links=_to("location", "service", "organization", "contact", "service_at_location"),
        needed=("number",),
        numbers=("extension",),
    ),
    "contact": Shape(
        file="contacts.csv", links=_to("organization", "service", "service_at_location", "location")
    ),
    "address": Shape(
        file="addresses.csv",
        links=_to("location"),
        needed=("address_type",),
        filled=("address_1", "city", "state_province", "postal_code", "country"),
        choices={"address_type": _PLACES},
    ),
    "schedule": Shape(
        file="schedules.csv",
        links=_to("service", "location", "service_at_location"),
        choices={"freq": ("WEEKLY", "MONTHLY"), "wkst": WEEKDAYS},
        numbers=("timezone", "count", "interval"),
        days=("valid_from", "valid_to", "dtstart", "until"),
    ),
    "funding": Shape(file="funding.csv", links=_to("organization", "service")),
    "service_area": Shape(file="service_areas.csv", links=_to("service")),
    "required_document": Shape(file="required_documents.csv", links=_to("service")),
    "language": Shape(file="languages.csv", links=_to("service", "location", "phone")),
    "accessibility": Shape(file="accessibility.csv", links=_to("location")),
    "taxonomy_term": Shape(
        file="taxonomy_terms.csv",
        links={"taxonomy_id": "taxonomy", "parent_id": "taxonomy_term"},
        needed=("name",),
        filled=("description",),
    ),
    "metadata": Shape(
        file="metadata.csv",
        links={},
        filled=(
            "last_action_date",
            "last_action_type",
            "field_name",
            "previous_value",
            "replacement_value",
            "updated_by",
        ),
        days=("last_action_date",),
    ),
    "meta_table_description": Shape(file="meta_table_descriptions.csv", links={}),
    "cost_option": Shape(
        file="cost_options.csv", links=_to("service"), numbers=("amount",), days=("valid_from", "valid_to")
    ),
    "organization_identifier": Shape(
        file="organization_identifiers.csv",
        links=_to("organization"),
        needed=("identifier_type", "identifier"),
    ),
    "taxonomy": Shape(file="taxonomies.csv", links={}, needed=("name",), filled=("description",)),
    "service_capacity": Shape(
        file="service_capacity.csv",
        links=_to("service", "unit"),
        needed=("service_id", "unit_id", "available", "updated"),
        numbers=("available", "maximum", "minimum"),
    ),
    "unit": Shape(file="units.csv", links={}, needed=("name",)),
    "url": Shape(file="url.csv", links=_to("organization", "service"), needed=("url",)),
}
"""Each table by the name of its schema, in the order of the published tabular package."""

SINCE_3_1 = frozenset({"service_capacity", "unit", "url"})
"""Tables that the schemas of version 3.0 do not have; a service of 3.0 may hold more than they name."""

ARRAYS: Mapping[str, Mapping[str, str]] = {
    "service": {
        "phones": "phone",
        "schedules": "schedule",
        "service_areas": "service_area",
        "service_at_locations": "service_at_location",
        "languages": "language",
        "funding": "funding",
        "cost_options": "cost_option",
        "required_documents": "required_document",
        "contacts": "contact",
        "capacities": "service_capacity",
        "additional_urls": "url",
    },
    "service_at_location": {"contacts": "contact", "phones": "phone", "schedules": "schedule"},
    "location": {
        "languages": "language",
        "addresses": "address",
        "contacts": "contact",
        "accessibility": "accessibility",
        "phones": "phone",
        "schedules": "schedule",
    },
    "organization": {
        "funding": "funding",
        "contacts": "contact",
        "phones": "phone",
        "locations": "location",
        "programs": "program",
        "organization_identifiers": "organization_identifier",
        "services": "service",
        "additional_websites": "url",
    },
    "contact": {"phones": "phone"},
    "phone": {"languages": "language"},
}
"""Arrays in a nested document: what a row of a table holds of another, by the link back; attributes and metadata
stand in rows of every table."""

OBJECTS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "service": {
        "organization": ("organization_id", "organization"),
        "program": ("program_id", "program"),
    },
    "service_at_location": {
        "location": ("location_id", "location"),
        "service": ("service_id", "service"),
    },
    "attribute": {"taxonomy_term": ("taxonomy_term_id", "taxonomy_term")},
    "taxonomy_term": {"taxonomy_detail": ("taxonomy_id", "taxonomy")},
    "service_capacity": {"unit": ("unit_id", "unit")},
}
"""Objects in a nested document: the column that they take the place of, and their table."""


def link_to(parent: str, child: str) -> str:
    """Return the column by which a child's row leads back to its parent's.

    >>> link_to("service", "phone"), link_to("phone", "attribute")
    ('service_id', 'link_id')
    """
    if child == ATTRIBUTES:
        return "link_id"
    return "resource_id" if child == METADATA else f"{parent}_id"
