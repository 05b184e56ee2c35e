"""Collect: countries, subdivisions and towns of the world as entries of a draft, each place once."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import shapely

from fanal.facts import natural_earth, subdivisions, world
from fanal.places.draft import Draft
from fanal.places.entry import Kind, Relation

KINDS = {0: Kind.REGION, 1: Kind.REGION, 2: Kind.DISTRICT, 3: Kind.SUBDISTRICT}
"""Of a subdivision's level; 0 is a part of a country that holds first-level areas, such as Melanesian districts."""

FIRST_LEVEL = frozenset({"Governorate", "State"})
"""Types that are first-level areas even below another one: Erbil lies in the region of Kurdistan."""


def countries(draft: Draft, source: int) -> None:
    """Add the countries with their names in 38 languages and their official and other names."""
    other = subdivisions.country_names()
    for one in world.countries().to_pylist():
        code = one["country"]
        facts = world.country_facts().get(code)
        if facts is None:  # one that is no more
            continue
        row = draft.row.get(f"country:{code}")
        if row is None:
            row = draft.add(
                f"gn:{facts.geonameid}",
                one["name"],
                Kind.COUNTRY,
                country=code,
                holder=draft.row.get(f"continent:{facts.continent}", -1),
                source=source,
                lon=facts.lon,
                lat=facts.lat,
            )
            draft.row[f"country:{code}"] = row
        draft.row[f"gn:{facts.geonameid}"] = row
        draft.holder[row] = draft.row.get(f"continent:{facts.continent}", -1)
        draft.population[row] = facts.population
        draft.extent_km[row] = facts.extent_km
        draft.call(row, one["names"])
        draft.call(row, other.get(code, ()))
        draft.call(row, (code, facts.iso3), Relation.CODE)


def areas(draft: Draft, table: pa.Table, source: int, known: Mapping[int, int]) -> list[int]:
    """Add subdivisions, and return the entry of each row of SUBDIVISION_SCHEMA.

    Args:
        draft: has the countries.
        table: SUBDIVISION_SCHEMA.
        source: of the manifest.
        known: row of the table to the entry that already stands for it.
    """
    rows = table.to_pylist()
    entry = [known.get(at, -1) for at in range(len(rows))]
    coded = {rows[at]["country"] for at in known}  # their lower levels are known by P-codes
    for at in sorted(range(len(rows)), key=lambda one: rows[one]["level"]):
        one = rows[at]
        country = draft.row.get(f"country:{one['country']}", -1)
        if entry[at] < 0:
            own = one["geonameid"]
            kind = Kind.DISTRICT if one["country"] in coded else KINDS[one["level"]]
            first = one["level"] < 2 or (one["type"] in FIRST_LEVEL and one["country"] == "IQ")
            entry[at] = draft.add(
                f"gn:{own}" if own is not None else f"iso:{one['iso']}",
                one["name"],
                Kind.REGION if first else kind,
                country=one["country"],
                holder=country,
                source=source,
            )
        else:
            draft.call(entry[at], (one["name"],))
        row = entry[at]
        draft.call(row, one["names"])
        if one["geonameid"] is not None:
            draft.row[f"gn:{one['geonameid']}"] = row
        for code in (one["code"] and f"gn:{one['code']}", one["iso"] and f"iso:{one['iso']}"):
            if code:
                draft.row[code] = row
    for at, one in enumerate(rows):
        parent = entry[one["parent"]] if one["parent"] >= 0 else -1
        if parent >= 0 and at not in known and parent != entry[at]:
            draft.holder[entry[at]] = parent
    return entry


def drawn(draft: Draft, path: Path, places: pa.Table, source: int) -> None:
    """Give first-level areas the names and the middle that Natural Earth has for them; add those that are new.

    Raises:
        InputError: the file cannot be read as Natural Earth's first level.
    """
    for area in natural_earth.read(path, places):
        middle = shapely.centroid(area.geometry)
        if not area.geometry.contains(middle):
            middle = shapely.point_on_surface(area.geometry)
        row = draft.row.get(area.code)
        if row is None:
            row = draft.add(
                area.code,
                area.name,
                Kind.REGION,
                country=area.country,
                holder=draft.row.get(f"country:{area.country}", -1),
                source=source,
            )
        draft.call(row, (area.name, area.name_ar, area.name_fr, *area.aliases))
        if draft.identifier[row].startswith("pcode:"):
            continue
        draft.lon[row], draft.lat[row] = middle.x, middle.y


def towns(draft: Draft, places: pa.Table, holder: Mapping[int, int], source: int) -> range:
    """Add the towns, and return their rows.

    Args:
        draft: has countries and subdivisions.
        places: PLACE_SCHEMA of `fanal.facts.world`.
        holder: GeoNames id of a town to the entry of the finest subdivision that holds it.
        source: of the manifest.
    """
    first = len(draft)
    for town in places.to_pylist():
        number, country = town["geonameid"], town["country"]
        held = holder.get(number)
        if held is None:
            above = draft.row.get(f"country:{country}", -1)
            held = draft.row.get(town["admin1"], above) if town["admin1"] else above
        row = draft.add(
            f"gn:{number}",
            town["name"],
            Kind.CITY,
            country=country,
            holder=held,
            source=source,
            lon=town["lon"],
            lat=town["lat"],
            population=town["population"],
        )
        draft.call(row, (name for name in town["names"] if is_name(name)))
    return range(first, len(draft))


def is_name(text: str) -> bool:
    """Say whether an alternate name is one that people write: no code of an airport, no bare transliteration.

    >>> [is_name(text) for text in ("Shingal", "snjar", "BGW", "سنجار", "L'viv", "http://a.b")]
    [True, False, False, True, True, False]
    """
    if text.isascii() and (text.islower() or (text.isupper() and len(text) == 3)):
        return False
    return "http" not in text and any(map(str.isalpha, text))
