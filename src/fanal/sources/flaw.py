"""The Flaw says in one clear sentence why a row of a layer was rejected, or what is amiss in one that is kept."""

from enum import StrEnum


class Flaw(StrEnum):
    """Name what is wrong with a row of a layer.

    >>> Flaw.NO_DATE.value
    'The row has no date that can be read; write it as 2014-08-31.'
    """

    BROKEN_QUOTES = "A quoted field of the row is not closed, or goes on after its closing quote."
    WRONG_COLUMNS = "The row does not have as many columns as the header."
    INVALID_UTF8 = "The row is not valid UTF-8 text."
    TOO_LONG = "The row is longer than 16 MB."
    NO_ID = "The row has no id."
    NO_DATE = "The row has no date that can be read; write it as 2014-08-31."
    END_BEFORE_START = "The event of the row ends before it starts."
    NO_NUMBER = "The number of the row cannot be read, or is below zero or too large."
    NO_YEAR = "The row has no year from 1900 to 2100."
    NO_GROUP = (
        "The group of the row is none of those that Fanal knows; none is by faith, ethnicity or language."
    )
    NO_SECTOR = "The row has no sector."
    NO_AGENCY = "The row has no agency."
    NO_POINT = "The row has no longitude and latitude that can be read."
    POINT_OUT_OF_RANGE = "The longitude or latitude of the row is out of range; write degrees, as 43.12."
    POINT_SWAPPED = (
        "The longitude and latitude of the row are probably swapped; name the columns with --map lon=COLUMN "
        "and --map lat=COLUMN."
    )
    POINT_NULL_ISLAND = (
        "The point of the row is 0, 0, which is no place; leave the row out or find its point."
    )
    NOT_A_FEATURE = "The entry is not a feature with properties and a geometry."
    NO_NAME = "The area has no name."
    NO_GEOMETRY = "The area has no geometry, or one that cannot be read."
    NOT_AN_AREA = "The geometry is not a polygon."
    GEOMETRY_OUT_OF_RANGE = "The geometry lies outside the degrees of the globe."
    CODE_TWICE = "The P-code of the area was used before, with another name."
    MENDED = "The geometry crossed itself; it was mended and the area is kept."
    OVERLAP = (
        "The area overlaps an earlier one of its level by more than 1 % of the smaller; it is kept, and a point in "
        "both counts for the earlier. Mend the boundaries."
    )
    NO_CODE = (
        "The area has no P-code; it is kept under a code made of its name. For P-codes take the country's COD-AB "
        "boundaries of OCHA, or name the column that holds them with --map code=COLUMN."
    )
