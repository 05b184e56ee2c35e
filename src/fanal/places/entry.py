"""The entry: one place of the world as the gazetteer knows it, what kind it is, and how a name belongs to it."""

from enum import IntEnum

import pyarrow as pa

from fanal.model.field import field


class Kind(IntEnum):
    """Say what sort of place an entry is."""

    COUNTRY = 0
    REGION = 1  # first level: governorate, state, province
    DISTRICT = 2  # second level: district, county
    SUBDISTRICT = 3  # third level and below
    CITY = 4  # populated place of any size
    NATURAL = 5  # river, mountain, sea, island, desert, and regions that are no administrative area
    CONTINENT = 6  # continents and regions of several countries
    OTHER = 7


class Relation(IntEnum):
    """Say how a name belongs to its entry."""

    NAME = 0  # the name under which the entry is shown
    OTHER = 1  # alternate name, any language
    CODE = 2  # abbreviation: TX, USA
    DEMONYM = 3  # of its people: Iraqi
    VARIANT = 4  # made by a rule of spelling
    KIND_FORM = 5  # with or without the word for its kind: Los Angeles County


NEAREST = (
    Relation.NAME,
    Relation.CODE,
    Relation.DEMONYM,
    Relation.OTHER,
    Relation.KIND_FORM,
    Relation.VARIANT,
)
"""Of two relations between one name and one entry the earlier one is kept: a list of other names does not say why."""


ENTRY_SCHEMA = pa.schema(
    [
        field("identifier", pa.string(), "with its scheme: gn:448149, pcode:IQG15Q07, ne:, iso:, dtm:, own:"),
        field("name", pa.string(), "name to show"),
        field("kind", pa.int8(), "of Kind"),
        field("lon", pa.float64(), "from -180 to 180; NaN: not known", unit="degree"),
        field("lat", pa.float64(), "from -90 to 90; NaN: not known", unit="degree"),
        field("extent_km", pa.float32(), "rough radius, above 0", unit="km"),
        field("population", pa.int64(), "0: not known", unit="person"),
        field("country", pa.string(), "ISO 3166-1 alpha-2; empty: none or several"),
        field("holder", pa.int32(), "row of the entry that holds it; -1: none"),
        field("source", pa.int8(), "row of the manifest"),
    ]
)
