"""An explanation is what detection said, with the places in the text as it was written."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.signals.detect import MODEL, load_detector, make_detector
from fanal.signals.explain import MOST_GRAMS, explain

DETECTOR = load_detector()
EVERY = make_detector(DETECTOR.indicators, threshold=1e-9)
EXAMPLES = [(one.id, example) for one in DETECTOR.indicators for example in one.examples]


@pytest.mark.parametrize(("indicator", "example"), EXAMPLES)
def test_each_indicator_shows_its_words_in_its_examples(indicator: str, example: str) -> None:
    reasons = {
        reason.indicator: reason.spans for shown in explain(example, EVERY).shown for reason in shown.reasons
    }
    assert reasons[indicator]
    assert all(example[start:end].strip() for start, end in reasons[indicator])


@given(
    st.lists(st.sampled_from([example for _, example in EXAMPLES] + ["H.E.L.P", "🙂 ", "\u202e"]), max_size=3)
)
def test_an_explanation_says_what_detection_says(parts: list[str]) -> None:
    text = " ".join(parts)
    found = explain(text, DETECTOR)
    rows = DETECTOR.detect(pa.record_batch({"text": pa.array([text], pa.large_string())})).to_pylist()
    assert [(one.category, one.score) for one in found.shown] == [
        (row["category"], row["score"]) for row in rows
    ]
    for one, row in zip(found.shown, rows, strict=True):
        said = [reason.indicator for reason in one.reasons]
        judged = one.weighing is not None and one.weighing.probability >= one.weighing.threshold
        assert [*said, *([MODEL + DETECTOR.name] if judged else [])] == row["indicators"]
        assert one.weighing is None or len(one.weighing.grams) <= MOST_GRAMS
        assert (found.stance, found.language) == (row["stance"], row["language"])
        assert all(0 <= start < end <= len(text) for reason in one.reasons for start, end in reason.spans)


@given(st.sampled_from(["We need water", "où est la route ?", "", "🙂", "ساعدونا"]))
def test_what_the_classifier_says_is_told_with_its_language(text: str) -> None:
    found = explain(text, DETECTOR)
    assert DETECTOR.classifier
    (place,) = [at for at, one in enumerate(DETECTOR.classifier.outputs) if one.name == "first_hand"]
    weighing = found.stance_weighing
    assert (weighing is not None) == (found.language in DETECTOR.classifier.outputs[place].calibrations)
    if weighing is None:
        return  # the rule decides, and the classifier's word would only mislead
    assert (weighing.probability >= weighing.threshold) == (found.stance == "first_hand")
    assert explain(text, EVERY).stance_weighing is None


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("We n.e.e.d water", "n.e.e.d"),
        ("we NEEED water", "NEEED"),
        ("نحتاج مـــاء", "مـــاء"),
        ("🙂 we need wаter", "wаter"),
    ],
)
def test_a_span_is_what_was_written(text: str, span: str) -> None:
    spans = {
        text[a:b] for shown in explain(text, DETECTOR).shown for one in shown.reasons for a, b in one.spans
    }
    assert span in spans
