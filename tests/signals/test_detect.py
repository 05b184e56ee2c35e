"""Detect against a slow reference, and on batches that are empty, hostile or large."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND, REPORT, SIGNAL_SCHEMA
from fanal.signals.catalogue import DETECTORS
from fanal.signals.detect import Detector, make_detector
from fanal.signals.language import LANGUAGES
from fanal.signals.lexicon import Indicator

Posts = Callable[[Sequence[str]], pa.RecordBatch]


def indicator(name: str, category: Category, weight: float, *groups: tuple[str, ...]) -> Indicator:
    """Return an indicator of a synthetic pack."""
    return Indicator(
        id=name,
        category=category,
        languages=LANGUAGES[1:],  # a few Greek letters' names may be taken for any
        groups=groups,
        weight=weight,
        source="test",
        examples=(),
        negatives=(),
    )


PACK = (
    indicator("one", Category.OFFER, 0.6, ("alpha", "beta"), ("gamma",)),
    indicator("two", Category.OFFER, 0.3, ("delta",)),
    indicator("three", Category.OFFER, 0.3, ("epsilon",)),
    indicator("four", Category.NEED, 0.5, ("alpha beta",)),
    indicator("five", Category.NEED, 1.0, ("omega",)),
)
WORDS = st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta", "epsilon", "omega", "x"]), max_size=8)


def slow_detect(text: str) -> dict[str, tuple[float, set[str]]]:
    """Score one post by hand."""
    scores: dict[str, tuple[float, set[str]]] = {}
    for category in Category:
        doubt, names = 1.0, set()
        for one in PACK:
            there = all(any(f" {phrase} " in f" {text} " for phrase in group) for group in one.groups)
            if one.category == category and there:
                doubt *= 1 - one.weight
                names.add(one.id)
        if 1 - doubt >= 0.5:
            scores[category.value] = (1 - doubt, names)
    return scores


@settings(deadline=None)
@given(st.lists(WORDS.map(" ".join), max_size=6))
def test_the_columns_are_the_slow_reference(posts: Posts, texts: list[str]) -> None:
    signals = make_detector(PACK).detect(posts(texts))
    rows = signals.to_pylist()
    for row, text in enumerate(texts):
        expected = slow_detect(text)
        mine = [one for one in rows if one["row"] == row]
        assert [one["category"] for one in mine] == [name for name in Category if name in expected]
        for one in mine:
            score, names = expected[one["category"]]
            assert one["score"] == pytest.approx(score, abs=1e-6)
            assert set(one["indicators"]) == names
            assert len(one["indicators"]) == len(names)
    assert signals["row"].to_pylist() == sorted(signals["row"].to_pylist())


@pytest.mark.parametrize("load", DETECTORS)
def test_signals_have_their_schema_also_when_there_are_none(
    load: Callable[[], Detector], posts: Posts
) -> None:
    detector = load()
    for texts in ([], ["..."], ["We need water", "", "ساعدونا"]):
        signals = detector.detect(posts(texts))
        assert signals.schema.equals(SIGNAL_SCHEMA, check_metadata=True)
        signals.validate(full=True)
        assert (signals["score"].to_numpy() <= 1).all()


def test_names_of_detectors_are_unique() -> None:
    names = [load().name for load in DETECTORS]
    assert len(set(names)) == len(names)


def test_a_slice_of_a_batch_counts_rows_from_its_own_beginning(detector: Detector, posts: Posts) -> None:
    batch = posts(["We need water", "nothing", "We need food"])
    assert set(detector.detect(batch)["row"].to_pylist()) == {0, 2}
    assert set(detector.detect(batch.slice(2))["row"].to_pylist()) == {0}


def test_a_post_does_not_change_with_its_neighbours(detector: Detector, posts: Posts) -> None:
    texts = ["We need water", "ساعدونا من فضلكم", "Our village is under attack.", "x", "Familles déplacées"]
    together = detector.detect(posts(texts)).to_pylist()
    alone = [
        {**one, "row": row}
        for row, text in enumerate(texts)
        for one in detector.detect(posts([text])).to_pylist()
    ]
    assert together == alone


def test_another_language_does_not_speak(detector: Detector, posts: Posts) -> None:
    """The Turkish word for hunting is the Kurmanji word for water."""
    turkish = "Her yıl av yasağı için çok geç kalındı ama tune"
    assert detector.detect(posts([turkish])).num_rows == 0


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("We need water", FIRST_HAND),
        ("RT @someone: they need water", REPORT),
        ("They need water, according to the agency", REPORT),
        ("They need water #news", REPORT),
        ("Good news, and yet we need water", FIRST_HAND),
        ("عاجل | نحتاج الماء", REPORT),
        ("نحتاج الماء", FIRST_HAND),
        ("بحسب الوزارة المخيم بحاجة إلى أدوية", REPORT),
    ],
)
def test_stance_by_its_rule(text: str, stance: str, by_rules: Detector, posts: Posts) -> None:
    assert set(by_rules.detect(posts([text]))["stance"].to_pylist()) == {stance}


HOSTILE = [
    "",
    "\0",
    "\u202e\u2066retaw deen eW\u2069",
    "w\u200ba\u200bt\u200be\u200br need",
    "🙂" * 5000,
    "\u0301\u064b\u0e31" * 3000,
    "need " * 200_000,
    "وال" * 300_000,
    "#" * 1000,
    "a" * 1_000_000,
    "need water " + "\ud7ff\U0010ffff\ufffe\ufdfa" * 100,
]


def test_hostile_texts(detector: Detector, posts: Posts) -> None:
    signals = detector.detect(posts(HOSTILE))
    signals.validate(full=True)
    assert {3, 10} <= set(signals["row"].to_pylist())


def test_zero_width_and_look_alike_forms_do_not_hide_a_signal(detector: Detector, posts: Posts) -> None:
    forms = [
        "We need water",
        "We n\u200beed w\u00adater",
        "We ｎｅｅｄ water",
        "We 𝗻𝗲𝗲𝗱 𝘄𝗮𝘁𝗲𝗿",
        "WE NEED WATER",
    ]
    assert set(detector.detect(posts(forms))["row"].to_pylist()) == set(range(len(forms)))


def test_repeating_a_word_adds_neither_score_nor_rows(by_rules: Detector, posts: Posts) -> None:
    once, often = (by_rules.detect(posts(["We need water. " * times])) for times in (1, 1000))
    assert once.equals(often)


def test_a_detector_refuses_what_makes_no_sense() -> None:
    with pytest.raises(ValueError, match="at least one"):
        make_detector([])
    for threshold in (0.0, 1.1, float("nan")):
        with pytest.raises(ValueError, match="threshold"):
            make_detector(PACK, threshold=threshold)


def test_the_threshold_is_kept(posts: Posts) -> None:
    batch = posts(["delta", "delta epsilon", "omega"])
    assert make_detector(PACK, threshold=0.25).detect(batch)["row"].to_pylist() == [0, 1, 2]
    assert make_detector(PACK, threshold=1.0 - 1e-6).detect(batch)["row"].to_pylist() == [2]
    assert np.allclose(make_detector(PACK).detect(batch)["score"].to_numpy(), [0.51, 1.0])
