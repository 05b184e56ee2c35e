"""Newcomers: whether an author of a located post wrote in the weeks before, told by sketches that die after weeks."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from fanal.model.week import WEEK
from fanal.store.durable import overwrite, put, put_in_place, sync_folder
from fanal.store.keyring import KEY_BYTES, Key
from fanal.store.lake import Lake
from fanal.store.sieve import Sieve
from fanal.text.siphash import hash_strings

REMEMBERED_WEEKS = 4
"""An author of whom these weeks before know nothing is new. A week's sketch lives until the fourth week after it."""
LONGEST = WEEK * (REMEMBERED_WEEKS + 2)
"""A sketch lives no longer than this after it was made, wherever the stream stands."""
BLOCKS = 1 << 16
"""Of 32 bytes each: 2 MiB a week; up to about 1.6 million authors a week one in a hundred is taken for seen."""
MOST_FALSE = 0.05
"""A sketch that takes more authors for seen than this is too full to be asked."""
FLIPPED = 0.1
"""Share of answers that are turned round (Warner 1965, JASA 60:63-69), so that no stored answer proves anything."""
_EPOCH = date(1970, 1, 1)
_UNKNOWN = -1
_SKETCH, _NEXT = ".sketch", ".next"
_HEAD = KEY_BYTES + 8  # key, day on which the sketch was made


@dataclass(slots=True)
class _Sketch:
    """Hold who wrote in one week: a key of its own and a sieve of hashes made with it."""

    key: Key
    made: int  # days since 1970-01-01
    sieve: Sieve
    changed: bool = False

    def hashes(self, authors: pa.Array) -> NDArray[np.uint64]:
        """Return the authors as this week's sketch knows them, and no other's."""
        return hash_strings(authors, self.key)


class Newcomers:
    """Tell whether authors of located posts are new, and remember them for some weeks.

    For each ISO week a file holds a random key and a Bloom filter of the keyed hashes of its authors. From an author's
    name, at the moment of reading, it can be asked "was this author here in that week?"; without a name it lists
    nobody, and the hashes of two weeks have nothing in common. A file is deleted when the stream is more than
    REMEMBERED_WEEKS beyond its week, or REMEMBERED_WEEKS + 2 weeks after it was made, whichever comes first; its key
    goes with it.

    Sketches change with a batch, all or nothing: see `prepare`.

    Nothing is told (the answer is unknown) where the stream names no author, where one of the weeks before was not
    read, where its sketch is too full, and for posts older than the oldest sketch.

    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     recent = Newcomers(Path(folder) / "recent", dice=os.urandom, today=date(2014, 9, 3), flipped=0.0)
    ...     for number in range(5):
    ...         week = np.full(2, 16_286 + 7 * number, np.int32)
    ...         told = recent.tell(pa.array(["a", f"b{number}"]), week)
    ...         recent.add(pa.array(["a", f"b{number}"]), week)
    ...     told.tolist()
    [0, 1]
    """

    def __init__(
        self,
        folder: Path,
        *,
        dice: Callable[[int], bytes],
        today: date,
        blocks: int = BLOCKS,
        flipped: float = FLIPPED,
        committed: Collection[str] = (),
    ) -> None:
        """Open the sketches of a workspace; those whose time is over are deleted first.

        Args:
            folder: where they lie.
            dice: makes keys.
            today: a sketch has a day on which it was made.
            blocks: of a new sketch.
            flipped: share of answers that are turned round.
            committed: ids of the batches that count; what was prepared for one of them is put into place, what was
                prepared for another is deleted.
        """
        self._folder = folder
        self._dice = dice
        self._today = (today - _EPOCH).days
        self._blocks = blocks
        self._flipped = flipped
        folder.mkdir(mode=0o700, exist_ok=True)
        sync_folder(folder.parent)
        self._prepared: list[Path] = []
        self._over: list[Path] = []  # files of sketches whose time is over
        self._settle(set(committed))
        self._sketches = dict(self._read())
        self._forget()
        self._place()

    def tell(self, authors: pa.Array, weeks: NDArray[np.int32]) -> NDArray[np.int8]:
        """Return for each author 1 for new, 0 for seen before, -1 for unknown; a stated share is turned round.

        An author has the same answer in all of a week, turned round or not.

        Args:
            authors: [n] as the stream names them; null: not named.
            weeks: [n] Monday of each author's post, days since 1970-01-01.
        """
        told = np.full(len(authors), _UNKNOWN, dtype=np.int8)
        named = authors.is_valid().to_numpy(zero_copy_only=False)
        for week in np.unique(weeks).tolist():
            before = [self._sketches.get(week - WEEK.days * n) for n in range(1, REMEMBERED_WEEKS + 1)]
            asked = [one for one in before if one is not None and one.sieve.false_yes() <= MOST_FALSE]
            own = self._open(week)
            if own is None or len(asked) < REMEMBERED_WEEKS:
                continue
            chosen = np.flatnonzero(named & (weeks == week))
            who = authors.take(pa.array(chosen))
            new = np.ones(len(chosen), dtype=np.bool_)
            for sketch in asked:
                new &= ~sketch.sieve.may_hold(sketch.hashes(who))
            salted = pc.binary_join_element_wise(pa.scalar("turned"), who, "\x00")
            turned = (own.hashes(salted) >> np.uint64(11)).astype(np.float64) * 2.0**-53 < self._flipped
            told[chosen] = new ^ turned
        return told

    def add(self, authors: pa.Array, weeks: NDArray[np.int32]) -> None:
        """Remember who wrote in which week: `prepare` it before their posts are committed, `save` it after."""
        named = authors.is_valid().to_numpy(zero_copy_only=False)
        for week in np.unique(weeks[named]).tolist():
            sketch = self._open(week)
            if sketch is not None:
                chosen = np.flatnonzero(named & (weeks == week))
                sketch.sieve.add(sketch.hashes(authors.take(pa.array(chosen))))
                sketch.changed = True
        self._forget()

    def told(self, authors: pa.Array, weeks: NDArray[np.int32], rows: NDArray[np.integer]) -> pa.RecordBatch:
        """Tell of the authors of some posts whether they are new, and remember them.

        Args:
            authors: [n] of all posts of a batch.
            weeks: [n] Monday of each post.
            rows: numbers of the posts with a place.

        Returns:
            `row`, `new`: the first post of each author and week of whom it is known.
        """
        found: list[NDArray[np.integer]] = []
        answers: list[NDArray[np.int8]] = []
        for week in np.unique(
            weeks[rows]
        ).tolist():  # a week is asked of those before it, in the same batch too
            own = rows[weeks[rows] == week]
            who = authors.take(pa.array(own)).drop_null().dictionary_encode()
            first = np.zeros(len(who.dictionary), dtype=np.int64)
            named = own[authors.take(pa.array(own)).is_valid().to_numpy(zero_copy_only=False)]
            first[who.indices.to_numpy()[::-1]] = named[
                ::-1
            ]  # of one author's posts the first is written last
            when = np.full(len(first), week, dtype=np.int32)
            told = self.tell(who.dictionary, when)
            self.add(who.dictionary, when)
            found.append(first[told != _UNKNOWN])
            answers.append(told[told != _UNKNOWN])
        at = np.concatenate(found) if found else np.zeros(0, np.int64)
        new = np.concatenate(answers) == 1 if answers else np.zeros(0, np.bool_)
        return pa.record_batch({"row": pa.array(at, pa.int64()), "new": pa.array(new, pa.bool_())})

    def prepare(self, batch: str) -> None:
        """Write what changed beside the sketches, on the disk, for a batch that is about to be committed.

        So a run that dies before the commit leaves the sketches as they were, and one that dies after it leaves all
        that the next needs.
        """
        for week, sketch in self._sketches.items():
            if sketch.changed:
                path = self._path(week).with_suffix(f".{batch}{_NEXT}")
                self._write(path, sketch)
                self._prepared.append(path)
                sketch.changed = False

    def save(self) -> None:
        """Put into place what was prepared, and write what changed; it is on the disk when this returns."""
        for week, sketch in self._sketches.items():
            if sketch.changed:
                self._write(self._path(week), sketch)
                sketch.changed = False
        self._place()

    def _settle(self, committed: Collection[str]) -> None:
        """Finish or undo what a run that died had prepared."""
        for path in sorted(self._folder.glob(f"week-*{_NEXT}")):
            if path.suffixes[-2].removeprefix(".") in committed:
                self._prepared.append(path)
            else:
                overwrite(path)
                path.unlink()
        for path in self._folder.glob("week-*.draft"):
            overwrite(path)
            path.unlink()
        self._place()

    def _place(self) -> None:
        """Give what was prepared its name, and delete what is over."""
        if not self._prepared and not self._over:
            return
        for path in self._prepared:
            put_in_place(path, path.with_suffix("").with_suffix(_SKETCH))
        for path in self._over:
            overwrite(path)
            path.unlink(missing_ok=True)
        self._prepared, self._over = [], []
        sync_folder(self._folder)

    def _open(self, week: int) -> _Sketch | None:
        """Return the sketch of a week, made at first use; None for a week that is too old to have one."""
        if week not in self._sketches:
            if week > self._today:  # a wrong clock would make every sketch of before too old
                return None
            if self._sketches and week < max(self._sketches) - WEEK.days * REMEMBERED_WEEKS:
                return None
            key = self._dice(KEY_BYTES)
            self._sketches[week] = _Sketch(key=_key(key), made=self._today, sieve=Sieve(blocks=self._blocks))
        return self._sketches[week]

    def _forget(self) -> None:
        """Let go of the sketches whose time is over; their files go with `save`."""
        newest = max((week for week in self._sketches if week <= self._today), default=0)
        for week, sketch in list(self._sketches.items()):
            old = week < newest - WEEK.days * REMEMBERED_WEEKS
            if old or week > self._today or self._today - sketch.made > LONGEST.days:
                del self._sketches[week]
                self._over.append(self._path(week))

    def _path(self, week: int) -> Path:
        """Return the file of a week."""
        year, number, _ = (_EPOCH + timedelta(days=week)).isocalendar()
        return self._folder / f"week-{year}-W{number:02}{_SKETCH}"

    def _read(self) -> Iterator[tuple[int, _Sketch]]:
        """Give each week that has a readable file; one that is damaged is deleted, as nothing can be asked of it."""
        for path in sorted(self._folder.glob(f"week-*{_SKETCH}")):
            content = path.read_bytes()
            try:
                week = (date.fromisoformat(f"{path.stem.removeprefix('week-')}-1") - _EPOCH).days
                sieve = Sieve.of(content[_HEAD:])
            except ValueError:
                path.unlink()
                continue
            made = int.from_bytes(content[KEY_BYTES:_HEAD], "little", signed=True)
            yield week, _Sketch(key=_key(content[:KEY_BYTES]), made=made, sieve=sieve)

    @staticmethod
    def _write(path: Path, sketch: _Sketch) -> None:
        """Write one file so that it is whole or as it was, for its owner alone."""
        key = b"".join(half.to_bytes(8, "little") for half in sketch.key)
        made = sketch.made.to_bytes(8, "little", signed=True)
        put(path, key + made + sketch.sieve.content())


def made_on(folder: Path) -> list[date]:
    """Return the day on which each sketch of a folder was made."""
    heads = [path.read_bytes()[KEY_BYTES:_HEAD] for path in sorted(folder.glob(f"week-*{_SKETCH}"))]
    return [_EPOCH + timedelta(days=int.from_bytes(head, "little", signed=True)) for head in heads]


def forget_everybody(folder: Path, *, before: date | None = None) -> int:
    """Delete the sketches of all weeks, or of those before one, as a sketch cannot forget one author alone.

    Returns:
        How many there were. Nothing is told of newcomers until four weeks were read anew.
    """
    removed = 0
    for path in sorted(folder.glob("week-*")):  # also what a run that died had prepared
        week = path.name.removeprefix("week-").split(".")[0]
        if before is None or date.fromisoformat(f"{week}-1") < before:
            overwrite(path)
            path.unlink()
            removed += path.suffix == _SKETCH
    if folder.is_dir():
        sync_folder(folder)
    return removed


def _key(content: bytes) -> Key:
    """Return 16 bytes as a key."""
    return int.from_bytes(content[:8], "little"), int.from_bytes(content[8:KEY_BYTES], "little")


def newcomers(lake: Lake, *, committed: Collection[str]) -> pa.Table:
    """Return each author-week of whom it is known whether the author is new: `week`, `pseudonym`, `new`.

    An author whose posts of a week had different answers, as a file came late, counts as seen.
    """
    rows = lake.query(
        "SELECT week, pseudonym, bool_and(new) AS new FROM newcomers GROUP BY week, pseudonym ORDER BY ALL",
        committed=committed,
    )
    bits = rows["pseudonym"].combine_chunks()
    bits = bits.chunk(0) if isinstance(bits, pa.ChunkedArray) else bits
    unsigned = pa.Array.from_buffers(pa.uint64(), len(bits), bits.buffers(), offset=bits.offset)
    return rows.set_column(1, "pseudonym", unsigned)
