"""The gap as files: CSV with HXL hashtags, and GeoJSON with the shapes of the areas; each names its Releases."""

from collections.abc import Sequence
from typing import Any

import orjson
import pyarrow as pa

from fanal.model.release import Release
from fanal.outbox.geojson import to_geojson
from fanal.outbox.hxl import to_csv
from fanal.outbox.provenance import NOT_SAFE


def gap_csv(rows: pa.Table, *, areas: pa.Table, releases: Sequence[Release]) -> bytes:
    """Return rows of a gap as CSV with HXL hashtags, each with the name of its area and the Releases behind it.

    Args:
        rows: GAP_SCHEMA or VOICED_SCHEMA.
        areas: AREA_SCHEMA.
        releases: those that it is made of.
    """
    name = dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True))
    names = pa.array([name.get(code, code) for code in rows["area"].to_pylist()], pa.string())
    ids = pa.array([" ".join(sorted(one.ledger_id for one in releases))] * len(rows), pa.string())
    return to_csv(rows.add_column(1, "name", names).append_column("release", ids))


def gap_geojson(
    rows: pa.Table, *, areas: pa.Table, uncounted: Sequence[str], releases: Sequence[Release], on: str
) -> bytes:
    """Return a gap as GeoJSON (RFC 7946): a feature for each area, with a list `gaps` of all that is told of it.

    Where one group, need and unit is told, its numbers stand in the properties themselves too, so that a map can be
    coloured by them. An area of which nobody is counted is there, with an empty list.

    Args:
        rows: GAP_SCHEMA.
        areas: AREA_SCHEMA.
        uncounted: areas of which nobody is counted.
        releases: those that it is made of.
        on: the day, as ISO 8601 writes it.
    """
    told: dict[str, list[dict[str, Any]]] = {code: [] for code in uncounted}
    for row in rows.to_pylist():
        told.setdefault(row["area"], []).append({k: v for k, v in row.items() if k != "area"})
    document = orjson.loads(to_geojson(areas, told))
    kinds = len(rows.group_by(["group", "need", "unit"]).aggregate([]))
    for feature in document["features"]:
        gaps = told[feature["properties"]["area"]]
        feature["properties"] |= {"gaps": gaps}
        if kinds == 1:
            feature["properties"] |= gaps[0] if gaps else {"shortage": "not_known"}
    document |= {
        "about": NOT_SAFE,
        "on": on,
        "releases": [{"id": one.ledger_id, "digest": one.digest()} for one in releases],
        "sources": list(dict.fromkeys(source for one in releases for source in one.statement.sources)),
    }
    return orjson.dumps(document, option=orjson.OPT_APPEND_NEWLINE)
