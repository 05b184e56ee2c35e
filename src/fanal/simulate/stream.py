"""The simulated stream: a file of posts, its truth and its plants, written whole or not at all."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow.parquet as pq
from numpy.typing import NDArray

from fanal.model.error import UserError
from fanal.model.layer import Layer
from fanal.simulate.book import Book, book
from fanal.simulate.draw import EDIT, Draw, draw
from fanal.simulate.form import HEADER, Form, form_of
from fanal.simulate.ground import ground
from fanal.simulate.kind import SIGNAL_SHARES, Kind
from fanal.simulate.plan import Plan, plan
from fanal.simulate.render import ids, render, room
from fanal.simulate.rhythm import FIRST_WEEK, WEEKS, batches, hour_shares
from fanal.simulate.sentences import LANGUAGES, load_grammars
from fanal.simulate.truth import TRUTH_SCHEMA, truth

BATCH_ROWS = 100_000
"""Posts that are drawn and written together; an hour with more is one batch. Memory grows with this alone."""

PURPOSE = (
    "Simulated, for load tests, training of staff and regression; never for a quality claim or a lead time."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """Say what was written."""

    posts: int
    signals: int  # posts that show one
    planted: int  # posts of a hotspot or a template
    stream: Path
    truth: Path
    plants: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Hold some consecutive posts of a stream."""

    first: int  # row of the first, from 0
    drawn: Draw
    ids: NDArray[np.uint8]  # posts × bytes of one id
    lines: NDArray[np.uint8]  # of the file; good until the next stretch is made


def simulate(
    out: Path,
    layers: Iterable[Layer],
    *,
    posts: int,
    seed: int,
    rng: np.random.Generator,
    rate: float = 0.05,
    signals: Sequence[Kind] = tuple(SIGNAL_SHARES),
    progress: Callable[[int], None] = lambda _done: None,
) -> Simulated:
    """Write a stream of posts over layers, its truth (`OUT.truth.parquet`) and its plants (`OUT.plants.json`).

    Simulated data are for load tests, training of staff and regression; never for a quality claim or a lead time. The
    same arguments give the same bytes.

    Args:
        out: the file to make, .jsonl or .csv.
        layers: one of areas, and one of population where posts are to lie by people.
        posts: lines of the stream, reposts and edits included.
        seed: stands in the ids and in the file of plants; `rng` must be made from it.
        rng: the dice.
        rate: share of the posts that show a signal, from 0 to 0.5.
        signals: which signals; see `fanal.simulate.kind.signals`.
        progress: is told how many posts are written.

    Raises:
        UserError: a file is there already or cannot be written, or a number is out of its range.
        InputError: the layers have no area with a name.
    """
    form = form_of(out)
    paths = (out.with_name(f"{out.name}.truth.parquet"), out.with_name(f"{out.name}.plants.json"), out)
    settled = plan(ground(layers), posts=posts, rate=rate, signals=signals, rng=rng)
    with _whole(paths) as (truth_part, plants_part, out_part), ExitStack() as stack:
        file = stack.enter_context(out_part.open("wb"))
        table = stack.enter_context(pq.ParquetWriter(truth_part, TRUTH_SCHEMA))
        file.write(HEADER[form].encode())
        counted = np.zeros(len(settled.plants) + 1, np.int64)  # the last for no plant
        shown = 0
        for stretch in stretches(settled, form, seed=seed, rng=rng):
            file.write(stretch.lines.data)
            rows = truth(settled, stretch.drawn, stretch.ids, stretch.first)
            table.write_batch(rows)
            shown += len(rows) - rows["category"].null_count
            counted += np.bincount(stretch.drawn.plant + 1, minlength=len(counted))[
                [*range(1, len(counted)), 0]
            ]
            progress(stretch.first + len(rows))
        plants_part.write_bytes(_told(settled, seed, counted))
    return Simulated(
        posts=posts,
        signals=shown,
        planted=int(counted[:-1].sum()),
        stream=paths[2],
        truth=paths[0],
        plants=paths[1],
    )


def stretches(
    settled: Plan, form: Form, *, seed: int, rng: np.random.Generator, rows: int = BATCH_ROWS
) -> Iterator[Stretch]:
    """Yield the posts of a stream in the order of their times, at most so many at once (or one hour's).

    Each stretch has dice of its own, spawned from `rng`, so `rows` is part of what decides the posts.
    """
    sentences = book(load_grammars(), settled.ground, form)
    counts = rng.multinomial(settled.posts, hour_shares())
    buffer = room(sentences, 0, 0)
    first = 0
    for start, end in batches(counts, rows):
        number = int(counts[start:end].sum())
        dice = rng.spawn(1)[0]
        if not number:
            continue
        drawn = draw(settled, start, counts[start:end], rng=dice)
        if first == 0:
            # A reader tells from the head of a file which fields it has.
            drawn.point[0] = settled.ground.radius[drawn.area[0]] > 0
        names = ids(f"sim{seed}-", first + np.arange(number))
        names = np.where((drawn.copy == EDIT)[:, None], names[drawn.source], names)
        buffer = _large_enough(buffer, sentences, number, names.shape[1])
        used = render(buffer, sentences, form, drawn, names)
        yield Stretch(first=first, drawn=drawn, ids=names, lines=buffer[:used])
        first += number


def _large_enough(buffer: NDArray[np.uint8], sentences: Book, rows: int, id_bytes: int) -> NDArray[np.uint8]:
    """Return the buffer, or a new one where it has not room for so many rows."""
    needed = room(sentences, rows, id_bytes)
    return buffer if len(buffer) >= len(needed) else needed


@contextmanager
def _whole(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """Give for each path a file beside it that takes its name once the block has ended well.

    Raises:
        UserError: one of the paths is there already, or the folder cannot be written to.
    """
    for path in paths:
        if path.exists() or path.is_symlink():
            raise UserError(f"{path} is there already.", hint="Remove it, or choose another name.")
    parts = [path.with_name(f"{path.name}.part") for path in paths]
    try:
        yield parts
        for part, path in zip(parts, paths, strict=True):
            part.rename(path)
    except OSError as error:
        raise UserError(
            f"{paths[-1]} cannot be written: {error.strerror or error}.", hint="Choose a folder with room."
        ) from error
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _told(settled: Plan, seed: int, counted: NDArray[np.int64]) -> bytes:
    """Return the file of plants."""
    posts = dict(zip(settled.plants, counted.tolist(), strict=False))
    told: dict[str, Any] = {
        "purpose": PURPOSE,
        "seed": seed,
        "posts": settled.posts,
        "rate": settled.rate,
        "rate_outside_hotspots": settled.outside_rate,
        "signals": [kind.value for kind in settled.signals],
        "first_week": _monday(0),
        "last_week": _monday(WEEKS - 1),
        "batch_rows": BATCH_ROWS,
        "hotspots": [
            {
                "id": spot.id,
                "area": settled.ground.codes[spot.area],
                "first_week": _monday(spot.first),
                "last_week": _monday(spot.last),
                "weeks": spot.last - spot.first + 1,
                "category": spot.kind.value,
                "factor": spot.factor,
                "posts": posts[spot.id],
            }
            for spot in settled.hotspots
        ],
        "templates": [
            {
                "id": template.id,
                "kind": template.kind.value,
                "language": LANGUAGES[template.language],
                "first_week": _monday(template.first),
                "last_week": _monday(template.last),
                "weeks": template.last - template.first + 1,
                "share": template.share,
                "posts": posts[template.id],
            }
            for template in settled.templates
        ],
    }
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def _monday(week: int) -> str:
    """Return the Monday of a week, as ISO 8601 writes it."""
    return (FIRST_WEEK + timedelta(weeks=week)).date().isoformat()
