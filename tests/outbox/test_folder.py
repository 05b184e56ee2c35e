"""A folder leaves whole or not at all, and nobody's own file is lost."""

from pathlib import Path

import pytest

from fanal.model.error import UserError
from fanal.outbox.folder import MANIFEST, whole


def put(out: Path, **files: str) -> None:
    with whole(out) as folder:
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8")


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_later_folder_replaces_an_earlier_one_whole(tmp_path: Path) -> None:
    put(tmp_path / "out", a="1", b="2")
    put(tmp_path / "out", a="3")
    assert names(tmp_path / "out") == {"a", MANIFEST}
    assert (tmp_path / "out" / "a").read_text(encoding="utf-8") == "3"
    assert names(tmp_path) == {"out"}


def test_an_error_leaves_what_was_there_as_it_was(tmp_path: Path) -> None:
    put(tmp_path / "out", a="1")
    with pytest.raises(TypeError):
        put(tmp_path / "out", a="2", b=3)  # type: ignore[arg-type]
    assert (tmp_path / "out" / "a").read_text(encoding="utf-8") == "1"
    assert names(tmp_path) == {"out"}


@pytest.mark.parametrize("content", [None, "{}", "[]", "not json", '{"made_by": "Fanal", "files": []}'])
def test_a_folder_of_somebody_else_is_refused_and_kept(tmp_path: Path, content: str | None) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "own.txt").write_text("mine", encoding="utf-8")
    if content is not None:
        (tmp_path / "out" / MANIFEST).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"own\.txt"):
        put(tmp_path / "out", a="1")
    assert (tmp_path / "out" / "own.txt").read_text(encoding="utf-8") == "mine"


def test_a_file_put_into_a_folder_of_ours_is_not_lost(tmp_path: Path) -> None:
    put(tmp_path / "out", a="1")
    (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"notes\.txt"):
        put(tmp_path / "out", a="2")
    assert (tmp_path / "out" / "a").read_text(encoding="utf-8") == "1"


def test_a_link_or_an_empty_folder_of_somebody_is_not_lost(tmp_path: Path) -> None:
    put(tmp_path / "out", a="1")
    for name, make in (("link", lambda path: path.symlink_to(tmp_path)), ("mine", Path.mkdir)):
        own = tmp_path / "out" / name
        make(own)
        with pytest.raises(UserError, match=name):
            put(tmp_path / "out", a="2")
        assert own.is_dir()
        own.unlink() if own.is_symlink() else own.rmdir()


@pytest.mark.parametrize("stop", [KeyboardInterrupt, PermissionError])
def test_a_stop_between_the_two_renames_puts_the_older_folder_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    put(tmp_path / "out", a="1")
    rename = Path.rename

    def stopped(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise stop
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", stopped)
    with pytest.raises((stop, UserError)):
        put(tmp_path / "out", a="2")
    assert (tmp_path / "out" / "a").read_text(encoding="utf-8") == "1"
    assert names(tmp_path) == {"out"}


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    put(tmp_path / "out", a="1")
    assert names(tmp_path / "out") == {"a", MANIFEST}


def test_a_file_in_the_way_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="is no folder"):
        put(tmp_path / "out", a="1")
    with pytest.raises(UserError, match="cannot be written"):
        put(tmp_path / "out" / "inside", a="1")
