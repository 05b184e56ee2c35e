"""The audit log holds, and what somebody without its key does to it is found: changed, removed, moved, put in, cut."""

import hashlib
import hmac
import json
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.error import UserError, WorkspaceError
from fanal.model.person import Deed, Person, Purpose, Role
from fanal.store import chain, head
from fanal.store.audit import Audit
from fanal.store.desk import Desk
from fanal.store.head import Head

AMAL = Person(name="Amal", roles=frozenset({Role.ANALYST}))
WHEN = datetime(2026, 1, 5, 9, 12, tzinfo=UTC)
KEY = bytes(range(16))


@contextmanager
def opened(folder: Path, key: bytes = KEY) -> Iterator[tuple[Desk, Audit]]:
    """Open a desk with its audit log."""
    (folder / "keys").mkdir(exist_ok=True)
    desk = Desk.open(folder / "desk.sqlite")
    try:
        yield desk, Audit(desk, lambda: key, folder / "keys" / "audit.head")
    finally:
        desk.close()


def filled(folder: Path, rows: int) -> Path:
    """Make a log of some rows."""
    with opened(folder) as (_, audit):
        for number in range(rows):
            audit.note(
                list(Deed)[number % len(Deed)],
                who=AMAL,
                at=WHEN + timedelta(minutes=number),
                about=f"thing-{number}",
                purpose=list(Purpose)[number % 2] if number % 3 else None,
                facts={"count": number, "name": "Ünï\u2028", "none": None},
            )
    return folder


def rewritten(folder: Path, change: Callable[[sqlite3.Connection], object]) -> None:
    """Do to the desk what somebody does who can write its file and has not the key."""
    with sqlite3.connect(folder / "desk.sqlite") as raw:
        for act in ("update", "delete"):
            raw.execute(f"DROP TRIGGER IF EXISTS audit_{act}")
        change(raw)
    raw.close()


def first_flaw(folder: Path, *anchors: Head) -> int | None:
    with opened(folder) as (_, audit):
        found = audit.verify(anchors=anchors)
    assert found.holds == (not found.flaws)
    return found.flaws[0].row if found.flaws else None


def test_a_log_holds_says_what_was_done_and_its_head_is_the_newest_row(tmp_path: Path) -> None:
    filled(tmp_path, 7)
    with opened(tmp_path) as (_, audit):
        found = audit.verify()
        rows = audit.all()
        assert (found.holds, found.rows, found.more) == (True, 7, 0)
        assert Head(*found.last) == audit.head() == head.read(tmp_path / "keys" / "audit.head", KEY)
        assert [row.id for row in rows] == list(range(1, 8))
        assert rows[3].at == WHEN + timedelta(minutes=3)
        assert (rows[1].purpose, rows[0].purpose) == (Purpose.OUTREACH, None)
        assert rows[2].facts == {"count": 2, "name": "Ünï\u2028", "none": None}
        since = list(audit.entries(since=WHEN + timedelta(minutes=5)))
        assert [row.about for row in since] == ["thing-5", "thing-6"]
        assert [row.id for row in audit.entries(acts=[list(Deed)[1]])] == [2]
    assert (tmp_path / "keys" / "audit.head").stat().st_mode & 0o077 == 0


def test_the_digest_is_that_of_a_plain_reference(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    with sqlite3.connect(tmp_path / "desk.sqlite") as raw:
        rows = raw.execute("SELECT * FROM audit ORDER BY id").fetchall()
    raw.close()
    before = "hmac-sha256:" + "0" * 64
    for row in rows:
        assert row[7] == before
        text = json.dumps([row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]])
        before = "hmac-sha256:" + hmac.new(KEY, text.encode("ascii"), hashlib.sha256).hexdigest()
        assert row[8] == before


def test_an_empty_log_holds_and_one_without_its_head_does_not(tmp_path: Path) -> None:
    assert first_flaw(tmp_path) is None
    filled(tmp_path, 2)
    (tmp_path / "keys" / "audit.head").unlink()
    assert first_flaw(tmp_path) == 2
    filled(tmp_path, 1)  # a later note does not make up for it
    assert first_flaw(tmp_path) == 3


COLUMNS = (*chain.COLUMNS, "digest")
ODD: st.SearchStrategy[object] = st.one_of(
    st.integers(-(2**62), 2**62),
    st.text(max_size=12),
    st.binary(max_size=6),
    st.none(),
    st.floats(allow_nan=False),
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a log that holds."""
    return filled(tmp_path_factory.mktemp("whole"), 6)


@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_whatever_somebody_without_the_key_does_is_found(
    data: st.DataObject, whole: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Change one value, remove, swap, put in, put back an older row, or cut: the first row that suffers is named."""
    rows = 6
    folder = tmp_path_factory.mktemp("log")
    shutil.copytree(whole, folder, dirs_exist_ok=True)
    at = data.draw(st.integers(1, rows), "row")
    other = data.draw(st.integers(1, rows).filter(lambda number: number != at), "other row")
    deed = data.draw(st.sampled_from(["change", "remove", "swap", "put in", "copy", "cut", "empty"]), "deed")
    expected = at

    def change(raw: sqlite3.Connection) -> None:
        nonlocal expected
        if deed == "change":
            column = data.draw(st.sampled_from(COLUMNS[1:]), "column")
            value = data.draw(ODD, "value")
            before = raw.execute(f"SELECT {column} FROM audit WHERE id = ?", (at,)).fetchone()  # noqa: S608 - names of COLUMNS
            try:
                raw.execute(f"UPDATE audit SET {column} = ? WHERE id = ?", (value, at))  # noqa: S608 - as above
            except (sqlite3.IntegrityError, UnicodeEncodeError):
                expected = 0  # the table takes no null there, and SQLite no half letter
                return
            if raw.execute(f"SELECT {column} FROM audit WHERE id = ?", (at,)).fetchone() == before:  # noqa: S608 - as above
                expected = 0
        elif deed == "remove":
            raw.execute("DELETE FROM audit WHERE id = ?", (at,))
        elif deed == "swap":
            raw.execute("UPDATE audit SET id = -1 WHERE id = ?", (at,))
            raw.execute("UPDATE audit SET id = ? WHERE id = ?", (at, other))
            raw.execute("UPDATE audit SET id = ? WHERE id = -1", (other,))
            expected = min(at, other)
        elif deed == "put in":
            raw.execute("UPDATE audit SET id = -id WHERE id >= ?", (at,))
            raw.execute("UPDATE audit SET id = 1 - id WHERE id < 0")
            raw.execute(
                "INSERT INTO audit SELECT ?, at, who || 'x', act, purpose, about, facts, previous, digest FROM audit "
                "WHERE id = ?",
                (at, at + 1),
            )
        elif deed == "copy":
            raw.execute(
                "INSERT INTO audit SELECT ?, at, who, act, purpose, about, facts, previous, digest FROM audit "
                "WHERE id = ?",
                (rows + 1, at),
            )
            expected = rows + 1
        elif deed == "cut":
            raw.execute("DELETE FROM audit WHERE id >= ?", (at,))
            expected = rows  # the row that the head names
        else:
            raw.execute("DELETE FROM audit")
            expected = rows

    rewritten(folder, change)
    found = first_flaw(folder)
    assert found == (expected or None)
    with opened(folder) as (_, audit):  # going on mends nothing
        audit.note(Deed.DECIDED, who=AMAL, at=WHEN, about="later")
        audit.note(Deed.DECIDED, who=AMAL, at=WHEN, about="later still")
        audit.note(Deed.DECIDED, who=AMAL, at=WHEN, about="much later")
    assert (first_flaw(folder) is None) == (found is None)


def test_rows_cut_off_stay_missed_however_many_are_added(tmp_path: Path) -> None:
    filled(tmp_path, 6)
    rewritten(tmp_path, lambda raw: raw.execute("DELETE FROM audit WHERE id > 4"))
    filled(tmp_path, 5)
    assert first_flaw(tmp_path) == 6


def test_a_whole_chain_made_with_another_key_does_not_hold(tmp_path: Path) -> None:
    with opened(tmp_path, key=b"another") as (_, audit):
        for number in range(30):
            audit.note(Deed.SENT, who=AMAL, at=WHEN, about=str(number))
    with opened(tmp_path) as (_, audit):
        found = audit.verify()
    assert [flaw.row for flaw in found.flaws[:2]] == [1, 2]
    assert len(found.flaws) + found.more == 31  # each row, and the head


def test_text_that_is_none_and_a_table_that_is_another_are_found(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    rewritten(tmp_path, lambda raw: raw.execute("UPDATE audit SET who = CAST(x'ff41' AS TEXT) WHERE id = 2"))
    assert first_flaw(tmp_path) == 2
    rewritten(tmp_path, lambda raw: raw.execute("UPDATE audit SET who = 'x', act = 'fly' WHERE id = 2"))
    with opened(tmp_path) as (_, audit), pytest.raises(WorkspaceError, match="verify"):
        audit.all()
    rewritten(tmp_path, lambda raw: raw.execute("CREATE TABLE b AS SELECT * FROM audit WHERE id > 1"))
    rewritten(tmp_path, lambda raw: raw.execute("DROP TABLE audit"))
    rewritten(tmp_path, lambda raw: raw.execute("ALTER TABLE b RENAME TO audit"))
    assert first_flaw(tmp_path) == 1
    rewritten(tmp_path, lambda raw: raw.execute("ALTER TABLE audit DROP COLUMN facts"))
    with opened(tmp_path) as (_, audit), pytest.raises(WorkspaceError, match="cannot be read"):
        audit.verify()


def test_a_head_kept_elsewhere_tells_what_the_own_one_cannot(tmp_path: Path) -> None:
    """Whoever has the key too can make another chain that holds; not one that has the row on the paper."""
    filled(tmp_path, 4)
    with opened(tmp_path) as (_, audit):
        paper = audit.head()
    assert first_flaw(tmp_path, paper) is None
    filled(tmp_path, 2)
    assert first_flaw(tmp_path, paper) is None
    (tmp_path / "keys" / "audit.head").unlink()
    rewritten(tmp_path, lambda raw: raw.execute("DELETE FROM audit"))
    filled(tmp_path, 3)
    assert first_flaw(tmp_path) is None
    assert first_flaw(tmp_path, paper) == 4  # cut off before it
    filled(tmp_path, 3)
    assert first_flaw(tmp_path) is None
    assert first_flaw(tmp_path, paper) == 4  # another row stands there
    assert first_flaw(tmp_path, Head(6, paper.digest)) == 6


@pytest.mark.parametrize("text", ["", "7", "7:abc", "-1:" + "0" * 64, "7:hmac-sha256:" + "0" * 63, "x" * 500])
def test_what_is_no_head_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match="is no head"):
        Head.of(text)


def test_a_head_that_somebody_wrote_is_no_head(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    file = tmp_path / "keys" / "audit.head"
    whole = file.read_bytes()
    for content in (whole.replace(b"3:", b"2:"), whole[:40], b"", b"\xff" * 3000, whole.replace(b" ", b"\n")):
        file.write_bytes(content)
        assert first_flaw(tmp_path) == 3, content
    file.write_bytes(whole)
    assert first_flaw(tmp_path) is None


def test_a_deed_and_its_row_are_kept_together_or_not_at_all(tmp_path: Path) -> None:
    def deed(desk: Desk, audit: Audit, *, dies: bool) -> None:
        with desk.transaction() as connection:
            audit.note(Deed.DECIDED, who=AMAL, at=WHEN, about="one", within=connection)
            audit.note(Deed.SENT, who=AMAL, at=WHEN, about="two", within=connection)
            if dies:
                raise KeyboardInterrupt

    with opened(tmp_path) as (desk, audit):
        with pytest.raises(KeyboardInterrupt):
            deed(desk, audit, dies=True)
        assert audit.all() == []
        assert audit.verify().holds
        deed(desk, audit, dies=False)
        assert [row.about for row in audit.all()] == ["one", "two"]
        assert audit.head() == head.read(tmp_path / "keys" / "audit.head", KEY)


def test_the_triggers_refuse_to_change_or_remove_a_row(tmp_path: Path) -> None:
    filled(tmp_path, 2)
    raw = sqlite3.connect(tmp_path / "desk.sqlite")
    for statement in ("UPDATE audit SET who = 'x'", "DELETE FROM audit"):
        with pytest.raises(sqlite3.IntegrityError, match="added and never changed"):
            raw.execute(statement)
    raw.close()


NOTES = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from fanal.model.person import Deed, Person
from fanal.store.audit import Audit
from fanal.store.desk import Desk
folder, name, rows = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
desk = Desk.open(folder / "desk.sqlite")
audit = Audit(desk, lambda: bytes(range(16)), folder / "keys" / "audit.head")
who = Person(name=name, roles=frozenset())
print("ready", flush=True)
sys.stdin.readline()
for number in range(rows):
    with desk.transaction() as connection:
        audit.note(Deed.SENT, who=who, at=datetime(2026, 1, 5, tzinfo=UTC), about=str(number), within=connection)
    print(number, flush=True)
"""


def started(folder: Path, name: str, rows: int) -> "subprocess.Popen[str]":
    (folder / "keys").mkdir(exist_ok=True)
    other = subprocess.Popen(
        [sys.executable, "-c", NOTES, folder, name, str(rows)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "ready\n"
    return other


def go(other: "subprocess.Popen[str]") -> None:
    assert other.stdin is not None
    other.stdin.write("go\n")
    other.stdin.flush()


def test_processes_that_note_at_once_lose_no_row_and_make_one_chain(tmp_path: Path) -> None:
    others = [started(tmp_path, name, 25) for name in ("a", "b", "c")]
    for other in others:
        go(other)
    for other in others:
        _, err = other.communicate(timeout=300)
        assert (other.returncode, err) == (0, "")
    with opened(tmp_path) as (_, audit):
        assert audit.verify().holds
        rows = audit.all()
        assert head.read(tmp_path / "keys" / "audit.head", KEY) == audit.head()
    for name in ("a", "b", "c"):
        assert [row.about for row in rows if row.who == name] == [str(n) for n in range(25)]


def test_a_process_that_is_killed_leaves_a_chain_that_holds(tmp_path: Path) -> None:
    """What was said to be noted is there; the head never leads, and one that lags is no flaw."""
    for stop_after in (0, 1, 3):
        other = started(tmp_path, "killed", 1000)
        go(other)
        assert other.stdout is not None
        for _ in range(stop_after):
            other.stdout.readline()
        other.kill()
        out, _ = other.communicate(timeout=300)
        said = stop_after + len(out.split())
        with opened(tmp_path) as (_, audit):
            found = audit.verify()
            known = head.read(tmp_path / "keys" / "audit.head", KEY)
            assert found.holds, found
            assert known is None or known.number <= found.rows
            assert found.rows >= said


def test_a_head_that_lags_is_no_flaw_and_is_raised_by_the_next_note(tmp_path: Path) -> None:
    filled(tmp_path, 3)
    file = tmp_path / "keys" / "audit.head"
    old = file.read_bytes()
    filled(tmp_path, 1)
    file.write_bytes(old)  # as if the run had ended between the two
    assert first_flaw(tmp_path) is None
    filled(tmp_path, 1)
    known = head.read(file, KEY)
    assert known is not None
    assert known.number == 5


def test_a_desk_that_takes_nothing_is_a_sentence(tmp_path: Path) -> None:
    filled(tmp_path, 1)
    with opened(tmp_path) as (desk, audit):
        with desk.transaction() as connection:
            connection.exec_driver_sql("PRAGMA query_only = ON")
        with pytest.raises(WorkspaceError, match="written into the audit log first"):
            audit.note(Deed.NUMBERS_READ, who=AMAL, at=WHEN, about="inside")


def test_many_rows_are_gone_through_in_a_stream(tmp_path: Path) -> None:
    """Thirty thousand rows, a second for each ten thousand at the very most."""
    rows = 30_000
    made: list[tuple[Any, ...]] = []
    before = chain.NOTHING
    for number in range(1, rows + 1):
        covered = (number, "2026-01-05 09:12:00.000000", "Amal", "sent", None, "x" * 20, "{}", before)
        before = chain.digest(KEY, covered)
        made.append((*covered, before))
    with opened(tmp_path):
        pass
    with sqlite3.connect(tmp_path / "desk.sqlite") as raw:
        raw.executemany("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", made)
    raw.close()
    del made
    head.write(tmp_path / "keys" / "audit.head", Head(rows, before), KEY)
    begun = time.process_time()
    assert first_flaw(tmp_path) is None
    assert time.process_time() - begun < 3 + rows / 10_000
    rewritten(tmp_path, lambda raw: raw.execute("UPDATE audit SET who = 'Amel' WHERE id = 23456"))
    assert first_flaw(tmp_path) == 23456
