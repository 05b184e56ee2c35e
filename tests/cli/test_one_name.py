"""Two files of one name as a user reads them: their rejected rows are listed and replayed apart."""

from pathlib import Path

import pytest
from tests.cli.inside import inside
from tests.cli.test_rejects import KEPT, ZONE, listed, row, setting, status, write

from fanal.cli.dice import secret
from fanal.store.sealed import What
from fanal.store.workspace import opened


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    """Return a workspace that has read two files of one name, at whose lines the same is wrong."""
    folder = tmp_path_factory.mktemp("one_name")
    files = []
    for number in (1, 2):
        (folder / str(number)).mkdir()
        lines = [row(100 * number + n, "2014-08-04T09:00:00Z") for n in (0, 1, 2, 3)]
        lines += [row(100 * number + 4), row(100 * number + 5), "{broken"]
        files.append(write(folder / str(number) / "posts.jsonl", lines))
    inside("init", folder / "w")
    inside("-w", folder / "w", "read", *files)
    return folder / "w", files[0], files[1]


def groups(workspace: Path) -> dict[str, int]:
    """Return how many rejected rows each file has."""
    found: dict[str, int] = {}
    for one in inside("-w", workspace, "rejects", "list", "--json").json["groups"]:
        found[one["file"]] = found.get(one["file"], 0) + one["rows"]
    return found


def test_they_are_read_listed_and_replayed_apart(read: tuple[Path, Path, Path], tmp_path: Path) -> None:
    workspace, first, second = read
    before = status(workspace)
    assert before["posts_read"] == 8
    assert before["posts_skipped"] == 1 + 1
    names = groups(workspace)
    (other,) = names.keys() - {"posts.jsonl"}
    assert other.startswith("posts.jsonl#")
    assert names == {"posts.jsonl": 2, other: 2}
    assert len(listed(workspace)) == 4

    # Read again, grown or not: each is the file that it was.
    with second.open("a", encoding="utf-8") as file:
        file.write(row(298, "2014-08-05T09:00:00Z") + "\n")
    again = inside("-w", workspace, "read", first, second, "--json").json
    assert (again["posts_read"], again["posts_skipped"], again["posts_rejected"]) == (1, 0, 0)
    assert groups(workspace) == names

    # Each replay takes the rows of its own file.
    setting(workspace, *ZONE)
    told = inside("-w", workspace, "rejects", "replay", second, "--json").json
    assert [(one["file"], one["listed"], one["posts"]) for one in told["files"]] == [(other, 2, 1)]
    assert groups(workspace) == {"posts.jsonl": 2, other: 1}

    # One that begins like neither is refused; what the list calls it helps.
    (tmp_path / "3").mkdir()
    mended = write(tmp_path / "3" / "posts.jsonl", [f"new {n}" for n in range(4)] + [row(104), row(105), "{"])
    ended = inside("-w", workspace, "rejects", "replay", mended, code=1)
    assert "begins like none of the files of this name" in ended.err
    told = inside("-w", workspace, "rejects", "replay", mended, "--file", "posts.jsonl", "--json").json
    assert [(one["file"], one["posts"], one["rejected"]) for one in told["files"]] == [("posts.jsonl", 1, 1)]
    assert groups(workspace) == {"posts.jsonl": 1, other: 1}


def test_an_erased_row_stays_away_in_a_copy_that_was_written_anew(tmp_path: Path) -> None:
    workspace, file = tmp_path / "w", tmp_path / "posts.jsonl"
    inside("init", workspace)
    setting(workspace, *KEPT)
    old = [row(n, "2014-08-04T09:00:00Z") for n in (0, 1, 2, 3)]
    inside("-w", workspace, "read", write(file, [*old, row(5), row(7)]))
    inside("-w", workspace, "erase", "--author", "author-2", "--yes")  # of the row on line 5
    anew = [row(n, "2014-08-05T09:00:00Z") for n in (10, 11, 12, 13)]
    found = inside("-w", workspace, "read", write(file, [*anew, row(5), row(7)]), "--json").json
    assert found["posts_read"] == 4
    names = groups(workspace)
    assert len(names) == 2
    with opened(workspace, dice=secret, writing=False) as there:
        texts = [one for day in there.vault.days() for one in there.vault.of_day(day)]
        kept = [one.content.text for one in texts if one.content.what is What.REJECTED]
    assert row(7).encode() in kept
    assert row(5).encode() not in kept
