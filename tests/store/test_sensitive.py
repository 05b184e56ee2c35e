"""The steps of the sensitive list as the desk keeps them: whoever changes one by hand stops everything from leaving."""

import dataclasses
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from fanal.model.error import RefusedError
from fanal.model.person import Deed, Person, Role
from fanal.model.sensitive import RuleStep, SensitiveRule, Step, Treatment
from fanal.store.workspace import Workspace, make, opened

AT = datetime(2026, 3, 1, 3, tzinfo=UTC)
AMAL, BELA = (Person(name=name, roles=frozenset({Role.ANALYST})) for name in ("amal", "bela"))
RULE = SensitiveRule(
    area="pcode:T1A", rule=Treatment.LATER, days=9, reason="a shelter", expires=date(2026, 9, 1)
)
OTHER = SensitiveRule(group="displaced", rule=Treatment.NEVER, reason="a test")
STEPS = [
    RuleStep(id=1, at=AT, who="amal", step=Step.PROPOSE, rule=RULE),
    RuleStep(id=2, at=AT + timedelta(hours=1), who="bela", step=Step.AGREE, of=1),
    RuleStep(id=3, at=AT + timedelta(days=1), who="bela", step=Step.HOLD, rule=OTHER),
    RuleStep(id=4, at=AT + timedelta(days=2), who="amal", step=Step.END, of=1, reason="it moved"),
]


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Return a workspace with four steps."""
    make(tmp_path / "w", "")
    with opened(tmp_path / "w", dice=lambda size: b"\7" * size, writing=True) as found:
        for step in STEPS:
            found.sensitive.add(step, AMAL if step.who == "amal" else BELA)
        yield found


def test_steps_are_read_as_they_were_added(workspace: Workspace):
    assert workspace.sensitive.steps() == STEPS


def test_each_step_stands_in_the_audit_log_without_what_it_is_about(workspace: Workspace):
    rows = workspace.audit.all()
    assert [(row.who, row.act, row.about) for row in rows] == [
        ("amal", Deed.RULE_PROPOSED, "sensitive:1"),
        ("bela", Deed.RULE_DECIDED, "sensitive:2"),
        ("bela", Deed.RULE_PROPOSED, "sensitive:3"),
        ("amal", Deed.RULE_PROPOSED, "sensitive:4"),
    ]
    told = " ".join(str(row.facts) for row in rows)
    assert not [word for word in ("T1A", "displaced", "shelter", "moved", "never") if word in told]


def test_a_step_and_its_row_in_the_audit_log_are_kept_together_or_not_at_all(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
):
    step = RuleStep(id=5, at=AT, who="bela", step=Step.AGREE, of=4)
    with monkeypatch.context() as broken:
        broken.setattr(workspace.audit, "note", lambda *_, **__: (_ for _ in ()).throw(OSError("full")))
        with pytest.raises(OSError, match="full"):
            workspace.sensitive.add(step, BELA)
    assert workspace.sensitive.steps() == STEPS
    workspace.sensitive.add(step, BELA)
    assert len(workspace.audit.all()) == 5


def test_nobody_adds_a_step_in_the_name_of_another_or_under_a_number_that_is_taken(workspace: Workspace):
    step = RuleStep(id=5, at=AT, who="bela", step=Step.AGREE, of=4)
    with pytest.raises(RefusedError, match="in the name of"):
        workspace.sensitive.add(step, AMAL)
    for number in (4, 6):
        with pytest.raises(RefusedError, match="meanwhile"):
            workspace.sensitive.add(dataclasses.replace(step, id=number), BELA)
    assert workspace.sensitive.steps() == STEPS


def test_rows_are_added_and_never_changed(workspace: Workspace):
    with sqlite3.connect(workspace.folder / "desk.sqlite") as raw:
        for change in ("UPDATE sensitive SET area = 'x'", "DELETE FROM sensitive"):
            with pytest.raises(sqlite3.IntegrityError, match="never changed"):
                raw.execute(change)
    raw.close()


BY_FORCE = {
    "another area, between proposal and agreement": "UPDATE sensitive SET area = 'pcode:T1B' WHERE id = 1",
    "another reason": "UPDATE sensitive SET reason = 'x' WHERE id = 1",
    "fewer days": "UPDATE sensitive SET days = 1 WHERE id = 1",
    "over sooner": "UPDATE sensitive SET expires = '2026-03-02' WHERE id = 1",
    "another treatment": "UPDATE sensitive SET rule = 'later', days = 1 WHERE id = 3",
    "another person proposed": "UPDATE sensitive SET who = 'cora' WHERE id = 1",
    "another person agreed": "UPDATE sensitive SET who = 'cora' WHERE id = 2",
    "an older hold": "UPDATE sensitive SET at = '2026-02-01 03:00:00.000000' WHERE id = 3",
    "the last one gone": "DELETE FROM sensitive WHERE id = 4",
    "all gone": "DELETE FROM sensitive",
    "one gone from the middle": "DELETE FROM sensitive WHERE id = 3",
    "moved": "UPDATE sensitive SET id = id + 1 WHERE id = 4",
    "one more, with the digest of another": (
        "INSERT INTO sensitive SELECT 5, at, 'bela', 'agree', 4, NULL, NULL, NULL, NULL, '', NULL, digest, digest "
        "FROM sensitive WHERE id = 4"
    ),
}


@pytest.mark.parametrize("name", BY_FORCE)
def test_who_changes_the_desk_by_hand_stops_everything_from_leaving(workspace: Workspace, name: str):
    with sqlite3.connect(workspace.folder / "desk.sqlite") as raw:
        for act in ("update", "delete"):
            raw.execute(f"DROP TRIGGER sensitive_{act}")
        raw.execute(BY_FORCE[name])
    raw.close()
    with pytest.raises(RefusedError, match="changed by hand"):
        workspace.sensitive.steps()


def test_with_another_key_nobody_knows_what_is_held_back(workspace: Workspace):
    (workspace.folder / "keys" / "audit.key").unlink()  # and one is made anew
    again = opened(workspace.folder, dice=lambda size: b"\1" * size, writing=False)
    with again as other, pytest.raises(RefusedError, match="folder keys"):
        other.sensitive.steps()


TOGETHER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from fanal.model.error import RefusedError
from fanal.model.person import Person
from fanal.model.sensitive import RuleStep, Step
from fanal.store.workspace import opened
with opened(Path(sys.argv[1]), dice=lambda size: bytes(size), writing=False) as workspace:
    step = RuleStep(id=5, at=datetime(2026, 3, 4, tzinfo=UTC), who="bela", step=Step.AGREE, of=4)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        workspace.sensitive.add(step, Person(name="bela", roles=frozenset()))
    except RefusedError:
        print("refused")
    else:
        print("added")
"""


def test_of_steps_that_come_at_once_one_is_added(workspace: Workspace):
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", TOGETHER, workspace.folder],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    for run in runs:
        assert run.stdout
        assert run.stdout.readline() == "ready\n"
    for run in runs:
        assert run.stdin
        run.stdin.write("\n")
        run.stdin.flush()
    said = sorted(run.communicate(timeout=300)[0].strip() for run in runs)
    assert said == ["added", "refused", "refused"]
    assert len(workspace.sensitive.steps()) == len(workspace.audit.all()) == 5
