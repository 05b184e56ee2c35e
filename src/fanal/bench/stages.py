"""The stages: each one's own work over the same posts, and the whole line through the command itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.json as pa_json

from fanal import pipeline
from fanal.bench.figure import Work
from fanal.facts import iraq
from fanal.places.file import Gazetteer
from fanal.places.locate import Locator, locate, make_locator
from fanal.settings import Settings
from fanal.settings_file import template
from fanal.signals.detect import Detector, load_detector
from fanal.sources import catalogue
from fanal.sources.mapping import FieldMapping
from fanal.store.pseudonym import pseudonyms, weeks_of
from fanal.store.seen import post_rows
from fanal.store.workspace import Workspace, make, opened
from fanal.text.fold import fold
from fanal.text.words import words

PARSE = "parse_only"
SIGNALS = "signals"
PLACES = "places"
END_TO_END = "end_to_end"
FORM = "jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Hold what the stages work on: one file of posts, read, with all that they look things up in."""

    file: Path
    readings: Callable[[], Iterator[Any]]  # reads the file anew
    posts: int
    batches: tuple[pa.RecordBatch, ...]  # of POST_SCHEMA
    detector: Detector
    locator: Locator
    settings: Settings
    workspace: Workspace  # open, for what needs keys
    scratch: Path
    new_batch: Callable[[], str]
    secret: Callable[[int], bytes]
    clock: Callable[[], datetime]


@contextmanager
def prepared(
    file: Path,
    scratch: Path,
    gazetteer: Gazetteer,
    *,
    new_batch: Callable[[], str],
    secret: Callable[[int], bytes],
    clock: Callable[[], datetime],
) -> Iterator[Bench]:
    """Read a file of posts and make ready what the stages need: the areas of Iraq and the places of the world.

    Args:
        file: JSON Lines with the default fields.
        scratch: an empty folder for workspaces.
        gazetteer: the places of the world.
        new_batch: makes ids of batches.
        secret: random bytes for the workspaces' keys.
        clock: tells the time of a commit.
    """
    settings = Settings()
    readings = partial(
        catalogue.find(FORM).read, file, mapping=FieldMapping(), rows=settings.posts.batch_rows
    )
    batches = tuple(reading.posts for reading in readings())
    with _workspace(scratch / "keys", secret) as workspace:
        yield Bench(
            file=file,
            readings=readings,
            posts=sum(map(len, batches)),
            batches=batches,
            detector=load_detector(),
            locator=make_locator(gazetteer, iraq.areas()),
            settings=settings,
            workspace=workspace,
            scratch=scratch,
            new_batch=new_batch,
            secret=secret,
            clock=clock,
        )


def parse(file: Path) -> pa.Table:
    """Parse JSON Lines into columns and do nothing else: the bare cost that each stage stands beside.

    Arrow's own reader, one thread: the fastest parser of this file that Fanal's users have installed.
    """
    return pa_json.read_json(file, read_options=pa_json.ReadOptions(use_threads=False))


def works(bench: Bench) -> Iterator[Work]:
    """Yield the work of each stage alone, and last of the whole line, from the file to what is committed."""
    texts = [batch["text"] for batch in bench.batches]

    def each(name: str, run: Callable[[], object], what: str) -> Work:
        return Work(name=name, run=run, posts=bench.posts, what=what)

    yield each(PARSE, lambda: parse(bench.file), "pyarrow.json.read_json, one thread")
    yield each("sources", lambda: sum(1 for _ in bench.readings()), "JSON Lines to batches of posts")
    yield each("text", lambda: [words(fold(text)) for text in texts], "fold and cut into words")
    yield each(
        SIGNALS,
        lambda: [bench.detector.detect(b) for b in bench.batches],
        "fold, words, language, indicators, classifier, stance",
    )
    yield each(PLACES, lambda: [locate(b, bench.locator) for b in bench.batches], "names and points to areas")
    yield each("pseudonyms", lambda: [_authors(b, bench.workspace) for b in bench.batches], "keyed hashes")
    yield each(END_TO_END, lambda: read_all(bench), "fanal read: from the file to what is committed")


def read_all(bench: Bench) -> int:
    """Put the file through `pipeline.read` into a new workspace."""
    with _workspace(bench.scratch / bench.new_batch(), bench.secret) as workspace:
        return pipeline.read(
            workspace,
            bench.readings(),
            file=bench.file.name,
            form=FORM,
            detector=bench.detector,
            locator=bench.locator,
            new_batch=bench.new_batch,
            clock=bench.clock,
            progress=lambda _: None,
        )


def _authors(posts: pa.RecordBatch, workspace: Workspace) -> object:
    """Make the row hashes and the pseudonyms of a batch."""
    rows = post_rows(posts, form=FORM, key=workspace.keyring.of_workspace())
    return pseudonyms(posts, weeks_of(posts), rows, workspace.keyring)


@contextmanager
def _workspace(folder: Path, secret: Callable[[int], bytes]) -> Iterator[Workspace]:
    """Give a new workspace."""
    make(folder, template())
    with opened(folder, dice=secret, writing=True) as workspace:
        yield workspace
