"""The Reason says in one clear sentence why a row was rejected; it never holds any of the row's text."""

from enum import StrEnum


class Reason(StrEnum):
    """Name why a row cannot be a Post. The order is the code that kernels and tables use.

    >>> Reason.NOT_JSON.code, Reason.NOT_JSON.value
    (0, 'The line is not valid JSON.')
    """

    NOT_JSON = "The line is not valid JSON."
    NOT_OBJECT = "The line is valid JSON but not an object with named fields."
    INVALID_UTF8 = "The line is not valid UTF-8 text."
    TOO_LONG = "The line is longer than 16 MB."
    BROKEN_QUOTES = "A quoted field of the row is not closed, or goes on after its closing quote."
    WRONG_COLUMNS = "The row does not have as many columns as the header."
    TEXT_NOT_TEXT = "The text of the row is not text."
    TIME_MISSING = "The row has no time."
    TIME_UNREADABLE = "The time of the row is in no form that is known."
    TIME_WITHOUT_ZONE = "The time of the row has no zone, and no zone is set for such times."
    TIME_OUT_OF_RANGE = "The time of the row lies before 1990 or after 2100."
    ONE_COORDINATE = "The row has only one of longitude and latitude."
    COORDINATES_UNREADABLE = "The longitude or latitude of the row is not a number."
    COORDINATES_SWAPPED = "Longitude and latitude of the row are probably swapped: the latitude is beyond 90."
    COORDINATES_OUT_OF_RANGE = "The longitude or latitude of the row is out of range."
    COORDINATES_NULL_ISLAND = (
        "Longitude and latitude of the row are both 0, which is no place but a missing one."
    )
    ROW_TOO_LONG = "The row of the stream is longer than 1 MB."
    NO_FEED = "The address gives no feed."
    MISSING_FILE = "The file that the list of the server names is missing or damaged."
    BROKEN_RECORD = "The record does not have the columns of its form."
    NO_HEADING = "The row does not begin with a date and a time, as a message does."
    OTHER_CALENDAR = (
        "The date of the row lies before 2009 or after its file was written; it may be of another calendar."
    )
    NUMBER_NOT_EXACT = (
        "The id or the author of the row is a number of which the sheet has lost digits; make its column text where it "
        "comes from."
    )

    @property
    def code(self) -> int:
        """Return the number under which kernels and tables know this reason, from 0."""
        return REASONS.index(self)


REASONS: tuple[Reason, ...] = tuple(Reason)
"""All reasons, in the order of their codes."""

FINE = -1
"""The code of a row with which nothing is wrong."""
