"""Detect with a classifier: where it speaks alone, where the higher of both counts, and which reasons are told."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND, REPORT
from fanal.signals.classifier import Classifier, load_classifier
from fanal.signals.detect import MODEL, Detector, load_detector, make_detector
from fanal.signals.language import LANGUAGES
from fanal.signals.lexicon import Indicator
from fanal.text import words

Posts = Callable[[Sequence[str]], pa.RecordBatch]
Classify = Callable[..., Classifier]
NEED, PLEA, OFFER = (list(Category).index(one) for one in (Category.NEED, Category.PLEA, Category.OFFER))
EVERYWHERE = dict.fromkeys(LANGUAGES, (1.0, 0.0))
SURE = 20.0
"""A logit whose probability is 1 or, below 0, nothing, to within a millionth."""

ASKS = {"need": {"question": 2 * SURE}}
"""A text with a question mark is a need, one without is none, with a bias of -SURE."""


def indicator(name: str, category: Category, weight: float, phrase: str) -> Indicator:
    """Return an indicator of one phrase in every language."""
    return Indicator(
        id=name,
        category=category,
        languages=LANGUAGES[1:],
        groups=((phrase,),),
        weight=weight,
        source="test",
        examples=(),
        negatives=(),
    )


PACK = (
    indicator("weak", Category.NEED, 0.3, "alpha"),
    indicator("strong", Category.NEED, 0.8, "beta"),
    indicator("given", Category.OFFER, 0.8, "gamma"),
    indicator("asked", Category.PLEA, 0.8, "delta"),
)
PARTS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "x", "?", "!"]), max_size=6).map(
    " ".join
)


@pytest.fixture(scope="module")
def alone() -> Detector:
    """Return the detector without a classifier."""
    return make_detector(PACK)


@pytest.fixture(scope="module")
def covering(classify: Classify) -> Detector:
    """Return a detector whose classifier covers every language."""
    return make_detector(PACK, classifier=classify(ASKS, bias=-SURE, covers=EVERYWHERE))


@pytest.fixture(scope="module")
def foreign(classify: Classify) -> Detector:
    """Return a detector whose classifier covers no language."""
    return make_detector(PACK, classifier=classify(ASKS, bias=-SURE))


def needs(detector: Detector, posts: Posts, text: str) -> list[tuple[float, list[str]]]:
    """Return score and reasons of the need that a text shows, if it shows one."""
    rows = detector.detect(posts([text])).to_pylist()
    return [(round(row["score"], 4), row["indicators"]) for row in rows if row["category"] == "need"]


def test_in_a_language_that_labels_covered_the_probability_alone_counts(
    covering: Detector, posts: Posts
) -> None:
    assert needs(covering, posts, "x") == []
    assert needs(covering, posts, "beta") == []
    assert needs(covering, posts, "x ?") == [(1.0, ["model:small"])]
    assert needs(covering, posts, "alpha beta ?") == [(1.0, ["weak", "strong", "model:small"])]
    assert covering.scores(posts(["beta"]))[0, NEED] < 1e-6


def test_elsewhere_the_higher_of_both_counts(foreign: Detector, posts: Posts) -> None:
    assert needs(foreign, posts, "x") == []
    assert needs(foreign, posts, "alpha") == []
    assert needs(foreign, posts, "beta") == [(0.8, ["strong"])]
    assert needs(foreign, posts, "x ?") == [(1.0, ["model:small"])]
    assert needs(foreign, posts, "beta ?") == [(1.0, ["strong", "model:small"])]
    assert foreign.scores(posts(["alpha"]))[0, NEED] == pytest.approx(0.3)


def test_each_post_is_judged_by_its_own_language(classify: Classify, posts: Posts) -> None:
    detector = make_detector(PACK, classifier=classify(ASKS, bias=-SURE, covers={"en": (1.0, 0.0)}))
    texts = ["The road to the camp is closed, beta", "La route du camp est fermée, beta"]
    rows = detector.detect(posts(texts)).to_pylist()
    assert [(row["row"], row["language"], row["indicators"]) for row in rows] == [(1, "fr", ["strong"])]


@given(st.lists(PARTS, max_size=5), st.booleans())
def test_signals_are_those_of_the_words_of_the_docstring(
    alone: Detector, covering: Detector, foreign: Detector, posts: Posts, texts: list[str], covered: bool
) -> None:
    before, after = alone.detect(posts(texts)).to_pylist(), []
    for row, text in enumerate(texts):
        rules = {one["category"]: one for one in before if one["row"] == row}
        score = 1 - (1 - 0.3 * ("alpha" in text)) * (1 - 0.8 * ("beta" in text))
        says = "?" in text
        if says or (score >= 0.5 and not covered):
            reasons = [name for name, word in (("weak", "alpha"), ("strong", "beta")) if word in text]
            reasons += [MODEL + "small"] * says
            rules["need"] = {"score": 1.0 if says else score, "indicators": reasons}
        else:
            rules.pop("need", None)
        order = [name for name in Category if name in rules]
        after += [(row, name, rules[name]["score"], rules[name]["indicators"]) for name in order]
    found = (covering if covered else foreign).detect(posts(texts)).to_pylist()
    assert [(one["row"], one["category"], one["indicators"]) for one in found] == [
        (row, name, reasons) for row, name, _, reasons in after
    ]
    assert [one["score"] for one in found] == pytest.approx([score for _, _, score, _ in after], abs=1e-5)


def test_a_threshold_is_reached_from_its_own_value_on(classify: Classify, posts: Posts) -> None:
    for threshold, shown in ((0.5, 1), (0.5001, 0)):
        model = classify({"need": {}}, threshold=threshold, covers=EVERYWHERE)
        detector = make_detector(PACK, classifier=model)
        assert detector.detect(posts(["x"])).num_rows == shown
        assert detector.thresholds()[NEED] == threshold
        assert detector.thresholds()[OFFER] == detector.threshold


def test_a_plea_that_the_classifier_sees_comes_before_an_offer(classify: Classify, posts: Posts) -> None:
    for covers in ({}, EVERYWHERE):
        model = classify({"plea": {"question": 2 * SURE}}, bias=-SURE, covers=covers)
        rows = make_detector(PACK, classifier=model).detect(posts(["gamma", "gamma ?"])).to_pylist()
        assert [(row["row"], row["category"]) for row in rows] == [(0, "offer"), (1, "plea")]


def test_a_plea_of_indicators_comes_before_an_offer_whatever_the_classifier_says(
    classify: Classify, posts: Posts
) -> None:
    """In doubt a cry for help goes to help: a classifier that sees none must not make an offer of it."""
    model = classify({"plea": {}}, bias=-SURE, covers=EVERYWHERE)
    detector = make_detector(PACK, classifier=model)
    rows = detector.detect(posts(["gamma delta", "delta"])).to_pylist()
    assert [(row["row"], row["category"], row["indicators"]) for row in rows] == [(0, "plea", ["asked"])]


def test_the_stance_is_the_classifiers_in_covered_languages_and_elsewhere_the_rules(
    classify: Classify, posts: Posts
) -> None:
    asks = {FIRST_HAND: {"exclamation": 2 * SURE}}
    texts = ["beta", "beta !", "RT @someone: beta !"]
    covering = make_detector(PACK, classifier=classify(asks, bias=-SURE, covers=EVERYWHERE))
    assert covering.detect(posts(texts))["stance"].to_pylist() == [REPORT, FIRST_HAND, FIRST_HAND]
    judged = covering.judge(posts(texts)["text"], words.read(posts(texts)["text"]))
    assert judged.first_hand_score == pytest.approx([0.0, 1.0, 1.0], abs=1e-6)
    for detector in (make_detector(PACK, classifier=classify(asks, bias=-SURE)), make_detector(PACK)):
        assert detector.detect(posts(texts))["stance"].to_pylist() == [FIRST_HAND, FIRST_HAND, REPORT]


def test_the_rule_of_stance_and_indicators_are_among_the_signs(classify: Classify, posts: Posts) -> None:
    signs = {
        FIRST_HAND: {"report": -2 * SURE},
        "need": {"indicator need": 100.0},
        "attack": {"indicator need": -100.0},
    }
    detector = make_detector(PACK, classifier=classify(signs, covers=EVERYWHERE, threshold=0.9))
    batch = posts(["RT @someone: beta", "beta", "alpha"])
    judged = detector.judge(batch["text"], words.read(batch["text"]))
    assert judged.logits == pytest.approx(
        np.array([[-40.0, 80.0, -80.0], [0.0, 80.0, -80.0], [0.0, 30.0, -30.0]]), abs=1e-4
    )


@given(st.lists(PARTS, max_size=5))
def test_without_a_classifier_all_is_as_indicators_say(
    alone: Detector, posts: Posts, texts: list[str]
) -> None:
    batch = posts(texts)
    judged = alone.judge(batch["text"], words.read(batch["text"]))
    assert (judged.score == judged.indicated.score).all()
    assert (judged.shows == (judged.score >= alone.threshold)).all()
    assert not judged.by_model.any()
    assert judged.logits.shape == judged.probability.shape == (len(texts), 0)
    assert set(judged.first_hand_score.tolist()) <= {0.0, 1.0}


def test_a_post_does_not_change_with_its_neighbours(classify: Classify, posts: Posts) -> None:
    rng = np.random.default_rng(2)  # noqa: TID251
    detector = make_detector(PACK, classifier=classify({"need": {}, FIRST_HAND: {}}, dice=rng))
    texts = ["alpha beta ?", "", "où est la route ?", "x" * 5_000, "🙂", "delta gamma!"]
    together = detector.scores(posts(texts))
    for row, text in enumerate(texts):
        assert detector.scores(posts([text]))[0].tolist() == together[row].tolist()


def test_the_detector_that_ships_has_its_classifier_unless_another_is_given(classify: Classify) -> None:
    assert load_detector().classifier is load_classifier()
    assert load_detector().name == load_classifier().name
    own = load_detector(classify(ASKS))
    assert own.name == "small"
    assert own.classifier
    assert own.classifier.name == "small"
    assert own.indicators == load_detector().indicators


FLIGHT = list(Category).index(Category.FLIGHT)


def test_what_indicators_see_of_flight_shows_whatever_the_classifier_says(
    classify: Classify, posts: Posts
) -> None:
    """Of need it does not, and a weak indicator keeps nothing."""
    pack = (
        indicator("strong", Category.NEED, 0.8, "beta"),
        indicator("faint", Category.FLIGHT, 0.3, "delta"),
        indicator("left", Category.FLIGHT, 0.8, "alpha"),
    )
    signs = {"need": {}, "flight": {"question": 2 * SURE}}
    model = classify(signs, bias=-SURE, covers=EVERYWHERE, threshold=0.25)
    detector = make_detector(pack, classifier=model)
    rows = detector.detect(posts(["alpha beta", "alpha ?", "delta", "x"])).to_pylist()
    assert [(row["row"], row["category"], row["score"], row["indicators"]) for row in rows] == [
        (0, "flight", 0.25, ["left"]),
        (1, "flight", pytest.approx(1.0), ["left", "model:small"]),
    ]
    scores = detector.scores(posts(["alpha", "delta", "alpha ?"]))[:, FLIGHT]
    assert scores == pytest.approx([0.25, 0.0, 1.0], abs=1e-6)


def test_flight_of_indicators_keeps_their_score_where_no_label_covered(
    classify: Classify, posts: Posts
) -> None:
    pack = (indicator("left", Category.FLIGHT, 0.8, "alpha"),)
    for threshold, score in ((0.25, 0.8), (0.9, 0.9)):
        model = classify({"flight": {}}, bias=-SURE, threshold=threshold)
        (row,) = make_detector(pack, classifier=model).detect(posts(["alpha"])).to_pylist()
        assert row["score"] == pytest.approx(score)


def test_the_detector_that_ships_sees_people_who_flee(posts: Posts) -> None:
    rows = load_detector().detect(posts(["We fled our village"])).to_pylist()
    assert [(row["category"], row["indicators"]) for row in rows] == [("flight", ["flight.fleeing.en"])]
