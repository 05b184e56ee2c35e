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


LINE = {"id": "1", "text": "We need water", "labels": ["need"]}


def test_examples_are_judged_for_all_categories_that_a_line_of_the_file_has(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        LINE,
        LINE | {"id": "2", "labels": []},
        LINE | {"id": "3", "labels": ["flight", "need"]},
        LINE | {"id": "4", "labels": ["plea"], "judged": ["plea", "attack"]},
        LINE | {"id": "5", "labels": [], "judged": []},
    )
    assert [one.judged for one in gold.examples(path)] == [
        {"flight": False, "need": True, "plea": False},
        {"flight": False, "need": False, "plea": False},
        {"flight": True, "need": True, "plea": False},
        {"plea": True, "attack": False},
        {},
    ]


def test_examples_stand_alone_unless_an_event_holds_them_together(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        LINE | {"event": "storm"},
        LINE | {"event": "storm", "id": "2"},
        LINE | {"id": "3"},
        LINE | {"id": None},
        {"text": "We need food", "labels": []},
        LINE | {"event": "", "id": "6"},
    )
    found = gold.examples(path)
    assert {one.source for one in found} == {"gold"}
    groups = [one.group for one in found]
    assert groups[:2] == ["storm", "storm"]
    assert len(set(groups)) == 5


def test_what_a_teacher_said_and_what_a_line_counts_is_read(tmp_path: Path) -> None:
    plain, full = gold.examples(
        write(
            tmp_path,
            LINE,
            LINE | {"soft": {"need": 1, "first_hand": 0.25}, "weight": 3, "emphasis": {"need": 0.5}},
        )
    )
    assert (plain.soft, plain.weight, plain.emphasis) == ({}, 1.0, {})
    assert (full.soft, full.weight, full.emphasis) == (
        {"need": 1.0, "first_hand": 0.25},
        3.0,
        {"need": 0.5},
    )


def test_stances_are_examples_alone_and_beside_labels(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"text": "We need water", "stance": "first_hand"},
        {"text": "They need water", "stance": "report"},
        LINE | {"stance": "report"},
    )
    assert [one.judged for one in gold.examples(path)] == [
        {"first_hand": True},
        {"first_hand": False},
        {"first_hand": False, "need": True},
    ]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{", "not valid JSON"),
        ("[]", "no JSON object"),
        ({"labels": []}, "has no text"),
        ({"text": "a"}, "no list of labels"),
        (LINE | {"labels": "need"}, "no list of labels"),
        (LINE | {"labels": ["water"]}, "has the label 'water'"),
        (LINE | {"judged": ["water"]}, "has the label 'water'"),
        (LINE | {"judged": "need"}, "no list of judged"),
        (LINE | {"judged": None}, "no list of judged"),
        (LINE | {"stance": "neither"}, "has no stance"),
        (LINE | {"stance": []}, "has no stance"),
        (LINE | {"soft": {"need": 1.5}}, "no probability"),
        (LINE | {"soft": {"need": -0.1}}, "no probability"),
        (LINE | {"soft": {"need": None}}, "no probability"),
        (LINE | {"soft": {"need": True}}, "no probability"),
        (LINE | {"soft": {"water": 0.5}}, "soft that names no category"),
        (LINE | {"soft": [0.5]}, "soft that names no category"),
        (LINE | {"weight": 0}, "weight out of range"),
        (LINE | {"weight": -1}, "weight out of range"),
        (LINE | {"weight": gold.MOST_WEIGHT + 1}, "weight out of range"),
        (LINE | {"weight": "1"}, "weight out of range"),
        (LINE | {"weight": None}, "weight out of range"),
        (LINE | {"weight": True}, "weight out of range"),
        (LINE | {"emphasis": {"need": 0}}, "emphasis out of range"),
        (LINE | {"emphasis": {"need": "2"}}, "emphasis out of range"),
        (LINE | {"emphasis": {"water": 2}}, "emphasis that names no category"),
        (LINE | {"lang": 5}, "language that is no text"),
    ],
)
def test_a_wrong_example_is_named_with_its_file_and_line(tmp_path: Path, wrong: object, said: str) -> None:
    path = write(tmp_path, LINE, "", wrong, LINE)
    with pytest.raises(InputError, match=said) as caught:
        gold.examples(path)
    assert caught.value.sentence.startswith(f"{path}, line 3:")
    assert caught.value.hint


@given(st.binary(max_size=80))
def test_any_bytes_are_lines_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.jsonl"
    path.write_bytes(content)
    for read in (gold.signals, gold.stances, gold.languages, gold.examples):
        try:
            assert read(path)
        except InputError as error:
            assert error.hint  # noqa: PT017 - most examples raise nothing
