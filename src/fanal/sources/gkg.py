"""The GKG: a record of GDELT's Global Knowledge Graph 2.1, 27 fields between tabs, as a post.

Codebook: data.gdeltproject.org/documentation/GDELT-Global_Knowledge_Graph_Codebook-V2.1.pdf
"""

import html
import re
from collections.abc import Collection, Sequence

import numpy as np

from fanal.model.post import Reading
from fanal.sources.judge import judge
from fanal.sources.live import MAX_ROW_BYTES
from fanal.sources.parts import Parts, columns, degree
from fanal.sources.reason import Reason

FIELDS = 27
"""Fields of a record of version 2.1."""

DATE, SOURCE_NAME, DOCUMENT, THEMES, LOCATIONS, TRANSLATION, EXTRAS = 1, 3, 4, 7, 10, 25, 26
"""V2.1DATE, V2SOURCECOMMONNAME, V2DOCUMENTIDENTIFIER, V1THEMES, V2ENHANCEDLOCATIONS, V2.1TRANSLATIONINFO,
V2EXTRASXML: places in the codebook's order, from 0."""

THEMES_READ = (
    "HUMAN_TRAFFICKING",
    "WB_2458_HUMAN_TRAFFICKING",
    "KIDNAP",
    "REFUGEES",
    "DISPLACED",
    "CRISISLEX_T09_DISPLACEDRELOCATEDEVACUATED",
    "SOC_FORCEDRELOCATION",
    "SOC_MASSMIGRATION",
)
"""Themes that are read unless the settings say others: trafficking (GDELT puts slavery under it), kidnapping, people
who flee or are driven out. Names of GDELT's list of categories."""

MISSING = b"missing\t"
"""How a row begins that stands for a file which its list names and the server has not."""

CITY = frozenset({"3", "4"})
"""Types of places that are a town or a landmark, in the United States and elsewhere; 2 and 5: states, 1: countries."""

COUNTRY = "1"
_COUNTRY_CODE, _LATITUDE, _LONGITUDE, _MENTION_FIELDS = 2, 5, 6, 8
_TITLE = re.compile(r"<PAGE_TITLE>(.*?)</PAGE_TITLE>", re.DOTALL)
_LANGUAGE = re.compile(r"srclc:([a-z]{2,3})\b")
_TIME = re.compile(r"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})")


def wanted(records: Sequence[bytes], themes: Collection[str]) -> list[bytes]:
    r"""Return the records that have one of the themes; what is no record too, so that it is seen as broken.

    >>> fields = [b"1", b"20140803050000", b"1", b"a.example", b"u", b"", b"", b"REFUGEES;KILL;", *[b""] * 19]
    >>> record = b"\t".join(fields)
    >>> len(wanted([record, record.replace(b"REFUGEES", b"WOUND"), b"x"], ["REFUGEES"]))
    2
    """
    names = b"|".join(re.escape(theme.encode()) for theme in sorted(themes))
    of_theme = re.compile(rb"(?:[^\t]*\t){%d}(?:[^\t;]*;)*?(?:%s)[;\t]" % (THEMES, names))
    return [one for one in records if of_theme.match(one) or one.count(b"\t") != FIELDS - 1]


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Return what became of each record.

    A record has no text of its article: the text of the post is the page's title and, in a second line, its themes.
    The post stands in the middle of the one town that the record names; a record that names several, or none, or
    countries beside the town's own, has no point.
    """
    size = len(rows)
    made = [_parts(row) for row in rows]
    return judge(columns(made, np.arange(first, first + size)), timezone=timezone, position=first + size - 1)


def _parts(row: bytes) -> tuple[Parts, Reason | None]:
    """Return the parts of one record, and what is wrong with it."""
    if len(row) > MAX_ROW_BYTES:
        return {}, Reason.ROW_TOO_LONG
    fields = row.split(b"\t")
    if len(fields) != FIELDS:
        return {}, Reason.MISSING_FILE if row.startswith(MISSING) else Reason.BROKEN_RECORD
    used = (DATE, SOURCE_NAME, DOCUMENT, THEMES, LOCATIONS, TRANSLATION, EXTRAS)
    try:
        date, source, document, themes, locations, translation, extras = (fields[at].decode() for at in used)
    except UnicodeDecodeError:
        return {}, Reason.INVALID_UTF8
    title = _TITLE.search(extras)
    said = html.unescape(title[1]).strip() if title else ""
    language = _LANGUAGE.search(translation)
    time = _TIME.fullmatch(date)
    lon, lat = _point(locations)
    return {
        "id": document,
        "author": source,
        "time": "{}-{}-{}T{}:{}:{}Z".format(*time.groups()) if time else "?" if date else None,
        "text": f"{said}\n{themes.replace(';', ' ').strip()}" if said else None,
        "language": language[1] if language else None,
        "lon": lon,
        "lat": lat,
    }, None


def _point(locations: str) -> tuple[float | None, float | None]:
    """Return longitude and latitude of the one town that is named, or nothing.

    A mention is `type#name#country#adm1#adm2#latitude#longitude#id#offset`; mentions stand between `;`.

    >>> mosul, iraq = "4#Mosul, Iraq#IZ#IZ15##36.335#43.1189#-3103#12", "1#Iraq#IZ#IZ##33#44#IZ#90"
    >>> _point(f"{mosul};{iraq};{mosul}"), _point("1#Turkey#TU#TU##39#35#TU#1;" + mosul), _point("")
    ((43.1189, 36.335), (None, None), (None, None))
    """
    towns: set[tuple[str, str, str]] = set()
    countries: set[str] = set()
    for mention in locations.split(";"):
        parts = mention.split("#")
        if len(parts) < _MENTION_FIELDS:
            if mention:
                return None, None
            continue
        countries.add(parts[_COUNTRY_CODE])
        if parts[0] in CITY:
            towns.add((parts[_COUNTRY_CODE], parts[_LONGITUDE], parts[_LATITUDE]))
        elif parts[0] != COUNTRY:
            return None, None
    if len(towns) != 1 or len(countries) != 1:
        return None, None
    ((_, lon, lat),) = towns
    return degree(lon or None), degree(lat or None)
