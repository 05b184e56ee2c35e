"""Contributions: the grams are those of the kernel, and all parts of a logit add up to it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.signals import classifier as trained
from fanal.signals.classifier import CATEGORIES, SIGNS, Classifier
from fanal.signals.contribution import contributions, grams_of
from fanal.signals.detect import Detector, make_detector
from fanal.signals.indicated import _CATEGORIES as ALL
from fanal.signals.lexicon import Indicator
from fanal.signals.stance import reports
from fanal.text import words
from fanal.text.capitals import capitals
from fanal.text.grams import CLASSIFIER_READS, features
from fanal.text.marks import marks

Classify = Callable[..., Classifier]
TEXT = st.lists(
    st.sampled_from(
        [
            *("an", "a", "owl", "É", "الموصل", "12", "3ayez", "@user_name", "@", "we ask", "aaaa"),
            *("http://a.b/c?d", "www.x.y", "www", "-", "🙂", "H.E.L.P", "ﷺ", "\u202e", "x" * 60, "#tag"),
        ]
    )
    | st.text(max_size=12),
    max_size=14,
).map(" ".join)
CAPS = st.sampled_from([0, 1, 2, 7, 50, 1000])
HOSTILE = [
    "",
    "\0" * 50,
    "\u0301" * 500,
    "🙂" * 500,
    "@" * 100 + "http://" * 100,
    "a " * 1_000,
    "x" * 5_000,
    "w\u200ba\u200bt\u200be\u200br",
    "ﷺ" * 100,
]


def text_of(text: str) -> words.Text:
    """Return one text as it is read."""
    return words.read(pa.array([text], pa.large_string()))


def same_grams(text: str, cap: int) -> None:
    """Hold that the slow walk sees what the kernel sees."""
    read = text_of(text)
    _, hashes = features(read, kinds=CLASSIFIER_READS, cap=cap)
    assert Counter(value for value, _, _ in grams_of(read, cap)) == Counter(hashes.tolist())


@given(TEXT, CAPS)
def test_grams_are_those_of_the_kernel(text: str, cap: int) -> None:
    same_grams(text, cap)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_grams_are_those_of_the_kernel(text: str) -> None:
    for cap in (7, 1000):
        same_grams(text, cap)


@pytest.fixture(scope="module")
def full(classify: Classify) -> Detector:
    """Return a detector with a classifier whose numbers are any."""
    rng = np.random.default_rng(11)  # noqa: TID251
    model = classify({"need": {}, "first_hand": {}}, covers={"en": (1.0, 0.0)}, bias=0.7, cap=40, dice=rng)
    asks = Indicator(
        id="asks",
        category=CATEGORIES[0],
        languages=("en",),
        groups=(("we ask",),),
        weight=0.7,
        source="test",
        examples=(),
        negatives=(),
    )
    return make_detector([asks], classifier=replace(model, signs=rng.normal(size=model.signs.shape)))


@given(TEXT)
def test_grams_signs_and_bias_add_up_to_the_logit(full: Detector, text: str) -> None:
    model = full.classifier
    assert model
    read = text_of(text)
    judged = full.judge(pa.array([text], pa.large_string()), read)
    scores = judged.indicated.score[:, [ALL.index(category) for category in CATEGORIES]]
    high = capitals(pa.array([text], pa.large_string()))
    signs = trained.signs_of(marks(read.folded), high, reports(read.folded, read.words, full.marks), scores)
    assert signs.shape == (1, len(SIGNS))
    for place in range(len(model.outputs)):
        grams = sum(one.logit for one in contributions(text, read, model, place))
        total = grams + float(signs[0] @ model.signs[:, place]) + model.bias[place]
        assert total == pytest.approx(judged.logits[0, place], abs=1e-6)


@given(TEXT)
def test_spans_lie_in_the_text_and_the_strongest_come_first(full: Detector, text: str) -> None:
    assert full.classifier
    found = contributions(text, text_of(text), full.classifier, 0)
    sizes = [abs(one.logit) for one in found]
    assert sizes == sorted(sizes, reverse=True)
    assert len({one.gram for one in found}) == len(found)
    for one in found:
        assert one.spans
        assert all(0 <= start < end <= len(text) for start, end in one.spans)


def spans_of(text: str, full: Detector) -> dict[str, Sequence[str]]:
    """Return for each gram what was written where it stands."""
    assert full.classifier
    return {
        one.gram: [text[start:end] for start, end in one.spans]
        for one in contributions(text, text_of(text), full.classifier, 0)
    }


def test_grams_are_shown_as_they_were_written(full: Detector) -> None:
    found = spans_of("An ÓWL, an o.w.l", full)
    assert found["owl"] == ["ÓWL"], "a word counts once"
    assert found["_an_"] == ["An"]
    assert found["an owl"] == ["An ÓWL", "an o.w.l"]
    assert {"_owl", "owl_"} <= set(found)


def test_addresses_and_handles_contribute_nothing(full: Detector) -> None:
    plain = spans_of("the owl", full)
    assert set(spans_of("@the_bridge the owl https://example.org/the/road", full)) == set(plain)


def test_nothing_contributes_where_there_is_nothing(full: Detector) -> None:
    assert full.classifier
    assert contributions("🙂", text_of("🙂"), full.classifier, 0) == []
