"""Make src/fanal/facts/data from the data sets in ../shared/data: the same bytes on every run."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import shapely

import facts_areas
import facts_layers
from facts_layers import Tally
from facts_sources import SOURCES, Source
from fanal.model.layer import LAYER_SCHEMAS, LayerKind

CHECKOUT = Path(__file__).resolve().parents[1]
OUT = CHECKOUT / "src" / "fanal" / "facts" / "data"
MAX_BYTES = 2_000_000  # of all files together; the package may ship 5 MB


def main() -> None:
    """Read the data sets, count by district, write tables and manifest, and say what was left out."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--shared", type=Path, default=CHECKOUT.parent / "shared" / "data")
    asked.add_argument("--out", type=Path, default=OUT)
    options = asked.parse_args()
    shared: Path = options.shared
    if not shared.is_dir():
        asked.error(f"The folder {shared} is missing: give the folder of the data sets with --shared.")

    districts = facts_areas.Districts(shared)
    made: dict[LayerKind, tuple[pa.Table, Tally]] = {
        LayerKind.AREAS: (facts_areas.table(shared, districts), Tally()),
        LayerKind.EVENTS: facts_layers.events(shared, districts),
        LayerKind.DISPLACEMENT: facts_layers.displacement(shared, districts),
        LayerKind.POPULATION: facts_layers.population(shared, districts),
        LayerKind.SERVICES: facts_layers.services(shared, districts),
    }

    out: Path = options.out
    out.mkdir(parents=True, exist_ok=True)
    for kind, (table, tally) in made.items():
        write(table, out / f"{kind}.parquet", kind)
        print(f"{kind}: {len(table):,} rows")
        for why, count in sorted(tally.left_out.items()):
            print(f"  left out {count:,}: {why}")
        for note in tally.notes:
            print(f"  {note}")
    text = "\n".join(entry(SOURCES[kind], *made[kind]) for kind in made)
    (out / "manifest.toml").write_text(
        f"# Made by tools/build_facts.py; do not edit.\n\n{text}", encoding="utf-8"
    )

    size = sum(path.stat().st_size for path in out.iterdir())
    print(f"together {size:,} bytes")
    if size > MAX_BYTES:
        raise SystemExit(f"The files are {size:,} bytes together, more than {MAX_BYTES:,}: ship less.")


def write(table: pa.Table, path: Path, kind: LayerKind) -> None:
    """Write a table as Parquet; areas as GeoParquet 1.1 (WKB, OGC:CRS84)."""
    exact = table.cast(LAYER_SCHEMAS[kind])
    if kind is LayerKind.AREAS:
        exact = exact.replace_schema_metadata({"geo": json.dumps(geo_of(exact), sort_keys=True)})
    pq.write_table(exact, path, compression="zstd", compression_level=19)


def geo_of(areas: pa.Table) -> dict[str, Any]:
    """Return the file metadata that GeoParquet 1.1 asks for."""
    shapes = shapely.from_wkb(areas["geometry"].drop_null().to_numpy(zero_copy_only=False))
    column = {
        "encoding": "WKB",
        "geometry_types": sorted({shape.geom_type for shape in shapes}),
        "bbox": [float(edge) for edge in shapely.total_bounds(shapes)],
    }
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def entry(source: Source, table: pa.Table, tally: Tally) -> str:
    """Return the part of the manifest that describes one file."""
    lines = [
        f"[{source.kind}]",
        *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in source.texts().items()),
        f"dated = {source.dated.isoformat()}",
        f"rows = {len(table)}",
        f"notes = {listed([*source.notes, *tally.notes])}",
    ]
    for why, count in sorted(tally.left_out.items()):
        lines += [
            "",
            f"[[{source.kind}.left_out]]",
            f"why = {json.dumps(why, ensure_ascii=False)}",
            f"rows = {count}",
        ]
    return "\n".join(lines) + "\n"


def listed(texts: Sequence[str]) -> str:
    """Return texts as a list of TOML, one a line."""
    return (
        "[\n" + "".join(f"  {json.dumps(text, ensure_ascii=False)},\n" for text in texts) + "]"
        if texts
        else "[]"
    )


if __name__ == "__main__":
    main()
