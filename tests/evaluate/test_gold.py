"""Labelled files: what is not of the neutral form is refused with its line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.evaluate import gold
from fanal.model.error import InputError

GOOD = {
    "id": "1",
    "text": "We need water",
    "lang": None,
    "labels": ["need"],
    "stance": "first_hand",
    "event": "x",
}


def write(folder: Path, *lines: object) -> Path:
    path = folder / "gold.jsonl"
    path.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return path


def test_the_neutral_form_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, "", GOOD | {"lang": "ar", "labels": [], "stance": "report"})
    assert [(one.language, set(one.labels)) for one in gold.signals(path)] == [
        ("und", {"need"}),
        ("ar", set()),
    ]
    assert [set(one.labels) for one in gold.stances(path)] == [{"first_hand"}, {"report"}]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "no JSON object"),
        (GOOD | {"labels": "need"}, "no list of labels"),
        (GOOD | {"labels": ["water"]}, "has the label 'water'"),
        (GOOD | {"text": None}, "has no text"),
        (GOOD | {"lang": 5}, "language that is no text"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, wrong: object, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        gold.signals(write(tmp_path, GOOD, wrong))
    assert "line 2" in caught.value.sentence
    assert caught.value.hint


def test_a_wrong_stance_and_a_wrong_table_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="line 1: it has no stance"):
        gold.stances(write(tmp_path, GOOD | {"stance": "neither"}))
    for content, said in {
        "text\tlang\n": "header",
        "lang\ttext\n": "no sentence",
        "lang\ttext\nen": "line 2",
    }.items():
        path = tmp_path / "table.tsv"
        path.write_text(content)
        with pytest.raises(InputError, match=said):
            gold.languages(path)


@given(st.binary(max_size=80))
def test_any_bytes_are_lines_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    for read in (gold.signals, gold.stances, gold.languages):
        try:
            assert read(path)
        except InputError as error:
            assert error.hint  # noqa: PT017 - most examples raise nothing
