"""The directory in the desk: whole or not at all, one import a source, a verification log that is never changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import DatabaseError
from tests.help.rows import clinic, row, uid

from fanal.model.directory import Directory
from fanal.model.error import RefusedError, UserError
from fanal.model.person import Deed, Person, Role
from fanal.model.verified import Alike, Finding
from fanal.sources.hsds_confidential import without_exact_places
from fanal.store import workspace as workspaces
from fanal.store.tables import DIRECTORY_ROWS, DIRECTORY_VERIFICATIONS
from fanal.store.workspace import Workspace

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHO = Person(name="The outreach officer", roles=frozenset({Role.OUTREACH}))


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Return an open workspace."""
    workspaces.make(tmp_path / "w", "")
    with workspaces.opened(tmp_path / "w", dice=lambda count: b"\7" * count, writing=True) as opened:
        yield opened


def take(
    workspace: Workspace, directory: Directory, source: str = "list", alike: tuple[Alike, ...] = ()
) -> None:
    """Import a directory."""
    workspace.directory.take(
        directory,
        source=source,
        licence="CC0",
        country="",
        file="list.csv",
        form="list",
        accepted=[],
        likenesses=alike,
        who=WHO,
        at=AT,
    )


def marked() -> Directory:
    """Return a directory that says of the clinic that it is confidential, and nothing of where it is."""
    return Directory([row("service", "clinic", name="Clinic", status="active", confidential=True)])


def test_rows_come_back_as_they_were_and_in_their_order(workspace: Workspace) -> None:
    before = Directory(clinic())
    take(workspace, before)
    after = workspace.directory.directories()["list"]
    assert [(row.table, row.body, row.where) for row in after.all()] == [
        (row.table, row.body, row.where) for row in before.all()
    ]
    (line,) = workspace.directory.imports()
    assert (line.services, line.rows, line.who, line.ended_at) == (1, len(before), WHO.name, None)
    assert workspace.audit.all()[-1].act is Deed.DIRECTORY_IMPORTED


def test_a_later_import_takes_the_place_of_its_source_alone(workspace: Workspace) -> None:
    link = Alike(source="other", service=uid("b"), other_source="list", other_service=uid("a"), why="name")
    take(workspace, Directory(clinic(name="a")))
    take(workspace, Directory(clinic(name="b")), "other", (link,))
    assert workspace.directory.likenesses() == [link]
    take(workspace, Directory(clinic(name="c")))
    found = workspace.directory.directories()
    assert {name: [row.id for row in one.rows("service")] for name, one in found.items()} == {
        "list": [uid("c")],
        "other": [uid("b")],
    }
    assert workspace.directory.likenesses() == []
    assert [line.ended_at is None for line in workspace.directory.imports()] == [False, True, True]
    with workspace.desk.transaction() as connection:
        assert {row[1] for row in connection.execute(DIRECTORY_ROWS.select())} == {2, 3}


def test_an_import_that_breaks_leaves_the_earlier_one(workspace: Workspace) -> None:
    take(workspace, Directory(clinic(name="a")))
    broken = Directory(clinic(name="b"))
    broken.rows("phone")[0].body["x"] = object()  # what JSON cannot hold
    with pytest.raises(TypeError):
        take(workspace, broken)
    (line,) = workspace.directory.imports()
    assert line.ended_at is None
    assert [row.id for row in workspace.directory.directories()["list"].rows("service")] == [uid("a")]


def test_a_confidential_place_is_never_kept(workspace: Workspace) -> None:
    with pytest.raises(RefusedError):
        take(workspace, Directory(clinic(confidential=True)))
    assert workspace.directory.imports() == []


def test_a_mark_of_another_source_refuses_an_exact_place_that_comes_later(workspace: Workspace) -> None:
    take(workspace, marked(), "marks")
    exact = Directory(clinic())
    with pytest.raises(RefusedError, match="A confidential place comes with where it is"):
        take(workspace, exact, "exact")
    assert list(workspace.directory.directories()) == ["marks"]
    take(workspace, Directory(without_exact_places(exact, [marked()])), "exact")
    assert set(workspace.directory.directories()) == {"marks", "exact"}


def test_a_mark_that_comes_later_than_the_exact_place_of_another_source_is_refused(
    workspace: Workspace,
) -> None:
    exact = Directory(clinic())
    take(workspace, exact, "exact")
    with pytest.raises(RefusedError, match="stands in exact with where it is") as refused:
        take(workspace, marked(), "marks")
    assert "services end --source exact" in (refused.value.hint or "")
    assert list(workspace.directory.directories()) == ["exact"], "what stood there stands there still"
    workspace.directory.end("exact", who=WHO, at=AT)
    take(workspace, marked(), "marks")
    take(workspace, Directory(without_exact_places(exact, [marked()])), "exact")
    (place,) = workspace.directory.directories()["exact"].rows("location")
    assert not {"longitude", "latitude", "name"} & place.body.keys()


def test_a_mark_of_the_same_service_in_capitals_counts_too(workspace: Workspace) -> None:
    rows = [row("service", "clinic", name="Clinic", status="active", confidential=True)]
    rows[0].body["id"] = uid("clinic").upper()
    take(workspace, Directory(rows), "marks")
    with pytest.raises(RefusedError):
        take(workspace, Directory(clinic()), "exact")


def test_a_place_that_no_source_marks_is_kept_beside_marks_of_others(workspace: Workspace) -> None:
    take(workspace, marked(), "marks")
    take(workspace, Directory(clinic(name="open")), "exact")
    (place,) = workspace.directory.directories()["exact"].rows("location")
    assert (place.body["longitude"], place.body["latitude"]) == (43.1, 36.3)


def test_verifications_are_added_and_never_changed(workspace: Workspace) -> None:
    take(workspace, Directory(clinic()))
    for finding in (Finding.HOLDS, Finding.GONE):
        workspace.directory.verify(
            [("list", uid("clinic"), "sha256:0")], finding=finding, until=date(2026, 6, 1), who=WHO, at=AT
        )
    assert [check.finding for check in workspace.directory.checks()] == [Finding.HOLDS, Finding.GONE]
    for statement in (delete(DIRECTORY_VERIFICATIONS), update(DIRECTORY_VERIFICATIONS).values(who="x")):
        with pytest.raises(DatabaseError), workspace.desk.transaction() as connection:
            connection.execute(statement)
    entries = [entry for entry in workspace.audit.all() if entry.act is Deed.SERVICE_VERIFIED]
    assert [entry.about for entry in entries] == [f"service:{uid('clinic')}"] * 2


def test_a_source_can_be_ended_once(workspace: Workspace) -> None:
    take(workspace, Directory(clinic()))
    workspace.directory.end("list", who=WHO, at=AT)
    assert workspace.directory.directories() == {}
    with pytest.raises(UserError):
        workspace.directory.end("list", who=WHO, at=AT)
