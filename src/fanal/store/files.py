"""Files that were read: two of one name are told apart by how they begin, and one that has grown is known again."""

import json
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, delete, insert, select, update

from fanal.store.desk import Desk
from fanal.store.keyring import Key
from fanal.store.tables import BATCHES, FILES, REJECTS
from fanal.text.siphash import hash_strings

MOST_PIECES = 64
"""Pieces of a beginning that are looked at; the mark of a file stays small."""

BANDS = 8
"""A beginning is digested in so many bands, so that a mended line changes one of them."""

_OTHERS = re.compile(r"#(?:[0-9a-f]{8}|[0-9a-f]{16})")
"""What a label has behind the name."""

_SIGNS = b" \t\r\n[]{}(),;"
_SHORT, _LONG = 8, 16
_ZONE, _ORDER = "zone", "date_order"  # beside the digests, so that they end with them


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """Hold the mark of how a file begins: keyed digests, from which nothing of it can be read."""

    split: str  # what parts its pieces: LF, or a comma in a file of one line
    pieces: int  # that were digested, up to MOST_PIECES
    bands: tuple[str, ...]  # one digest for each stretch of pieces


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """Hold a file under the label that the desk gives it."""

    label: str  # its name, or name#digits where another file had the name first
    name: str
    others: tuple[str, ...]  # labels of other files of this name
    beginning: Beginning | None  # None: nothing is known of how it begins
    zone: str = ""  # by whose clock its times without a zone were read; empty: none had to be named
    date_order: str = ""  # of its dates, as it had to be named; empty: it had not


class Files:
    """Give each file its label. A file is known again if more than half of its bands are as they were.

    So rows may be added behind, and some lines be mended. Limits: a file whose beginning was written anew is another
    file, and so is an export that has its newest posts first, once there are enough new ones. A mark ends with what
    is known of the file's rows; then the file is another one.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def find(self, name: str, start: bytes | None, *, key: Key) -> File | None:
        """Return the file of this name that begins so; None: no file of this name is known to.

        Args:
            name: without its folder.
            start: the first bytes of its text; None: they are not known.
            key: of the workspace.
        """
        known = self._known(name)
        best, most = None, 0.0
        for label, beginning in known.items() if start else ():
            share = _share(beginning, start or b"", key) if beginning else 0.0
            if share > max(most, 0.5):
                best, most = label, share
        if best is None:
            return None
        return replace(self.of(best), others=self._but(known, name, best))

    def take(self, name: str, start: bytes | None, *, key: Key) -> File:
        """Return the file of this name that begins so, or a new one with a label of its own; nothing is written.

        A file of which nothing is known has its name as its label.
        """
        found = self.find(name, start, key=key)
        if found is not None:
            return found
        known = self._known(name)
        beginning = mark(start or b"", key)
        label = name
        if beginning is not None and name in known:
            digits = hash_strings(pa.array(["\x00".join(beginning.bands)]), key)[0]
            label = f"{name}#{int(digits):016x}"[: len(name) + 1 + _SHORT]
            if self._taken(label):
                label = f"{name}#{int(digits):0{_LONG}x}"
        return File(label=label, name=name, others=self._but(known, name, label), beginning=beginning)

    def labels(self, name: str) -> tuple[str, ...]:
        """Return the labels of the files of a name that were read, sorted; none where an earlier Fanal read them."""
        return tuple(self._known(name))

    def of(self, label: str) -> File:
        """Return the file that has a label, without those of its name; one that is not known has nothing but that."""
        query = select(FILES.c.name, FILES.c.beginning).where(FILES.c.label == label)
        with self._desk.transaction() as connection:
            name, text = connection.execute(query).one_or_none() or (label, None)
        kept = {} if text is None else json.loads(text)
        return File(
            label=label,
            name=name,
            others=(),
            beginning=_unpacked(kept) if kept else None,
            zone=kept.get(_ZONE, ""),
            date_order=kept.get(_ORDER, ""),
        )

    def _known(self, name: str) -> dict[str, Beginning | None]:
        """Return the files of a name, by label; None where the mark has ended."""
        query = select(FILES.c.label, FILES.c.beginning).where(FILES.c.name == name).order_by(FILES.c.label)
        with self._desk.transaction() as connection:
            rows = connection.execute(query).all()
        return {label: None if text is None else _unpacked(json.loads(text)) for label, text in rows}

    def _but(self, known: Collection[str], name: str, label: str) -> tuple[str, ...]:
        """Return the other labels that files of a name have or had, sorted: batches keep those whose row has ended."""
        query = select(BATCHES.c.file).where(BATCHES.c.file.startswith(name, autoescape=True)).distinct()
        with self._desk.transaction() as connection:
            read = list(connection.execute(query).scalars())
        had = {one for one in read if one == name or _OTHERS.fullmatch(one.removeprefix(name))}
        return tuple(sorted({*known, *had} - {label}))

    def _taken(self, label: str) -> bool:
        """Tell whether a file has a label."""
        with self._desk.transaction() as connection:
            return connection.execute(select(FILES.c.label).where(FILES.c.label == label)).first() is not None


def note(connection: Connection, file: File, *, day: date) -> None:
    """Note a file in the transaction that commits rows of it; one that is known, or has no mark, changes nothing.

    Args:
        connection: inside that transaction.
        file: with its mark.
        day: UTC, of the reading.
    """
    if file.beginning is None:
        return
    if connection.execute(select(FILES.c.label).where(FILES.c.label == file.label)).first() is None:
        packed = {name: getattr(file.beginning, name) for name in Beginning.__slots__}
        row = {"label": file.label, "name": file.name, "beginning": json.dumps(packed), "read_on": day}
        connection.execute(insert(FILES), [row])


def renew(connection: Connection, label: str, *, day: date) -> None:
    """Count the life of a file's mark from a day on which rows of it were committed: it ends no sooner than they do."""
    connection.execute(update(FILES).where(FILES.c.label == label).values(read_on=day))


def remember(connection: Connection, label: str, *, zone: str, date_order: str) -> None:
    """Note how the times of a file had to be read, in the transaction that commits posts of it; the first word counts.

    By another clock the same posts would have other times, and count twice. A file without a mark changes nothing.
    """
    kept = _kept(connection, label)
    if kept is None:
        return
    told = {name: said for name, said in ((_ZONE, zone), (_ORDER, date_order)) if said}
    if told.keys() - kept.keys():
        row = update(FILES).where(FILES.c.label == label)
        connection.execute(row.values(beginning=json.dumps({**told, **kept})))


def forget(connection: Connection, last: date) -> int:
    """End the marks of files of which no row was committed after a day; returns how many.

    The label stays for as long as a rejected row says it, so that no other file takes it meanwhile.
    """
    over = (FILES.c.read_on <= last) & FILES.c.beginning.is_not(None)
    ended = connection.execute(update(FILES).where(over).values(beginning=None)).rowcount
    let_go(connection)
    return int(ended)


def let_go(connection: Connection) -> None:
    """Delete the files whose mark has ended and whose label no rejected row says."""
    unsaid = FILES.c.label.not_in(select(REJECTS.c.file))
    connection.execute(delete(FILES).where(FILES.c.beginning.is_(None), unsaid))


def mark(start: bytes, key: Key) -> Beginning | None:
    r"""Return the mark of a beginning; None: nothing stands there but signs.

    >>> mark(b"a\nb\nc\n", (1, 2)).pieces, mark(b'[{"id": 1}, {"id": 2}]', (1, 2)).pieces
    (3, 2)
    >>> mark(b"[\n]", (1, 2)) is None
    True
    """
    split = "\n" if b"\n" in start else ","
    pieces = _pieces(start, split)
    if not pieces:
        return None
    return Beginning(split=split, pieces=len(pieces), bands=_bands(pieces, len(pieces), key))


def _share(known: Beginning, start: bytes, key: Key) -> float:
    """Return the share of a file's bands that are as they were."""
    bands = _bands(_pieces(start, known.split), known.pieces, key)
    same = sum(one == other for one, other in zip(known.bands, bands, strict=True))
    return same / len(bands)


def _pieces(start: bytes, split: str) -> list[bytes]:
    """Return the first pieces of a text that hold more than signs, without what stands around them.

    The last piece may be cut, or go on once the file has grown: that changes one band.
    """
    pieces = (piece.strip(_SIGNS) for piece in start.split(split.encode()))
    return [piece for piece in pieces if piece][:MOST_PIECES]


def _bands(pieces: Sequence[bytes], many: int, key: Key) -> tuple[str, ...]:
    """Return the digests of the first `many` pieces; of two files the same pieces make a band."""
    count = min(BANDS, many)
    edges = [many * number // count for number in range(count + 1)]
    texts = [
        b"\n".join(pieces[start:end]).decode("utf-8", "backslashreplace") for start, end in pairwise(edges)
    ]
    return tuple(f"{int(digest):016x}" for digest in hash_strings(pa.array(texts, pa.string()), key))


def _kept(connection: Connection, label: str) -> dict[str, Any] | None:
    """Return the mark of a file as it was noted; None: it has none, or it has ended."""
    query = select(FILES.c.beginning).where(FILES.c.label == label)
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else dict(json.loads(text))


def _unpacked(kept: dict[str, Any]) -> Beginning:
    """Return a mark as it was noted."""
    return Beginning(split=kept["split"], pieces=kept["pieces"], bands=tuple(kept["bands"]))
