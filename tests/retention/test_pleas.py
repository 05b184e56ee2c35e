"""What helpers noted of a plea ends with its text: by erasure, by retention, and where its author deleted it."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
from tests.retention.conftest import AREAS, QUICK, WHO, Said, areas, at, held, put
from tests.retention.found import forms, found

from fanal.cli.dice import batch_id, generator
from fanal.erasure import Request, erase
from fanal.model.person import Deed
from fanal.model.plea import Mark
from fanal.retention import apply
from fanal.review.pleas import taken
from fanal.store.erasures import Asked
from fanal.store.located import located
from fanal.store.workspace import Workspace

SAID = [
    Said("a", at(0), "plea", ((AREAS[0], 0.8), (AREAS[1], 0.2))),
    Said("b", at(1), "plea", ((AREAS[2], 0.5), (AREAS[3], 0.5))),
    Said("c", at(2), "need", ((AREAS[2], 1.0),)),
]


def filled(folder: Path) -> dict[str | None, int]:
    """Put the posts in, take both pleas, and return their posts by area."""
    with held(folder) as workspace:
        put(workspace, SAID, read_at=at(3), sealed_on=at(3).date())
        pleas = {one.area: one.post for one in workspace.pleas.all()}
        for post in pleas.values():
            take(workspace, post)
    return pleas


def take(workspace: Workspace, post: int) -> Mark:
    return workspace.pleas.change(post, lambda mark: taken(mark, WHO, at(3)), who=WHO, at=at(3))


def test_a_place_is_told_only_if_it_is_likelier_than_all_others(new_workspace: Callable[..., Path]) -> None:
    assert set(filled(new_workspace())) == {AREAS[0], None}


def test_an_erased_plea_is_in_no_byte_and_the_other_stays(new_workspace: Callable[..., Path]) -> None:
    folder = new_workspace()
    pleas = filled(folder)
    gone, stays = forms(pleas[AREAS[0]]), forms(pleas[None])
    assert found(folder, gone)
    with held(folder) as workspace:
        receipt = erase(
            workspace,
            QUICK,
            Request(asked=Asked.AUTHOR, name="a"),
            posts=None,
            areas=areas(),
            who=WHO,
            clock=lambda: at(3, 30),
            new_id=batch_id,
            dice=generator,
        )
        assert receipt.removed["marks of pleas"] == 1
        assert [(one.post, one.mark.who) for one in workspace.pleas.all()] == [(pleas[None], "amal")]
    assert found(folder, gone) == []
    assert found(folder, stays)


def test_a_mark_goes_with_the_key_of_its_day(new_workspace: Callable[..., Path]) -> None:
    folder = new_workspace()
    pleas = filled(folder)
    with held(folder) as workspace:
        assert len(workspace.lake.read("versions")) == 2
        day = at(3) + timedelta(days=QUICK.retention.text_days)
        apply(workspace, QUICK, areas=areas(), who=WHO, now=day, new_id=batch_id)
        assert workspace.pleas.all() == []
        assert len(workspace.lake.read("versions")) == 0
        with workspace.desk.look() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM pleas").scalar_one() == 0
    for post in pleas.values():
        assert not [hit for hit in found(folder, forms(post)) if "desk.sqlite" in hit]


def test_a_mark_goes_with_a_text_that_was_taken_out(new_workspace: Callable[..., Path]) -> None:
    folder = new_workspace()
    pleas = filled(folder)
    with held(folder) as workspace:
        workspace.vault.remove([pleas[None]])
        assert [one.post for one in workspace.pleas.all()] == [pleas[AREAS[0]]]
        assert workspace.pleas.forget(np.zeros(0, np.uint64)) == 1
        assert workspace.pleas.forget(np.zeros(0, np.uint64)) == 0


def test_where_a_segment_is_damaged_nothing_is_forgotten_but_what_is_named(
    new_workspace: Callable[..., Path],
) -> None:
    folder = new_workspace()
    pleas = filled(folder)
    (segment,) = (folder / "vault").glob("*/*.seal")
    whole = segment.read_bytes()
    segment.write_bytes(whole[:40])
    with held(folder) as workspace:
        assert workspace.pleas.forget(np.zeros(0, np.uint64)) == 0
        assert workspace.pleas.forget(np.array([pleas[None]], np.uint64)) == 1
        segment.write_bytes(whole)
        assert {one.post: one.mark.who for one in workspace.pleas.all()} == {
            pleas[AREAS[0]]: "amal",
            pleas[None]: "",
        }


def test_the_log_has_who_and_the_state_and_no_post(new_workspace: Callable[..., Path]) -> None:
    folder = new_workspace()
    filled(folder)
    with held(folder) as workspace:
        rows = [row for row in workspace.audit.all() if row.act is Deed.PLEA_MARKED]
    assert [(row.who, row.about, row.facts) for row in rows] == [("amal", "pleas", {"state": "taken"})] * 2


def test_a_post_that_is_read_twice_is_one_plea(new_workspace: Callable[..., Path]) -> None:
    folder = new_workspace()
    with held(folder) as workspace:
        put(workspace, SAID[:1], read_at=at(3), sealed_on=at(3).date())
        put(workspace, SAID[:1], read_at=at(3), sealed_on=at(4).date())
        assert len(workspace.pleas.all()) == 1


def test_after_a_week_is_closed_the_open_ones_are_counted_and_their_pleas_told(
    new_workspace: Callable[..., Path],
) -> None:
    folder = new_workspace()
    late = [
        Said(f"d{n}", at(3), "need", ((AREAS[2], 1.0),), stance="report" if n else "first_hand")
        for n in range(3)
    ]
    with held(folder) as workspace:
        put(workspace, [*SAID, *late], read_at=at(3), sealed_on=at(3).date())
        apply(
            workspace, QUICK, areas=areas(), who=WHO, now=at(3) + timedelta(days=8), new_id=batch_id
        )  # what is left of a file of both is written anew
        counted = located(workspace.lake, committed=workspace.desk.batches(), volume="volume")
        assert counted.filter(pc.field("category") == "need").num_rows == 1
        assert len(workspace.pleas.all()) == 2
