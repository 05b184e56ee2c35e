"""Training of the classifier: logistic regression over hashed grams, calibrated on posts that it did not see."""

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND
from fanal.signals import classifier as trained
from fanal.signals.classifier import ANY, CATEGORIES, OUTPUTS, SIGNS, Calibration, Classifier, Output
from fanal.signals.detect import Detector
from fanal.signals.example import Example
from fanal.signals.language import LANGUAGES, identify_with
from fanal.signals.stance import reports
from fanal.text import words
from fanal.text.capitals import capitals
from fanal.text.grams import CLASSIFIER_READS, buckets, features
from fanal.text.marks import marks
from fanal.text.weights import CLASSIFIER_WIDTH, Weights

CLIP = 127
FALSE_ALARMS: Mapping[str, float] = {
    Category.NEED: 0.05,
    Category.PLEA: 0.05,
    Category.FLIGHT: 0.03,
    Category.ATTACK: 0.03,
    Category.LURE: 0.01,
}
"""Share of the posts without a category that may reach its threshold: of those in the collections where it occurs,
and of those in each collection where it does not. For stance, where neither side is an alarm, the threshold is the one
with the highest F1."""

LEAST_POSTS, LEAST_POSITIVES = 100, 30
"""Labelled posts of a language, and those of them on each side, for a calibration of its own."""

_TOLD = [list(Category).index(category) for category in CATEGORIES]

Progress = Callable[[str], object]
Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Hold how a classifier is trained."""

    bits: int = 19  # buckets are 2**bits
    cap: int = 1000  # letters of a text that are read
    strength: Mapping[str, float] | None = None  # inverse of the penalty, by output; others as in STRENGTHS
    trust: float = 0.5  # share of a person's word where a teacher spoke too
    unlabelled: float = 0.3  # weight of a post that only a teacher judged
    folds: int = 3  # parts of the posts, each judged by a model that did not see it, for calibration


STRENGTH = 4.0
STRENGTHS: Mapping[str, float] = {Category.FLIGHT: 2.0}
"""Inverse of the penalty of some outputs; all others have STRENGTH."""

MARK, INDICATOR, SOURCE, EVENT = 0.25, 0.1, 1.0, 2.0
"""How large a sign is beside the grams of a text, whose squares add up to about 1: a larger one is penalised less."""

LEAST_EVENT = 50
"""Posts from which on a group is an event with an intercept of its own."""

LEAST_GROUPS = 3
"""Groups that a row of the table was learned from; of what stands in fewer the model keeps no weight, so that the words
of a single post cannot be tried out on it."""

RARITY = 0.5
"""Power of the inverse document frequency that grams are weighted with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Hold what models said of posts that they did not see."""

    logit: NDArray[np.float64]  # n × outputs; NaN where nobody judged
    judged: NDArray[np.float64]  # n × outputs; 1, 0, or NaN where nobody judged
    probability: NDArray[np.float64]  # n × outputs, calibrated (by all held-out posts: see docs/signals.md)
    language: NDArray[np.int8]  # n; places in LANGUAGES
    fold: NDArray[np.int64]  # n; the part that each post was held out with


def train_classifier(
    examples: Sequence[Example],
    *,
    name: str,
    detector: Detector,
    card: Mapping[str, Any],
    progress: Progress,
    recipe: Recipe | None = None,
) -> tuple[Classifier, Held]:
    """Train a classifier, and calibrate it by cross-validation grouped by `Example.group`.

    For each output, L2-penalised logistic regression (liblinear, Fan et al. 2008) over grams weighted by their inverse
    document frequency, the signs of `classifier.SIGNS` and intercepts of sources and of events; the intercepts are
    dropped afterwards. A gram that stands in fewer than LEAST_GROUPS groups has no weight. Where a teacher spoke, the
    target is a mean of both (distillation: Hinton, Vinyals and Dean 2015). Nothing is drawn by chance: the same
    examples give the same bytes with the same libraries on the same kind of processor.

    Args:
        examples: posts; an output is trained if a person judged it both ways somewhere.
        name: what a result records.
        detector: gives the indicators' scores and the rule of stance; its classifier is not asked.
        card: kept in the file, for people.
        progress: told what comes next.
        recipe: how; None: as the shipped model.

    Returns:
        The classifier, and what its cross-validation said of each example.

    Raises:
        ValueError: no output was judged both ways, too few groups were to hold some back, or a weight is not above 0.
    """
    chosen = recipe or Recipe()
    progress("read")
    judged = _table(examples, lambda one: one.judged)
    soft = _table(examples, lambda one: one.soft)
    weight = np.array([one.weight for one in examples], np.float64)
    if not (weight > 0).all():
        raise ValueError("A weight is not above 0.")
    places = [at for at in range(len(OUTPUTS)) if {0.0, 1.0} <= set(judged[:, at])]
    if not places:
        raise ValueError("No category was judged both ways.")
    matrix, scale, language = _matrix(examples, detector, chosen)
    fold = _folds(examples, chosen.folds)
    sources = np.array([one.source for one in examples])
    events = _events(examples)

    table = np.zeros((1 << chosen.bits, CLASSIFIER_WIDTH), np.int8)
    outputs, unit, signs, bias = [], [], [], []
    logit = np.full((len(examples), len(places)), np.nan)
    probability = np.full_like(logit, np.nan)
    for place, at in enumerate(places):
        output = OUTPUTS[at]
        strength = {**STRENGTHS, **(chosen.strength or {})}.get(output, STRENGTH)
        asked = ~np.isnan(judged[:, at])
        target = _target(judged[:, at], soft[:, at], chosen)
        stress = np.where(asked, weight, weight * chosen.unlabelled)
        stress *= np.array([one.emphasis.get(output, 1.0) for one in examples])
        seen = matrix @ _kept(judged[:, at], [sources, events], matrix.shape[1])
        for part in range(chosen.folds):
            progress(f"{output}, part {part + 1} of {chosen.folds}")
            learn = ~np.isnan(target) & (fold != part)
            tried = asked & (fold == part)
            if len(set(judged[learn & asked, at])) < 2 or not tried.any():
                continue
            fitted, intercept = _fit(seen[learn], target[learn], stress[learn], strength)
            logit[tried, place] = matrix[tried] @ _without_sources(fitted, chosen) + intercept
        if len(set(judged[~np.isnan(logit[:, place]), at])) < 2:
            raise ValueError(
                f"Too few groups of posts were judged for {output} to hold some back on both sides."
            )
        progress(f"{output}, all")
        learn = ~np.isnan(target)
        fitted, intercept = _fit(seen[learn], target[learn], stress[learn], strength)
        top, column = _small(fitted[: 1 << chosen.bits] * scale[: 1 << chosen.bits])
        table[:, place] = column
        unit.append(top / CLIP)
        behind = slice(1 << chosen.bits, (1 << chosen.bits) + len(SIGNS))
        signs.append(fitted[behind] * scale[behind])
        bias.append(intercept)
        calibrations = _calibrations(logit[:, place], judged[:, at], language, sources)
        probability[:, place] = _calibrated(logit[:, place], calibrations, language)
        threshold, alarms = _threshold(output, probability[:, place], judged[:, at], sources)
        outputs.append(
            Output(name=output, threshold=threshold, false_alarms=alarms, calibrations=calibrations)
        )
    model = Classifier(
        name=name,
        outputs=tuple(outputs),
        weights=Weights(table=table, bits=chosen.bits, cap=chosen.cap),
        scale=np.array(unit),
        signs=np.array(signs).T.copy(),
        bias=np.array(bias),
        card=dict(card),
    )
    return model, Held(
        logit=logit, judged=judged[:, places], probability=probability, language=language, fold=fold
    )


def _table(
    examples: Sequence[Example], said: Callable[[Example], Mapping[str, float | bool]]
) -> NDArray[np.float64]:
    """Return what was said of each post and output; NaN where nothing was."""
    every = [[said(one).get(output, np.nan) for output in OUTPUTS] for one in examples]
    return np.array(every, np.float64).reshape(-1, len(OUTPUTS))


def _target(judged: Vector, soft: Vector, recipe: Recipe) -> Vector:
    """Return what to learn: a person's word, a teacher's, or a mean of both."""
    both = recipe.trust * judged + (1 - recipe.trust) * soft
    return np.where(np.isnan(soft), judged, np.where(np.isnan(judged), soft, both))


def _matrix(
    examples: Sequence[Example], detector: Detector, recipe: Recipe
) -> tuple[Any, NDArray[np.float64], NDArray[np.int8]]:
    """Return the features of posts (grams, signs, sources, events), what each is multiplied with, and the languages."""
    texts = pa.array([one.text for one in examples], pa.large_string())
    read = words.read(texts)
    spoken = identify_with(read, texts)
    offsets, hashes = features(read, kinds=CLASSIFIER_READS, cap=recipe.cap)
    size = 1 << recipe.bits
    shape = (len(examples), size)
    grams = sparse.csr_matrix(
        (np.ones(len(hashes)), buckets(hashes, recipe.bits), offsets), shape=shape, dtype=np.float64
    )
    count = np.maximum(np.diff(offsets), 1)
    grams.sum_duplicates()
    rare = (np.log((1 + len(examples)) / (1 + np.bincount(grams.indices, minlength=size))) + 1) ** RARITY
    rare *= _groups(examples, grams) >= LEAST_GROUPS
    grams.data *= rare[grams.indices] / np.repeat(np.sqrt(count), np.diff(grams.indptr))
    grams.eliminate_zeros()
    length = float(np.sqrt(np.asarray(grams.multiply(grams).sum(axis=1)).ravel().mean())) or 1.0
    grams.data /= length

    scores = detector.lexicon.indicate(read, spoken).score[:, _TOLD]
    signs = trained.signs_of(
        marks(read.folded), capitals(texts), reports(read.folded, read.words, detector.marks), scores
    )
    sizes = np.array([INDICATOR if sign.startswith("indicator") else MARK for sign in SIGNS])
    sources, events = np.array([one.source for one in examples]), _events(examples)
    intercepts = sparse.hstack([SOURCE * _one_of(sources), EVENT * _one_of(events)])
    matrix = sparse.hstack([grams, sparse.csr_matrix(signs * sizes), intercepts]).tocsr()
    return matrix, np.concatenate([rare / length, sizes, np.ones(intercepts.shape[1])]), spoken.language


def _groups(examples: Sequence[Example], grams: Any) -> NDArray[np.int64]:
    """Return in how many groups each bucket of grams stands."""
    number: dict[str, int] = {}
    group = [number.setdefault(one.group, len(number)) for one in examples]
    ones = np.ones(len(group), np.int64)
    member = sparse.csr_matrix((ones, (group, np.arange(len(group)))), shape=(len(number), len(group)))
    found: NDArray[np.int64] = (member @ (grams > 0).astype(np.int64)).getnnz(axis=0)
    return found


def _events(examples: Sequence[Example]) -> NDArray[np.str_]:
    """Return the event of each post: its group, where that is large; else nothing."""
    size: dict[str, int] = {}
    for one in examples:
        size[one.group] = size.get(one.group, 0) + 1
    return np.array([one.group if size[one.group] >= LEAST_EVENT else "" for one in examples], np.str_)


def _one_of(names: NDArray[np.str_]) -> Any:
    """Return a matrix with a column for each name but the empty one, and a 1 where it stands."""
    every = np.unique(names[names != ""])
    row = np.flatnonzero(names != "")
    column = np.searchsorted(every, names[row])
    return sparse.csr_matrix((np.ones(len(row)), (row, column)), shape=(len(names), len(every)))


def _kept(judged: Vector, intercepts: Sequence[NDArray[np.str_]], columns: int) -> Any:
    """Return a diagonal matrix that keeps of the sources, and of the events, those in which a category was found.

    Where it was found in one only, an intercept would learn the collection in place of the category.
    """
    keep = []
    for names in intercepts:
        every = np.unique(names[names != ""])
        found = np.array([(judged[names == name] == 1).any() for name in every], np.float64)
        keep.append(found if found.sum() > 1 else np.zeros(len(every)))
    behind = np.concatenate(keep)
    return sparse.diags(np.concatenate([np.ones(columns - len(behind)), behind])).tocsr()


def _without_sources(fitted: Vector, recipe: Recipe) -> Vector:
    """Return the weights as they are used, where no source and no event is known."""
    used = fitted.copy()
    used[(1 << recipe.bits) + len(SIGNS) :] = 0
    return used


def _folds(examples: Sequence[Example], folds: int) -> NDArray[np.int64]:
    """Return the part of each post: groups stay together, and each source is spread over all parts."""
    sizes: dict[tuple[str, str], int] = {}
    for one in examples:
        sizes[one.source, one.group] = sizes.get((one.source, one.group), 0) + 1
    part: dict[str, int] = {}
    filled: dict[str, list[int]] = {}
    for (source, group), size in sorted(
        sizes.items(), key=lambda item: (-item[1], zlib.crc32(item[0][1].encode()), item[0])
    ):
        full = filled.setdefault(source, [0] * folds)
        chosen = part.setdefault(group, int(np.argmin(full)))
        full[chosen] += size
    return np.array([part[one.group] for one in examples])


def _fit(matrix: Any, target: Vector, stress: Vector, strength: float) -> tuple[Vector, float]:
    """Return weights and intercept; a target between 0 and 1 counts as a share of a post on either side."""
    some, none = target > 0, target < 1
    both = sparse.vstack([matrix[some], matrix[none]]).tocsr()
    side = np.concatenate([np.ones(some.sum()), np.zeros(none.sum())])
    share = np.concatenate([(target * stress)[some], ((1 - target) * stress)[none]])
    model = LogisticRegression(C=strength, solver="liblinear", random_state=0, max_iter=200)
    model.fit(both, side, sample_weight=share)
    return model.coef_[0].astype(np.float64), float(model.intercept_[0])


def _small(column: Vector) -> tuple[float, NDArray[np.int8]]:
    """Return weights as small numbers, and what the largest stands for; the few that are larger are cut."""
    size = np.abs(column)
    top = float(np.quantile(size[size > 0], 0.9999)) if size.any() else 1.0
    return top, np.clip(np.rint(column * (CLIP / top)), -CLIP, CLIP).astype(np.int8)


def _calibrations(
    logit: Vector, judged: Vector, language: NDArray[np.int8], sources: NDArray[np.str_]
) -> dict[str, Calibration]:
    """Return the calibration of each language that has enough posts, and of all together.

    Collections in which nothing shows the category say nothing about its probability and are left out, unless there
    are no other posts without it.
    """
    shown = {source for source in np.unique(sources) if (judged[sources == source] == 1).any()}
    told = ~np.isnan(logit) & ~np.isnan(judged)
    known = told & np.isin(sources, sorted(shown))
    if len(set(judged[known])) < 2:
        known = told
    found = {ANY: _platt(logit[known], judged[known])}
    for place, code in enumerate(LANGUAGES):
        own = known & (language == place)
        sides = (judged[own] == 1).sum(), (judged[own] == 0).sum()
        if place and own.sum() >= LEAST_POSTS and min(sides) >= LEAST_POSITIVES:
            found[code] = _platt(logit[own], judged[own])
    return found


def _platt(logit: Vector, judged: Vector) -> Calibration:
    """Fit a probability to logits (Platt 1999)."""
    model = LogisticRegression(C=1e6, solver="lbfgs", max_iter=1000).fit(logit[:, None], judged)
    return Calibration(slope=round(float(model.coef_[0, 0]), 6), offset=round(float(model.intercept_[0]), 6))


def _calibrated(logit: Vector, calibrations: Mapping[str, Calibration], language: NDArray[np.int8]) -> Vector:
    """Return probabilities; NaN stays."""
    own = [calibrations.get(code, calibrations[ANY]) for code in LANGUAGES]
    slope = np.array([one.slope for one in own])[language]
    offset = np.array([one.offset for one in own])[language]
    probability: Vector = 1 / (1 + np.exp(-np.clip(slope * logit + offset, -50, 50)))
    return probability


def _threshold(
    output: str, probability: Vector, judged: Vector, sources: NDArray[np.str_]
) -> tuple[float, float]:
    """Return the threshold, and the largest share of posts without the category that reach it."""
    known = ~np.isnan(probability) & ~np.isnan(judged)
    score, shows, where = probability[known], judged[known] == 1, sources[known]
    if output == FIRST_HAND:
        steps = np.unique(np.quantile(score, np.linspace(0, 1, 201)))
        f1 = [2 * (shows & (score >= one)).sum() / (shows.sum() + (score >= one).sum()) for one in steps]
        threshold = float(steps[int(np.argmax(f1))])
    else:
        # Collections in which the category occurs are one; each of the others must keep the share by itself.
        where = np.where(np.isin(where, np.unique(where[shows])), "", where)
        allowed = FALSE_ALARMS[output]
        threshold = max(
            float(np.quantile(score[~shows & (where == one)], 1 - allowed, method="higher"))
            for one in np.unique(where[~shows])
        )
    threshold = round(threshold, 4) + 1e-4
    alarms = max(
        float((score[~shows & (where == one)] >= threshold).mean()) for one in np.unique(where[~shows])
    )
    return round(threshold, 4), round(alarms, 4)
