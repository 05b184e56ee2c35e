"""Toponyms: texts in which people marked the places, with the point of each where they knew it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.gold import UND, objects, wrong
from fanal.places.found import PlaceType

NO_TYPE = -1
"""Type of a mention of which the gold tells none."""

_TYPES = {one.name.lower(): int(one) for one in PlaceType}
_SPAN = 'Write "start" and "end" in code points, "end" excluded.'
_CODE = 2
"""Letters of ISO 3166-1 alpha-2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Toponyms:
    """Hold n texts and the m mentions of places that people marked in them."""

    texts: tuple[str, ...]  # n
    languages: tuple[str, ...]  # n; ISO 639 code, or UND
    row: NDArray[np.int64]  # m, not decreasing; the text
    start: NDArray[np.int64]  # m, ascending in a text; first code point
    end: NDArray[np.int64]  # m; behind the last one
    type: NDArray[np.int8]  # m; of PlaceType, or NO_TYPE
    lon: NDArray[np.float64]  # m; degrees; NaN: not known
    lat: NDArray[np.float64]  # m; degrees; NaN: not known
    country: NDArray[np.str_]  # m; ISO 3166-1 alpha-2; empty: not known
    region: NDArray[np.str_]  # m; identifier of the first-level area; empty: none, or not known

    def __len__(self) -> int:
        """Return the number of mentions."""
        return len(self.row)

    def spoken(self) -> NDArray[np.str_]:
        """Return the language of each text, n."""
        return np.array(self.languages, np.str_)


def read(path: Path) -> Toponyms:
    """Read lines of `{"id", "text", "lang" or null, "mentions": [mention, ...]}`, and an "event" if it is known.

    A mention is `{"start", "end", "name", "lat" or null, "lon" or null}` and, where they are known, "type" (a word of
    PlaceType), "country" and "region". The span counts code points and must hold the name.

    Raises:
        InputError: the file cannot be read, or a line is not of that form; it names the line.
    """
    texts: list[str] = []
    languages: list[str] = []
    rows: list[dict[str, Any]] = []
    for number, line in objects(path):
        text, language, mentions = line.get("text"), line.get("lang"), line.get("mentions")
        if not isinstance(text, str):
            raise wrong(path, number, "has no text", 'Write "text": "...".')
        if language is not None and not isinstance(language, str):
            raise wrong(path, number, "has a language that is no text", 'Write "lang": "ar", or null.')
        if not isinstance(mentions, list) or not all(isinstance(one, dict) for one in mentions):
            raise wrong(path, number, "has no list of mentions", 'Write "mentions": [] where there is none.')
        made = sorted(
            (_mention(path, number, text, one) for one in mentions),
            key=lambda one: (one["start"], one["end"]),
        )
        for one, two in pairwise(made):
            if (one["start"], one["end"]) == (two["start"], two["end"]):
                raise wrong(path, number, f"marks the place {one['name']!r} twice", "Remove one of the two.")
        rows += [one | {"row": len(texts)} for one in made]
        texts.append(text)
        languages.append(language or UND)
    return _table(texts, languages, rows)


def _table(texts: Sequence[str], languages: Sequence[str], rows: Sequence[dict[str, Any]]) -> Toponyms:
    """Return checked mentions as arrays."""

    def column(name: str, kind: type[np.generic]) -> NDArray[Any]:
        return np.array([one[name] for one in rows], kind)

    return Toponyms(
        texts=tuple(texts),
        languages=tuple(languages),
        row=column("row", np.int64),
        start=column("start", np.int64),
        end=column("end", np.int64),
        type=column("type", np.int8),
        lon=column("lon", np.float64),
        lat=column("lat", np.float64),
        country=column("country", np.str_),
        region=column("region", np.str_),
    )


def _mention(path: Path, number: int, text: str, one: dict[str, Any]) -> dict[str, Any]:
    """Return a mention after a look at every field."""
    start, end, name = one.get("start"), one.get("end"), one.get("name")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(text):
        raise wrong(path, number, "has a mention outside its text", _SPAN)
    if text[start:end] != name:
        raise wrong(path, number, f"has {text[start:end]!r} where the mention says {name!r}", _SPAN)
    kind = one.get("type")
    if kind is not None and kind not in _TYPES:
        raise wrong(path, number, f"has the type {kind!r}", f"There are {', '.join(_TYPES)}.")
    country, region = one.get("country") or "", one.get("region") or ""
    if not isinstance(country, str) or (country and not (len(country) == _CODE and country.isupper())):
        raise wrong(path, number, f"has the country {country!r}", "Write ISO 3166-1 alpha-2, as in IQ.")
    if not isinstance(region, str):
        raise wrong(path, number, "has a region that is no text", 'Write "region": "pcode:IQG15".')
    lon, lat = _point(path, number, one)
    return {
        "start": start,
        "end": end,
        "name": name,
        "type": NO_TYPE if kind is None else _TYPES[kind],
        "lon": lon,
        "lat": lat,
        "country": country,
        "region": region,
    }


def _point(path: Path, number: int, one: dict[str, Any]) -> tuple[float, float]:
    """Return longitude and latitude, NaN where there is none."""
    lon, lat = one.get("lon"), one.get("lat")
    if lon is None and lat is None:
        return np.nan, np.nan
    if any(isinstance(part, bool) or not isinstance(part, int | float) for part in (lon, lat)):
        raise wrong(path, number, "has half a point", 'Write "lat" and "lon" as numbers, or null for both.')
    if abs(lat) > 90 >= abs(lon) and abs(lat) <= 180:  # type: ignore[arg-type] # numbers, see above
        raise wrong(path, number, f"has the latitude {lat}", "Latitude and longitude seem to be swapped.")
    if not (abs(lat) <= 90 and abs(lon) <= 180):  # type: ignore[arg-type]
        raise wrong(
            path, number, f"has the point {lat}, {lon}", "Write degrees: lat -90 to 90, lon -180 to 180."
        )
    return float(lon), float(lat)  # type: ignore[arg-type]
