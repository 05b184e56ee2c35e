"""Detect: from posts to Signals, by the indicators that stand in them and by the classifier."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND, REPORT, SIGNAL_SCHEMA
from fanal.signals import classifier as trained
from fanal.signals import indicated
from fanal.signals.classifier import CATEGORIES, Classifier, load_classifier
from fanal.signals.indicated import Indicated, Lexicon
from fanal.signals.language import LANGUAGES
from fanal.signals.language_model import Identified, load_model
from fanal.signals.lexicon import Indicator, load_lexicon
from fanal.signals.precedence import GIVES_WAY, stays
from fanal.signals.stance import Marks, load_marks, reports
from fanal.text import words
from fanal.text.capitals import capitals
from fanal.text.marks import marks
from fanal.text.weights import weigh
from fanal.text.words import Text

THRESHOLD = 0.5
"""A category whose indicators give it a lower score is no Signal, unless the classifier says so."""

MODEL = "model:"
"""Begins the name of a classifier among the reasons of a Signal."""

KEPT = (Category.FLIGHT,)
"""What indicators see of these shows whatever a classifier says: its labels are of floods and storms, where people are
evacuated, and hardly any are of people who flee from others."""

_ALL = tuple(Category)
_TOLD = [_ALL.index(category) for category in CATEGORIES]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Hold what is said of n posts."""

    spoken: Identified
    indicated: Indicated
    logits: NDArray[np.float64]  # n × the classifier's outputs, not calibrated
    probability: NDArray[np.float64]  # n × the classifier's outputs
    score: NDArray[np.float64]  # n × Category, from 0 to 1
    shows: NDArray[np.bool_]  # n × Category; it is a Signal, if no other of its post comes first
    by_model: NDArray[np.bool_]  # n × Category; the classifier alone would say so
    first_hand: NDArray[np.bool_]  # n
    first_hand_score: NDArray[np.float64]  # n, from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Hold what signals are found with."""

    name: str  # unique in the catalogue; a result records it
    lexicon: Lexicon
    marks: Marks  # of reporting
    threshold: float  # of the indicators' scores
    classifier: Classifier | None  # None: indicators alone

    @property
    def indicators(self) -> tuple[Indicator, ...]:
        """Return the indicators, in the order of their numbers."""
        return self.lexicon.indicators

    def thresholds(self) -> NDArray[np.float64]:
        """Return from which score on each category is a Signal in a language that the classifier covers: Category.

        Elsewhere, and for what has no output, it is `threshold` for a score that indicators give.
        """
        every = np.full(len(_ALL), self.threshold)
        for output in self.classifier.outputs if self.classifier else ():
            if output.name in _ALL:
                every[_ALL.index(Category(output.name))] = output.threshold
        return every

    def detect(self, posts: pa.RecordBatch, text: Text | None = None) -> pa.RecordBatch:
        """Return the Signals of posts: one row for each post and category that it shows.

        Args:
            posts: POST_SCHEMA, n rows; only `text` is read.
            text: the posts' texts as `words.read` gives them; None: they are read here.

        Returns:
            SIGNAL_SCHEMA, in the order of posts and then of Category. Among the reasons stand the indicators and,
            behind MODEL, the classifier where it alone would have said so.
        """
        read = text or words.read(posts["text"])
        judged = self.judge(posts["text"], read)
        row, category = np.nonzero(judged.shows)
        stay = stays(row, category)
        row, category = row[stay], category[stay]
        cell = row * len(_ALL) + category
        columns = [
            pa.array(row, pa.int32()),
            _named(_ALL, category),
            pa.array(judged.score[row, category], pa.float32()),
            _named((REPORT, FIRST_HAND), judged.first_hand[row].astype(np.int8)),
            _named(LANGUAGES, judged.spoken.language[row]),
            self._reasons(judged, cell, judged.by_model[row, category]),
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SIGNAL_SCHEMA)

    def judge(self, texts: pa.Array | pa.ChunkedArray, read: Text) -> Judged:
        """Judge posts: language, indicators, categories, stance.

        Where labels of the post's language covered a category, its score is the classifier's calibrated probability,
        to which the indicators have contributed. Elsewhere it is the higher one of that and of the indicators' score,
        and not calibrated. A category shows when its probability reaches the output's threshold, or, where labels did
        not cover the language, when its indicators' score reaches `threshold`; of KEPT it then shows in any language,
        with at least the score of the output's threshold. A plea that indicators see shows in any language where the
        post would be an offer otherwise. Stance is the classifier's where labels covered the
        language, elsewhere the rule's.
        """
        # 1. One pass over the hashes for both models.
        speech = load_model()
        model = self.classifier
        weighed = weigh(read, language=speech.weights, classifier=model.weights if model else None)
        spoken = speech.identify(read, texts, weighed)

        # 2. Indicators, alone enough where there is no classifier.
        found = self.lexicon.indicate(read, spoken)
        reported = reports(read.folded, read.words, self.marks)
        score, shows = found.score.copy(), found.score >= self.threshold
        by_model = np.zeros_like(shows)
        if model is None:
            empty = np.zeros((len(reported), 0))
            return Judged(
                spoken=spoken,
                indicated=found,
                logits=empty,
                probability=empty,
                score=score,
                shows=shows,
                by_model=by_model,
                first_hand=~reported,
                first_hand_score=(~reported).astype(np.float64),
            )

        # 3. The classifier, with the indicators' scores and the rule of stance among its signs.
        signs = trained.signs_of(marks(read.folded), capitals(texts), reported, found.score[:, _TOLD])
        logits = model.logits(weighed.classifier, weighed.classifier_grams, signs)
        probability = model.probabilities(logits, spoken.language, LANGUAGES)
        first_hand, first_hand_score = ~reported, (~reported).astype(np.float64)
        for place, output in enumerate(model.outputs):
            says = probability[:, place] >= output.threshold
            covered = model.covers(place, LANGUAGES)[spoken.language]
            if output.name == FIRST_HAND:
                first_hand = np.where(covered, says, first_hand)
                first_hand_score = np.where(covered, probability[:, place], first_hand_score)
                continue
            category = _ALL.index(Category(output.name))
            kept = shows[:, category] & (Category(output.name) in KEPT)
            least = np.where(kept, output.threshold, 0.0)
            score[:, category] = np.maximum(
                np.where(
                    covered, probability[:, place], np.maximum(probability[:, place], score[:, category])
                ),
                least,
            )
            shows[:, category] = np.where(covered, says | kept, says | shows[:, category])
            by_model[:, category] = says

        # 4. What gives way to indicators gives way to them still, whatever the classifier says of these.
        for weak, strong in GIVES_WAY:
            there = found.score[:, _ALL.index(strong)] >= self.threshold
            shows[:, _ALL.index(strong)] |= shows[:, _ALL.index(weak)] & there
        return Judged(
            spoken=spoken,
            indicated=found,
            logits=logits,
            probability=probability,
            score=score,
            shows=shows,
            by_model=by_model,
            first_hand=first_hand,
            first_hand_score=first_hand_score,
        )

    def scores(self, posts: pa.RecordBatch) -> NDArray[np.float64]:
        """Return the score of every post and category, those that make no Signal too: n × Category, from 0 to 1.

        For evaluation and for choosing a threshold; here no category gives way to another.

        >>> posts = pa.record_batch({"text": pa.array(["We need water and food", "A quiet day"])})
        >>> scores = load_detector().scores(posts)[:, list(Category).index(Category.NEED)]
        >>> bool(scores[0] > 0.5 > scores[1])
        True
        """
        return self.judge(posts["text"], words.read(posts["text"])).score

    def _reasons(self, judged: Judged, cell: NDArray[np.int64], by_model: NDArray[np.bool_]) -> pa.ListArray:
        """Return the names behind each Signal: its indicators, then the classifier."""
        names = [one.id for one in self.indicators]
        place = np.searchsorted(cell, judged.indicated.cell)
        inside = place < len(cell)
        inside[inside] = cell[place[inside]] == judged.indicated.cell[inside]
        place, listed = place[inside], judged.indicated.indicator[inside]
        if self.classifier and by_model.any():
            said = np.flatnonzero(by_model)
            place = np.concatenate([place, said])
            listed = np.concatenate([listed, np.full(len(said), len(names))])
            names.append(MODEL + self.classifier.name)
            order = np.argsort(place, kind="stable")
            place, listed = place[order], listed[order]
        offsets = np.searchsorted(place, np.arange(len(cell) + 1)).astype(np.int32)
        kind = SIGNAL_SCHEMA.field("indicators").type
        return pa.ListArray.from_arrays(pa.array(offsets), _named(names, listed), type=kind)


def _named(names: Sequence[str], places: NDArray[np.integer[Any]]) -> pa.StringArray:
    """Return the name at each place, as Arrow; no Python string is made for each."""
    return pa.array(names, pa.string()).take(pa.array(places))


def make_detector(
    indicators: Sequence[Indicator],
    *,
    name: str = "lexicon",
    threshold: float = THRESHOLD,
    classifier: Classifier | None = None,
) -> Detector:
    """Make a detector.

    Args:
        indicators: at least one.
        name: what a result records.
        threshold: least score that indicators give to a Signal, above 0 and at most 1.
        classifier: None: indicators alone.

    Raises:
        ValueError: there is no indicator, or the threshold is out of range.
    """
    if not 0 < threshold <= 1:
        raise ValueError(f"The threshold {threshold!r} is not above 0 and at most 1.")
    return Detector(
        name=name,
        lexicon=indicated.compile(indicators),
        marks=load_marks(),
        threshold=threshold,
        classifier=classifier,
    )


def load_detector(classifier: Classifier | None = None) -> Detector:
    """Return the detector that ships with Fanal: all indicators, and its own classifier unless another one is given.

    >>> load_detector().name
    'fanal-2'
    """
    model = classifier or load_classifier()
    return make_detector(load_lexicon(), name=model.name, classifier=model)
