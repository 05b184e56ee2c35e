"""The Walk: the elements of the lists that a big JSON file is about, found in bounded memory, in batches."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.model.error import InputError
from fanal.sources.opening import BOM, chunks

MAX_ELEMENT_BYTES = 16 << 20
"""An element that is longer ends the reading: most likely a quote is missing and all the rest hangs on it."""

BATCH_BYTES = 64 << 20
"""With so many bytes of the file behind its elements a batch is handed out, however few they are."""

BEFORE_BYTES = 1 << 20
"""What stands before a list in its object (a chat's name, kind and id) is looked for in so many bytes."""

_MORE, _ENTERED, _LEFT, _FULL = 0, 1, 2, 3
_DEPTH, _STRING, _ESCAPE, _SIZE, _NAMED, _KEYED, _INSIDE, _BEGUN = range(8)
_DEEPEST = 64
_NO_NAME = -1
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Lists:
    """Say which lists of a file hold its posts, and how a user calls them."""

    names: tuple[str, ...]  # keys under which the lists stand, at any depth outside of them
    top: bool = False  # whether the file itself may be such a list
    what: str  # "a Telegram export", for sentences
    element: str  # "message", for sentences
    elements: str = ""  # of many; empty: with an s
    hint: str  # what to do with a file that is none

    @property
    def many(self) -> str:
        """Return the word for several elements."""
        return self.elements or f"{self.element}s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Say where a list stands."""

    name: str  # its key; empty: it is the file itself
    depth: int  # 0: the file itself or a list of its object; more: deeper
    before: bytes  # its object from `{` to the list's `[`; empty where it is too long or too deep


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Hold some neighbouring elements of one list; element i is `data[starts[i]:ends[i]]`."""

    data: bytes
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    place: Place


@dataclass(slots=True)
class Batch:
    """Hold some elements in the order of the file."""

    last: int  # number of the last element, from 1 over all lists
    size: int = 0
    held: int = 0  # bytes in its stretches
    stretches: list[Stretch] = field(default_factory=list)

    def of(self, number: int) -> tuple[bytes, Place]:
        """Return one element of the batch, from 0, and where its list stands."""
        for stretch in self.stretches:
            if number < len(stretch.starts):
                return stretch.data[stretch.starts[number] : stretch.ends[number]], stretch.place
            number -= len(stretch.starts)
        raise IndexError(number)

    def elements(self) -> Iterator[tuple[bytes, Place]]:
        """Yield the elements of the batch, each with where its list stands."""
        for stretch in self.stretches:
            for begin, end in zip(stretch.starts.tolist(), stretch.ends.tolist(), strict=True):
                yield stretch.data[begin:end], stretch.place

    @property
    def line(self) -> NDArray[np.int64]:
        """Return the number of each element, from 1 over all lists of the file."""
        return np.arange(self.last - self.size + 1, self.last + 1)


def hash_of(name: bytes) -> np.uint64:
    """Return the hash by which a key is told (FNV-1a, 64 bits)."""
    code = 0xCBF29CE484222325
    for byte in name:
        code = (code ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return np.uint64(code)


@njit(cache=True, nogil=True)
def _outside(data, at, base, state, code, names, opened):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Go on until one of the lists begins; `opened` keeps where the object at each depth began."""
    size = len(data)
    while at < size:
        byte = data[at]
        at += 1
        if state[_STRING]:
            if state[_ESCAPE]:
                state[_ESCAPE] = 0
                state[_SIZE] = _LONGEST_NAME + 1
            elif byte == 92:
                state[_ESCAPE] = 1
            elif byte == 34:
                state[_STRING] = 0
                state[_NAMED] = _NO_NAME
                if state[_SIZE] <= _LONGEST_NAME:
                    for k in range(len(names)):
                        if names[k] == code[0]:
                            state[_NAMED] = k
            elif state[_SIZE] <= _LONGEST_NAME:
                state[_SIZE] += 1
                code[0] = (code[0] ^ np.uint64(byte)) * np.uint64(0x100000001B3)
            continue
        if byte in (32, 9, 10, 13):
            continue
        if byte == 34:
            state[_STRING], state[_SIZE], state[_KEYED] = 1, 0, _NO_NAME
            code[0] = np.uint64(0xCBF29CE484222325)
        elif byte == 58:
            state[_KEYED], state[_NAMED] = state[_NAMED], _NO_NAME
        elif byte in (123, 91):
            state[_DEPTH] += 1
            if byte == 91 and state[_KEYED] != _NO_NAME:
                return _ENTERED, at
            state[_KEYED] = _NO_NAME
            if byte == 123 and state[_DEPTH] < len(opened):
                opened[state[_DEPTH]] = base + at - 1
        else:
            state[_KEYED], state[_NAMED] = _NO_NAME, _NO_NAME
            if byte in (125, 93):
                state[_DEPTH] -= 1
    return _MORE, at


@njit(cache=True, nogil=True)
def _inside(data, at, starts, ends):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Find the elements of the list up to its end; returns how many, where the next begins, and why."""
    size = len(data)
    found = 0
    while True:
        while at < size and data[at] in (32, 9, 10, 13, 44):
            at += 1
        if at == size:
            return found, at, _MORE
        if data[at] == 93:
            return found, at + 1, _LEFT
        if found == len(starts):
            return found, at, _FULL
        i = at
        depth = 0
        quoted = False
        while i < size:
            byte = data[i]
            if quoted:
                if byte == 92:
                    i += 1
                elif byte == 34:
                    quoted = False
            elif byte == 34:
                quoted = True
            elif byte in (123, 91):
                depth += 1
            elif byte in (125, 93):
                if depth == 0:
                    # A stray bracket is an element by itself: each round must go on by a byte at least.
                    i += i == at
                    break
                depth -= 1
            elif byte == 44 and depth == 0:
                break
            i += 1
        if i >= size:
            return found, at, _MORE
        starts[found], ends[found] = at, i
        found += 1
        at = i


class Walk:
    """Walk over a file and hand out its elements in batches; keep an error until they have been used.

    Args:
        path: the file, for sentences, and read where no bytes are given.
        lists: which lists are walked over.
        start: so many elements were read before and are passed over.
        rows: elements in a batch, at most.
        source: the bytes of the file, where they are not to be read from it.
    """

    def __init__(
        self,
        path: Path,
        lists: Lists,
        *,
        start: int,
        rows: int,
        source: Callable[[], Iterator[bytes]] | None = None,
    ) -> None:
        self._path = path
        self._lists = lists
        self._start = start
        self._rows = rows
        self._source = source or (lambda: chunks(path))
        self._names = np.array([hash_of(name.encode()) for name in lists.names], np.uint64)
        self._seen = 0
        self._entered = 0
        self._error: InputError | None = None
        self._state = np.zeros(8, np.int64)
        self._state[[_NAMED, _KEYED]] = _NO_NAME

    def batches(self) -> Iterator[Batch]:
        """Yield the elements after the first `start`, at most `rows` at a time."""
        state, opened, code = self._state, np.full(_DEEPEST, -1, np.int64), np.zeros(1, np.uint64)
        starts, ends = np.empty(self._rows, np.int64), np.empty(self._rows, np.int64)
        batch = Batch(self._start)
        place = Place(name="", depth=0, before=b"")
        base = at = 0
        data = b""
        for chunk in self._chunks():
            # What stands before a list is kept for a while, since it may name the chat.
            keep = at if state[_INSIDE] else max(0, at - BEFORE_BYTES)
            data, base, at = data[keep:] + chunk, base + keep, at - keep
            view = np.frombuffer(data, np.uint8)
            at = self._begin(data, at)
            while True:
                if not state[_INSIDE]:
                    event, at = _outside(view, at, base, state, code, self._names, opened)
                    if event == _MORE:
                        break
                    state[_INSIDE] = 1
                    self._entered += 1
                    place = self._place(data, at, base, opened)
                    continue
                room = self._rows - batch.size
                found, at, event = _inside(view, at, starts[:room], ends[:room])
                self._take(batch, data, starts[:found], ends[:found], place)
                if batch.size == self._rows or batch.held >= BATCH_BYTES:
                    yield batch
                    batch = Batch(batch.last)
                if event == _LEFT:
                    state[_INSIDE] = 0
                    state[_DEPTH] -= 1
                if event == _MORE:
                    break
            if self._is_endless(len(data) - at):
                break
        if batch.size:
            yield batch

    def _is_endless(self, waiting: int) -> bool:
        """Tell whether an element has gone on for too many bytes, and keep the error."""
        if not self._state[_INSIDE] or waiting <= MAX_ELEMENT_BYTES:
            return False
        self._error = InputError(
            f"{self._path}: {self._lists.element} {self._seen + 1:,} does not end within 16 MB.",
            hint=f"The {self._lists.many} before it were read; export again.",
        )
        return True

    def _begin(self, data: bytes, at: int) -> int:
        """Enter the list that the file itself is, once its first letter is there."""
        if not self._lists.top or self._state[_BEGUN]:
            return at
        rest = data[at:].removeprefix(BOM)
        blank = rest.lstrip()
        if not blank:
            return at
        self._state[_BEGUN] = 1
        if not blank.startswith(b"["):
            return at
        self._state[_INSIDE] = self._state[_DEPTH] = 1
        self._entered += 1
        return len(data) - len(blank) + 1

    def _place(self, data: bytes, at: int, base: int, opened: NDArray[np.int64]) -> Place:
        """Return where the list stands that begins at a byte."""
        state = self._state
        depth = int(state[_DEPTH]) - 1
        name = self._lists.names[int(state[_KEYED])]
        state[_KEYED] = _NO_NAME
        begin = int(opened[depth]) - base if 0 <= depth < _DEEPEST else -1
        return Place(name=name, depth=max(0, depth - 1), before=data[begin:at] if begin >= 0 else b"")

    def _chunks(self) -> Iterator[bytes]:
        """Yield the bytes of the file; an error that comes on the way is kept."""
        try:
            yield from self._source()
        except InputError as error:
            self._error = error

    def _take(
        self, batch: Batch, data: bytes, starts: NDArray[np.int64], ends: NDArray[np.int64], place: Place
    ) -> None:
        """Put elements into a batch, but for those that were read before."""
        known = min(len(starts), max(0, self._start - self._seen))
        self._seen += len(starts)
        batch.last = max(batch.last, self._seen)
        if known == len(starts):
            return
        stretch = Stretch(data=data, starts=starts[known:].copy(), ends=ends[known:].copy(), place=place)
        if not batch.stretches or batch.stretches[-1].data is not data:
            batch.held += len(data)
        batch.stretches.append(stretch)
        batch.size += len(stretch.starts)

    def close(self) -> None:
        """Raise what was wrong with the file as a whole."""
        if self._error is not None:
            raise self._error
        element = self._lists.element
        if self._state[_INSIDE] or self._state[_STRING] or self._state[_DEPTH] > 0:
            raise InputError(
                f"{self._path} breaks off after {element} {self._seen:,}.",
                hint=f"The {self._lists.many} before were read; export again.",
            )
        if not self._entered:
            raise InputError(
                f"{self._path} is not {self._lists.what}: it has no list of {self._lists.many}.",
                hint=self._lists.hint,
            )
        if self._seen < self._start:
            raise InputError(
                f"{self._path} ends at {element} {self._seen:,}, before {element} {self._start:,} where "
                "reading should go on.",
                hint="The file is not the one that was read before; read it from its start.",
            )
