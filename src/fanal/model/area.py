"""The administrative area with its P-code, as OCHA's common operational datasets (COD-AB) name it."""

from collections.abc import Mapping

import pyarrow as pa

from fanal.model.field import field

H3 = "h3:"
"""Scheme of the code of an H3 cell, behind which stand 64 bits as a hexadecimal number: h3:842c16bffffffff."""

AREA_SCHEMA = pa.schema(
    [
        field("area", pa.string(), "code with its scheme: pcode:IQG15Q02, gn:US.TX, h3:842c16bffffffff"),
        field("parent", pa.string(), "code of the area that holds it", null="none is known"),
        field("level", pa.int8(), "0 country, 1 governorate, 2 district"),
        field("country", pa.string(), "ISO 3166-1 alpha-2", null="not known"),
        field("name", pa.string(), "name in Latin script, as its source writes it"),
        field("name_ar", pa.string(), "name in Arabic", null="not known"),
        field("name_fr", pa.string(), "name in French", null="use `name`"),
        field("aliases", pa.list_(pa.string()), "other names, any script", null="not known"),
        field("lon", pa.float64(), "a point inside", unit="degree", null="no geometry"),
        field("lat", pa.float64(), "a point inside", unit="degree", null="no geometry"),
        field("geometry", pa.binary(), "WKB, WGS 84", null="tabled without geometry"),
    ]
)


def coded(area: str) -> str:
    """Return an area's code with its scheme: directories write P-codes without one.

    >>> coded("IQG15Q02"), coded("gn:IQ.15")
    ('pcode:IQG15Q02', 'gn:IQ.15')
    """
    return area if ":" in area else f"pcode:{area}"


def lineage(area: str, parent: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return an area and all areas above it, nearest first; a circle of parents ends where it closes.

    >>> lineage("D", {"D": "G", "G": None})
    ('D', 'G')
    """
    found = [area]
    above = parent.get(area)
    while above is not None and above not in found:
        found.append(above)
        above = parent.get(above)
    return tuple(found)
