"""The data dictionary: what each column of each file means, as a Data Package that machines and people read."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pyarrow as pa

from fanal.model.release import Release
from fanal.outbox.hxl import HASHTAGS, SEPARATOR, is_nested
from fanal.outbox.provenance import MEANINGS, NOT_SAFE

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
"""Data Package 2.0 (Frictionless Data); a column's `unit`, `null` and `hashtag` are properties of ours."""

MEDIA: dict[str, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
    "geojson": "application/geo+json",
}
"""Media type by the ending of a file's name; other files are no data."""

_ABOUT = (
    "Numbers that went through a privacy gate, each with how it was made (provenance.json, column `release`). "
    "Text that a spreadsheet would take for a formula has an apostrophe in front in CSV."
)
_AREAS = "areas: the areas that are named in the other files, with their public boundaries."


def dictionary(
    files: Mapping[str, bytes], tables: Mapping[str, pa.Table], releases: Sequence[Release]
) -> bytes:
    """Return datapackage.json for the files of a release.

    Args:
        files: what is written, by name.
        tables: the table behind each CSV and Parquet file, by its name.
        releases: at least one.
    """
    sources = dict.fromkeys(source for one in releases for source in one.statement.sources)
    document: dict[str, Any] = {
        "$schema": PROFILE,
        "name": "fanal-open-data",
        "title": "Open data of Fanal",
        "description": f"{_ABOUT} {NOT_SAFE}",
        "created": max(one.made_at for one in releases).isoformat(),
        "sources": [{"title": source} for source in sources],
        "resources": [
            _resource(name, content, tables.get(name))
            for name, content in files.items()
            if name.rpartition(".")[2] in MEDIA
        ],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _resource(name: str, content: bytes, table: pa.Table | None) -> dict[str, Any]:
    """Return one file: what it is, its digest and its columns."""
    stem, _, form = name.partition(".")
    found: dict[str, Any] = {
        "name": name.replace(".", "-"),
        "path": name,
        "description": MEANINGS.get(stem, _AREAS),
        "format": form,
        "mediatype": MEDIA[form],
        "bytes": len(content),
        "hash": "sha256:" + hashlib.sha256(content).hexdigest(),
    }
    if form == "geojson" or table is None:
        return found
    if form == "csv":
        found |= {"encoding": "utf-8", "dialect": {"headerRows": [1], "commentRows": [2]}}
    fields = [_field(column, form) for column in table.schema if form != "csv" or not is_nested(column.type)]
    schema: dict[str, Any] = {"fields": fields}
    return {
        **found,
        "type": "table",
        "schema": schema | ({"missingValues": [""]} if form == "csv" else {}),
    }


def _field(column: pa.Field, form: str) -> dict[str, Any]:
    """Return one column: its type, what it means, its unit, and what it means that nothing stands there."""
    said = {key.decode(): text.decode() for key, text in (column.metadata or {}).items()}
    what = said.get("what", "")
    found: dict[str, Any] = {"name": column.name, **_type(column.type, form)}
    description = ". ".join(
        part for part in (what, f"Empty: {said['null']}" if "null" in said else "") if part
    )
    if description:
        found["description"] = description
    found |= {key: said[key] for key in ("unit", "null") if key in said}
    if form == "csv":
        found["hashtag"] = HASHTAGS[column.name]
    if not column.nullable:
        found["constraints"] = {"required": True}
    return found


def _type(kind: pa.DataType, form: str) -> dict[str, Any]:
    """Return an Arrow type in the words of Table Schema."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_list(kind):
        return {"type": "list", "delimiter": SEPARATOR} if form == "csv" else {"type": "array"}
    for names, said in (
        (pa.types.is_boolean, "boolean"),
        (pa.types.is_integer, "integer"),
        (pa.types.is_floating, "number"),
        (pa.types.is_date, "date"),
        (pa.types.is_string, "string"),
        (pa.types.is_large_string, "string"),
    ):
        if names(kind):
            return {"type": said}
    return {"type": "any"}
