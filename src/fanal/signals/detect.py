"""Detect: from posts to Signals, by the indicators of the lexicon that stand in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND, REPORT, SIGNAL_SCHEMA
from fanal.signals import combination
from fanal.signals.combination import Combinations
from fanal.signals.language import LANGUAGES, identify
from fanal.signals.lexicon import Indicator, load_lexicon
from fanal.signals.precedence import stays
from fanal.signals.stance import Marks, load_marks, reports
from fanal.text import words
from fanal.text.words import Text

THRESHOLD = 0.5
"""A category with a lower score is no Signal."""

CERTAIN = 1 - 1e-9
"""A weight of 1 counts as this, so that its logarithm stays a number."""

_CATEGORIES = tuple(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Hold an indicator lexicon, ready for matching."""

    name: str  # unique in the catalogue; a result records it
    indicators: tuple[Indicator, ...]  # i
    combinations: Combinations  # of the indicators' phrases
    category_of: NDArray[np.int64]  # i; place in Category
    doubt: NDArray[np.float64]  # i; log(1 - weight)
    speaks: NDArray[np.bool_]  # i × LANGUAGES; the indicator may stand in a post of this language
    marks: Marks
    threshold: float

    def detect(self, posts: pa.RecordBatch, text: Text | None = None) -> pa.RecordBatch:
        """Return the Signals of posts: one row for each post and category whose score reaches the threshold.

        An indicator stands in a post when its combination of phrases does (`combination.stand`), and the post's
        language is one of its own or `und`. The score of a category is the noisy-or 1 - prod(1 - weight) over its
        indicators in the post, each once (Pearl 1988, sec. 4.3.2): it takes them for independent and is not
        calibrated. A signal that gives way to another of its post (`precedence.stays`) is left out.

        Args:
            posts: POST_SCHEMA, n rows; only `text` is read.
            text: the posts' texts as `words.read` gives them; None: they are read here.

        Returns:
            SIGNAL_SCHEMA, in the order of posts and then of Category.
        """
        texts = posts["text"]
        read = text or words.read(texts)
        folded, found = read.folded, read.words
        language = identify(folded, found, texts)
        indicator, cells, count, score = self._scored(read, language)
        kept = score >= self.threshold
        kept[kept] = stays(*np.divmod(cells[kept], len(_CATEGORIES)))

        names = np.array([one.id for one in self.indicators], dtype=object)[indicator]
        lists = _lists(names[np.repeat(kept, count)], count[kept])
        row, category = np.divmod(cells[kept], len(_CATEGORIES))
        stance = np.where(reports(folded, found, self.marks)[row], REPORT, FIRST_HAND)
        columns = [
            pa.array(row, pa.int32()),
            pa.array(np.array(_CATEGORIES, dtype=object)[category], pa.string()),
            pa.array(score[kept], pa.float32()),
            pa.array(stance, pa.string()),
            pa.array(np.array(LANGUAGES, dtype=object)[language[row]], pa.string()),
            lists,
        ]
        return pa.RecordBatch.from_arrays(columns, schema=SIGNAL_SCHEMA)

    def scores(self, posts: pa.RecordBatch) -> NDArray[np.float64]:
        """Return the score of every post and category, those that make no Signal too: n × Category, from 0 to 1.

        For evaluation and for choosing a threshold; here no category gives way to another.

        >>> posts = pa.record_batch({"text": pa.array(["We need water", "A quiet day"])})
        >>> load_detector().scores(posts)[:, list(Category).index(Category.NEED)].round(1).tolist()
        [0.7, 0.0]
        """
        read = words.read(posts["text"])
        language = identify(read.folded, read.words, posts["text"])
        _, cells, _, score = self._scored(read, language)
        scores = np.zeros(len(posts) * len(_CATEGORIES))
        scores[cells] = score
        return scores.reshape(len(posts), len(_CATEGORIES))

    def _scored(self, read: Text, language: NDArray[np.int8]) -> tuple[NDArray[Any], ...]:
        """Return the indicators that stand in posts, by cell (post × category), and each cell's count and score."""
        # 1. The indicators that stand in a post, each once, if they speak its language.
        row, indicator = combination.stand(read, self.combinations)
        speaks = self.speaks[indicator, language[row]]
        row, indicator = row[speaks], indicator[speaks]

        # 2. One score for each post and category.
        cell = row * len(_CATEGORIES) + self.category_of[indicator]
        order = np.argsort(cell, kind="stable")
        cells, first, count = np.unique(cell[order], return_index=True, return_counts=True)
        doubt = np.add.reduceat(self.doubt[indicator[order]], first) if len(cells) else np.zeros(0)
        return indicator[order], cells, count, -np.expm1(doubt)


def make_detector(
    indicators: Sequence[Indicator], *, name: str = "lexicon", threshold: float = THRESHOLD
) -> Detector:
    """Make a detector of indicators.

    Args:
        indicators: at least one.
        name: what a result records.
        threshold: least score of a Signal, above 0 and at most 1.

    Raises:
        ValueError: there is no indicator, or the threshold is out of range.
    """
    if not indicators:
        raise ValueError("A detector needs at least one indicator.")
    if not 0 < threshold <= 1:
        raise ValueError(f"The threshold {threshold!r} is not above 0 and at most 1.")
    weights = np.array([indicator.weight for indicator in indicators])
    speaks = np.array([[one in indicator.languages for one in LANGUAGES] for indicator in indicators])
    speaks[:, 0] = True
    return Detector(
        name=name,
        indicators=tuple(indicators),
        combinations=combination.compile(indicators),
        category_of=np.array([_CATEGORIES.index(indicator.category) for indicator in indicators]),
        doubt=np.log1p(-np.minimum(weights, CERTAIN)),
        speaks=speaks,
        marks=load_marks(),
        threshold=threshold,
    )


def load_detector() -> Detector:
    """Return the detector of the lexicon that ships with Fanal.

    >>> load_detector().name
    'lexicon'
    """
    return make_detector(load_lexicon())


def _lists(names: NDArray[np.object_], count: NDArray[np.int64]) -> pa.ListArray:
    """Return a list of names for each Signal."""
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int32)
    kind = SIGNAL_SCHEMA.field("indicators").type
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(names, pa.string()), type=kind)
