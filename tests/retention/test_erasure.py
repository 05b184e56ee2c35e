"""What was erased is in no byte of the workspace, does not come back, and the receipt says what was done."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from tests.retention.conftest import AREAS, FIRST, QUICK, WHO, Said, areas, at, held, put, stream
from tests.retention.found import forms, found
from typer.testing import CliRunner

from fanal.cli.dice import batch_id, generator
from fanal.cli.main import app
from fanal.erasure import Receipt, Request, erase
from fanal.model.area import AREA_SCHEMA
from fanal.model.error import UserError
from fanal.model.person import Deed
from fanal.retention import close_weeks
from fanal.store.desk import Desk
from fanal.store.erasures import Asked
from fanal.store.lake import Lake
from fanal.store.pseudonym import pseudonym_of
from fanal.store.removal import Removal
from fanal.store.workspace import Workspace

MARKER = "someone-by-name"
WEEKS = 4


def run(workspace: Workspace, asked: Asked, name: str, *, posts: Any = None) -> Receipt:
    return erase(
        workspace,
        QUICK,
        Request(asked=asked, name=name),
        posts=posts,
        areas=areas(),
        who=WHO,
        clock=lambda: at(WEEKS, 30),
        new_id=batch_id,
        dice=generator,
    )


def said() -> list[Said]:
    """Return a stream in which one author writes in each week, with a signal, with a place alone, and with neither."""
    own = [
        post
        for week in range(WEEKS)
        for post in (
            Said(MARKER, at(week, 3), "need", ((AREAS[week], 1.0),)),
            Said(MARKER, at(week, 4), None, ((AREAS[week], 0.5),)),
            Said(MARKER, at(week, 5), "plea"),
            Said(MARKER, at(week, 6)),
        )
    ]
    return [*own, *stream(generator(2), weeks=WEEKS, authors=20, burst=20)]


def known(workspace: Workspace) -> dict[str, bytes]:
    """Return what stands for the author in each open week, and for their posts with a signal or a place."""
    needles = {}
    for week in workspace.keyring.weeks():
        pseudonym = pseudonym_of(MARKER, workspace.keyring.of_week(week))
        needles |= {f"pseudonym {week} {form}": value for form, value in forms(pseudonym).items()}
        for name in ("signals", "mentions"):
            rows = workspace.lake.read(name)
            own = rows.filter(pa.compute.equal(rows["pseudonym"], pseudonym))["post"].unique().to_pylist()
            for post in own:
                needles |= {f"post {post} {form}": value for form, value in forms(post).items()}
    return needles


@pytest.fixture
def filled(new_workspace: Callable[..., Path]) -> Path:
    """Return a workspace in which nothing is closed yet."""
    folder = new_workspace()
    with held(folder) as workspace:
        put(workspace, said(), read_at=at(WEEKS))
        workspace.lake.overwrite("counts", pa.table({"n": [1]}))
    return folder


def kinds(hits: list[str]) -> set[str]:
    return {hit.split()[0] for hit in hits}


def test_an_author_is_in_no_byte(filled: Path) -> None:
    with held(filled) as workspace:
        needles = known(workspace)
    assert kinds(found(filled, needles)) == {"pseudonym", "post"}
    with held(filled) as workspace:
        receipt = run(workspace, Asked.AUTHOR, MARKER)
    assert receipt.posts == 3 * WEEKS
    assert receipt.removed == {
        "vault": 0,
        "signals": 2 * WEEKS,
        "mentions": 2 * WEEKS,
        "seen": 3 * WEEKS,
        "newcomers": 0,
        "versions": WEEKS,
        "marks of pleas": 0,
        "sketches of recent authors": WEEKS,
    }
    assert found(filled, {**needles, "name": MARKER.encode()}) == []
    assert MARKER not in receipt.told() + json.dumps(receipt.facts())


def test_what_is_told_of_newcomers_goes_too(new_workspace: Callable[..., Path]) -> None:
    folder = new_workspace()
    with held(folder) as workspace:
        for week in range(WEEKS):
            few = [Said("b", at(week), None, ((AREAS[0], 1.0),))]
            put(workspace, few, read_at=at(WEEKS), first_id=week)
        last = [
            Said(MARKER, at(WEEKS), None, ((AREAS[0], 1.0),)),
            Said(MARKER, at(WEEKS, 13), None, ((AREAS[1], 1.0),)),
        ]
        put(workspace, last, read_at=at(WEEKS), first_id=90)
        assert len(workspace.lake.read("newcomers")) == 1
        rows = workspace.lake.read("mentions").sort_by("area")
        posts = rows["post"].to_numpy().view(np.uint64)
        which = np.isin(posts, _posts(workspace, MARKER))
        one, other = posts[which]
        assert run(workspace, Asked.POST, "90", posts=np.array([one])).removed["newcomers"] == 0
        assert run(workspace, Asked.POST, "91", posts=np.array([other])).removed["newcomers"] == 1
        assert len(workspace.lake.read("newcomers")) == 0


def _posts(workspace: Workspace, author: str) -> Any:
    """Return the hashes of an author's posts with a place."""
    rows = workspace.lake.read("mentions")
    who = [pseudonym_of(author, workspace.keyring.of_week(week)) for week in workspace.keyring.weeks()]
    chosen = rows.filter(pa.compute.is_in(rows["pseudonym"], pa.array(who, pa.int64())))
    return chosen["post"].to_numpy().view(np.uint64)


def test_an_erased_post_does_not_come_back(filled: Path) -> None:
    with held(filled) as workspace:
        before = workspace.desk.totals()
        run(workspace, Asked.AUTHOR, MARKER)
        others = len(workspace.lake.read("signals"))
        put(workspace, said(), read_at=at(WEEKS, 40))  # `put` knows of no rows that were read before
        again = workspace.desk.totals().posts_read - before.posts_read
        assert again == len(said()) - 3 * WEEKS
        assert len(workspace.lake.read("signals")) == 2 * others


def test_counts_of_open_weeks_are_made_anew(filled: Path, new_workspace: Callable[..., Path]) -> None:
    with held(filled) as workspace:
        run(workspace, Asked.AUTHOR, MARKER)
        counts = workspace.lake.read("counts")
        volume = counts.filter(pa.compute.equal(counts["category"], "volume"))
        weights = pa.compute.sum(volume["weight"]).as_py()
    with held(new_workspace("without")) as workspace:
        put(workspace, [one for one in said() if one.author != MARKER], read_at=at(WEEKS))
        run(workspace, Asked.POST, "none")
        other = workspace.lake.read("counts")
        other = other.filter(pa.compute.equal(other["category"], "volume"))
        assert weights == pytest.approx(pa.compute.sum(other["weight"]).as_py())


def test_an_erasure_ends_where_no_area_can_be_scanned(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nowhere = areas().set_column(8, AREA_SCHEMA.field("lon"), pa.nulls(12, pa.float64()))
    with held(filled) as workspace:
        run(workspace, Asked.POST, "none")
        assert len(workspace.lake.read("counts"))
        monkeypatch.setattr("tests.retention.test_erasure.areas", lambda: nowhere)
        receipt = run(workspace, Asked.AUTHOR, MARKER)
        assert "No area has both a point" in receipt.stays[-1]
        assert len(workspace.lake.read("hotspots")) == len(workspace.lake.read("counts")) == 0
        needles = {f"{MARKER} {form}": value for form, value in forms(_hash(workspace)).items()}
        assert workspace.erasures.unfinished() == []
    assert found(filled, needles) == []


def _hash(workspace: Workspace) -> int:
    """Return the author's pseudonym of the first week."""
    return pseudonym_of(MARKER, workspace.keyring.of_week(FIRST))


def test_the_vault_finds_posts_by_author_and_by_id_and_loses_them(new_workspace: Callable[..., Path]) -> None:
    with held(new_workspace()) as workspace:
        put(workspace, said(), read_at=at(WEEKS), sealed_on=at(WEEKS).date())
        sealed = workspace.vault.count()
        close_weeks(workspace, QUICK, areas=areas(), who=WHO, now=at(9), new_id=batch_id)
        receipt = run(
            workspace, Asked.AUTHOR, MARKER
        )  # also posts of closed weeks, and those that show nothing
        assert receipt.posts == receipt.removed["vault"] == receipt.removed["seen"] == 4 * WEEKS
        assert workspace.vault.count() == sealed - 4 * WEEKS
        receipt = run(workspace, Asked.POST, str(4 * WEEKS))
        assert receipt.posts == receipt.removed["vault"] == 1
        monday = FIRST + timedelta(weeks=2)  # sealed later, posted before
        run(workspace, Asked.BEFORE, str(monday))
        times = [one.content.time for day in workspace.vault.days() for one in workspace.vault.of_day(day)]
        assert times
        assert min(times) >= at(2, 0)


def test_a_closed_week_keeps_its_counts_and_an_export_finds_its_rows(filled: Path) -> None:
    with held(filled) as workspace:
        own = _posts(workspace, MARKER)
        close_weeks(workspace, QUICK, areas=areas(), who=WHO, now=at(9), new_id=batch_id)
        receipt = run(workspace, Asked.AUTHOR, MARKER)
        assert receipt.posts == 0
        assert any("4 closed weeks" in one for one in receipt.not_found)
        counts = workspace.lake.read("counts")
        receipt = run(workspace, Asked.AUTHOR, MARKER, posts=np.unique(own))
        assert receipt.removed["mentions"] == 2 * WEEKS
        assert workspace.lake.read("counts").equals(counts)
    needles = {f"{post} {form}": v for post in own.tolist() for form, v in forms(post).items()}
    assert found(filled, needles) == []


def test_all_before_a_monday(filled: Path) -> None:
    monday = FIRST + timedelta(weeks=2)
    with held(filled) as workspace:
        keys = {
            week: workspace.keyring._folder / f"week-{week:%G-W%V}.key" for week in workspace.keyring.weeks()
        }
        bytes_of = {f"key {week}": path.read_bytes() for week, path in keys.items() if week < monday}
        receipt = run(workspace, Asked.BEFORE, str(monday))
        assert receipt.removed["keys of weeks"] == 2
        for name in ("signals", "mentions", "newcomers", "versions", "seen"):
            assert all(week >= monday for week in workspace.lake.read(name)["week"].to_pylist())
        assert min(workspace.lake.read("counts")["week"].to_pylist()) >= monday
        put(workspace, said(), read_at=at(WEEKS, 40))
        assert min(workspace.lake.read("seen")["week"].to_pylist()) >= monday
    assert found(filled, bytes_of) == []


class Killed(BaseException):
    """Be a process that ends here."""


STEPS = [
    (Removal, "remove"),
    (Removal, "forget"),
    (Lake, "overwrite"),
    (Desk, "transaction"),
    (Desk, "shrink"),
]


def test_an_erasure_that_was_cut_off_is_done_by_asking_again(
    new_workspace: Callable[..., Path],
) -> None:
    few = [one for one in said() if one.author in (MARKER, "a1", "a2")]
    for number in range(0, 60, 3):
        folder = new_workspace(f"w{number}")
        with held(folder) as workspace:
            put(workspace, few, read_at=at(WEEKS))
            needles = known(workspace)
        begun: list[str] = []
        with pytest.MonkeyPatch.context() as patch:
            for owner, name in STEPS:
                _dying(patch, owner, name, begun, number)
            try:
                with held(folder) as workspace:
                    run(workspace, Asked.AUTHOR, MARKER)
            except Killed:
                pass
            else:
                break
        with held(folder) as workspace:
            run(workspace, Asked.AUTHOR, MARKER)
            assert workspace.erasures.unfinished() == []
            assert len([e for e in workspace.audit.all() if e.act is Deed.ERASED]) >= 1
        assert found(folder, needles) == []
    assert number > 9
    assert {"remove", "forget", "shrink"} <= set(begun)


def _dying(patch: pytest.MonkeyPatch, owner: type, name: str, begun: list[str], after: int) -> None:
    """Let a method end the process once so many steps were begun."""
    real = getattr(owner, name)

    def step(self: Any, *given: Any, **more: Any) -> Any:
        if len(begun) >= after:
            raise Killed(name)
        begun.append(name)
        return real(self, *given, **more)

    patch.setattr(owner, name, step)


@pytest.fixture
def image(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    """Return an ext4 file system in a file, and where it is mounted."""
    file, folder = tmp_path / "disk.img", tmp_path / "disk"
    folder.mkdir()
    with file.open("wb") as made:
        made.truncate(48 << 20)
    for command in (["mke2fs", "-q", "-t", "ext4", file], ["mount", "-o", "loop", file, folder]):
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("An ext4 image cannot be mounted here: this test needs mke2fs and a loop device.")
    yield file, folder
    subprocess.run(["umount", "-l", folder], check=True)


def on_disk(image: tuple[Path, Path]) -> bytes:
    """Return every block of a file system, used and free."""
    file, folder = image
    subprocess.run(["sync", "-f", folder], check=True)
    subprocess.run(["blockdev", "--flushbufs", file], capture_output=True, check=False)
    return file.read_bytes()


def test_keys_and_pseudonyms_are_in_no_block_of_the_disk(
    image: tuple[Path, Path], new_workspace: Callable[..., Path]
) -> None:
    folder = image[1] / "w"
    shutil.copytree(new_workspace(), folder)
    with held(folder) as workspace:
        put(workspace, said(), read_at=at(WEEKS))
        needles = known(workspace)
        for path in (folder / "keys").glob("week-*"):
            needles[f"key {path.name}"] = path.read_bytes()
        for path in (folder / "recent").glob("*"):
            needles[f"sketch {path.name}"] = path.read_bytes()[:16]
    os.sync()
    there = on_disk(image)
    assert kinds([name for name, needle in needles.items() if needle in there]) == {
        "pseudonym",
        "post",
        "key",
        "sketch",
    }
    with held(folder) as workspace:
        run(workspace, Asked.AUTHOR, MARKER)
        close_weeks(workspace, QUICK, areas=areas(), who=WHO, now=at(9), new_id=batch_id)
    there = on_disk(image)
    assert [name for name, needle in needles.items() if needle in there] == []


def test_the_command_asks_erases_and_writes_a_receipt(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    export = tmp_path / "export.jsonl"
    text = "xylophonequartz"
    lines = [
        {"id": f"id-{n}", "author": MARKER if n < 3 else f"b{n}", "time": f"2014-08-0{n + 4}T09:00:00Z"}
        | {"text": f"{'A quiet evening' if n == 2 else 'We need water in Sinjar'} {text}"}
        for n in range(5)
    ]
    export.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")

    def fanal(*arguments: object, typed: str = "", wrong: str = "") -> str:
        ended = CliRunner().invoke(app, list(map(str, arguments)), input=typed)
        if wrong:
            assert isinstance(ended.exception, UserError)
            assert wrong in str(ended.exception)
        else:
            assert ended.exit_code == 0, ended.output
        return ended.output

    fanal("init", folder, "--facts", "iraq")
    fanal("-w", folder, "read", export)
    ask = ("-w", folder, "erase", "--author", "-", "--in", export)
    fanal(*ask, typed=f"{MARKER}\nno\n", wrong="Nothing was erased")
    facts = json.loads(fanal(*ask, "--json", typed=f"{MARKER}\nyes\n").splitlines()[-1])
    assert facts["posts"] == 3
    assert facts["removed"]["seen"] == 3
    receipt = Path(facts["receipt"])
    assert receipt.stat().st_mode & 0o077 == 0
    assert json.loads(receipt.with_suffix(".json").read_text(encoding="utf-8"))["erasure"] == facts["erasure"]
    needles = {"name": MARKER.encode(), "text": text.encode(), "id": b"id-1"}
    assert found(folder, needles) == []
    again = fanal("-w", folder, "read", export)
    assert "0 posts read" in again
    fanal("-w", folder, "erase", "--before", "2014-08-06", wrong="no Monday")
    fanal("-w", folder, "erase", wrong="Say what to erase")
    fanal("-w", folder, "erase", "--post", "id-4", "--in", export, "--yes")
    status = json.loads(fanal("-w", folder, "retention", "--json").splitlines()[-1])
    seen = next(one for one in status["kept"] if one["class"] == "seen")
    assert seen["many"] == 1
