"""The groups of an area's people that a public layer counts; never an attribute of a person."""

from enum import StrEnum

import pyarrow as pa

from fanal.model.field import field


class Group(StrEnum):
    """Name a segment of an area's people (IASC, INFORM). None is by faith, ethnicity or language.

    >>> Group.DISPLACED.value
    'displaced'
    """

    RESIDENTS = "residents"  # everybody who lives in the area
    DISPLACED = "displaced"
    RETURNEES = "returnees"
    CHILDREN = "children"
    WOMEN_AND_GIRLS = "women_and_girls"
    MIGRANT_WORKERS = "migrant_workers"
    CAMP_RESIDENTS = "camp_residents"


PEOPLE_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code of the area"),
        field("group", pa.string(), "a value of Group; groups overlap, never add them up"),
        field(
            "people",
            pa.int64(),
            "people of the group, as the layer counts them",
            unit="person",
            null="the layer counts families, or fewer than 60 people",
        ),
        field(
            "families",
            pa.int64(),
            "families, where the layer counts these",
            unit="family",
            null="the layer counts people, or fewer than 10 families, blanked",
        ),
        field(
            "date",
            pa.date32(),
            "day of the assessment round, or the last day of the year that the people are of",
        ),
    ]
)
"""How many people of each group an area has, as the newest public layers count them."""
