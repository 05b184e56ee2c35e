"""Make src/fanal/places/resolver.toml again: weights from simulated texts, their certainty from marked tweets."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.geo.distance import great_circle
from fanal.places import resolver_training, terms
from fanal.places.clues import Clue
from fanal.places.entry import Kind
from fanal.places.file import Gazetteer, open_gazetteer
from fanal.places.found import PlaceType
from fanal.places.reader import words_of
from fanal.places.recognise import names_in
from fanal.places.resolver_training import Lesson
from fanal.places.simulated_terms import simulate
from fanal.places.span import names_of
from fanal.places.tongues import tongues
from fanal.text import words
from fanal.text.spelling import spell

SEED, TEXTS = 1, 8_000
RIGHT_KM = 161.0
CLOSER_KM = 20.0
"""Of the candidates within RIGHT_KM those are right that are hardly farther away than the closest."""

HOME_WEIGHT = 3.0
"""No set of posts has a home: a place there is taken for 20 times as likely."""

HEADING = """# Weights of the resolver, one for each round, made by tools/train_resolver.py from 8,000 simulated texts;
# the last round's certainty, and the weights of the language and of the types, from IDRISI's tweets (CC BY 4.0; points
# OpenStreetMap, ODbL 1.0). The weight of the home countries is set by hand.
"""

TYPES = {one.name.lower(): int(one) for one in PlaceType}


def main() -> None:
    """Train and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("gazetteer", type=Path, help="a file of `fanal gazetteer build`")
    parser.add_argument("gold", type=Path, nargs="+", help="idrisi_*.jsonl of tools/make_places_gold.py")
    parser.add_argument("--out", type=Path, default=Path("src/fanal/places/resolver.toml"))
    given = parser.parse_args()
    gazetteer = open_gazetteer(given.gazetteer)
    simulated = simulate(gazetteer, TEXTS, np.random.Generator(np.random.PCG64(SEED)))
    weights = resolver_training.train([simulated], gazetteer)
    lessons = [lesson(path, gazetteer) for path in given.gold]
    weights = resolver_training.calibrate(weights, lessons, gazetteer)
    weights.clue[:, Clue.HOME] = HOME_WEIGHT
    given.out.write_text(resolver_training.text_of(weights, HEADING), encoding="utf-8")
    sys.stdout.write(f"{given.out}: {len(simulated.counts):,} simulated names, ")
    sys.stdout.write(f"{sum(int((one.counts > 0).sum()) for one in lessons):,} of tweets\n")


def lesson(path: Path, gazetteer: Gazetteer) -> Lesson:
    """Return the marked names of a file that the gazetteer has, with the candidates that lie where people put them."""
    rows: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()
    ]
    rows = [row for row in rows if row["mentions"]]
    texts = pa.array([row["text"] for row in rows], pa.large_string())
    marked = [(at, one) for at, row in enumerate(rows) for one in sorted(row["mentions"], key=_start)]
    row_of = np.array([at for at, _ in marked], np.int64)
    start, end = (np.array([one[part] for _, one in marked], np.int64) for part in ("start", "end"))
    text = words.read(texts)
    spelled = spell(text, texts)
    first, last = words_of(row_of, start, end, spelled)
    name = names_of(first, last, spelled.words.hash, names_in(spelled, text.folded, gazetteer.known))
    typed = np.array([TYPES.get(one.get("type") or "", -1) for _, one in marked], np.int8)
    typed[typed >= len(Kind)] = -1
    found = terms.collect(row_of, first, last, name, typed, gazetteer, len(rows))
    point = np.array([[_or_nan(one.get(part)) for part in ("lon", "lat")] for _, one in marked])
    right, counts = _right(found, point, gazetteer)
    return Lesson(
        terms=found,
        right=right,
        counts=counts,
        spoken=tongues([row["lang"] for row in rows], gazetteer.countries, len(rows)),
        home=np.zeros(len(gazetteer.countries), np.bool_),
    )


def _start(mention: dict[str, Any]) -> int:
    return int(mention["start"])


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else float(value)


def _right(
    found: terms.Terms, point: NDArray[np.float64], gazetteer: Gazetteer
) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Return which candidates are right, and which terms count: those with a point and a candidate."""
    right, counts = np.zeros(len(found.entry), np.bool_), np.zeros(len(found.name))
    for mention, (lon, lat) in enumerate(point.tolist()):
        term = found.of[mention]
        begin, end = found.offsets[term], found.offsets[term + 1]
        if begin == end or np.isnan(lat):
            continue
        counts[term] = 1.0
        some = found.entry[begin:end]
        km = great_circle(gazetteer.lon[some], gazetteer.lat[some], np.array(lon), np.array(lat))
        km = np.nan_to_num(km, nan=np.inf)
        reach = np.maximum(RIGHT_KM, gazetteer.extent_km[some])  # a point of a country may lie anywhere in it
        right[begin:end] |= (km <= reach) & (km <= km.min() + CLOSER_KM)
    return right, counts


if __name__ == "__main__":
    main()
