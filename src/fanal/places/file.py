"""The file of the gazetteer: one Arrow file that is mapped into memory, so that processes share one copy of it."""

import hashlib
import json
import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.places.known import Known
from fanal.text.phrases import Phrases

VERSION = 2
"""Counts up when the form of the file changes, so that no older file is taken for the new one."""

_HINT = "Make it anew with `fanal gazetteer build`."
_PHRASES, _GLUED, _KNOWN = "phrases_", "glued_", "known_"
_VERSION, _ABOUT = b"fanal_gazetteer", b"about"
_ARRAYS: Mapping[str, type[np.generic]] = {
    "lon": np.float64,
    "lat": np.float64,
    "extent_km": np.float32,
    "population": np.int64,
    "kind": np.int8,
    "country": np.int16,
    "holder": np.int32,
    "source": np.int8,
    "offsets": np.int64,
    "entry": np.int32,
    "relation": np.int8,
    "everyday": np.bool_,
    "weak": np.bool_,
}
_KNOWN_ARRAYS = ("kind", "kinds", "people", "many", "doubt")
_TEXTS = ("names", "identifiers", "codes", "countries")
_PHRASE_ARRAYS: Mapping[str, type[np.generic]] = {
    "hash": np.uint64,
    "first": np.int64,
    "start": np.int64,
    "end": np.int64,
    "codes": np.uint32,
    "slot_hash": np.uint64,
    "slot_phrase": np.int32,
    "slot_longer": np.bool_,
    "begins": np.uint8,
    "left_out": np.int64,
}
"""`number` is not kept of all names: they are numbered in the order of `hash`."""
_NARROW = frozenset({"number", "first", "start", "end"})
"""Kept in 32 bits, since no table reaches 2**31 letters, and widened for the kernels when the file is opened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Name what entries were taken from."""

    name: str  # publisher and data set
    version: str  # of the package or file; empty: none
    licence: str
    shipped: bool  # whether it comes with Fanal or a package that Fanal needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """Hold n places of the world, and k names with m meanings: which places each may stand for.

    A name's meanings are not weighed here, and an everyday word is kept with a flag: the resolver decides.
    """

    identifiers: pa.StringArray  # n; gn:448149, pcode:IQG15Q07
    codes: pa.StringArray  # n; of first-level areas: gn:US.TX; else empty
    names: pa.StringArray  # n; to show
    lon: NDArray[np.float64]  # n; degrees; NaN: not known
    lat: NDArray[np.float64]  # n; degrees; NaN: not known
    extent_km: NDArray[np.float32]  # n; rough radius, above 0
    population: NDArray[np.int64]  # n; people; 0: not known
    kind: NDArray[np.int8]  # n; of entry.Kind
    country: NDArray[np.int16]  # n; a place in `countries`; -1: none or several
    holder: NDArray[np.int32]  # n; row of the entry that holds it; -1: none
    source: NDArray[np.int8]  # n; a place in `sources`
    countries: tuple[str, ...]  # ISO 3166-1 alpha-2
    phrases: Phrases  # numbered 0 to k
    known: Known  # the same names as the tagger reads them
    offsets: NDArray[np.int64]  # k + 1; name i has the meanings offsets[i] to offsets[i + 1]
    entry: NDArray[np.int32]  # m; row of the place
    relation: NDArray[np.int8]  # m; of entry.Relation
    everyday: NDArray[np.bool_]  # k; is also a word that is read as a word
    weak: NDArray[np.bool_]  # k; is also a given or family name
    sources: tuple[Source, ...]
    inputs: str  # digest of what it was built of
    content: str  # digest of the arrays, which `verify` compares

    def __len__(self) -> int:
        """Return the number of places."""
        return len(self.lon)

    def save(self, path: Path) -> None:
        """Write a file that `open_gazetteer` reads; it appears whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        columns = self._columns()
        about = {
            "sources": [
                {one.name: getattr(source, one.name) for one in fields(Source)} for source in self.sources
            ],
            "inputs": self.inputs,
            "content": _digest(columns),
        }
        schema = pa.schema(
            [pa.field(name, column.type) for name, column in columns.items()],
            metadata={_VERSION: str(VERSION).encode(), _ABOUT: json.dumps(about).encode()},
        )
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file, pa.ipc.new_file(file, schema) as writer:
                writer.write_batch(pa.record_batch(list(columns.values()), schema=schema))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def verify(self) -> bool:
        """Say whether every byte is as it was written. Reads the whole file, which opening does not."""
        return self.content == _digest(self._columns())

    def _columns(self) -> dict[str, pa.ListArray]:
        """Return everything as lists of one row, by the name under which it is saved."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        arrays |= {_PHRASES + name: _narrow(self.phrases, name) for name in _PHRASE_ARRAYS}
        arrays |= {_GLUED + name: _narrow(self.known.glued, name) for name in ("number", *_PHRASE_ARRAYS)}
        arrays |= {_KNOWN + name: getattr(self.known, name) for name in _KNOWN_ARRAYS}
        columns = {name: _column(pa.array(_bytes(array))) for name, array in arrays.items()}
        texts = {name: getattr(self, name) for name in _TEXTS} | {"countries": pa.array(self.countries)}
        return columns | {name: _column(array) for name, array in texts.items()}


def open_gazetteer(path: Path) -> Gazetteer:
    """Map a gazetteer into memory; nothing is copied, and what two processes open is in memory once.

    The arrays can be written to by NumPy's word, since Numba would compile every kernel a second time for arrays
    that cannot; a write would stay in the process that makes it. Nobody writes.

    Raises:
        InputError: the file is missing, damaged, or of another version.

    >>> open_gazetteer(Path("nowhere.arrow"))
    Traceback (most recent call last):
    ...
    fanal.model.error.InputError: The gazetteer nowhere.arrow cannot be read. Make it anew with \
`fanal gazetteer build`.
    """
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
        with pa.ipc.open_file(pa.py_buffer(mapped)) as reader:
            meta = reader.schema.metadata or {}
            if (version := meta.get(_VERSION)) is not None and version != str(VERSION).encode():
                raise InputError(f"The gazetteer {path} is of another version.", hint=_HINT)
            about = json.loads(meta[_ABOUT])
            batch = reader.get_batch(0)
        arrays = {name: _view(mapped, batch, name, kind) for name, kind in _ARRAYS.items()}
        names = _table(mapped, batch, _PHRASES)
        told: dict[str, Any] = {name: _view(mapped, batch, _KNOWN + name, np.uint8) for name in _KNOWN_ARRAYS}
        known = Known(phrases=names, glued=_table(mapped, batch, _GLUED), **told)
        texts = {name: batch.column(name).values for name in _TEXTS}
        sources = tuple(Source(**source) for source in about["sources"])
        found = Gazetteer(
            identifiers=texts["identifiers"],
            codes=texts["codes"],
            names=texts["names"],
            countries=tuple(texts["countries"].to_pylist()),
            phrases=names,
            known=known,
            sources=sources,
            inputs=about["inputs"],
            content=about["content"],
            **arrays,
        )
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise InputError(f"The gazetteer {path} cannot be read.", hint=_HINT) from error
    if not _fits(found):
        raise InputError(f"The gazetteer {path} cannot be read: its parts do not fit.", hint=_HINT)
    return found


def _fits(found: Gazetteer) -> bool:
    """Say whether the sizes of all arrays belong together."""
    places, names, meanings = len(found.lon), len(found.everyday), len(found.entry)
    rows = (
        "identifiers",
        "codes",
        "names",
        "lat",
        "extent_km",
        "population",
        "kind",
        "country",
        "holder",
        "source",
    )
    table = found.phrases
    return (
        all(len(getattr(found, name)) == places for name in rows)
        and len(found.weak) == len(table.hash) == len(table.first) - 1 == len(found.offsets) - 1 == names
        and len(found.relation) == meanings == found.offsets[-1]
        and len(table.start) == len(table.end) == table.first[-1]
        and len(table.slot_hash) == len(table.slot_phrase) == len(table.slot_longer)
        and all(len(getattr(found.known, name)) == names for name in _KNOWN_ARRAYS)
    )


def _narrow(table: Phrases, name: str) -> NDArray[Any]:
    """Return an array of a table as it is kept."""
    array: NDArray[Any] = getattr(table, name)
    return array.astype(np.int32) if name in _NARROW else array


def _table(mapped: mmap.mmap, batch: pa.RecordBatch, prefix: str) -> Phrases:
    """Return a table of phrases over the mapped file; the numbers of its words are copies."""
    kinds = {name: np.int32 if name in _NARROW else kind for name, kind in _PHRASE_ARRAYS.items()}
    parts: dict[str, NDArray[Any]] = {
        name: _view(mapped, batch, prefix + name, kind) for name, kind in kinds.items()
    }
    if prefix == _PHRASES:
        parts["number"] = np.arange(len(parts["hash"]))
    else:
        parts["number"] = _view(mapped, batch, prefix + "number", np.int32)
    wide: dict[str, Any] = {
        name: one.astype(np.int64) if name in _NARROW else one for name, one in parts.items()
    }
    return Phrases(**wide)


def _column(values: pa.Array) -> pa.ListArray:
    """Return an array as the only row of a list column."""
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)


def _bytes(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array that Arrow writes as it lies in memory: it would pack booleans into bits."""
    return array.view(np.uint8) if array.dtype == np.bool_ else array


def _view(mapped: mmap.mmap, batch: pa.RecordBatch, name: str, kind: type[np.generic]) -> NDArray[Any]:
    """Return a column as an array over the mapped file."""
    values = batch.column(name).values
    if not len(values):
        return np.empty(0, kind)
    base = np.frombuffer(mapped, np.uint8).ctypes.data
    offset = values.buffers()[1].address - base
    if values.type.bit_width != 8 * np.dtype(kind).itemsize:
        raise ValueError(f"{name} is of another type")
    return np.frombuffer(mapped, kind, count=len(values), offset=offset)


def _digest(columns: Mapping[str, pa.ListArray]) -> str:
    """Return the SHA-256 of the contents of columns."""
    found = hashlib.sha256()
    for name, column in sorted(columns.items()):
        values = column.values
        found.update(f"{name} {len(values)} {values.type}".encode())
        for buffer in values.buffers():
            if buffer is not None:
                found.update(hashlib.sha256(buffer).digest())
    return found.hexdigest()
