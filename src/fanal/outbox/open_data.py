"""Open data: Releases as files in open standards, each number with where it comes from."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from fanal.model.error import UserError
from fanal.model.release import Release, ReleaseKind
from fanal.outbox.folder import whole
from fanal.outbox.geojson import to_geojson
from fanal.outbox.hxl import to_csv
from fanal.outbox.provenance import provenance, readme

METADATA_KEY = b"fanal"
"""Under this key the schema of a Parquet file names the Releases in it, each with its digest and statement."""

SHOWN = "shown"
"""Column of counts beside those of the Release: false where a count is not shown, which does not mean zero."""


def write(
    releases: Sequence[Release], out: Path, *, areas: pa.Table, require: Callable[[Release], object]
) -> list[Path]:
    """Write Releases to a folder, whole or not at all; the same Releases give the same bytes.

    For each kind of Release a CSV with HXL hashtags and a Parquet file; `areas.geojson`, `provenance.json`,
    `README.txt` and a manifest with digests. A count that is not shown is null (an empty cell in CSV), and
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
    made = {f"{kind.value}.csv": to_csv(_for_people(table)) for kind, table in tables.items()}
    made |= {f"{kind.value}.parquet": _parquet(table) for kind, table in tables.items()}
    made["areas.geojson"] = to_geojson(areas, {code for table in tables.values() for code in _named(table)})
    made["provenance.json"] = provenance(ordered)
    made["README.txt"] = readme(
        {name: name.partition(".")[0] for name in made if name.endswith((".csv", ".parquet"))}
    )
    with whole(out) as folder:
        for name, content in made.items():
            (folder / name).write_bytes(content)
    return sorted(out.iterdir())


def _joined(releases: Sequence[Release]) -> pa.Table:
    """Return the rows of Releases of one kind, each with its Release, sorted by Release and then as they were."""
    parts = [
        one.table.append_column("release", pa.array([one.ledger_id] * len(one.table), pa.string()))
        for one in releases
    ]
    table = pa.concat_tables(parts, promote_options="default")  # an earlier Fanal's Release may lack columns
    if releases[0].kind is ReleaseKind.COUNTS:
        table = table.append_column(SHOWN, pc.is_valid(table["author_weeks"]))
    kept = {one.ledger_id: {"digest": one.digest(), "statement": asdict(one.statement)} for one in releases}
    return table.replace_schema_metadata({METADATA_KEY: orjson.dumps(kept)}).combine_chunks()


def _for_people(table: pa.Table) -> pa.Table:
    """Return the rows for a spreadsheet: of counts, the areas of which one is shown; most of the world's never are."""
    if SHOWN not in table.column_names:
        return table
    return table.filter(pc.is_in(table["area"], pc.unique(table.filter(table[SHOWN])["area"])))


def _parquet(table: pa.Table) -> bytes:
    """Return a table as a Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _named(table: pa.Table) -> list[str]:
    """Return the codes of areas that a table names."""
    column = table["areas"].combine_chunks().flatten() if "areas" in table.column_names else table["area"]
    codes: list[str] = column.unique().to_pylist()
    return codes
