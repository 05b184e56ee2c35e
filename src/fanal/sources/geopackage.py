"""GeoPackage (OGC 12-128r19) is an SQLite file: its features are read without GDAL, and never written."""

import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from fanal.model.error import InputError

_ENVELOPE_BYTES = {0: 0, 1: 32, 2: 48, 3: 48, 4: 64}
_HEADER_BYTES = 8
_WGS84 = 4326
_STEPS_BETWEEN_LOOKS = 1_000_000
_MOST_LOOKS = 2_000
"""A hostile file could hold a view that never ends: reading stops after about 2 billion steps of SQLite."""


def read_features(path: Path, table: str = "") -> Iterator[tuple[dict[str, object], bytes | None]]:
    """Yield the columns and the geometry (WKB; None: none that can be read) of each feature.

    Raises:
        InputError: the file is damaged, has no or several tables of features, or is not in WGS 84 degrees.
    """
    address = f"file:{quote(str(path.resolve()))}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(address, uri=True)) as connection:
            connection.text_factory = lambda raw: raw.decode("utf-8", "replace")
            connection.execute("PRAGMA trusted_schema = OFF")
            looks = iter(range(_MOST_LOOKS))
            connection.set_progress_handler(lambda: next(looks, None) is None, _STEPS_BETWEEN_LOOKS)
            name, column = _table(path, connection, table)
            rows = connection.execute(f"SELECT * FROM {_quoted(name)}")  # noqa: S608 - quoted as SQLite asks
            names = [described[0] for described in rows.description]
            if column not in names:
                raise InputError(f"{path}: the table {name} has no column {column}.", hint="Export it again.")
            for row in rows:
                values = dict(zip(names, row, strict=True))
                yield values, strip_header(values.pop(column))
    except (sqlite3.Error, OverflowError, UnicodeDecodeError) as error:
        raise InputError(
            f"{path} is not a GeoPackage that can be read: {error}.", hint="Export it again, or as GeoJSON."
        ) from error


def strip_header(blob: object) -> bytes | None:
    r"""Return the WKB inside a GeoPackage geometry (clause 2.1.3), or None when there is none.

    >>> strip_header(b"GP\x00\x01" + bytes(4) + b"wkb")
    b'wkb'
    """
    if not isinstance(blob, bytes) or len(blob) <= _HEADER_BYTES or blob[:2] != b"GP":
        return None
    flags = blob[3]
    extended, empty, envelope = flags & 0x20, flags & 0x10, (flags >> 1) & 7
    if extended or empty or envelope not in _ENVELOPE_BYTES:
        return None
    return blob[_HEADER_BYTES + _ENVELOPE_BYTES[envelope] :]


def add_header(wkb: bytes) -> bytes:
    """Return WKB as a GeoPackage geometry in WGS 84 without an envelope: the inverse of `strip_header`."""
    return b"GP\x00\x01" + struct.pack("<i", _WGS84) + wkb


def _table(path: Path, connection: sqlite3.Connection, wanted: str) -> tuple[str, str]:
    """Return the table of features to read and its geometry column."""
    found = connection.execute(
        "SELECT c.table_name, g.column_name, g.srs_id, upper(s.organization), s.organization_coordsys_id "
        "FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
        "LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id WHERE c.data_type = 'features'"
    ).fetchall()
    names = ", ".join(str(row[0]) for row in found[:20])
    chosen = [row for row in found if not wanted or row[0] == wanted]
    if not found:
        raise InputError(f"{path} holds no features.", hint="Export it again, or as GeoJSON.")
    if not chosen:
        raise InputError(
            f"{path} has no table {wanted!r}; it has {names}.", hint="Name one with --map table=NAME."
        )
    if len(chosen) > 1:
        raise InputError(
            f"{path} holds several tables of features: {names}.", hint="Name one with --map table=NAME."
        )
    name, column, srs, organization, number = chosen[0]
    if (
        srs != _WGS84
        and (organization, number) != ("EPSG", _WGS84)
        and (organization, number) != ("OGC", "CRS84")
    ):
        raise InputError(
            f"{path}: the table {name} is in the reference system {organization or 'unknown'}:{number or srs}, "
            "not in WGS 84 degrees.",
            hint="Export it again in EPSG:4326.",
        )
    return str(name), str(column)


def _quoted(name: str) -> str:
    """Return a name as SQLite quotes it."""
    return '"' + name.replace('"', '""') + '"'
