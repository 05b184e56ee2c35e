"""The classifier: its arithmetic against NumPy, its file, and what is said of the one that ships."""

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.signal import FIRST_HAND
from fanal.signals.classifier import (
    ANY,
    CATEGORIES,
    FILE,
    MAGIC,
    OUTPUTS,
    SIGNS,
    Classifier,
    load,
    load_classifier,
    signs_of,
)
from fanal.text import words
from fanal.text.capitals import STEPS as CAPITALS
from fanal.text.marks import MARKS, STEPS, marks, names
from fanal.text.weights import CLASSIFIER_WIDTH, weigh

Classify = Callable[..., Classifier]
LANGUAGES = ("und", "en", "fr")
MOST_BYTES = 8_000_000


def dice(seed: int = 5) -> np.random.Generator:
    """Return dice that fall the same each time."""
    return np.random.default_rng(seed)  # noqa: TID251


@pytest.fixture
def some(classify: Classify) -> Classifier:
    """Return a classifier of any numbers with two outputs."""
    return replace(
        classify(
            {"need": {}, FIRST_HAND: {}}, covers={"en": (2.0, -1.0), "fr": (0.5, 0.25)}, bias=0.3, dice=dice()
        ),
        signs=dice().normal(size=(len(SIGNS), 2)),
    )


@given(st.integers(0, 2**32 - 1), st.integers(0, 6))
def test_logits_are_those_of_numpy(classify: Classify, seed: int, rows: int) -> None:
    rng = dice(seed)
    model = replace(
        classify({"need": {}, "plea": {}, FIRST_HAND: {}}, bias=-1.5),
        signs=rng.normal(size=(len(SIGNS), 3)),
    )
    sums = rng.integers(-100_000, 100_000, (rows, CLASSIFIER_WIDTH)).astype(np.int32)
    grams = rng.integers(0, 3_000, rows).astype(np.int32)
    signs = (rng.random((rows, len(SIGNS))) * rng.integers(0, 2, (rows, len(SIGNS)))).astype(np.float32)
    slow = (
        sums[:, :3] * model.scale / np.sqrt(np.maximum(grams, 1))[:, None]
        + signs.astype(np.float64) @ model.signs
        + model.bias
    )
    assert np.allclose(model.logits(sums, grams, signs), slow, rtol=1e-9, atol=1e-9)


def test_each_language_has_its_calibration_and_all_others_have_one(some: Classifier) -> None:
    logits = np.array([[0.0, 1.0], [0.5, -1.0], [-2.0, 3.0]])
    language = np.array([0, 1, 2], np.int8)
    slope, offset = np.array([1.0, 2.0, 0.5])[:, None], np.array([0.0, -1.0, 0.25])[:, None]
    found = some.probabilities(logits, language, LANGUAGES)
    assert np.allclose(found, 1 / (1 + np.exp(-(slope * logits + offset))))


def test_a_logit_of_any_size_gives_a_probability(some: Classifier) -> None:
    logits = np.array([[-1e300, 1e300], [-700.0, 700.0]])
    found = some.probabilities(logits, np.array([0, 1], np.int8), LANGUAGES)
    assert ((found >= 0) & (found <= 1)).all()
    assert (found[:, 0] < 1e-9).all()
    assert (found[:, 1] > 1 - 1e-9).all()


def test_it_covers_the_languages_with_a_calibration_of_their_own(some: Classifier) -> None:
    assert some.covers(0, ("und", "en", "ar", "fr")).tolist() == [False, True, False, True]


def test_no_post_has_no_answers(some: Classifier) -> None:
    none = some.logits(
        np.zeros((0, CLASSIFIER_WIDTH), np.int32),
        np.zeros(0, np.int32),
        np.zeros((0, len(SIGNS)), np.float32),
    )
    assert none.shape == (0, 2)
    assert some.probabilities(none, np.zeros(0, np.int8), LANGUAGES).shape == (0, 2)


def test_signs_are_the_marks_the_rule_and_the_indicators() -> None:
    texts = ["RT @user: is the road open? https://x.org", "", "owl " * 100]
    found = marks(words.read(pa.array(texts, pa.large_string())).folded)
    reported, indicated = np.array([True, False, False]), dice().random((3, len(CATEGORIES)))
    high = np.array([1, 0, 3], np.uint8)
    signs = signs_of(found, high, reported, indicated)
    assert len(SIGNS) == len(MARKS) - 1 + STEPS + CAPITALS + 1 + len(CATEGORIES)
    for row in range(len(texts)):
        said = dict(zip(SIGNS, signs[row].tolist(), strict=True))
        scores = [said.pop(f"indicator {category.value}") for category in CATEGORIES]
        assert scores == pytest.approx(indicated[row].tolist())
        assert said.pop("report") == reported[row]
        assert [step for step in range(CAPITALS) if said.pop(f"capitals {step}")] == [high[row]]
        assert [name for name, there in said.items() if there] == names(int(found[row]))


def test_a_model_comes_back_from_its_file(some: Classifier, tmp_path: Path) -> None:
    some.save(tmp_path / "one.model")
    again = load(tmp_path / "one.model")
    again.save(tmp_path / "two.model")
    assert (tmp_path / "one.model").read_bytes() == (tmp_path / "two.model").read_bytes()
    assert (again.name, again.outputs, again.card) == (some.name, some.outputs, some.card)
    texts = pa.array(["the road is open", "où est la route ?", "", "owl " * 400], pa.large_string())
    read, signs = words.read(texts), dice().random((4, len(SIGNS))).astype(np.float32)
    answers = []
    for model in (some, again):
        weighed = weigh(read, classifier=model.weights)
        logits = model.logits(weighed.classifier, weighed.classifier_grams, signs)
        answers.append(model.probabilities(logits, np.array([1, 2, 0, 1], np.int8), LANGUAGES))
    assert (answers[0] == answers[1]).all()
    assert len(np.unique(answers[0])) > 4


def test_a_model_that_is_in_use_may_be_replaced(some: Classifier, classify: Classify, tmp_path: Path) -> None:
    path = tmp_path / "own.model"
    some.save(path)
    before, mapped = path.read_bytes(), load(path)
    classify({"need": {}}).save(path)
    assert (mapped.weights.table == some.weights.table).all()
    assert not load(path).weights.table.any()
    mapped.save(path)
    assert path.read_bytes() == before
    assert [one.name for one in tmp_path.iterdir()] == ["own.model"]


def test_a_model_that_cannot_be_written_leaves_nothing(some: Classifier, tmp_path: Path) -> None:
    for place in (tmp_path / "no" / "folder.model", tmp_path / "taken"):
        (tmp_path / "taken").mkdir(exist_ok=True)
        with pytest.raises(OSError, match=r"No such file|directory"):
            some.save(place)
    assert [one.name for one in tmp_path.iterdir()] == ["taken"]


def test_a_device_is_written_to_and_not_replaced(some: Classifier, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as reader:
        content = reader.submit(pipe.read_bytes)
        some.save(pipe)
        assert content.result(timeout=60).startswith(MAGIC)
    assert pipe.is_fifo()


def altered(some: Classifier, path: Path, **changes: object) -> Path:
    """Write a model with another header."""
    some.save(path)
    magic, header, table = path.read_bytes().split(b"\n", 2)
    line = json.dumps(json.loads(header) | changes).encode()
    path.write_bytes(b"\n".join([magic, line, table]))
    return path


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "broken.model"
    for content in (b"", b"fanal language 1\n{}", MAGIC[:-1], b"\x89PNG\r\n\x1a\n" + b"\0" * 100):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"broken.model is no classifier of this version"):
            load(path)


def test_a_cut_file_is_refused_wherever_it_was_cut(some: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "cut.model"
    some.save(path)
    whole = path.read_bytes()
    begins = whole.index(b"\n", len(MAGIC)) + 1
    for size in (len(MAGIC), len(MAGIC) + 1, begins // 2, begins - 1, begins, begins + 1, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"cut.model was cut"):
            load(path)
    path.write_bytes(whole + b"\0")
    with pytest.raises(ValueError, match=r"cut.model was cut"):
        load(path)


def test_other_signs_or_outputs_are_refused(some: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "other.model"
    with pytest.raises(ValueError, match="reads other signs"):
        load(altered(some, path, signs=SIGNS[:-1]))
    some.save(path)
    header = json.loads(path.read_bytes().split(b"\n", 2)[1])
    one = header["outputs"][0]
    for wrong in (
        [one] * (CLASSIFIER_WIDTH + 1),
        [one, one],
        [],
        [one | {"name": "water"}],
        [one | {"calibrations": {"en": [1.0, 0.0]}}],
        [one | {"calibrations": {ANY: [1.0]}}],
        [one | {"calibrations": {ANY: [1.0, None]}}],
        [one | {"scale": float("nan")}],
        [one | {"bias": float("inf")}],
        [one | {"threshold": None}],
        [one | {"signs": one["signs"][1:]}],
        [{key: value for key, value in one.items() if key != "bias"}],
        {"need": one},
        "need",
        None,
    ):
        with pytest.raises(ValueError, match=r"other.model"):
            load(altered(some, path, outputs=wrong))


@pytest.mark.parametrize(
    "changes",
    [
        *({"bits": bits} for bits in (0, -1, 31, 10**9, "10", None, 10.5, True)),
        *({"cap": cap} for cap in (-1, 1 << 40, "9", None, 1.5)),
        {"name": None},
        {"card": []},
        {"signs": None},
    ],
)
def test_a_header_that_makes_no_sense_is_refused(
    some: Classifier, tmp_path: Path, changes: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match=r"wrong.model"):
        load(altered(some, tmp_path / "wrong.model", **changes))


@given(st.binary(max_size=60) | st.sampled_from([b"[]\n", b"{}\n", b"null\n", b"1\n", b"\xff\n", b"[" * 50]))
def test_any_bytes_are_a_model_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.model"
    path.write_bytes(MAGIC + content)
    with pytest.raises(ValueError, match=r"any.model"):
        load(path)


def test_the_model_that_ships_is_small_and_says_what_it_learned_from(tmp_path: Path) -> None:
    assert FILE.stat().st_size <= MOST_BYTES
    model = load_classifier()
    assert [output.name for output in model.outputs] == ["need", "plea", "flight", "attack", FIRST_HAND]
    assert {output.name for output in model.outputs} <= set(OUTPUTS)
    for output in model.outputs:
        assert 0 < output.threshold <= 1
        assert 0 <= output.false_alarms <= 1
        assert ANY in output.calibrations
        assert all(one.slope > 0 for one in output.calibrations.values()), output.name
    assert isinstance(model.card, dict)
    assert model.card["posts"]
    model.save(tmp_path / "again.model")
    assert (tmp_path / "again.model").read_bytes() == FILE.read_bytes()
