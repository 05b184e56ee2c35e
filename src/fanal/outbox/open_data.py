"""Open data: Releases as files in open standards, each number with where it comes from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.error import UserError
from fanal.model.field import field
from fanal.model.release import Release, ReleaseKind
from fanal.outbox.dictionary import dictionary
from fanal.outbox.folder import whole
from fanal.outbox.geojson import to_geojson
from fanal.outbox.geoparquet import areas_table, to_parquet, with_boundaries
from fanal.outbox.hxl import to_csv
from fanal.outbox.provenance import provenance, readme

METADATA_KEY = b"fanal"
"""Under this key the schema of a Parquet file names the Releases in it, each with its digest and statement."""

SHOWN = "shown"
"""Column of counts beside those of the Release: false where a count is not shown, which does not mean zero."""

_SHOWN = field(SHOWN, pa.bool_(), "false: the count is not shown, which does not mean zero")
_RELEASE = field("release", pa.string(), "ledger id of the Release; provenance.json says how it was made")


def write(
    releases: Sequence[Release], out: Path, *, areas: pa.Table, require: Callable[[Release], object]
) -> list[Path]:
    """Write Releases to a folder, whole or not at all; the same Releases give the same bytes.

    For each kind of Release a CSV with HXL hashtags and a Parquet file, that of hotspots with boundaries;
    `areas.parquet` (GeoParquet), `areas.geojson`, `datapackage.json`, `provenance.json`, `README.txt` and a manifest
    with digests. A count that is not shown is null (an empty cell in CSV), and
    the column `shown` says false; an area of which no count is shown is in Parquet alone.

    Args:
        releases: at least one.
        out: a folder that is new, empty, or written here before.
        areas: AREA_SCHEMA.
        require: raises for what may not leave; called with each Release before anything of it is read.

    Returns:
        The files, sorted.

    Raises:
        RefusedError: from `require`.
        UserError: there is no Release; the folder holds something else or cannot be written.
    """
    if not releases:
        raise UserError(
            "There is nothing that may leave: no Release may be read yet.",
            hint="Run `fanal update`; a public count opens four weeks after its week.",
        )
    for release in releases:
        require(release)
    ordered = sorted(releases, key=lambda one: one.ledger_id)
    tables = {
        kind: _joined([one for one in ordered if one.kind is kind])
        for kind in ReleaseKind
        if any(one.kind is kind for one in ordered)
    }
    named = sorted({code for table in tables.values() for code in _named(table)})
    there = areas_table(areas, named)
    drawn = {
        kind: with_boundaries(table, there) if kind is ReleaseKind.HOTSPOTS else table
        for kind, table in tables.items()
    }
    made = {f"{kind.value}.csv": to_csv(_for_people(table)) for kind, table in tables.items()}
    made |= {f"{kind.value}.parquet": to_parquet(table) for kind, table in drawn.items()}
    lists = {name: name.partition(".")[0] for name in made}
    made |= {"areas.parquet": to_parquet(there), "areas.geojson": to_geojson(areas, named)}
    columns = {f"{kind.value}.csv": table for kind, table in tables.items()}
    columns |= {f"{kind.value}.parquet": table for kind, table in drawn.items()}
    made["datapackage.json"] = dictionary(made, {**columns, "areas.parquet": there}, ordered)
    made["provenance.json"] = provenance(ordered)
    made["README.txt"] = readme(lists)
    with whole(out) as folder:
        for name, content in made.items():
            (folder / name).write_bytes(content)
    return sorted(out.iterdir())


def _joined(releases: Sequence[Release]) -> pa.Table:
    """Return the rows of Releases of one kind, each with its Release, sorted by Release and then as they were."""
    parts = [one.table.append_column(_RELEASE, pa.repeat(one.ledger_id, len(one.table))) for one in releases]
    table = pa.concat_tables(parts, promote_options="default")  # an earlier Fanal's Release may lack columns
    if releases[0].kind is ReleaseKind.COUNTS:
        table = table.append_column(_SHOWN, pc.is_valid(table["author_weeks"]))
    kept = {one.ledger_id: {"digest": one.digest(), "statement": asdict(one.statement)} for one in releases}
    return table.replace_schema_metadata({METADATA_KEY: orjson.dumps(kept)}).combine_chunks()


def _for_people(table: pa.Table) -> pa.Table:
    """Return the rows for a spreadsheet: of counts, the areas of which one is shown; most of the world's never are."""
    if SHOWN not in table.column_names:
        return table
    return table.filter(pc.is_in(table["area"], pc.unique(table.filter(table[SHOWN])["area"])))


def _named(table: pa.Table) -> list[str]:
    """Return the codes of areas that a table names."""
    column = table["areas"].combine_chunks().flatten() if "areas" in table.column_names else table["area"]
    codes: list[str] = column.unique().to_pylist()
    return codes
