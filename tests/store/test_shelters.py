"""An exact place opens under its own key alone, for its own location, and stands nowhere in the clear."""

import os
import shutil
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fanal import access
from fanal.model.error import InputError, KeyGoneError, RefusedError, WorkspaceError
from fanal.model.exact import ExactPlace
from fanal.model.person import Deed, Person, Purpose, Role
from fanal.settings_file import template
from fanal.store.workspace import Workspace, make, opened

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
AMAL = Person(name="Amal", roles=frozenset({Role.OUTREACH}))
ONE, OTHER = "ac148810-d857-441c-9679-408f346de14b", "0f1e2d3c-4b5a-4978-8a9b-acbdcedfe0f1"
PLACE = ExactPlace(address="Lane nine of the mill", point=(44.012345, 36.198765), note="Ring at the side")
MOVED = ExactPlace(address="House by the weir", point=None, note="")
WORDS = (b"Lane nine", b"44.012345", b"36.198765", b"Ring at the side")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a workspace with one exact place."""
    make(tmp_path / "w", template())
    with opened(tmp_path / "w", dice=os.urandom, writing=True) as workspace:
        workspace.shelters.set(ONE, PLACE, who=AMAL, at=NOW)
    return tmp_path / "w"


def read(workspace: Workspace, location: str = ONE) -> ExactPlace:
    return access.read_place(workspace, location, purpose=Purpose.OUTREACH, who=AMAL, clock=lambda: NOW)


def keys(folder: Path) -> list[Path]:
    return sorted((folder / "keys").glob("place-*.key"))


def test_a_place_is_read_once_it_is_logged_and_stands_nowhere(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        assert read(workspace) == PLACE
        deeds = [(one.act, one.about, one.purpose) for one in workspace.audit.all()]
    assert deeds == [(Deed.PLACE_SET, ONE, None), (Deed.PLACE_READ, ONE, Purpose.OUTREACH)]
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not [word for word in WORDS if word in content], path
    assert "Lane" not in repr(PLACE)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.OUTREACH])
def test_no_other_role_reads_it_and_the_refusal_does_not_tell_whether_it_is_there(
    folder: Path, role: Role
) -> None:
    who = Person(name="Cem", roles=frozenset({role}))
    said = set()
    with opened(folder, dice=os.urandom, writing=False) as workspace:
        for location in (ONE, OTHER):
            with pytest.raises(RefusedError) as refused:
                access.read_place(workspace, location, purpose=Purpose.OUTREACH, who=who, clock=lambda: NOW)
            said.add(str(refused.value))
        assert [one.act for one in workspace.audit.all()][1:] == [Deed.REFUSED, Deed.REFUSED]
    assert len(said) == 1


@pytest.mark.parametrize("purpose", [one for one in Purpose if one is not Purpose.OUTREACH])
def test_it_is_read_for_no_other_purpose(folder: Path, purpose: Purpose) -> None:
    with opened(folder, dice=os.urandom, writing=False) as workspace, pytest.raises(RefusedError):
        access.read_place(workspace, ONE, purpose=purpose, who=AMAL, clock=lambda: NOW)


def test_a_log_that_takes_nothing_shows_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opened(folder, dice=os.urandom, writing=False) as workspace:

        def full(*_: object, **__: object) -> None:
            raise WorkspaceError("The disk is full.")

        monkeypatch.setattr(type(workspace.audit), "note", full)
        with pytest.raises(WorkspaceError, match="disk is full"):
            read(workspace)


def test_a_place_that_moved_leaves_no_key_of_the_old_one(folder: Path, tmp_path: Path) -> None:
    (before,) = keys(folder)
    copy = Path(shutil.copy(folder / "desk.sqlite", tmp_path / "copy.sqlite"))
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.shelters.set(ONE, MOVED, who=AMAL, at=NOW)
        assert read(workspace) == MOVED
    (after,) = keys(folder)
    assert after != before
    shutil.copy(copy, folder / "desk.sqlite")
    for beside in folder.glob("desk.sqlite-*"):
        beside.unlink()
    with opened(folder, dice=os.urandom, writing=False) as workspace, pytest.raises(KeyGoneError):
        read(workspace)


def test_an_erased_place_is_gone_with_its_key(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.shelters.erase(ONE, who=AMAL, at=NOW)
        with pytest.raises(WorkspaceError, match="No exact place"):
            read(workspace)
        with pytest.raises(WorkspaceError, match="No exact place"):
            workspace.shelters.erase(ONE, who=AMAL, at=NOW)
    assert keys(folder) == []


def test_a_run_that_died_before_the_row_leaves_a_key_that_the_next_writer_removes(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.keyring.of_place("00" * 8, make=True)
    assert len(keys(folder)) == 2
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        assert read(workspace) == PLACE
    assert len(keys(folder)) == 1


def test_a_sealed_place_opens_for_its_own_location_alone(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.shelters.set(OTHER, MOVED, who=AMAL, at=NOW)
    with sqlite3.connect(folder / "desk.sqlite") as desk:
        sizes = {len(row[0]) for row in desk.execute("SELECT sealed FROM shelters")}
        desk.execute("UPDATE shelters SET location = 'away' WHERE location = ?", [OTHER])
        desk.execute("UPDATE shelters SET location = ? WHERE location = ?", [OTHER, ONE])
    desk.close()
    assert len(sizes) == 1
    with (
        opened(folder, dice=os.urandom, writing=False) as workspace,
        pytest.raises(WorkspaceError, match="was changed, or belongs to another"),
    ):
        read(workspace, OTHER)


def test_a_new_master_key_still_opens_it(folder: Path) -> None:
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.keyring.rotate()
        assert read(workspace) == PLACE


@pytest.mark.parametrize(
    ("address", "point", "note"),
    [
        ("", None, ""),
        ("a" * 501, None, ""),
        ("mill\x1b[2J", None, ""),
        ("", (181.0, 0.0), ""),
        ("", (float("nan"), 0.0), ""),
        ("mill", None, "b\n"),
    ],
)
def test_what_is_no_place_is_refused_without_repeating_it(
    address: str, point: tuple[float, float] | None, note: str
) -> None:
    with pytest.raises(InputError) as refused:
        ExactPlace(address=address, point=point, note=note)
    assert "mill" not in str(refused.value)


def test_the_longest_place_fits(folder: Path) -> None:
    longest = ExactPlace(address="\U0001f3e0" * 500, point=(-179.123456789, -89.123456789), note='"' * 500)
    with opened(folder, dice=os.urandom, writing=True) as workspace:
        workspace.shelters.set(OTHER, longest, who=AMAL, at=NOW)
        assert read(workspace, OTHER) == longest
