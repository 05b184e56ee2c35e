"""`fanal explain` in each language of the indicators, by argument and by standard input."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Fanal = Callable[..., Any]
COMMAND = Path(sys.executable).with_name("fanal")

POSTS = {
    "en": "We need water in the camp",
    "fr": "Nous avons besoin d'eau dans le camp",
    "ar": "نحتاج ماء في المخيم",
    "fa": "ما به آب نیاز داریم",
    "ckb": "پێویستمان بە ئاو هەیە لە کەمپەکە",
    "kmr": "Pêdiviya me bi avê heye li kampê",
    "tr": "Kampta suya ihtiyacımız var",
}


@pytest.mark.parametrize("language", POSTS)
def test_a_need_is_explained_in_each_language(fanal: Fanal, language: str) -> None:
    told = fanal("explain", POSTS[language], "--json").json
    assert told["language"] == language
    (need,) = [one for one in told["shown"] if one["category"] == "need"]
    for reason in need["reasons"]:
        assert reason["source"]
        assert all(POSTS[language][start:end] for start, end in reason["spans"])


def test_nothing_found_is_not_called_safe(fanal: Fanal) -> None:
    assert "does not mean that nothing is wrong" in fanal("explain", "A quiet day at the river").out


def test_standard_input_and_what_is_no_text() -> None:
    def run(given: bytes) -> "subprocess.CompletedProcess[bytes]":
        return subprocess.run([COMMAND, "explain", "-"], input=given, capture_output=True, check=False)

    ended = run(b"We need water\n")
    assert ended.returncode == 0
    assert "“need”, “water”" in ended.stdout.decode()
    for given in (b"\xff\xfe", b"a" * (1 << 21)):
        ended = run(given)
        assert ended.returncode == 1
        assert b"Traceback" not in ended.stderr
        assert ended.stderr.count(b"\n") == 1
