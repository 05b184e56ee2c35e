"""Detect: from posts to Signals, by the indicators of the lexicon that stand in them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND, REPORT, SIGNAL_SCHEMA
from fanal.signals.language import LANGUAGES, identify_with
from fanal.signals.language_model import Identified
from fanal.signals.lexicon import Indicator, load_lexicon
from fanal.signals.stance import Marks, load_marks, reports
from fanal.text import phrases, words
from fanal.text.phrases import Phrases, match
from fanal.text.words import Text

THRESHOLD = 0.5
"""A category with a lower score is no Signal."""

CERTAIN = 1 - 1e-9
"""A weight of 1 counts as this, so that its logarithm stays a number."""

SURE = 0.95
"""An indicator of another language is left out only where the post's language is at least so probable: a few words may
belong to several."""

_CATEGORIES = tuple(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """Hold an indicator lexicon, ready for matching."""

    name: str  # unique in the catalogue; a result records it
    indicators: tuple[Indicator, ...]  # i
    phrases: Phrases  # numbered by group
    indicator_of: NDArray[np.int64]  # of each group of phrases
    groups_of: NDArray[np.int64]  # i; groups that must all be present
    category_of: NDArray[np.int64]  # i; place in Category
    doubt: NDArray[np.float64]  # i; log(1 - weight)
    speaks: NDArray[np.bool_]  # i × LANGUAGES; the indicator may stand in a post of this language
    marks: Marks
    threshold: float

    def detect(self, posts: pa.RecordBatch, text: Text | None = None) -> pa.RecordBatch:
        """Return the Signals of posts: one row for each post and category whose score reaches the threshold.

        An indicator stands in a post when a phrase of each of its groups does, and the post's language is one of its
        own, `und`, or less sure than SURE. The score of a category is the noisy-or 1 - prod(1 - weight) over its
        indicators in the post, each once (Pearl 1988, sec. 4.3.2): it takes them for independent and is not calibrated.

        Args:
            posts: POST_SCHEMA, n rows; only `text` is read.
            text: the posts' texts as `words.read` gives them; None: they are read here.

        Returns:
            SIGNAL_SCHEMA, in the order of posts and then of Category.
        """
        texts = posts["text"]
        read = text or words.read(texts)
        folded, found = read.folded, read.words
        spoken = identify_with(read, texts)
        language = spoken.language
        indicator, cells, count, score = self._scored(read, spoken)
        kept = score >= self.threshold

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

        For evaluation and for choosing a threshold.

        >>> posts = pa.record_batch({"text": pa.array(["We need water", "A quiet day"])})
        >>> load_detector().scores(posts)[:, list(Category).index(Category.NEED)].round(1).tolist()
        [0.7, 0.0]
        """
        read = words.read(posts["text"])
        _, cells, _, score = self._scored(read, identify_with(read, posts["text"]))
        scores = np.zeros(len(posts) * len(_CATEGORIES))
        scores[cells] = score
        return scores.reshape(len(posts), len(_CATEGORIES))

    def _scored(self, read: Text, spoken: Identified) -> tuple[NDArray[Any], ...]:
        """Return the indicators that stand in posts, by cell (post × category), and each cell's count and score."""
        language = np.where(spoken.probability >= SURE, spoken.language, 0)
        seen = match(read.words, read.folded, self.phrases, clitics=True)

        # 1. The groups that stand in a post, each once; then the indicators of which none is missing.
        groups = len(self.indicator_of)
        pairs = np.unique(seen.row * groups + seen.number)
        size = len(self.indicators)
        held, present = np.unique(
            pairs // groups * size + self.indicator_of[pairs % groups], return_counts=True
        )
        row, indicator = np.divmod(held, size)
        stands = (present == self.groups_of[indicator]) & self.speaks[indicator, language[row]]
        row, indicator = row[stands], indicator[stands]

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
    group_phrases: list[tuple[str, int]] = []
    indicator_of: list[int] = []
    for place, indicator in enumerate(indicators):
        for group in indicator.groups:
            group_phrases += [(phrase, len(indicator_of)) for phrase in group]
            indicator_of.append(place)
    weights = np.array([indicator.weight for indicator in indicators])
    speaks = np.array([[one in indicator.languages for one in LANGUAGES] for indicator in indicators])
    speaks[:, 0] = True
    return Detector(
        name=name,
        indicators=tuple(indicators),
        phrases=phrases.compile(group_phrases),
        indicator_of=np.array(indicator_of),
        groups_of=np.array([len(indicator.groups) for indicator in indicators]),
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
