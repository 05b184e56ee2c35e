"""Times without a zone as a user meets them: what is said, what to type, and that a file keeps how it was read."""

import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.cli.inside import inside

SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
CHAT = "[5.3.20, 10:00:00] Ana: The road is open.\n[7.3.20, 11:00:00] Ben: The market too.\n"
"""In March, or in May and July: its dates do not tell."""

CLEAR = CHAT.replace("7.3", "17.3")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace for all tests; each reads files of its own."""
    folder = tmp_path_factory.mktemp("times") / "my w"
    inside("init", folder)
    return folder


def facts(workspace: Path) -> dict[str, Any]:
    return inside("-w", workspace, "status", "--json").json


def read(workspace: Path, *arguments: object) -> dict[str, Any]:
    return inside("-w", workspace, "read", *arguments, "--json").json


def written(folder: Path, name: str, text: str) -> Path:
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


@pytest.mark.parametrize(("name", "posts"), [("whatsapp.txt", 8), ("excel.xlsx", 1)])
def test_what_is_said_of_times_without_a_zone_can_be_typed(
    workspace: Path, tmp_path: Path, name: str, posts: int
) -> None:
    copy = Path(shutil.copy(SAMPLES / name, tmp_path / f"Export of {name}"))
    last = inside("-w", workspace, "read", copy).out.splitlines()[-1]
    assert last.startswith(
        "No post was read, since the times have no zone"
        if name == "whatsapp.txt"
        else "1 row has a time without a zone"
    )
    lacking = facts(workspace)
    _, *typed = shlex.split(last[last.index("fanal -w") :])
    told = inside(*typed).out
    assert f"{posts} of these rows had been rejected before, and left the list." in told
    after = facts(workspace)
    assert after["posts_read"] == lacking["posts_read"] + posts
    assert after["posts_rejected"] == lacking["posts_rejected"] - posts
    # Read again without the option, nothing changes and nothing is asked for.
    assert inside("-w", workspace, "read", copy).out.splitlines()[-1] == "Next: fanal update"
    assert facts(workspace) == after


def test_a_file_keeps_its_clock_and_its_order_of_dates(workspace: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "kept.txt", CHAT)
    refused = inside("-w", workspace, "read", file, "--timezone", "Asia/Baghdad", code=1)
    assert "--date-order dmy, mdy or ymd" in refused.err
    assert (
        read(workspace, file, "--timezone", "Asia/Baghdad", "--date-order", "dmy")["posts_read"],
        read(workspace, file)["rows_known_already"],
    ) == (2, 2)
    for option, other in (("--timezone", "UTC"), ("--date-order", "mdy")):
        ended = inside("-w", workspace, "read", file, option, other, code=1)
        assert f"was read with {option} " in ended.err
        assert "would count twice" in ended.err
    # Settings that say otherwise hold for files to come; this one goes on as it began.
    settings = workspace / "fanal.toml"
    before = settings.read_text(encoding="utf-8")
    settings.write_text('[posts]\ntimezone = "UTC"\ndate_order = "mdy"\n', encoding="utf-8")
    written(tmp_path, "kept.txt", CHAT + "[8.3.20, 11:00:00] Ana: Good.\n")
    grown = read(workspace, file)
    settings.write_text(before, encoding="utf-8")
    assert (grown["posts_read"], grown["rows_known_already"]) == (1, 2)


def test_a_replay_takes_a_zone_and_an_erasure_knows_it(workspace: Path, tmp_path: Path) -> None:
    file = written(tmp_path, "replayed.txt", CLEAR)
    assert read(workspace, file)["posts_rejected"] == 2
    told = inside("-w", workspace, "rejects", "replay", file, "--timezone", "Asia/Baghdad", "--json").json
    assert [(one["posts"], one["rejected"]) for one in told["files"]] == [(2, 0)]
    told = inside("-w", workspace, "erase", "--author", "Ana", "--in", file, "--yes", "--json").json
    found = read(workspace, file)
    assert (found["posts_read"], found["posts_rejected"], found["rows_known_already"]) == (0, 0, 2)
    assert told["removed"]["seen"] == 1


@pytest.mark.parametrize("zone", ["Mars", "", "+03:00", "../etc/passwd", "Asia/Baghdad\n", "\x1b[2J"])
def test_a_zone_that_there_is_not_is_told_before_anything_is_read(tmp_path: Path, zone: str) -> None:
    for verb in ("read", "rejects replay"):
        ended = inside("-w", tmp_path / "none", *verb.split(), tmp_path / "x", "--timezone", zone, code=1)
        assert "is no time zone. Name one such as Asia/Baghdad." in ended.err
        assert "\x1b" not in ended.err
