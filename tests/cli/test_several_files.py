"""Several files in one command: one that is refused keeps no other from being read, and the command says so."""

import json
from pathlib import Path

from tests.cli.inside import inside


def test_a_refused_file_keeps_no_other_from_being_read(tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.jsonl" for name in ("first", "picture", "absent", "last")]
    for number, file in ((0, files[0]), (3, files[3])):
        row = {"id": str(number), "time": "2014-08-03T05:00:00Z", "text": "The road is open."}
        file.write_text(json.dumps(row) + "\n", encoding="utf-8")
    files[1].write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
    inside("init", tmp_path / "w")

    ended = inside("-w", tmp_path / "w", "read", *files, "--json", code=1)
    assert ended.json["posts_read"] == 2
    said = [line for line in ended.err.splitlines() if line.startswith("fanal: ")]
    assert [Path(line.split()[1]).name for line in said] == ["picture.jsonl", "absent.jsonl"]
    assert "2 files were refused" in ended.err.splitlines()[-1]

    ended = inside("-w", tmp_path / "w", "read", *files[1:3], code=1)
    assert "0 posts read" in ended.out
    ended = inside("-w", tmp_path / "w", "read", files[1], code=1)
    assert ended.out == ""
