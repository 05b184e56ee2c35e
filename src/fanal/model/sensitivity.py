"""Sensitivity: how much harm it can do when data, or an incident with them, reaches the wrong hands."""

from enum import StrEnum


class Sensitivity(StrEnum):
    """Name a class of sensitivity, as humanitarian organisations agree on them for a country.

    The four classes are those of the information-sharing protocols in the IASC Operational Guidance on Data
    Responsibility in Humanitarian Action (2023); the words beside them are Fanal's.

    >>> Sensitivity("severe").value
    'severe'
    """

    LOW = "low"  # public already, or could be: no harm is known that it can do
    MODERATE = "moderate"  # can do minor harm to people or to the work; shared where it is needed
    HIGH = "high"  # can do serious harm to people, a group or the work; shared by name alone
    SEVERE = "severe"  # can bring people into danger of life; never leaves, and is kept as short as possible
