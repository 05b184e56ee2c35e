"""Cells: numbers and dates as people write them in sheets. What can be read in two ways is not read."""

import re
from datetime import date

_EMPTY = frozenset({"", "-", "--", "n/a", "na", "#n/a", "nan", "null", "none", "unknown"})
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2}))?(?:[T ].*)?")
_WORDED = re.compile(r"(\d{1,2})[ -]([A-Za-z]{3,9})[ -,]+(\d{4})")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(?:[,\u00a0\u202f' ]\d{3})+(?:\.\d*)?")
_PLAIN = re.compile(r"[+-]?\d{1,15}(?:\.\d*)?")
_LONGEST = 40


def is_empty(cell: str | None) -> bool:
    """Tell whether a cell says that there is nothing.

    >>> [is_empty(cell) for cell in ("", " - ", "#N/A", "0", None)]
    [True, True, True, False, True]
    """
    return cell is None or cell.strip().casefold() in _EMPTY


def number(cell: str | None) -> float | None:
    """Return the number in a cell, or None when it holds none; commas and blanks may part thousands.

    >>> number(" 1,305,790 "), number("1 024"), number("12.0"), number("12,5"), number("about 9")
    (1305790.0, 1024.0, 12.0, None, None)
    """
    if cell is None or len(cell) > _LONGEST:
        return None
    text = cell.strip()
    if _THOUSANDS.fullmatch(text):
        text = re.sub(r"[,\u00a0\u202f' ]", "", text)
    return float(text) if _PLAIN.fullmatch(text) else None


def day(cell: str | None) -> date | None:
    """Return the day in a cell, or None. Day and month in figures without a year in front can be read both ways.

    >>> day("2014-08-31 00:00:00.000"), day("03 August 2014"), day("2014-08"), day("03/08/2014")
    (datetime.date(2014, 8, 31), datetime.date(2014, 8, 3), datetime.date(2014, 8, 1), None)
    """
    text = (cell or "").strip()
    if len(text) > _LONGEST:
        return None
    iso = _ISO.fullmatch(text)
    worded = _WORDED.fullmatch(text)
    try:
        if iso:
            return date(int(iso[1]), int(iso[2]), int(iso[3] or 1))
        if worded and worded[2][:3].lower() in _MONTHS:
            return date(int(worded[3]), _MONTHS.index(worded[2][:3].lower()) + 1, int(worded[1]))
    except ValueError:
        return None
    return None
