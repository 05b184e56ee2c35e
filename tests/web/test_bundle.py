"""The page as files: the same for the same page, whole or not at all, and nothing in them from elsewhere."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fanal.model.error import UserError
from fanal.web import bundle
from fanal.web.page import Page

Made = Callable[..., Any]
ADDRESS = re.compile(rb"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", re.IGNORECASE)
OURS = ("app.js", "figures.js", "map.js", "panel.js", "words.js", "style.css", "data.js")


def test_the_same_page_gives_the_same_files(make_page: Made, tmp_path: Path) -> None:
    for name in ("one", "two"):
        bundle.write(make_page(), tmp_path / name)
    one, two = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("one", "two")
    )
    assert one == two
    assert set(one) == {*bundle.files(make_page()), "manifest.json"}


def test_data_is_the_document(page: Page, folder: Path) -> None:
    text = (folder / "data.js").read_text(encoding="utf-8")
    told = json.loads(text.removeprefix("window.FANAL = ").removesuffix(";\n"))
    assert told == json.loads(json.dumps(page.document))


def test_the_page_takes_the_place_of_an_older_one_and_of_nothing_else(page: Page, tmp_path: Path) -> None:
    bundle.write(page, tmp_path / "out")
    bundle.write(page, tmp_path / "out")
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "letter.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match=r"letter\.txt"):
        bundle.write(page, tmp_path / "own")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("name", ["index.html", "fr.html", "ar.html", *OURS])
def test_no_file_of_ours_names_an_address(folder: Path, name: str) -> None:
    text = (
        (folder / name).read_bytes().replace(b'"http://www.w3.org/2000/svg"', b"")
    )  # a name, not an address
    assert ADDRESS.findall(text) == []


@pytest.mark.parametrize("name", ["app.js", "figures.js", "map.js", "panel.js", "words.js"])
def test_no_script_stores_sends_or_writes_markup(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    for word in (
        "localStorage", "sessionStorage", "indexedDB", "cookie", "fetch(", "XMLHttpRequest", "sendBeacon",
        "WebSocket", "innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "setHTML",
        "new Function", "serviceWorker", "import(",
    ):  # fmt: skip
        assert word not in text, f"{name} uses {word}"


@pytest.mark.parametrize("name", ["index.html", "fr.html", "ar.html"])
def test_a_page_states_the_policy_and_holds_no_inline_script_or_style(folder: Path, name: str) -> None:
    text = (folder / name).read_text(encoding="utf-8")
    assert '<meta http-equiv="Content-Security-Policy" content="default-src &#39;self&#39;;' in text
    scripts = re.findall(r"<script([^>]*)>", text)
    assert len(scripts) == 8
    assert all("src=" in one or 'type="application/json"' in one for one in scripts)
    assert "<style" not in text
    assert " style=" not in text
    assert not re.search(r"<[^>]+\son[a-z]+=", text)


def test_notices_name_what_comes_from_others(folder: Path) -> None:
    text = (folder / "NOTICES.txt").read_text(encoding="utf-8")
    assert "MapLibre" in text
    assert "Redistribution and use" in text
