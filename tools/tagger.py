"""Train the tagger that ships, or measure how well places are recognised in posts and news it has not seen.

    PYTHONPATH=src python tools/tagger.py train ../shared/data world.arrow src/fanal/places/tagger.model
    PYTHONPATH=src python tools/tagger.py measure ../shared/data world.arrow

Reads idrisi_crisis_tweets/dev_{en,ar}.jsonl (CC BY 4.0), and to measure geoparsing_corpora/*.xml.gz, which are for
evaluation alone and are never learned from. The gazetteer is the one that `fanal gazetteer build` makes.
"""

import argparse
import gzip
import time
import xml.etree.ElementTree as ET
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson
import pyarrow as pa

from fanal.places.file import open_gazetteer
from fanal.places.known import Known
from fanal.places.recognise import MARKED, recognise
from fanal.places.span_cues import TYPES
from fanal.places.tagger import Tagger, load_tagger
from fanal.places.tagger_training import Marked, train
from fanal.text.words import read

TWEETS = "idrisi_crisis_tweets/dev_{}.jsonl"
LANGUAGES = ("en", "ar")
NEWS = ("lgl", "GWN", "GeoVirus")
SEED = 7
FOLDS = 5
BATCH = 10_000
SPEED_POSTS = 200_000

TYPE_OF = {
    "Country": "country", "CTRY": "country", "State": "region", "PROV": "region", "County": "district",
    "District": "district", "DIST": "district", "City/town": "city", "CITY": "city", "Neighborhood": "neighbourhood",
    "NBHD": "neighbourhood", "Road/street": "street", "ST": "street", "Human-made Point-of-Interest": "site",
    "HPOI": "site", "Natural Point-of-Interest": "natural", "NPOI": "natural", "Island": "island",
    "Continent": "continent", "Other locations": "other", "OTHR": "other",
}  # fmt: skip
"""The types of IDRISI, English and Arabic."""

COUNTRY_TO_DISTRICT = frozenset({"country", "region", "district", "city", "island"})
"""Islands are in it: IDRISI calls Puerto Rico, the Bahamas and Cuba islands."""

_Spans = Mapping[tuple[int, int], str]
_Counts = Counter[str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Train or measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("train", "measure"))
    parser.add_argument("data", type=Path, help="the folder of the data sets")
    parser.add_argument("gazetteer", type=Path, help="the file of the gazetteer")
    parser.add_argument("out", type=Path, nargs="?", help="where the tagger is written")
    parser.add_argument(
        "--seed", type=int, default=SEED, help="of the order of the posts and of what is hidden"
    )
    given = parser.parse_args(arguments)
    known = open_gazetteer(given.gazetteer).known
    collections = {language: tweets(given.data / TWEETS.format(language), language) for language in LANGUAGES}
    if given.what == "train":
        if given.out is None:
            parser.error("Say where the tagger is to be written.")
        train(list(collections.values()), known, seed=given.seed).save(given.out)
        return
    across_events(collections, known, given.seed)
    tagger = load_tagger()
    for name in NEWS:
        news(given.data / "geoparsing_corpora" / f"{name}.xml.gz", known, tagger)
    speed(collections["en"].texts, known, tagger)


def tweets(path: Path, language: str) -> Marked:
    """Return the marked tweets of one language.

    The last posts of each event have places in `resolved` alone: their marks were withheld. They are left out.
    """
    rows = [orjson.loads(line) for line in path.read_bytes().splitlines()]
    rows = [row for row in rows if row["location_mentions"] or not row.get("resolved")]
    return Marked(
        texts=[row["text"] for row in rows],
        events=[row["event"] for row in rows],
        spans=[
            [
                (one["start"], one["end"], TYPES.index(TYPE_OF[one["type"]]))
                for one in row["location_mentions"]
            ]
            for row in rows
        ],
        patchy=language == "ar",
    )


def subset(marked: Marked, rows: Sequence[int]) -> Marked:
    """Return some of the posts."""
    return replace(
        marked,
        texts=[marked.texts[row] for row in rows],
        events=[marked.events[row] for row in rows],
        spans=[marked.spans[row] for row in rows],
    )


def folds(events: Sequence[str]) -> list[int]:
    """Return the fold of each post: an event in one fold, folds of about the same size."""
    size, fold = [0] * FOLDS, {}
    for event, posts in sorted(Counter(events).items(), key=lambda one: (-one[1], one[0])):
        fold[event] = size.index(min(size))
        size[fold[event]] += posts
    return [fold[event] for event in events]


def spans_of(texts: Sequence[str], known: Known, tagger: Tagger) -> Iterator[_Spans]:
    """Yield the names of each text that are as likely as marked ones, with their types."""
    for begin in range(0, len(texts), BATCH):
        part = pa.array(texts[begin : begin + BATCH], pa.large_string())
        found = recognise(read(part), part, known, tagger, least=MARKED)
        spans: defaultdict[int, dict[tuple[int, int], str]] = defaultdict(dict)
        columns = (found.row, found.start, found.end, found.type)
        for row, start, end, kind in zip(*(column.tolist() for column in columns), strict=True):
            spans[row][start, end] = TYPES[kind]
        yield from (spans[row] for row in range(len(part)))


def compare(gold: _Spans, ours: _Spans) -> _Counts:
    """Count one post: all places, and those from country to district.

    A name of ours is right where exactly its span is marked. From country to district, one that is marked as something
    else (a site) is neither right nor false, and one that is not marked is false if we call it one of these.
    """
    wide = {span for span, kind in gold.items() if kind in COUNTRY_TO_DISTRICT}
    return Counter(
        right=len(gold.keys() & ours.keys()),
        false=len(ours.keys() - gold.keys()),
        missed=len(gold.keys() - ours.keys()),
        wide_right=len(wide & ours.keys()),
        wide_false=sum(kind in COUNTRY_TO_DISTRICT and span not in gold for span, kind in ours.items()),
        wide_missed=len(wide - ours.keys()),
        unmarked=not gold,
        made_up=not gold and bool(ours),
    )


def show(counts: _Counts, of: str = "") -> str:
    """Return precision, recall and F1."""
    right, false, missed = (counts[f"{of}{name}"] for name in ("right", "false", "missed"))
    precision, recall = right / max(1, right + false), right / max(1, right + missed)
    return f"P {precision:.3f} R {recall:.3f} F1 {2 * right / max(1, 2 * right + false + missed):.3f}"


def across_events(collections: Mapping[str, Marked], known: Known, seed: int) -> None:
    """Leave the events of each fold out in turn, and print how well their places are found."""
    fold = {language: folds(marked.events) for language, marked in collections.items()}
    ours: dict[str, dict[int, _Spans]] = {language: {} for language in collections}
    for left_out in range(FOLDS):
        learned = [
            subset(marked, [row for row, of in enumerate(fold[language]) if of != left_out])
            for language, marked in collections.items()
        ]
        tagger = train(learned, known, seed=seed)
        for language, marked in collections.items():
            rows = [row for row, of in enumerate(fold[language]) if of == left_out]
            found = spans_of([marked.texts[row] for row in rows], known, tagger)
            ours[language] |= dict(zip(rows, found, strict=True))
    together: _Counts = Counter()
    for language, marked in collections.items():
        by_event: defaultdict[str, _Counts] = defaultdict(Counter)
        by_type: defaultdict[str, _Counts] = defaultdict(Counter)
        for row, event in enumerate(marked.events):
            gold = {(start, end): TYPES[kind] for start, end, kind in marked.spans[row]}
            by_event[event].update(compare(gold, ours[language][row]))
            for span, kind in gold.items():
                told = ours[language][row].get(span)
                by_type[kind].update(marked=1, found=told is not None, named=told == kind)
        total = sum(by_event.values(), Counter[str]())
        together += total
        for event, counts in [(language, total), *sorted(by_event.items())]:
            print(f"{event:32} all {show(counts)}  country to district {show(counts, 'wide_')}")
        print(f"{language}: a name in {total['made_up'] / total['unmarked']:.1%} of the posts without a mark")
        for kind in TYPES:
            print(f"  {kind:14}", dict(by_type[kind]))
    print(f"{'both':32} all {show(together)}  country to district {show(together, 'wide_')}")


def news(path: Path, known: Known, tagger: Tagger) -> None:
    """Print how well the places of one news corpus are found; nothing was learned from it."""
    shift = 1 if path.name.startswith("GeoVirus") else 0  # it counts from 1
    texts, marks = [], []
    for article in ET.fromstring(gzip.decompress(path.read_bytes())):  # noqa: S314 - a file of ours, not of a user
        text = article.findtext("text") or ""
        spans: dict[tuple[int, int], str] = {}
        for place in (*article.iter("toponym"), *article.iter("location")):
            name = place.findtext("phrase") or place.findtext("extractedName") or place.findtext("name") or ""
            start = int(place.findtext("start") or 0) - shift
            if name and text[start : start + len(name)] == name and place.findtext("nonLocational") != "Yes":
                spans[start, start + len(name)] = "city"
        texts.append(text)
        marks.append(spans)
    found = spans_of(texts, known, tagger)
    counts = sum((compare(gold, ours) for gold, ours in zip(marks, found, strict=True)), Counter[str]())
    print(f"{path.name:32} all {show(counts)}")


def speed(texts: Sequence[str], known: Known, tagger: Tagger) -> None:
    """Print how many posts a second are recognised, and read, on this thread."""
    many = (list(texts) * (SPEED_POSTS // len(texts) + 1))[:SPEED_POSTS]
    taken = Counter[str]()
    for begin in range(0, SPEED_POSTS, BATCH):
        part = pa.array(many[begin : begin + BATCH], pa.large_string())
        start = time.perf_counter()
        text = read(part)
        middle = time.perf_counter()
        recognise(text, part, known, tagger)
        end = time.perf_counter()
        if begin:  # the first batch compiles
            taken.update(read=middle - start, recognise=end - middle)  # type: ignore[call-overload]
    for name, seconds in taken.items():
        print(f"{name}: {(SPEED_POSTS - BATCH) / seconds:,.0f} posts/s")


if __name__ == "__main__":
    main()
