"""Iraq 2010-2015: areas, conflict events, displacement, population and services that ship with Fanal."""

from importlib import resources

import pyarrow as pa
import pyarrow.parquet as pq

from fanal.facts import manifest
from fanal.model.layer import LAYER_SCHEMAS, Layer, LayerKind

COUNTRY = "IQ"
_NAME = "iraq-{}"


def layers() -> tuple[Layer, ...]:
    """Return the shipped layers, areas first; all are public at district level, under their publishers' terms.

    >>> [(layer.name, layer.public) for layer in layers()][:2]
    [('iraq-areas', True), ('iraq-events', True)]
    """
    return tuple(
        Layer(
            name=_NAME.format(entry.kind.value),
            kind=entry.kind,
            table=_table(entry),
            source=entry.source,
            licence=entry.licence,
            public=True,
        )
        for entry in manifest.read()
    )


def areas() -> pa.Table:
    """Return country, 18 governorates and 101 districts as AREA_SCHEMA, by level and code.

    The districts are those of OCHA's COD-AB of 2019, simplified by about 1 km. The geometries of a level
    share their borders and nest: a governorate is the union of its districts.

    >>> areas().num_rows
    120
    """
    entry = next(entry for entry in manifest.read() if entry.kind is LayerKind.AREAS)
    return _table(entry)


def _table(entry: manifest.Entry) -> pa.Table:
    """Return the table of an entry, of exactly the schema of its kind.

    Read by this thread alone: a thread of Arrow that still holds Python's bytes when a short command ends aborts the
    whole process (Arrow's issue 34314).
    """
    data = resources.files("fanal.facts").joinpath(manifest.FOLDER, entry.file).read_bytes()
    table = pq.ParquetFile(pa.BufferReader(data), pre_buffer=False).read(use_threads=False)
    return table.cast(LAYER_SCHEMAS[entry.kind])
