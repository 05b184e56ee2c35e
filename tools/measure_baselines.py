"""Measure what is simpler than `places` on the same marked texts: the longest name with the most people, and geotext.

PYTHONPATH=src python tools/measure_baselines.py world.arrow gold/idrisi_en.jsonl gold/lgl.jsonl
"""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
from geotext import GeoText  # type: ignore[import-untyped]
from numpy.typing import NDArray

from fanal.evaluate import placed, toponyms
from fanal.places.baseline import Baseline
from fanal.places.file import open_gazetteer
from fanal.places.found import Found, PlaceReader, PlaceType

FIGURES = ("recognition_f1", "recognition_overlap_f1", "acc161_gold_mentions", "acc161_given_candidate")


class Names:
    """Take every occurrence of a name that geotext finds; it says neither where it stands nor which place it is."""

    def read(self, texts: pa.Array | pa.ChunkedArray, languages: Sequence[str | None]) -> Found:  # noqa: ARG002
        """Find the names, as PlaceReader says."""
        spans = [
            (row, *one.span())
            for row, text in enumerate(texts.to_pylist())
            for name in names_of(text)
            for one in re.finditer(rf"\b{re.escape(name)}\b", text)
        ]
        row, start, end = np.array(sorted(set(spans)), np.int64).reshape(-1, 3).T.copy()
        return nowhere(row, start, end)

    def resolve(
        self,
        texts: pa.Array | pa.ChunkedArray,  # noqa: ARG002
        languages: Sequence[str | None],  # noqa: ARG002
        row: NDArray[np.int64],
        start: NDArray[np.int64],
        end: NDArray[np.int64],
    ) -> Found:
        """Say nothing of given mentions."""
        return nowhere(row, start, end)

    def where(self, entry: NDArray[np.int32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return nothing for nothing."""
        return np.zeros(len(entry)), np.zeros(len(entry))

    def country(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return nothing for nothing."""
        return np.zeros(len(entry), "U1")

    def is_country(self, entry: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return nothing for nothing."""
        return np.zeros(len(entry), np.bool_)

    def region(self, entry: NDArray[np.int32]) -> NDArray[np.str_]:
        """Return nothing for nothing."""
        return np.zeros(len(entry), "U1")


def names_of(text: str) -> set[str]:
    """Return the names of cities and countries that geotext finds."""
    found = GeoText(text)
    return {*found.cities, *found.countries}


def nowhere(row: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> Found:
    """Return mentions without a candidate."""
    return Found(
        row=row,
        start=start,
        end=end,
        type=np.full(len(row), PlaceType.OTHER, np.int8),
        presence=np.ones(len(row)),
        offsets=np.zeros(len(row) + 1, np.int64),
        entry=np.zeros(0, np.int32),
        probability=np.zeros(0),
    )


def main() -> None:
    """Print the figures of each reader on each file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gazetteer", type=Path, help="a file of `fanal gazetteer build`")
    parser.add_argument("gold", type=Path, nargs="+", help="files of tools/make_places_gold.py")
    given = parser.parse_args()
    readers: dict[str, PlaceReader] = {
        "longest name, most people": Baseline(open_gazetteer(given.gazetteer)),
        "geotext": Names(),
    }
    for file in given.gold:
        gold = toponyms.read(file)
        for name, reader in readers.items():
            told = placed.places(gold, reader)
            figures = ", ".join(f"{figure} {told[figure]}" for figure in FIGURES)
            sys.stdout.write(f"{file.stem:12} {name:26} {figures}\n")


if __name__ == "__main__":
    main()
