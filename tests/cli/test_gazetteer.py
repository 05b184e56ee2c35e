"""`fanal gazetteer`: build it with places of one's own, show it, and what is said of a bad file."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

Fanal = Callable[..., Any]


def test_build_then_show(fanal: Fanal, tmp_path: Path) -> None:
    own, out = tmp_path / "own.csv", tmp_path / "world.arrow"
    own.write_text("name,lat,lon\nPlinora,36.4,41.9\nNowhere,0,0\n", encoding="utf-8")
    ended = fanal("gazetteer", "build", "--out", out, "--add", own)
    assert "own.csv:3: The place lies at 0, 0" in ended.err
    assert ended.json["unused_why"] == {"null island": 1}
    assert ended.json["bytes"] < 150e6
    shown = fanal("gazetteer", "show", out)
    assert "CC BY 4.0" in shown.out
    assert shown.json["inputs"] == ended.json["inputs"]
    assert shown.json["sources"][-1]["name"] == "own.csv"
    assert shown.json["kinds"]["country"] == 250
    content = bytearray(out.read_bytes())
    content[len(content) // 2] ^= 0xFF
    out.write_bytes(content)
    damaged = fanal("gazetteer", "show", out, code=1)
    assert "is damaged. Make it anew with `fanal gazetteer build`." in damaged.err


def test_a_file_that_is_not_there(fanal: Fanal, tmp_path: Path) -> None:
    ended = fanal("gazetteer", "show", tmp_path / "nowhere.arrow", code=1)
    assert "cannot be read. Make it anew" in ended.err
    assert "Traceback" not in ended.err
