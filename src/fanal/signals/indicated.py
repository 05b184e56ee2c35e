"""Indicated: the score that the indicators which stand in a post give to each category."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fanal.model.category import Category
from fanal.signals import combination
from fanal.signals.combination import Combinations
from fanal.signals.language import LANGUAGES
from fanal.signals.language_model import Identified
from fanal.signals.lexicon import Indicator
from fanal.text.words import Text

CERTAIN = 1 - 1e-9
"""A weight of 1 counts as this, so that its logarithm stays a number."""

SURE = 0.95
"""An indicator of another language is left out only where the post's language is at least so probable: a few words may
belong to several."""

_CATEGORIES = tuple(Category)


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicated:
    """Hold the indicators that stand in n posts, in the order of posts and then of Category."""

    cell: NDArray[np.int64]  # s; post × len(Category) + category
    indicator: NDArray[np.int64]  # s; a place in Lexicon.indicators
    score: NDArray[np.float64]  # n × Category, from 0 to 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexicon:
    """Hold indicators, ready for matching."""

    indicators: tuple[Indicator, ...]  # i
    combinations: Combinations  # of the indicators' phrases
    category_of: NDArray[np.int64]  # i; place in Category
    doubt: NDArray[np.float64]  # i; log(1 - weight)
    speaks: NDArray[np.bool_]  # i × LANGUAGES; the indicator may stand in a post of this language

    def indicate(self, read: Text, spoken: Identified) -> Indicated:
        """Say which indicators stand in posts, and score each category.

        An indicator stands in a post when its combination of phrases does (`combination.stand`), and the post's
        language is one of its own, `und`, or less sure than SURE. The score of a category is the noisy-or
        1 - prod(1 - weight) over its indicators in the post, each once (Pearl 1988, sec. 4.3.2): it takes them for
        independent and is not calibrated.
        """
        language = np.where(spoken.probability >= SURE, spoken.language, 0)
        row, indicator = combination.stand(read, self.combinations)
        speaks = self.speaks[indicator, language[row]]
        row, indicator = row[speaks], indicator[speaks]
        cell = row * len(_CATEGORIES) + self.category_of[indicator]
        order = np.argsort(cell, kind="stable")
        doubt = np.bincount(cell, self.doubt[indicator], len(read.folded) * len(_CATEGORIES))
        score = -np.expm1(doubt).reshape(len(read.folded), len(_CATEGORIES))
        return Indicated(cell=cell[order], indicator=indicator[order], score=score)


def compile(indicators: Sequence[Indicator]) -> Lexicon:  # noqa: A001 - as in re.compile
    """Make indicators ready for matching.

    Raises:
        ValueError: there is none, or a gap is written wrongly.
    """
    if not indicators:
        raise ValueError("A detector needs at least one indicator.")
    weights = np.array([indicator.weight for indicator in indicators])
    speaks = np.array([[one in indicator.languages for one in LANGUAGES] for indicator in indicators])
    speaks[:, 0] = True
    return Lexicon(
        indicators=tuple(indicators),
        combinations=combination.compile(indicators),
        category_of=np.array([_CATEGORIES.index(indicator.category) for indicator in indicators]),
        doubt=np.log1p(-np.minimum(weights, CERTAIN)),
        speaks=speaks,
    )
