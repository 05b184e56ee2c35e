"""Labelled posts against what Fanal says of them: signals, stance and language, overall and by language."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from fanal.evaluate.gold import Labelled
from fanal.evaluate.ranking import measure
from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND
from fanal.signals.detect import Detector
from fanal.signals.language import LANGUAGES, identify
from fanal.text import words

DIGITS = 4


def signals(gold: Sequence[Labelled], category: Category, detector: Detector) -> dict[str, Any]:
    """Return the figures of one category: overall, and under `by_language` by the language that the gold names.

    >>> from fanal.signals.detect import load_detector
    >>> gold = [Labelled(text="We need water", language="en", labels=frozenset({"need"}))]
    >>> signals(gold, Category.NEED, load_detector())["recall"]
    1.0
    """
    texts = pa.array([one.text for one in gold], pa.large_string())
    judged = detector.judge(texts, words.read(texts))
    shows = np.array([category.value in one.labels for one in gold])
    place = list(Category).index(category)
    return {"category": category.value, "threshold": float(detector.thresholds()[place])} | _ranked(
        gold, judged.score[:, place], shows, judged.shows[:, place]
    )


def stance(gold: Sequence[Labelled], detector: Detector) -> dict[str, Any]:
    """Return the figures of the stance; what is looked for is `first_hand`."""
    texts = pa.array([one.text for one in gold], pa.large_string())
    judged = detector.judge(texts, words.read(texts))
    shows = np.array([FIRST_HAND in one.labels for one in gold])
    found = _ranked(gold, judged.first_hand_score, shows, judged.first_hand)
    return found | {"accuracy": _rounded(float((judged.first_hand == shows).mean()))}


def language(gold: Sequence[Labelled]) -> dict[str, Any]:
    """Return the accuracy of the language of each text; `und` counts as wrong, and its share is told.

    >>> gold = [Labelled(text="Where is the road to the camp?", language="en", labels=frozenset({"en"}))]
    >>> language(gold)["by_language"]
    {'en': {'posts': 1, 'accuracy': 1.0, 'und': 0.0, 'known': True}}
    """
    texts = pa.array([one.text for one in gold], pa.large_string())
    read = words.read(texts)
    said = np.array(LANGUAGES)[identify(read.folded, read.words, texts)]
    wanted = np.array([one.language for one in gold])
    return {
        "posts": len(gold),
        "accuracy": _rounded(float((said == wanted).mean())),
        "und": _rounded(float((said == "und").mean())),
        "by_language": {
            str(code): {
                "posts": int((wanted == code).sum()),
                "accuracy": _rounded(float((said == code)[wanted == code].mean())),
                "und": _rounded(float((said == "und")[wanted == code].mean())),
                "known": str(code) in LANGUAGES,
            }
            for code in np.unique(wanted)
        },
    }


def _ranked(
    gold: Sequence[Labelled],
    score: NDArray[np.float64],
    shows: NDArray[np.bool_],
    flagged: NDArray[np.bool_],
) -> dict[str, Any]:
    """Return the figures of a score, overall and by language."""
    spoken = np.array([one.language for one in gold])
    return _figures(score, shows, flagged) | {
        "by_language": {
            str(code): _figures(score[spoken == code], shows[spoken == code], flagged[spoken == code])
            for code in np.unique(spoken)
        }
    }


def _figures(
    score: NDArray[np.float64], shows: NDArray[np.bool_], flagged: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return a ranking for JSON, rounded."""
    return {
        name: _rounded(value) if isinstance(value, float) else value
        for name, value in asdict(measure(score, shows, threshold=1.0, flagged=flagged)).items()
    }


def _rounded(value: float) -> float:
    """Return a figure with the digits that are shown."""
    return round(value, DIGITS)
