"""Measure how many misspelt villages of Iraq are found beside their district: names of DTM, spellings made by rule."""

import argparse
import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa

from fanal.facts import iraq
from fanal.geo.distance import great_circle
from fanal.places.file import open_gazetteer
from fanal.places.folded import folded
from fanal.places.found import Found
from fanal.places.locate import make_locator

FILE = "iraq_dtm_idp/iraq_places_gazetteer.csv"
SWAPS = (
    ("ee", "i"), ("oo", "u"), ("ou", "u"), ("q", "k"), ("k", "q"), ("gh", "g"), ("dh", "d"), ("sh", "ch"), ("j", "g"),
    ("w", "v"), ("a", "e"), ("i", "e"), ("u", "o"), ("h", ""), ("Al ", "Al-"), ("z", "s"), ("tt", "t"),
)  # fmt: skip
"""Other ways of writing the same sounds."""
SENTENCES = (
    "Families left {} in {} district",
    "People from {} ({}) need water",
    "The road to {} near {} is closed",
)
LEAST_LETTERS = 5
RIGHT_KM, NEAR_KM = 5.0, 50.0


def main() -> None:
    """Print the shares that are placed within RIGHT_KM and NEAR_KM."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("gazetteer", type=Path, help="a file of `fanal gazetteer build --villages`")
    parser.add_argument("--villages", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    dice = np.random.Generator(np.random.PCG64(given.seed))
    rows = unique(given.data / FILE)
    some = [rows[at] for at in dice.choice(len(rows), given.villages, replace=False)]
    written = [misspelt(row["name_en"].strip(), dice) for row in some]
    texts = [
        SENTENCES[int(dice.integers(len(SENTENCES)))].format(name, row["district"])
        for row, name in zip(some, written, strict=True)
    ]
    reader = make_locator(open_gazetteer(given.gazetteer), iraq.areas()).reader
    found = reader.read(pa.array(texts), [None] * len(texts))
    km = np.full(len(some), np.inf)
    for at, (row, name) in enumerate(zip(some, written, strict=True)):
        entry = overlapping(found, at, texts[at].index(name), len(name))
        if entry >= 0:
            lon, lat = reader.where(np.array([entry], np.int32))
            km[at] = great_circle(lon, lat, np.array(float(row["lon"])), np.array(float(row["lat"])))[0]
    sys.stdout.write(f"seed {given.seed}: {len(some)} of {len(rows):,} villages of one governorate, ")
    sys.stdout.write(f"within {RIGHT_KM:g} km {np.mean(km <= RIGHT_KM):.3f}, ")
    sys.stdout.write(f"within {NEAR_KM:g} km {np.mean(km <= NEAR_KM):.3f}\n")


def unique(path: Path) -> list[dict[str, str]]:
    """Return the villages whose name stands in one governorate alone."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    names = folded([row["name_en"] for row in rows])
    governorates = defaultdict(set)
    for name, row in zip(names, rows, strict=True):
        governorates[name].add(row["governorate"])
    return [
        row
        for name, row in zip(names, rows, strict=True)
        if len(governorates[name]) == 1 and len(name) >= LEAST_LETTERS and name.replace(" ", "").isalpha()
    ]


def misspelt(name: str, dice: np.random.Generator) -> str:
    """Return a name with one change: another way of writing a sound, a letter left out, or one doubled."""
    ways = [(old, new) for old, new in SWAPS if old in name]
    kind = int(dice.integers(5))
    if ways and kind < 3:
        old, new = ways[int(dice.integers(len(ways)))]
        return name.replace(old, new, 1)
    at = int(dice.integers(1, len(name) - 1))
    at += name[at] == " "
    return name[:at] + name[at + 1 :] if kind == 4 else name[:at] + name[at] + name[at:]


def overlapping(found: Found, row: int, start: int, size: int) -> int:
    """Return the likeliest place of the first mention that overlaps a span, -1: there is none."""
    for at in np.flatnonzero((found.row == row) & (found.start < start + size) & (found.end > start)):
        if found.offsets[at] < found.offsets[at + 1]:
            return int(found.entry[found.offsets[at]])
    return -1


if __name__ == "__main__":
    main()
