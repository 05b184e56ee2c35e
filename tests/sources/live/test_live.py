"""Every live source keeps its promises on a sample of its rows, has its page, and what breaks a promise is caught."""

import dataclasses
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import orjson
import pyarrow as pa
import pytest

from fanal.model.consent import Consent
from fanal.model.error import SettingError
from fanal.model.post import Reading
from fanal.sources.judge import Columns, judge
from fanal.sources.live import MAX_ROW_BYTES, Inflow, LiveSource, Tools
from fanal.sources.option import option
from fanal.sources.reason import FINE, Reason
from fanal.sources.streams import LIVE_SOURCES, live_source
from fanal.testing.check_live import check_live, check_page

SAMPLES = Path(__file__).parent / "samples"
PAGES = Path(__file__).parents[3] / "docs" / "sources"


def sample_of(source: LiveSource) -> list[bytes]:
    """Return the rows of a source's sample, one a line."""
    return [row for row in (SAMPLES / f"{source.name}.rows").read_bytes().split(b"\n") if row]


@pytest.mark.parametrize("source", LIVE_SOURCES, ids=lambda source: source.name)
def test_every_live_source_keeps_its_promises(source: LiveSource) -> None:
    check_live(source, sample_of(source))


@pytest.mark.parametrize("source", LIVE_SOURCES, ids=lambda source: source.name)
def test_every_live_source_has_its_page_with_every_option(source: LiveSource) -> None:
    check_page(source, (PAGES / f"{source.name}.md").read_text(encoding="utf-8"))


def test_names_are_unique() -> None:
    assert len({source.name for source in LIVE_SOURCES}) == len(LIVE_SOURCES)


def test_a_source_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(SettingError, match=r"streams\.news\.source names no source: 'pigeon'") as told:
        live_source("pigeon", stream="news")
    assert all(source.name in str(told.value) for source in LIVE_SOURCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Toy:
    """Hold the options of a source that is made for the check."""

    host: str = option("example.org", "where it stands")
    every_seconds: int = option(60, "between two looks", between=(1, 600))
    languages: tuple[str, ...] = option((), "which are kept")
    room: str = option(..., "which is read")


async def nothing(options: Toy, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:  # noqa: ARG001
    yield Inflow()


def toy(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    """Read rows of the made source: objects with id, by, at and text; `gone` is no post."""
    fault = np.full(len(rows), FINE, np.int8)
    got: list[dict[str, str]] = []
    for place, row in enumerate(rows):
        found: object = None
        try:
            found = orjson.loads(row) if len(row) <= MAX_ROW_BYTES else None
        except orjson.JSONDecodeError:
            fault[place] = Reason.NOT_JSON.code
        if not isinstance(found, dict):
            fault[place] = Reason.NOT_OBJECT.code
            found = {}
        got.append({k: v for k, v in found.items() if isinstance(v, str)})
    return as_reading(got, fault, first=first, timezone=timezone)


def as_reading(got: list[dict[str, str]], fault: np.ndarray, *, first: int, timezone: str | None) -> Reading:
    size = len(got)
    columns = Columns(
        line=np.arange(first, first + size),
        fault=fault,
        id=pa.array([row.get("id") for row in got], pa.string()),
        author=pa.array([row.get("by") for row in got], pa.string()),
        time_text=pa.array([row.get("at") for row in got], pa.string()),
        time_number=pa.nulls(size, pa.float64()),
        text=pa.array([row.get("text") for row in got], pa.large_string()),
        language=pa.nulls(size, pa.string()),
        lon=pa.nulls(size, pa.float64()),
        lat=pa.nulls(size, pa.float64()),
    )
    return judge(columns, timezone=timezone, position=first + size - 1)


TOY = LiveSource(
    name="toy",
    what_for="A source that is made for the check.",
    reference="This file.",
    terms="Its own.",
    consents=frozenset({Consent.PUBLIC}),
    options=Toy,
    secrets=("token",),
    listen=nothing,
    read=toy,
)
ROWS = [
    b'{"id": "1", "by": "a", "at": "2014-08-03T05:00:00Z", "text": "The bridge is open."}',
    b'{"id": "2", "gone": "1"}',
    b'{"id": "3", "by": "b", "at": "2014-08-03T06:00:00Z", "text": "Roads are closed."}',
    b'{"id": "4", "by": "b", "text": "Nobody knows when."}',
]
PAGE = """# toy: a source that is made for the check

Ground: `public`. Secret: `token`.

| option | default | meaning |
| --- | --- | --- |
| `host` | `"example.org"` | where it stands |
| `every_seconds` | `60` | between two looks |
| `languages` | `[]` | which are kept |
| `room` | must be given | which is read |
"""


def test_an_honest_source_passes() -> None:
    check_live(TOY, ROWS)
    check_page(TOY, PAGE)


def knows_what_was_before(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    return toy(
        [row if row not in rows[:i] else b"{}" for i, row in enumerate(rows)], first=first, timezone=timezone
    )


def falls_with_the_weakest(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    try:
        [row.decode() for row in rows]
    except UnicodeDecodeError:
        rows = [b"{}"] * len(rows)
    return toy(rows, first=first, timezone=timezone)


def loses_the_last(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    whole = toy(rows[:-1], first=first, timezone=timezone)
    return dataclasses.replace(whole, position=first + len(rows) - 1)


def counts_from_one(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    return dataclasses.replace(toy(rows, first=1, timezone=timezone), position=first + len(rows) - 1)


def stays_behind(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    return dataclasses.replace(toy(rows, first=first, timezone=timezone), position=first)


def takes_any_length(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    return toy([b"{}" if len(row) > MAX_ROW_BYTES else row for row in rows], first=first, timezone=timezone)


def tells_the_text(rows: Sequence[bytes], *, first: int, timezone: str | None) -> Reading:
    whole = toy(rows, first=first, timezone=timezone)
    reasons = pa.array(
        [f"Wrong: {rows[line - first]!r}" for line in whole.rejected["line"].to_pylist()], pa.string()
    )
    rejected = pa.RecordBatch.from_arrays([whole.rejected["line"], reasons], schema=whole.rejected.schema)
    return dataclasses.replace(whole, rejected=rejected)


@pytest.mark.parametrize(
    ("read", "promise"),
    [
        (knows_what_was_before, "come again or in another order"),
        (falls_with_the_weakest, "costs the rows beside it"),
        (loses_the_last, "in no part"),
        (counts_from_one, "another's line"),
        (stays_behind, "position"),
        (takes_any_length, "too long is not rejected"),
        (tells_the_text, "might hold a row's text"),
    ],
)
def test_a_source_that_breaks_a_promise_is_caught(read, promise: str) -> None:
    with pytest.raises(AssertionError, match=promise):
        check_live(dataclasses.replace(TOY, read=read), ROWS)


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        ({"name": "A Toy"}, "no name"),
        ({"terms": " "}, "no terms"),
        ({"consents": frozenset()}, "no ground"),
        ({"reference": ""}, "no reference"),
        ({"what_for": "toys"}, "no sentence"),
    ],
)
def test_a_source_that_does_not_say_what_it_is_is_caught(change: dict[str, object], promise: str) -> None:
    with pytest.raises(AssertionError, match=promise):
        check_live(dataclasses.replace(TOY, **change), ROWS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("`host`", "`place`"),
        ("`60`", "`61`"),
        ("`token`", "token"),
        ("`public`", "public"),
        ("# toy", "# joy"),
    ],
)
def test_a_page_that_does_not_tell_all_is_caught(old: str, new: str) -> None:
    with pytest.raises(AssertionError):
        check_page(TOY, PAGE.replace(old, new))


def test_a_page_that_tells_of_an_option_that_is_none_is_caught() -> None:
    with pytest.raises(AssertionError, match="options that there are not"):
        check_page(TOY, PAGE + "| `ghost` | `1` | nothing |\n")


def test_the_page_of_streams_lists_every_live_source_with_its_grounds() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| \[\w+\]",
        (PAGES.parent / "streams.md").read_text("utf-8"),
        re.MULTILINE,
    )
    listed = {name: set(re.findall(r"`(\w+)`", grounds)) for name, grounds in rows}
    assert listed == {source.name: {one.value for one in source.consents} for source in LIVE_SOURCES}
