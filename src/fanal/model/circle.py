"""The three circles of the privacy gate: who a number is for."""

from enum import StrEnum


class Circle(StrEnum):
    """Name who sees a number.

    >>> Circle.PUBLIC.value
    'public'
    """

    INSIDE = "inside"  # analysts, under a named purpose: exact Estimates, never a Release
    PARTNERS = "partners"  # by name, under an agreement: Releases by district and week
    PUBLIC = "public"  # Releases by governorate, at least four weeks late, by family
