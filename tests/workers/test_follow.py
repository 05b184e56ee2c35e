"""Streams are followed: each row is committed once with its cursor, through losses, refusals, other commands, stops."""

import asyncio
import os
import secrets
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import func, select
from tests.cli import test_layer_fetch
from tests.cli.small import areas, layer
from tests.cli.test_layer_fetch import ROUND, Publisher, section
from tests.workers.scripted import LOST, REFUSED, Script, row, source

from fanal import pipeline, settings_file
from fanal.cli.detector import detector
from fanal.cli.locator import shared
from fanal.facts import iraq
from fanal.intake import Intake
from fanal.model.consent import Consent
from fanal.model.error import RetryableError, SettingError, WorkspaceError
from fanal.model.layer import LayerKind
from fanal.model.stream import StreamState
from fanal.places.locate import Locator, make_locator
from fanal.signals.detect import Detector
from fanal.sources.live import Inflow, LiveSource, LostError, Tools
from fanal.store.desk import Desk
from fanal.store.lake import BATCHED
from fanal.store.tables import BATCHES
from fanal.store.workspace import Workspace, make, opened
from fanal.workers.follow import Follow, Followed, InTurn, Pace
from fanal.workers.health import Health
from fanal.workers.layer_fetch import Fetched, Turn, keep_looking
from fanal.workers.taker import Keep, Taker

NOW = datetime(2014, 10, 20, tzinfo=UTC)
publisher = test_layer_fetch.publisher
PACE = Pace(commit_seconds=0.02, commit_rows=25, dead_after=3600.0)


@pytest.fixture(scope="module")
def judges() -> tuple[Detector, Locator]:
    """Return what posts are judged with."""
    return detector(None), make_locator(shared(), iraq.areas(), home=("IQ",))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a new workspace."""
    make(tmp_path / "w", settings_file.template())
    return tmp_path / "w"


@pytest.fixture
def taker(folder: Path, judges: tuple[Detector, Locator]) -> Iterator[Callable[..., Taker]]:
    """Return a function that opens the workspace as `fanal follow` does, until `close`."""
    with ExitStack() as stack:

        def open_workspace() -> AbstractContextManager[Workspace]:
            return opened(folder, dice=os.urandom, writing=True, yields=True, waiting=lambda _holder: None)

        def intake(workspace: Workspace) -> Intake:
            return Intake(
                workspace,
                detector=judges[0],
                locator=judges[1],
                new_batch=lambda: secrets.token_hex(8),
                clock=lambda: NOW,
            )

        def new(compact_batches: int = 0) -> Taker:
            return stack.enter_context(
                Taker(
                    open_workspace,
                    intake=intake,
                    keep=Keep(signals=True, sample=0),
                    compact_batches=compact_batches,
                    clock=lambda: NOW,
                )
            )

        yield new


class Slept:
    """Sleep no time at all, and know for how long it was asked to."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


def followed(
    taker: Taker, name: str, script: Script, *, kind: LiveSource | None = None, sleep: Slept | None = None
) -> Followed:
    """Return a stream as `fanal follow` begins it."""
    kind = kind or source()
    begun = taker.workspace.streams.begin(
        name, source=kind.name, consent=Consent.PUBLIC, terms="ours", now=NOW
    )
    return Followed(
        name=name,
        source=kind,
        options=script,
        consent=Consent.PUBLIC,
        timezone=None,
        tools=Tools(clock=lambda: NOW, sleep=sleep or Slept(), dice=lambda: 0.5),
        cursor=begun.cursor,
        rows=begun.rows,
    )


def follow(taker: Taker, *streams: Followed, pace: Pace = PACE, told: list[str] | None = None) -> Follow:
    """Follow streams until all have ended."""
    running = Follow(
        streams,
        taker=taker,
        pace=pace,
        clock=lambda: NOW,
        told=lambda health: told.append(f"{health.name} {health.state}") if told is not None else None,
    )
    asyncio.run(running.run(asyncio.Event()))
    return running


def rows_of(workspace: Workspace) -> dict[str, object]:
    """Return what the lake holds but for batches, and what was counted."""
    found: dict[str, object] = {"totals": workspace.desk.totals(), "rejects": len(workspace.desk.rejects())}
    for name in BATCHED:
        rows = workspace.lake.read(name).drop_columns(["batch"])
        found[name] = rows.sort_by([(column, "ascending") for column in rows.column_names]).to_pydict()
    return found


def test_rows_are_committed_with_their_cursor(taker: Callable[..., Taker]) -> None:
    held = taker()
    rows = [row(n) for n in range(90)] + [b"{", b'{"id": "none"}']
    running = follow(held, followed(held, "one", Script(rows=rows, ends=True)))
    totals = held.workspace.desk.totals()
    assert (totals.posts_read, totals.posts_skipped, totals.posts_rejected) == (90, 1, 1)
    (stream,) = held.workspace.streams.all()
    assert (stream.cursor, stream.rows, stream.posts, stream.rejected) == ("92", 92, 90, 1)
    assert stream.state is StreamState.STOPPED
    assert stream.consent is Consent.PUBLIC
    assert held.workspace.vault.count() == 91  # with the row that was rejected, as it cannot be read again
    assert running.healths["one"].posts == 90
    assert running.healths["one"].latency.quantile(1.0) < 60


def test_a_rejected_row_is_kept_and_known_by_its_bytes(taker: Callable[..., Taker]) -> None:
    held = taker()
    script = Script(rows=[b"{broken", row(1), b"{broken"], ends=True)
    follow(held, followed(held, "one", script))
    assert [(file, line) for file, line, _ in held.workspace.desk.rejects()] == [("one", 1)]
    script.listened.clear()
    again = followed(held, "one", script)
    follow(held, Followed(**{**_fields(again), "cursor": None}))  # the server gives all of it once more
    assert len(held.workspace.desk.rejects()) == 1
    assert held.workspace.desk.totals().posts_read == 1
    assert held.workspace.streams.all()[0].rows == 6


def _fields(one: Followed) -> dict[str, object]:
    return {name: getattr(one, name) for name in Followed.__dataclass_fields__}


def test_a_lost_connection_goes_on_from_its_cursor(taker: Callable[..., Taker]) -> None:
    held, slept, told = taker(), Slept(), []
    script = Script(rows=[row(n) for n in range(60)], ends=True)
    script.faults = {0: LOST, 7: LostError("Wait.", after=40.0), 33: LostError("Gone.")}
    follow(held, followed(held, "one", script, sleep=slept), told=told)
    assert script.listened == [None, None, "7", "33"]
    assert held.workspace.desk.totals().posts_read == script.given == 60
    assert slept.seconds == [0.5, 40.0 * 1.05, 0.5]
    assert told[:4] == ["one waiting", "one connecting", "one live", "one waiting"]
    assert held.workspace.streams.all()[0].lost == 3


def test_waits_grow_while_nothing_comes(taker: Callable[..., Taker]) -> None:
    held, slept = taker(), Slept()
    script = Script(rows=[row(1)], ends=True)

    class Twelve(dict[int, RetryableError]):
        """Lose the connection twelve times."""

        left = 12

        def pop(self, _key: int, default: object = None) -> object:
            self.left -= 1
            return LOST if self.left >= 0 else default

    script.faults = Twelve()  # type: ignore[assignment]
    follow(held, followed(held, "one", script, sleep=slept))
    assert slept.seconds == [min(300.0, 2.0**n) / 2 for n in range(12)]


def test_waits_grow_for_a_server_that_answers_and_is_lost(taker: Callable[..., Taker]) -> None:
    held, slept = taker(), Slept()
    left = [6]

    async def words(options: Script, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
        _ = options, cursor, tools
        yield Inflow()
        left[0] -= 1
        if left[0]:
            raise LostError("Gone.")

    kind = replace(source(), listen=words)
    follow(held, followed(held, "one", Script(rows=[]), kind=kind, sleep=slept))
    assert slept.seconds == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_a_refused_stream_is_dead_and_the_others_go_on(taker: Callable[..., Taker]) -> None:
    held, told = taker(), []
    bad = Script(rows=[row(n) for n in range(20)], faults={10: REFUSED})
    good = Script(rows=[row(n) for n in range(100, 140)], ends=True)
    follow(held, followed(held, "bad", bad), followed(held, "good", good), told=told)
    states = {one.name: (one.state, one.detail, one.posts) for one in held.workspace.streams.all()}
    assert states["bad"] == (StreamState.DEAD, REFUSED.sentence, 10)
    assert states["good"][::2] == (StreamState.STOPPED, 40)
    assert "bad dead" in told


def test_a_bug_of_a_source_keeps_its_traceback_and_loses_nothing(taker: Callable[..., Taker]) -> None:
    held = taker()
    script = Script(rows=[row(n) for n in range(30)], faults={20: ZeroDivisionError("a bug")})  # type: ignore[dict-item]
    with pytest.raises(ZeroDivisionError, match="a bug"):
        follow(held, followed(held, "one", script))
    assert held.workspace.streams.all()[0].cursor == "20"
    assert held.workspace.desk.totals().posts_read == 20


def test_a_silent_connection_is_lost(taker: Callable[..., Taker]) -> None:
    held = taker()
    script = Script(rows=[row(n) for n in range(5)])

    async def run() -> None:
        stop = asyncio.Event()
        kind = source(idle_seconds=0.05)

        def told(health: Health) -> None:
            if health.lost >= 2:
                stop.set()

        one = followed(held, "one", script, kind=kind)
        await Follow([one], taker=held, pace=PACE, clock=lambda: NOW, told=told).run(stop)

    asyncio.run(run())
    assert script.listened[:3] == [None, "5", "5"]
    assert held.workspace.streams.all()[0].posts == 5


def test_what_arrived_is_committed_when_it_is_stopped(taker: Callable[..., Taker]) -> None:
    held = taker()
    script = Script(rows=[row(n) for n in range(200)], together=10)
    slow = Pace(commit_seconds=60.0, commit_rows=50, dead_after=3600.0)

    async def run() -> None:
        stop = asyncio.Event()
        running = Follow(
            [followed(held, "one", script)], taker=held, pace=slow, clock=lambda: NOW, told=_ignore
        )
        going = asyncio.create_task(running.run(stop))
        while script.given < 200:
            await asyncio.sleep(0.001)
        stop.set()
        await going

    asyncio.run(run())
    (stream,) = held.workspace.streams.all()
    assert stream.cursor == str(stream.posts) == str(held.workspace.desk.totals().posts_read)
    assert stream.posts >= 150


def _ignore(_health: Health) -> None:
    return


def test_a_stream_that_is_not_committed_is_not_read_on(
    taker: Callable[..., Taker], monkeypatch: pytest.MonkeyPatch
) -> None:
    held = taker()
    script = Script(rows=[row(n) for n in range(2000)], together=10, ends=True)
    most = []
    own = Taker.commit

    def commit(self: Taker, stream: Followed, gathered: object, *, first: int, cursor: str | None) -> object:
        most.append(script.given - (first - 1))
        return own(self, stream, gathered, first=first, cursor=cursor)  # type: ignore[arg-type]

    monkeypatch.setattr(Taker, "commit", commit)
    pace = Pace(commit_seconds=0.01, commit_rows=100, dead_after=3600.0)
    follow(held, followed(held, "one", script), pace=pace)
    assert held.workspace.desk.totals().posts_read == 2000
    assert max(most) <= 3 * 100 + 2 * 10


OTHER = """
import os, sys
from pathlib import Path
from fanal.store.tables import BATCHES
from fanal.store.workspace import opened
waited = []
with opened(Path(sys.argv[1]), dice=os.urandom, writing=True, waiting=waited.append) as workspace:
    print(len(waited), workspace.desk.totals().posts_read, flush=True)
    sys.stdin.readline()
"""


def test_another_command_gets_its_turn(folder: Path, taker: Callable[..., Taker]) -> None:
    held = taker()
    script = Script(rows=[row(n) for n in range(30)])

    async def run() -> str:
        stop = asyncio.Event()
        running = Follow(
            [followed(held, "one", script)], taker=held, pace=PACE, clock=lambda: NOW, told=_ignore
        )
        going = asyncio.create_task(running.run(stop))
        while running.healths["one"].posts < 30:
            await asyncio.sleep(0.001)
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", OTHER, str(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert other.stdout is not None
        assert other.stdin is not None
        said = (await other.stdout.readline()).decode()
        script.rows += [row(n) for n in range(30, 50)]  # they arrive while the other has the workspace
        script.more.set()
        while script.given < 50:
            await asyncio.sleep(0.001)
        assert running.healths["one"].posts == 30
        other.stdin.write(b"\n")
        await other.stdin.drain()
        await other.wait()
        while running.healths["one"].posts < 50:
            await asyncio.sleep(0.001)
        stop.set()
        await going
        return said

    assert asyncio.run(run()).split() == ["1", "30"]
    assert held.workspace.desk.totals().posts_read == 50


def test_two_cannot_follow_one_workspace(folder: Path, taker: Callable[..., Taker]) -> None:
    taker()
    again = opened(folder, dice=os.urandom, writing=True, yields=True, waiting=lambda _holder: None)
    with pytest.raises(WorkspaceError, match="is in use by process"), again:
        pass


def test_small_files_become_few_meanwhile(taker: Callable[..., Taker]) -> None:
    held = taker(compact_batches=5)
    script = Script(rows=[row(n) for n in range(300)], together=5, ends=True)
    follow(
        held, followed(held, "one", script), pace=Pace(commit_seconds=0.0, commit_rows=5, dead_after=3600.0)
    )
    with held.workspace.desk.look() as connection:
        assert connection.execute(select(func.sum(BATCHES.c.commits))).scalar_one() >= 30
    assert len(held.workspace.desk.batches()) < 15
    assert len(list((held.workspace.folder / "vault").glob("*/*"))) < 15
    assert held.workspace.vault.verify().rows == 300
    assert len(held.workspace.lake.parts("seen")) < 15
    before = rows_of(held.workspace)
    assert before["totals"].posts_read == 300  # type: ignore[attr-defined]
    again = followed(held, "one", Script(rows=script.rows, together=100, ends=True))
    follow(held, Followed(**{**_fields(again), "cursor": None}))
    assert rows_of(held.workspace)["signals"] == before["signals"]


def test_a_stream_of_another_kind_needs_another_name(taker: Callable[..., Taker]) -> None:
    held = taker()
    followed(held, "one", Script(rows=[]))
    with pytest.raises(SettingError, match="The stream one was a scripted before and is a pigeon now"):
        held.workspace.streams.begin("one", source="pigeon", consent=Consent.PUBLIC, terms="", now=NOW)


def test_a_live_stream_is_as_a_file_of_the_same_posts(
    tmp_path: Path, taker: Callable[..., Taker], judges: tuple[Detector, Locator]
) -> None:
    held = taker()
    rows = [row(n, f"Families fled from Sinjar, note {n}.") for n in range(120)]
    follow(held, followed(held, "one", Script(rows=rows, ends=True)))
    live = rows_of(held.workspace)
    make(tmp_path / "file", settings_file.template())
    (tmp_path / "file" / "keys").mkdir(exist_ok=True)
    reading = source().read(rows, first=1, timezone=None)
    with opened(tmp_path / "file", dice=os.urandom, writing=True) as workspace:
        pipeline.read(
            workspace,
            iter([reading]),
            file="posts",
            form="scripted",
            detector=judges[0],
            locator=judges[1],
            new_batch=lambda: secrets.token_hex(8),
            clock=lambda: NOW,
            progress=lambda _position: None,
        )
        read = rows_of(workspace)
    for name in ("signals", "mentions"):
        kept = ["week", "category", "score"] if name == "signals" else ["week", "area", "probability"]
        one, other = (pa.table({key: part[name][key] for key in kept}) for part in (live, read))  # type: ignore[index]
        order = [(key, "ascending") for key in kept]
        assert one.sort_by(order) == other.sort_by(order)
        assert len(one) > 100
    assert Desk.open(tmp_path / "file" / "desk.sqlite").totals() == live["totals"]


def test_what_runs_beside_gets_its_turn_between_commits(taker: Callable[..., Taker]) -> None:
    held = taker()
    threads: list[str] = []

    async def beside(in_turn: InTurn) -> None:
        threads.append(await in_turn(lambda: threading.current_thread().name))
        await asyncio.Event().wait()

    script = Script(rows=[row(n) for n in range(20)])

    async def run() -> None:
        stop = asyncio.Event()
        one = followed(held, "one", script)
        running = Follow([one], taker=held, pace=PACE, clock=lambda: NOW, told=_ignore, beside=beside)
        going = asyncio.create_task(running.run(stop))
        while running.healths["one"].posts < 20 or not threads:
            await asyncio.sleep(0.001)
        stop.set()
        await going

    asyncio.run(run())
    assert threads[0].startswith("fanal-commit")


def test_a_bug_beside_ends_all_and_keeps_its_traceback(taker: Callable[..., Taker]) -> None:
    held = taker()

    async def beside(_in_turn: InTurn) -> None:
        raise ZeroDivisionError("a bug")

    one = followed(held, "one", Script(rows=[row(n) for n in range(20)]))
    running = Follow([one], taker=held, pace=PACE, clock=lambda: NOW, told=_ignore, beside=beside)
    with pytest.raises(ZeroDivisionError, match="a bug"):
        asyncio.run(running.run(asyncio.Event()))


def test_layers_are_fetched_beside_streams(
    folder: Path, taker: Callable[..., Taker], publisher: Publisher
) -> None:
    publisher.files["/dtm.csv"] = (200, ROUND)
    text = section(publisher.url) + section(publisher.url, name="gone")
    (folder / "fanal.toml").write_text(text, encoding="utf-8")
    held = taker()
    held.workspace.layers.add(layer(LayerKind.AREAS, areas()))
    told: list[tuple[str, bool]] = []

    async def run() -> None:
        stop = asyncio.Event()

        def heard(turn: Turn, got: Fetched | str) -> None:
            told.append((turn.address.name, isinstance(got, str)))
            if len(told) == 2:
                stop.set()

        beside = partial(
            keep_looking,
            workspace=lambda: held.workspace,
            settings=settings_file.read(folder / "fanal.toml"),
            clock=lambda: NOW,
            sleep=asyncio.sleep,
            told=heard,
        )
        one = followed(held, "one", Script(rows=[row(1)]))
        await Follow([one], taker=held, pace=PACE, clock=lambda: NOW, told=_ignore, beside=beside).run(stop)

    asyncio.run(run())
    assert sorted(told) == [("dtm", False), ("gone", True)]
    assert {name: rows for name, _, rows in held.workspace.layers.listed()}["dtm"] == 2
    assert held.workspace.layer_looks.all()["gone"].failed
