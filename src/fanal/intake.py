"""The intake: readings of posts go into a workspace, each as one batch that is committed whole or not at all."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.category import Category
from fanal.model.consent import Consent
from fanal.model.post import Reading
from fanal.model.stream import Moved
from fanal.model.week import week_of
from fanal.places.locate import Locator, locate
from fanal.signals.detect import Detector
from fanal.store import versions
from fanal.store.batch import Batch
from fanal.store.choice import SIGNALS_ALONE, Choice, refused_rows
from fanal.store.files import File, note, remember, renew
from fanal.store.newcomers import Newcomers
from fanal.store.pseudonym import pseudonyms, weeks_of
from fanal.store.replay import Replay
from fanal.store.seen import NO_WEEK, NameRows, Seen, by_line, other_rows, post_rows, rejected_rows
from fanal.store.sieve import Sieve
from fanal.store.streams import move
from fanal.store.withdrawn import mark
from fanal.store.workspace import Workspace
from fanal.text import words


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Say what became of a reading that was committed."""

    posts: int  # new ones
    rejected: int  # new ones
    signals: int
    repeated: int  # rows that were known already
    newest: datetime | None  # time of the newest new post that is not of the future


class Intake:
    """Take readings into one open workspace: signals and mentions stay, the texts of a choice are sealed.

    All other texts are forgotten. Rows that were committed before, or erased, change nothing.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        detector: Detector,
        locator: Locator,
        new_batch: Callable[[], str],
        clock: Callable[[], datetime],
        sieve: Sieve | None = None,
    ) -> None:
        """Open what tells new rows from those that are known.

        Args:
            workspace: open for writing.
            detector: says what posts show.
            locator: says which places they name.
            new_batch: makes ids of batches.
            clock: UTC.
            sieve: of rows that were seen; None: of the usual size. See `Seen` for when a larger one is worth it.
        """
        workspace.closings.finish(clock())
        self._workspace = workspace
        self._detector = detector
        self._locator = locator
        self._new_batch = new_batch
        self._clock = clock
        self._key = workspace.keyring.of_workspace(make=not workspace.desk.begun())
        self._seen = Seen(workspace.lake, workspace.desk.batches(), sieve=sieve)
        self._day: date | None = None
        self._recent: Newcomers | None = None

    def take(
        self,
        reading: Reading,
        *,
        file: str,
        form: str,
        choice: Choice = SIGNALS_ALONE,
        consent: Consent = Consent.EXPORT,
        moved: Moved | None = None,
        name: NameRows = by_line,
        replay: Replay | None = None,
        known: File | None = None,
    ) -> Taken:
        """Commit a reading, and with it how far its stream was read.

        Args:
            reading: what a source made of some rows.
            file: name of the file or of the stream.
            form: of the rows, as the catalogue names it.
            choice: which texts are kept.
            consent: ground on which they were read.
            moved: the stream's new cursor; None: a file.
            name: what names a skipped or rejected row, so that it is known when it comes again.
            replay: of rows that were rejected: what is good now leaves the list in the same transaction.
            known: the file with its mark, which is noted in the same transaction; None: a stream, or none is kept.
        """
        workspace, key = self._workspace, self._key
        recent = self._newcomers()

        # 1. Keep the rows that no committed batch holds.
        rows = post_rows(reading.posts, form=form, key=key)
        weeks = weeks_of(reading.posts)
        new = self._seen.fresh_posts(reading.posts, weeks, rows, file=file, key=key)
        new &= workspace.erasures.allows(weeks, rows)
        posts, rows, weeks = reading.posts.filter(pa.array(new)), rows[new], weeks[new]
        skipped, rejected = other_rows(reading, file=file, key=key, name=name)
        here = NO_WEEK if moved is None else _week_of(self._clock())
        new_skipped = self._seen.fresh_other(skipped, week=here)
        new_rejected = self._seen.fresh_other(rejected, week=here)
        new_rejected &= workspace.erasures.unmarked(rejected)
        for label in known.others if known else ():  # an erased row stays away in a copy written anew
            alike = rejected_rows(
                name(reading.rejected["line"]), reading.rejected["reason"], file=label, key=key
            )
            new_rejected &= workspace.erasures.unmarked(alike)
        other = np.concatenate([skipped[new_skipped], rejected[new_rejected]])
        withdrawn = (
            workspace.withdrawn.marks(reading.withdrawn, form=form) if len(reading.withdrawn) else None
        )
        repeated = len(new) + len(skipped) + len(rejected) - len(rows) - len(other)
        if not len(rows) + len(other):
            if moved is not None:
                workspace.streams.move(moved)
            if replay is not None:
                replay.settle_alone(reading)
            if known is not None and repeated:  # as an earlier Fanal read it, without a mark
                with workspace.desk.transaction() as connection:
                    note(connection, known, day=self._clock().astimezone(UTC).date())
                    remember(connection, file, zone=reading.zone, date_order=reading.date_order)
            return Taken(posts=0, rejected=0, signals=0, repeated=repeated, newest=None)

        # 2. See what each post shows, and where.
        text = words.read(posts["text"])
        signals = self._detector.detect(posts, text)
        mentions = locate(posts, self._locator, text)
        who = pseudonyms(posts, weeks, rows, workspace.keyring)
        located_rows = np.unique(mentions["row"].to_numpy())
        told = recent.told(posts["author"], weeks, located_rows)

        # 3. Write the lake, seal the texts that are kept, then commit the batch in the desk.
        today = self._clock().astimezone(UTC).date()
        batch = Batch(id=self._new_batch(), weeks=weeks, posts=rows, pseudonyms=who)
        workspace.lake.append("signals", batch.join(signals, ["category", "score", "stance", "language"]))
        workspace.lake.append("mentions", batch.join(mentions, ["area", "probability", "basis"]))
        workspace.lake.append("newcomers", batch.join(told, ["new"]).drop_columns(["post"]))
        self._tie(posts, signals, batch, form=form, choice=choice)
        workspace.vault.write(
            batch.id,
            day=today,
            posts=posts,
            hashes=rows,
            chosen=choice.rows(signals["row"], rows, key),
            form=form,
            file=file,
            rejected=refused_rows(choice, reading, rejected, new_rejected),
            named=reading.named,
        )
        recent.prepare(batch.id)
        workspace.lake.append("seen", batch.seen(other, week=here))
        refused = reading.rejected.filter(pa.array(new_rejected & (replay is None)))
        row = {
            "batch": batch.id,
            "file": file,
            "format": form,
            "position": reading.position,
            "posts_read": len(rows),
            "posts_skipped": int(new_skipped.sum()),
            "posts_rejected": len(refused),
            "posts_located": len(located_rows),
            "posts_without_author": posts["author"].null_count,
            "signals": len(signals),
            "committed_at": self._clock(),
            "consent": consent.value,
            "commits": None if moved is None else 1,
        }
        beside = [] if moved is None else [partial(move, moved=moved, row=row)]
        if replay is not None:
            beside.append(partial(replay.settle, reading=reading))
        if known is not None:
            beside.append(partial(note, file=known, day=today))
        if moved is None:
            beside.append(partial(renew, label=file, day=today))
            beside.append(partial(remember, label=file, zone=reading.zone, date_order=reading.date_order))
        if withdrawn is not None:
            beside.append(partial(mark, marks=withdrawn, now=self._clock()))
        workspace.desk.commit_batch(
            row,
            zip(refused["line"].to_pylist(), refused["reason"].to_pylist(), strict=True),
            lake=workspace.lake.keep(),  # on the disk before the row that makes the batch count
            beside=beside,
        )
        recent.save()
        workspace.lake.spare()
        self._seen.add(batch.weeks, rows)
        self._seen.add_other(other)
        past = pc.less_equal(posts["time"], pa.scalar(self._clock(), posts["time"].type))
        newest: datetime | None = pc.max(posts["time"].filter(past)).as_py()
        return Taken(
            posts=len(rows), rejected=len(refused), signals=len(signals), repeated=repeated, newest=newest
        )

    def _newcomers(self) -> Newcomers:
        """Return the sketches of recent authors as of today; they are opened anew when the day changes."""
        today = self._clock().date()
        if self._recent is None or today != self._day:
            self._recent, self._day = self._workspace.newcomers(today), today
        return self._recent

    def _tie(
        self, posts: pa.RecordBatch, signals: pa.RecordBatch, batch: Batch, *, form: str, choice: Choice
    ) -> None:
        """Note which posts may be versions of one plea. Where no text is kept nobody is told of one, and nothing is."""
        if choice.signals or choice.sample:
            shown = pc.equal(signals["category"], Category.PLEA.value)
            pleas = np.unique(signals["row"].filter(shown).to_numpy())
            rows = versions.rows(posts, pleas, batch=batch, form=form, key=self._key)
            self._workspace.lake.append("versions", rows)


def _week_of(moment: datetime) -> np.int32:
    """Return the Monday of a moment's ISO week, days since 1970-01-01."""
    return np.int32((week_of(moment.astimezone(UTC).date()) - date(1970, 1, 1)).days)


def by_content(raw: Sequence[bytes], *, first: int) -> NameRows:
    """Return what names the rows of a stream by their bytes: a row that comes again after a loss has another number.

    Args:
        raw: the rows.
        first: number of the first.

    >>> by_content([b"one", b"two"], first=7)(pa.array([8])).to_pylist()
    ['d681734f8c454b90df4d5feea7487445']
    """

    def name(lines: pa.Array) -> pa.Array:
        digests = [
            hashlib.blake2b(raw[line - first], digest_size=16).hexdigest() for line in lines.to_pylist()
        ]
        return pa.array(digests, pa.string())

    return name
