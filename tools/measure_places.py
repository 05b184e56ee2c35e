"""Measure places: how often the areas of posts that people annotated are found, and how often one is made up.

    PYTHONPATH=src python tools/measure_places.py ../shared/data

Reads idrisi_crisis_tweets/dev_{en,ar}.jsonl and Natural Earth's first-level areas from the folder that is given.
"""

import argparse
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from fanal.facts import world
from fanal.geo.containment import areas_of
from fanal.model.post import POST_SCHEMA
from fanal.places import gazetteer
from fanal.places.locate import locate

BOUNDARIES = Path("natural_earth_admin1/admin1_priority_countries.geojson.gz")
TWEETS = "idrisi_crisis_tweets/dev_{}.jsonl"
SURE = 0.3  # an area is handed on as found from this probability on
Found = dict[int, list[tuple[str, float]]]


@dataclass(slots=True)
class Score:
    """Count what was found over the posts of one file."""

    posts: int = 0
    gold: int = 0  # posts with a place that people resolved
    gold_found: int = 0  # of those, with any area of ours
    country_right: int = 0  # of those, the country of our likeliest area is one of theirs
    drawn: int = 0  # posts with a resolved place below a country, inside an area with geometry
    drawn_right: int = 0  # of those, one such area is ours with SURE or more
    unnamed: int = 0  # posts in which people marked no place
    made_up: int = 0  # of those, with any area of ours of SURE or more
    mentions: int = 0  # areas of ours of SURE or more
    missed: Counter[str] = field(default_factory=Counter)  # their names in posts where we found nothing
    wrong: Counter[str] = field(default_factory=Counter)  # our areas in posts where they marked none


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the figures of both languages, all together and by event."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("--home", nargs="*", default=[], help="home countries, as in [places] home")
    parser.add_argument(
        "--show", type=int, default=0, help="so many names that were missed and areas made up"
    )
    given = parser.parse_args(arguments)
    areas = world.areas(given.data / BOUNDARIES)
    start = time.perf_counter()
    found = gazetteer.build(areas, world.places(), home=given.home)
    print(f"gazetteer: {len(found.nothing):,} names, {time.perf_counter() - start:.1f} s")
    for language in ("en", "ar"):
        lines = (given.data / TWEETS.format(language)).read_bytes().splitlines()
        rows = [orjson.loads(line) for line in lines]
        score = measure(rows, found, areas)
        report(language, score, given.show)


def measure(rows: list[dict[str, Any]], found: gazetteer.Gazetteer, areas: pa.Table) -> Score:
    """Return the counts of some annotated posts."""
    posts = pa.RecordBatch.from_pylist(
        [{"line": i, "time": 0, "text": row["text"]} for i, row in enumerate(rows, 1)], schema=POST_SCHEMA
    )
    locate(posts.slice(0, 10), found)  # compiles
    start = time.perf_counter()
    mentions = locate(posts, found)
    seconds = time.perf_counter() - start
    print(f"{len(rows):,} posts, {len(rows) / seconds:,.0f} posts/s")
    ours: Found = {}
    for mention in mentions.to_pylist():
        ours.setdefault(mention["row"], []).append((mention["area"], mention["probability"]))
    country = dict(zip(areas["area"].to_pylist(), areas["country"].to_pylist(), strict=True))
    gold = [(i, place) for i, row in enumerate(rows) for place in row.get("resolved") or ()]
    lon, lat = (np.array([_degree(place.get(name)) for _, place in gold]) for name in ("lon", "lat"))
    held = areas_of(lon, lat, areas)
    theirs: dict[int, set[str]] = {}
    drawn: dict[int, set[str]] = {}
    codes = areas["area"].to_pylist()
    for (i, place), area in zip(gold, held, strict=True):
        if place.get("country_code"):
            theirs.setdefault(i, set()).add(place["country_code"].upper())
        if area >= 0 and place["type"] not in ("Country", "Continent"):
            drawn.setdefault(i, set()).add(codes[area])
    score = Score(posts=len(rows))
    for i, row in enumerate(rows):
        _add(score, row, ours.get(i, []), theirs.get(i, set()), drawn.get(i, set()), country)
    return score


def _add(
    score: Score,
    row: dict[str, Any],
    ours: list[tuple[str, float]],
    theirs: set[str],
    drawn: set[str],
    country: dict[str, str],
) -> None:
    """Count one post."""
    sure = {area for area, probability in ours if probability >= SURE}
    score.mentions += len(sure)
    if theirs:
        score.gold += 1
        score.gold_found += bool(ours)
        score.country_right += bool(ours) and country[ours[0][0]] in theirs
        if not ours:
            score.missed.update(mention["text"].lower() for mention in row["location_mentions"])
    if drawn:
        score.drawn += 1
        score.drawn_right += bool(sure & drawn)
    if not row["location_mentions"]:
        score.unnamed += 1
        score.made_up += bool(sure)
        score.wrong.update(sure)


def report(language: str, score: Score, show: int) -> None:
    """Print the figures of one language."""
    for name, part, whole in (
        ("a resolved place, any area found", score.gold_found, score.gold),
        ("a resolved place, likeliest area's country right", score.country_right, score.gold),
        ("the same, of those with any area", score.country_right, score.gold_found),
        (f"a resolved place in a drawn area, that area with p >= {SURE}", score.drawn_right, score.drawn),
        (f"no place marked, an area with p >= {SURE} made up", score.made_up, score.unnamed),
    ):
        print(f"{language}: posts with {name}: {part:,} of {whole:,} ({part / max(whole, 1):.1%})")
    if show:
        print("missed:", score.missed.most_common(show))
        print("made up:", score.wrong.most_common(show))


def _degree(value: Any) -> float:
    """Return a coordinate, or NaN."""
    return float(value) if value not in (None, "") else float("nan")


if __name__ == "__main__":
    main()
