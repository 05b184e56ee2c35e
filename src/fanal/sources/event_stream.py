"""The event stream: server-sent events cut out of bytes as they arrive, each bounded (WHATWG HTML, section 9.2.6)."""

import re
from dataclasses import dataclass

from fanal.sources.live import MAX_ROW_BYTES

MESSAGE = "message"
"""The kind of an event that names none."""

_LINE_END = re.compile(rb"\r\n|\n|\r")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Event:
    """Hold one event of a stream."""

    kind: str
    data: bytes | None  # None: it was longer than a row may be, and was passed over without being held


class EventStream:
    r"""Take bytes in pieces of any size and give the events that they complete; what is cut off at the end is none.

    >>> stream = EventStream()
    >>> stream.take(b":)\nevent: update\ndata: {"
    ...             ), stream.take(b"}\n\n")
    ([], [Event(kind='update', data=b'{}')])
    >>> stream.lines
    4
    """

    def __init__(self) -> None:
        """Stand before the first byte."""
        self.lines = 0  # that were completed: a server that never ends one says nothing
        self._begun = False
        self._after_cr = False
        self._line: list[bytes] = []
        self._length = 0  # bytes of the line
        self._size = 0  # bytes of the data before it
        self._kind = b""
        self._data: list[bytes] = []
        self._over = False

    def take(self, chunk: bytes) -> list[Event]:
        """Return the events that end in a piece."""
        if not self._begun:
            chunk = b"".join([*self._line, chunk])
            self._line = []
            if len(chunk) < len(_BOM) and _BOM.startswith(chunk):
                self._line = [chunk]
                return []
            self._begun = True
            chunk = chunk.removeprefix(_BOM)
        if self._after_cr and chunk.startswith(b"\n"):
            chunk = chunk[1:]
            self._after_cr = False
        if not chunk:
            return []
        self._after_cr = chunk.endswith(b"\r")
        found: list[Event] = []
        first, *others = _LINE_END.split(chunk)
        self._hold(first)
        for piece in others:
            if (event := self._end_line()) is not None:
                found.append(event)
            self._hold(piece)
        return found

    def _hold(self, piece: bytes) -> None:
        """Hold a piece of a line, unless the event is too long already."""
        self._length += len(piece)
        if self._length + self._size > MAX_ROW_BYTES:
            self._over = True
            self._line, self._data = [], []
        elif piece and not self._over:
            self._line.append(piece)

    def _end_line(self) -> Event | None:
        """Take the line that ends here, and return the event that it ends."""
        self.lines += 1
        line, empty = b"".join(self._line), not self._length
        self._line, self._length = [], 0
        if empty:
            return self._end_event()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data" and not self._over:
            self._data.append(value)
            self._size += len(value) + 1
        elif field == b"event":
            self._kind = value
        return None

    def _end_event(self) -> Event | None:
        """Return the event that a blank line ends; one without data is none."""
        kind = self._kind.decode("utf-8", "replace") or MESSAGE
        data = None if self._over else b"\n".join(self._data)
        there = self._over or bool(self._data)
        self._kind, self._data, self._size, self._over = b"", [], 0, False
        return Event(kind, data) if there else None
