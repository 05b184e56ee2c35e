"""Own places: a user's CSV or GeoJSON file of places, read row by row; what cannot be used is named, never guessed."""

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fanal.model.error import InputError
from fanal.places.entry import Kind

NULL_ISLAND = 0.01
"""Degrees: a place nearer to 0, 0 than this was never measured; there is only sea (Juhász and Mooney 2022)."""

_HINT = (
    "Give a CSV file with the columns name, lat and lon (or latitude and longitude, or y and x), or a GeoJSON file of "
    "points with a property name."
)
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "name_en", "title"),
    "lat": ("lat", "latitude", "y"),
    "lon": ("lon", "longitude", "lng", "long", "x"),
    "kind": ("kind", "type"),
    "population": ("population", "people"),
    "country": ("country", "country_code", "iso"),
    "region": ("region", "state", "province", "governorate", "admin1"),
    "aliases": ("aliases", "alias", "other_names"),
    "identifier": ("id", "identifier", "place_id"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPlace:
    """Hold one row of a user's file."""

    line: int  # of the file, from 1; of a GeoJSON file the number of the feature
    identifier: str  # empty: none
    name: str
    aliases: tuple[str, ...]
    kind: Kind
    lon: float  # degrees
    lat: float  # degrees
    population: int  # people; 0: not known
    country: str  # as written; empty: none
    region: str  # name of the first-level area, as written; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Unused:
    """Say which row of a file is not used, why, and what to do."""

    file: str
    line: int
    why: str  # one of WHYS
    sentence: str

    def __str__(self) -> str:
        """Return it as one line."""
        return f"{self.file}:{self.line}: {self.sentence}"


WHYS = {
    "name": "The place has no name; give it one.",
    "number": "Latitude or longitude is no number; write degrees such as 36.32.",
    "null island": "The place lies at 0, 0, which means that nobody measured it; look its coordinates up.",
    "range": "Latitude or longitude is out of range; latitude lies from -90 to 90, longitude from -180 to 180.",
    "swapped": "Latitude and longitude are swapped; exchange the two columns.",
}


def read(path: Path) -> tuple[list[OwnPlace], list[Unused]]:
    """Return the usable places of a file, and the rows that are not, in the order of the file.

    Rows whose coordinates are swapped are found here only where the latitude is impossible; `fanal.places.swapped`
    finds the others.

    Raises:
        InputError: the file cannot be read, or lacks the columns.

    >>> read(Path("nowhere.csv"))
    Traceback (most recent call last):
    ...
    fanal.model.error.InputError: nowhere.csv cannot be read as a list of places. Give a CSV file with the columns \
name, lat and lon (or latitude and longitude, or y and x), or a GeoJSON file of points with a property name.
    """
    rows = _geojson(path) if path.suffix.lower() in (".geojson", ".json") else _csv(path)
    found: list[OwnPlace] = []
    unused: list[Unused] = []
    for line, row in rows:
        one = _place(line, row)
        if isinstance(one, str):
            unused.append(refused(path, line, one))
        else:
            found.append(one)
    return found, unused


def refused(path: Path, line: int, why: str) -> Unused:
    """Return what is said of a row that is not used; `why` is one of WHYS."""
    return Unused(file=path.name, line=line, why=why, sentence=WHYS[why])


def _place(line: int, row: Mapping[str, str]) -> OwnPlace | str:
    """Return the place of a row, or why there is none."""
    if not row["name"]:
        return "name"
    try:
        lat, lon = float(row["lat"]), float(row["lon"])
    except ValueError:
        return "number"
    if not (math.isfinite(lat) and math.isfinite(lon)):
        return "number"
    if max(abs(lat), abs(lon)) < NULL_ISLAND:
        return "null island"
    if abs(lat) > 90 or abs(lon) > 180:
        return "swapped" if abs(lat) <= 180 and abs(lon) <= 90 else "range"
    people = row["population"].replace(",", "").replace(" ", "")
    return OwnPlace(
        line=line,
        identifier=row["identifier"],
        name=row["name"],
        aliases=tuple(name for part in row["aliases"].split("|") if (name := part.strip())),
        kind=Kind.__members__.get(row["kind"].upper(), Kind.CITY),
        lon=lon,
        lat=lat,
        population=int(float(people)) if people.replace(".", "", 1).isdigit() else 0,
        country=row["country"],
        region=row["region"],
    )


def _csv(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the rows of a CSV file with the numbers of their lines."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = _known(reader.fieldnames or ())
            for name in ("name", "lat", "lon"):
                if name not in columns:
                    raise InputError(f"{path} has no column {name}.", hint=_HINT)
            for row in reader:
                yield (
                    reader.line_num,
                    {name: (row.get(columns.get(name, "")) or "").strip() for name in _COLUMNS},
                )
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} cannot be read as a list of places.", hint=_HINT) from error


def _geojson(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield the features of a GeoJSON file with their numbers; RFC 7946 writes longitude first."""
    try:
        features = orjson.loads(path.read_bytes())["features"]
        rows = [(one["properties"] or {}, one["geometry"] or {}) for one in features]
    except (OSError, KeyError, TypeError, orjson.JSONDecodeError) as error:
        raise InputError(f"{path} cannot be read as a list of places.", hint=_HINT) from error
    for number, (given, geometry) in enumerate(rows, 1):
        columns = _known(given)
        row = {name: _text(given.get(columns.get(name, ""))) for name in _COLUMNS}
        point = geometry.get("coordinates") if geometry.get("type") == "Point" else None
        row["lon"], row["lat"] = (_text(point[0]), _text(point[1])) if point and len(point) > 1 else ("", "")
        yield number, row


def _known(columns: Any) -> dict[str, str]:
    """Return for each part of a place the column that holds it."""
    plain = {str(column).strip().lower(): column for column in reversed(list(columns))}
    return {
        name: plain[other]
        for name, others in _COLUMNS.items()
        for other in reversed(others)
        if other in plain
    }


def _text(value: object) -> str:
    """Return a value of GeoJSON as text."""
    if isinstance(value, list):
        return "|".join(map(str, value))
    return "" if value is None else str(value).strip()
