"""The languages of the pages that a command writes."""

from enum import StrEnum


class Tongue(StrEnum):
    """Name a language of a page.

    >>> Tongue("fr").value
    'fr'
    """

    EN = "en"
    FR = "fr"
    AR = "ar"
