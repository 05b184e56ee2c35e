"""A scripted source: it listens to a list of rows, and loses its connection, stalls or is refused where told."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson

from fanal.model.consent import Consent
from fanal.model.error import FanalError, InputError
from fanal.model.post import Reading
from fanal.sources.judge import judge
from fanal.sources.live import Inflow, LiveSource, LostError, Tools
from fanal.sources.parts import SKIP, columns
from fanal.sources.reason import Reason


def row(number: int, text: str = "We need water here.") -> bytes:
    """Return one post as a row."""
    return orjson.dumps(
        {"id": str(number), "author": f"a{number % 7}", "time": 1_407_042_000 + 60 * number, "text": text}
    )


@dataclass(kw_only=True)
class Script:
    """Hold what a server has and does; a test may add to it while it is listened to."""

    rows: list[bytes]
    together: int = 10  # rows that come at once
    faults: dict[int, FanalError] = field(default_factory=dict)  # before a row: raised once
    ends: bool = False
    more: asyncio.Event = field(default_factory=asyncio.Event)
    listened: list[str | None] = field(default_factory=list)  # cursors
    given: int = 0


def listen(options: Script, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield the rows behind the cursor."""
    return _listen(options, cursor, tools)


async def _listen(script: Script, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    script.listened.append(cursor)
    at = int(cursor or 0)
    while True:
        if (fault := script.faults.pop(at, None)) is not None:
            raise fault
        stop = min([at + script.together, len(script.rows), *(one for one in script.faults if one > at)])
        if stop > at:
            script.given += stop - at
            found = script.rows[at:stop]
            at = stop
            yield Inflow(rows=found, cursor=str(at))
        elif script.ends:
            return
        else:
            yield Inflow()
            await script.more.wait()
            script.more.clear()
    _ = tools


def read(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Read rows of JSON; one without a text is skipped."""
    made = []
    for one in rows:
        try:
            found = orjson.loads(one)
        except orjson.JSONDecodeError:
            made.append(({}, Reason.NOT_JSON))
        else:
            made.append((found, None) if found.get("text") else SKIP)
    line = np.arange(first, first + len(rows), dtype=np.int64)
    return judge(columns(made, line), timezone=timezone, position=first + len(rows) - 1)


def source(idle_seconds: float = 60.0) -> LiveSource:
    """Return the scripted source."""
    return LiveSource(
        name="scripted",
        what_for="Tests.",
        reference="none",
        terms="none",
        consents=frozenset({Consent.PUBLIC}),
        options=Script,
        listen=listen,
        read=read,
        idle_seconds=idle_seconds,
    )


LOST = LostError("The connection is lost.")
REFUSED = InputError("The server refuses.")
SAID: Mapping[str, str] = {"lost": LOST.sentence, "refused": REFUSED.sentence}
