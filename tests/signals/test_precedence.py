"""A post that shows a plea shows no offer, whatever words it uses."""

from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from fanal.model.category import Category
from fanal.signals.detect import make_detector
from fanal.signals.lexicon import Indicator
from fanal.signals.precedence import stays

Posts = Callable[[Sequence[str]], pa.RecordBatch]


def one(category: Category, phrase: str, weight: float) -> Indicator:
    """Return an indicator of one phrase."""
    return Indicator(
        id=f"{category}.{phrase}",
        category=category,
        languages=("en",),
        groups=((phrase,),),
        weight=weight,
        source="test",
        examples=(),
        negatives=(),
    )


PACK = (
    one(Category.OFFER, "alpha", 0.9),
    one(Category.PLEA, "beta", 0.6),
    one(Category.PLEA, "delta", 0.3),
    one(Category.ARMS, "gamma", 0.9),
)


def test_a_plea_that_matches_the_words_of_an_offer_is_a_plea(posts: Posts) -> None:
    rows = make_detector(PACK).detect(posts(["alpha beta", "alpha", "beta", "alpha gamma beta"])).to_pylist()
    assert [(row["row"], row["category"]) for row in rows] == [
        (0, "plea"),
        (1, "offer"),
        (2, "plea"),
        (3, "plea"),
        (3, "arms"),
    ]


def test_a_plea_under_the_threshold_is_none(posts: Posts) -> None:
    rows = make_detector(PACK).detect(posts(["alpha delta"])).to_pylist()
    assert [row["category"] for row in rows] == ["offer"]


def test_scores_are_told_as_they_are(posts: Posts) -> None:
    scores = make_detector(PACK).scores(posts(["alpha beta"]))[0]
    assert scores[list(Category).index(Category.OFFER)] > 0.5


def test_nothing_gives_way_to_nothing() -> None:
    assert stays(np.zeros(0, np.int64), np.zeros(0, np.int64)).tolist() == []
