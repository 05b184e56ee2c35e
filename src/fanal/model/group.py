"""The groups of an area's people that a public layer counts; never an attribute of a person."""

from enum import StrEnum


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
