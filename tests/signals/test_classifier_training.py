"""Training of the classifier: the same bytes again, what is learned and what is not, thresholds, and small numbers."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND
from fanal.signals import classifier_training as training
from fanal.signals.classifier import ANY, SIGNS, Classifier
from fanal.signals.classifier_training import FALSE_ALARMS, LEAST_POSITIVES, LEAST_POSTS, Held, Recipe
from fanal.signals.detect import Detector, make_detector
from fanal.signals.example import Example
from fanal.signals.language import LANGUAGES
from fanal.signals.lexicon import Indicator
from fanal.text import words

SMALL = Recipe(bits=13, cap=200)
ENGLISH = "the road to the camp is closed and there is no light near the bridge of the old town"
FRENCH = "la route du camp est fermée et il n'y a pas de lumière près du pont de la vieille ville"
SHOWN = "plinora"
"""A made-up word that stands in each post that shows something."""

OTHER = "quarrosh"
"""A made-up word that stands in some of the others."""

DETECTOR = make_detector(
    [
        Indicator(
            id="test",
            category=Category.NEED,
            languages=("en",),
            groups=(("vendrilo",),),
            weight=0.5,
            source="test",
            examples=(),
            negatives=(),
        )
    ]
)


def dice(seed: int = 7) -> np.random.Generator:
    """Return dice that fall the same each time."""
    return np.random.default_rng(seed)  # noqa: TID251


def posts(
    number: int,
    *,
    source: str = "one",
    share: float = 0.4,
    sentence: str = ENGLISH,
    output: str = "need",
    group: int = 1,
    seed: int = 7,
) -> list[Example]:
    """Return posts of shuffled words, a share of which holds SHOWN and shows an output; groups have `group` posts."""
    rng = dice(seed)
    found = []
    for at in range(number):
        shows = bool(rng.random() < share)
        said = [*rng.choice(sentence.split(), 10), SHOWN if shows else rng.choice([OTHER, "light"])]
        found.append(
            Example(
                text=" ".join(rng.permutation(said)),
                source=source,
                group=f"{source}:{at // group}",
                judged={output: shows},
                soft={},
                weight=1.0,
            )
        )
    return found


def train(examples: Sequence[Example], recipe: Recipe = SMALL) -> tuple[Classifier, Held]:
    """Train with the small recipe."""
    return training.train_classifier(
        examples,
        name="small",
        detector=DETECTOR,
        card={"posts": {}},
        progress=lambda _: None,
        recipe=recipe,
    )


def probability(model: Classifier, texts: Sequence[str], place: int = 0) -> np.ndarray:
    """Return what a detector with this model says of texts."""
    column = pa.array(texts, pa.large_string())
    detector = replace(DETECTOR, classifier=model)
    return detector.judge(column, words.read(column)).probability[:, place]


@pytest.fixture(scope="module")
def learned() -> tuple[list[Example], Classifier, Held]:
    """Return posts of two sources and languages, some of which were judged by mistake, and what they teach."""
    examples = [
        *posts(300, source="one"),
        *posts(200, source="two", share=0.3, seed=8),
        *posts(60, source="two", sentence=FRENCH, seed=9),
    ]
    wrong = dice().random(len(examples)) < 0.05
    examples = [
        replace(one, judged={"need": one.judged["need"] ^ bool(error)})
        for one, error in zip(examples, wrong, strict=True)
    ]
    return examples, *train(examples)


def test_the_same_examples_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(posts(60))[0].save(tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_words_that_tell_are_learned(learned: tuple[list[Example], Classifier, Held]) -> None:
    _, model, _ = learned
    assert [output.name for output in model.outputs] == ["need"]
    said = probability(model, [f"the road {SHOWN} is closed", f"the road {OTHER} is closed", "a light"])
    assert said[0] > model.outputs[0].threshold > said[1:].max()


def test_outputs_stand_in_their_order_and_only_those_that_were_judged_both_ways() -> None:
    examples = [
        *posts(60, output=FIRST_HAND),
        *posts(60, output="flight", source="two"),
        *posts(60, output="need", source="three"),
        *posts(20, output="plea", share=0.0, source="four"),
        *posts(20, output="attack", share=1.1, source="five"),
        *posts(20, output="offer", source="six"),
    ]
    model, held = train(examples)
    assert [output.name for output in model.outputs] == ["need", "flight", FIRST_HAND]
    assert held.logit.shape == held.judged.shape == held.probability.shape == (len(examples), 3)
    assert np.isnan(held.logit[:60, :2]).all()
    assert not np.isnan(held.logit[:60, 2]).any()
    assert not model.weights.table[:, 3:].any()


GROUPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from([f"g{at}" for at in range(9)])), min_size=1, max_size=60
)


@given(GROUPS, st.integers(1, 4))
def test_groups_are_never_split(pairs: list[tuple[str, str]], folds: int) -> None:
    examples = [
        Example(text="", source=source, group=group, judged={}, soft={}, weight=1.0)
        for source, group in pairs
    ]
    fold = training._folds(examples, folds)
    assert ((fold >= 0) & (fold < folds)).all()
    for group in {group for _, group in pairs}:
        assert len({part for (_, own), part in zip(pairs, fold.tolist(), strict=True) if own == group}) == 1


def test_each_source_is_spread_over_all_parts() -> None:
    examples = [
        *posts(90, source="one"),
        *posts(9, source="two"),
        *posts(40, source="three", group=4),
        *posts(3, source="four"),
    ]
    fold = training._folds(examples, 3)
    for source, least in (("one", 30), ("two", 3), ("three", 12), ("four", 1)):
        own = fold[[one.source == source for one in examples]]
        assert np.bincount(own, minlength=3).min() >= least
    again = training._folds(examples[::-1], 3)[::-1]
    assert (again == fold).all(), "the order of posts must not matter"


def test_a_post_is_held_out_with_its_group() -> None:
    """A word of one group is unknown to the model that judges the group, so it cannot say what the word means."""
    examples = posts(90, share=0.5)
    told = [
        replace(
            one,
            text=f"the road {'abcdefghij'[at % 10] * 6}",
            group=f"g{at % 10}",
            judged={"need": at % 2 == 0},
        )
        for at, one in enumerate(examples)
    ]
    _, held = train(told)
    known = ~np.isnan(held.logit[:, 0])
    shows = held.judged[known, 0] == 1
    assert known.all()
    assert held.logit[known, 0][shows].mean() <= held.logit[known, 0][~shows].mean() + 0.1


def test_a_teacher_is_heard_where_nobody_judged() -> None:
    judged = posts(80)
    taught = [
        replace(one, judged={}, soft={"need": 0.95 if OTHER in one.text else 0.05}, text=one.text)
        for one in posts(200, source="taught", share=0.0, seed=12)
    ]
    silent = [replace(one, soft={}) for one in taught]
    text = [f"the road {OTHER} is closed"]
    with_teacher, _ = train([*judged, *taught], replace(SMALL, unlabelled=1.0))
    without, _ = train([*judged, *silent], replace(SMALL, unlabelled=1.0))
    assert probability(with_teacher, text)[0] > probability(without, text)[0] + 0.2


def test_posts_that_only_a_teacher_judged_are_not_measured() -> None:
    taught = [replace(one, judged={}, soft={"need": 0.5}) for one in posts(30, source="taught")]
    _, held = train([*posts(80), *taught])
    assert np.isnan(held.logit[80:, 0]).all()
    assert np.isnan(held.probability[80:, 0]).all()
    assert not np.isnan(held.probability[:80, 0]).any()


def test_a_target_is_a_word_or_a_mean_of_both() -> None:
    nan = np.nan
    judged, soft = np.array([1.0, 0.0, 1.0, nan, nan]), np.array([0.5, 0.5, nan, 0.3, nan])
    found = training._target(judged, soft, Recipe(trust=0.8))
    assert np.allclose(found, [0.9, 0.1, 1.0, 0.3, nan], equal_nan=True)


def loss(
    weights: np.ndarray, matrix: np.ndarray, target: np.ndarray, stress: np.ndarray, strength: float
) -> float:
    """Return what logistic regression makes small, the intercept among the weights, as liblinear has it."""
    logit = matrix @ weights[:-1] + weights[-1]
    entropy = target * np.logaddexp(0, -logit) + (1 - target) * np.logaddexp(0, logit)
    return float(weights @ weights / 2 + strength * (stress * entropy).sum())


def test_soft_targets_make_the_cross_entropy_small() -> None:
    rng = dice()
    matrix, target, stress = rng.normal(size=(40, 3)), rng.random(40), rng.random(40) + 0.1
    target[:10] = 1
    target[10:20] = 0
    found = minimize(loss, np.zeros(4), args=(matrix, target, stress, 0.7), tol=1e-10)
    weights, intercept = training._fit(sparse.csr_matrix(matrix), target, stress, 0.7)
    assert np.allclose([*weights, intercept], found.x, atol=1e-2)


def test_hard_labels_give_plain_logistic_regression() -> None:
    examples = posts(120)
    matrix, _, _ = training._matrix(examples, DETECTOR, SMALL)
    shows = np.array([one.judged["need"] for one in examples])
    weights, intercept = training._fit(matrix, shows.astype(float), np.ones(120), 4.0)
    plain = LogisticRegression(C=4.0, solver="liblinear", tol=1e-6, max_iter=1000).fit(matrix, shows)
    assert np.allclose(matrix @ weights + intercept, matrix @ plain.coef_[0] + plain.intercept_[0], atol=2e-2)


def test_a_source_is_not_learned_for_a_category() -> None:
    """Two sources differ in how often they show something; a post without their words is judged alike for both."""
    examples = [*posts(200, source="often", share=0.8), *posts(200, source="seldom", share=0.1, seed=8)]
    matrix, scale, _ = training._matrix(examples, DETECTOR, SMALL)
    behind = (1 << SMALL.bits) + len(SIGNS)
    assert matrix.shape == (400, behind + 2)
    assert len(scale) == behind + 2
    assert (matrix[:, behind:].toarray().sum(axis=1) == training.SOURCE).all()
    fitted = np.ones(behind + 2)
    assert training._without_sources(fitted, SMALL)[behind:].tolist() == [0, 0]
    assert training._without_sources(fitted, SMALL)[:behind].all()
    assert fitted.all(), "what was given is not changed"
    model, _ = train(examples)
    assert model.signs.shape == (len(SIGNS), 1)


def test_an_intercept_is_kept_for_sources_that_show_something_and_only_if_there_are_several() -> None:
    sources, events = np.array(["a", "a", "b", "b", "c"]), np.array(["", "", "e", "e", "f"])
    for judged, kept in (
        ([1, 0, 1, 0, 0], [1, 1, 0, 0, 0]),
        ([1, 0, 0, 0, 0], [0, 0, 0, 0, 0]),
        ([1, 0, np.nan, 1, np.nan], [1, 1, 0, 0, 0]),
        ([0, 0, np.nan, 1, 1], [0, 1, 1, 1, 1]),
    ):
        diagonal = training._kept(np.array(judged, float), [sources, events], 9).diagonal()
        assert diagonal.tolist() == [1, 1, 1, 1, *kept]


def test_an_event_has_an_intercept_where_it_is_large() -> None:
    examples = [*posts(120, group=training.LEAST_EVENT), *posts(30, source="two", group=10)]
    assert set(training._events(examples)) == {"one:0", "one:1", ""}
    matrix, _, _ = training._matrix(examples, DETECTOR, SMALL)
    behind = matrix[:, (1 << SMALL.bits) + len(SIGNS) :].toarray()
    assert behind.shape == (150, 4)
    assert behind[:, 2:].sum(axis=0).tolist() == [training.EVENT * training.LEAST_EVENT] * 2
    assert not training._events([]).size


def test_what_stands_in_few_groups_has_no_weight() -> None:
    """A word of two groups, however often it stands there, moves nothing; one of three groups does."""
    words_of = {"fewolin": range(2), "enoughar": range(training.LEAST_GROUPS)}
    said = [
        replace(one, text=f"{one.text} {word}", group=f"{word}{group}", judged={"need": True})
        for word, groups in words_of.items()
        for group in groups
        for one in posts(20, share=0.0, seed=group)
    ]
    bits = replace(SMALL, bits=18)
    model, _ = train([*posts(80), *said], bits)
    none, few, enough = probability(model, ["xxyyxx", "fewolin", "enoughar"])
    assert few == pytest.approx(none, abs=0.02)
    assert enough > none + 0.05


def test_false_alarms_are_as_few_as_stated_where_the_category_occurs(
    learned: tuple[list[Example], Classifier, Held],
) -> None:
    examples, model, held = learned
    (output,) = model.outputs
    assert {one.source for one in examples if one.judged["need"]} == {"one", "two"}
    none = held.judged[:, 0] == 0
    alarms = float((held.probability[none, 0] >= output.threshold).mean())
    assert alarms <= FALSE_ALARMS["need"]
    assert output.false_alarms == pytest.approx(alarms, abs=1e-4)


SCORED = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.sampled_from(["a", "b"])), min_size=2, max_size=60
).filter(lambda rows: any(not shows for _, shows, _ in rows) and any(shows for _, shows, _ in rows))


@given(SCORED, st.sampled_from(["need", "flight", "lure"]))
def test_any_scores_get_a_threshold_with_few_false_alarms(
    rows: list[tuple[float, bool, str]], output: str
) -> None:
    score, shows = np.array([one for one, _, _ in rows]), np.array([float(one) for _, one, _ in rows])
    source = np.array([one for _, _, one in rows])
    threshold, told = training._threshold(output, score, shows, source)
    occurs = np.isin(source, np.unique(source[shows == 1]))
    parts = [(shows == 0) & occurs, *((source == one) & ~occurs for one in np.unique(source))]
    alarms = [float((score[part] >= threshold).mean()) for part in parts if part.any()]
    assert max(alarms) <= FALSE_ALARMS[output]
    assert told == pytest.approx(max(alarms), abs=1e-4)


def test_stance_has_the_threshold_of_the_highest_f1() -> None:
    score = np.array([0.1, 0.2, 0.3, 0.6, 0.7, 0.9])
    shows = np.array([0.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    threshold, alarms = training._threshold(FIRST_HAND, score, shows, np.array(["a"] * 6))
    assert ((score >= threshold) == (shows == 1)).all()
    assert alarms == 0


def test_probabilities_are_calibrated(learned: tuple[list[Example], Classifier, Held]) -> None:
    _, model, held = learned
    (output,) = model.outputs
    said, shows = held.probability[:, 0], held.judged[:, 0]
    assert said.mean() == pytest.approx(shows.mean(), abs=0.02)
    raw = 1 / (1 + np.exp(-held.logit[:, 0]))

    def entropy(probability: np.ndarray) -> float:
        return float(-np.mean(np.log(np.where(shows == 1, probability, 1 - probability))))

    assert entropy(said) <= entropy(raw) + 1e-6
    assert all(one.slope > 0 for one in output.calibrations.values())


def test_a_language_has_its_own_calibration_where_enough_of_it_was_judged(
    learned: tuple[list[Example], Classifier, Held],
) -> None:
    _, model, held = learned
    assert set(model.outputs[0].calibrations) == {ANY, "en"}
    assert (held.language == LANGUAGES.index("en")).sum() >= LEAST_POSTS
    assert 0 < (held.language == LANGUAGES.index("fr")).sum() < LEAST_POSTS
    few = train(posts(LEAST_POSTS + 20, share=LEAST_POSITIVES / 2 / LEAST_POSTS))[0]
    assert set(few.outputs[0].calibrations) == {ANY}


def test_small_numbers_say_what_the_large_ones_say(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of int8 against the weights as they were fitted, on posts that were not seen."""
    fits: list[tuple[np.ndarray, float]] = []
    fit: Callable[..., Any] = training._fit

    def watched(*arguments: Any) -> tuple[np.ndarray, float]:
        fits.append(fit(*arguments))
        return fits[-1]

    monkeypatch.setattr(training, "_fit", watched)
    examples = [*posts(200), *posts(100, source="two", seed=8)]
    model, _ = train(examples)
    weights, intercept = fits[-1]
    matrix, _, _ = training._matrix(examples, DETECTOR, SMALL)
    exact = matrix @ training._without_sources(weights, SMALL) + intercept
    texts = pa.array([one.text for one in examples], pa.large_string())
    judged = replace(DETECTOR, classifier=model).judge(texts, words.read(texts))
    assert np.abs(judged.logits[:, 0] - exact).max() < 0.1
    calibrated = training._calibrated(exact, model.outputs[0].calibrations, judged.spoken.language)
    assert np.abs(judged.probability[:, 0] - calibrated).max() < 0.02


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=30))
def test_rounding_loses_less_than_half_a_step(column: list[float]) -> None:
    weights = np.array(column)
    top, small = training._small(weights)
    assert small.dtype == np.int8
    kept = np.abs(weights) <= top
    step = top / training.CLIP
    assert (np.abs(small * step - weights)[kept] <= step / 2 + 1e-9).all()
    assert (np.abs(small[~kept]) == training.CLIP).all()


def test_a_weight_counts_and_an_emphasis_counts_for_its_output() -> None:
    """The same posts are judged one way by some and the other way by others; the heavier ones win."""
    yes = [replace(one, judged={"need": True}, group=f"y{at}") for at, one in enumerate(posts(60, share=0))]
    no = [replace(one, judged={"need": False}, group=f"n{at}") for at, one in enumerate(posts(60, share=0))]

    def mean(**heavier: Any) -> float:
        _, held = train([*(replace(one, **heavier) for one in yes), *no])
        return float(held.logit.mean())

    plain = mean()
    assert mean(weight=5.0) > plain + 0.5
    assert mean(emphasis={"need": 5.0}) == pytest.approx(mean(weight=5.0), abs=1e-6)
    assert mean(emphasis={"plea": 5.0}) == pytest.approx(plain)


@pytest.mark.parametrize("weight", [0.0, -1.0, float("nan")])
def test_a_weight_that_is_not_above_nothing_is_refused(weight: float) -> None:
    examples = posts(20)
    with pytest.raises(ValueError, match="weight is not above 0"):
        train([*examples, replace(examples[0], weight=weight)])


@pytest.mark.parametrize(
    "examples",
    [
        [],
        posts(20, share=0.0),
        posts(20, share=1.1),
        posts(20, output="offer"),
        [replace(one, judged={}, soft={"need": 0.5}) for one in posts(20)],
    ],
    ids=["nothing", "none shows it", "all show it", "no output", "a teacher alone"],
)
def test_nothing_that_was_judged_both_ways_is_refused(examples: list[Example]) -> None:
    with pytest.raises(ValueError, match="judged both ways"):
        train(examples)


def test_one_source_may_hold_what_shows_something_and_another_what_does_not() -> None:
    examples = [*posts(60, source="some", share=1.1), *posts(60, source="none", share=0.0, seed=8)]
    model, held = train(examples)
    assert not np.isnan(held.probability).any()
    said = probability(model, [f"the road {SHOWN} is closed", f"the road {OTHER} is closed"])
    assert said[0] > model.outputs[0].threshold > said[1]


def test_a_language_in_which_all_posts_show_something_has_no_calibration_of_its_own() -> None:
    rest = posts(60, source="fr", sentence=FRENCH, seed=8)
    model, _ = train([*posts(150, share=1.1), *rest])
    assert set(model.outputs[0].calibrations) == {ANY}


@pytest.mark.parametrize(
    "examples",
    [
        [replace(one, group="all") for one in posts(20)],
        [replace(one, group=str(one.judged)) for one in posts(20)],
        [one for one in posts(40) if one.judged["need"]][:1] + posts(20, share=0.0),
        posts(2, share=0.5, seed=3),
    ],
    ids=["one group", "a group a side", "one that shows it", "two posts"],
)
def test_too_few_groups_to_hold_some_back_are_refused_in_a_sentence(examples: list[Example]) -> None:
    with pytest.raises(ValueError, match=r"^(No category was judged both ways|Too few)[^\n]*\.$"):
        train(examples)


def test_what_comes_next_is_told() -> None:
    told: list[str] = []
    training.train_classifier(
        posts(40), name="x", detector=DETECTOR, card={}, progress=told.append, recipe=SMALL
    )
    assert told == ["read", *(f"need, part {part} of 3" for part in (1, 2, 3)), "need, all"]
    assert isinstance(DETECTOR, Detector)
