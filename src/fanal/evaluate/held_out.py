"""Held out: how well a classifier does on the posts that it did not see, by language and by collection."""

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.ranking import measure
from fanal.signals.language import LANGUAGES

DIGITS = 4
LEAST_POSITIVES = 10
"""A language with fewer posts that show something is not told apart."""


def figures(
    probability: NDArray[np.float64],
    judged: NDArray[np.float64],
    language: NDArray[np.int8],
    source: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, Any]:
    """Return the figures of one output: overall, `by_language` and `by_source`.

    Args:
        probability: n; NaN where nothing was said.
        judged: n; 1, 0, or NaN where nobody judged.
        language: n; places in LANGUAGES.
        source: n; the collection of each post.
        threshold: from which probability on a post is flagged.

    >>> said, judged = np.array([0.9, 0.2, np.nan]), np.array([1.0, 0.0, 1.0])
    >>> made = figures(said, judged, np.array([1, 1, 1]), np.array(["a", "a", "a"]), threshold=0.5)
    >>> made["posts"], made["recall"], list(made["by_source"])
    (2, 1.0, ['a'])
    """
    known = ~np.isnan(probability) & ~np.isnan(judged)
    score, shows, language, source = probability[known], judged[known] == 1, language[known], source[known]

    def some(chosen: NDArray[np.bool_]) -> dict[str, Any]:
        made = asdict(measure(score[chosen], shows[chosen], threshold=threshold))
        return {name: round(one, DIGITS) if isinstance(one, float) else one for name, one in made.items()}

    spoken = [place for place in np.unique(language) if shows[language == place].sum() >= LEAST_POSITIVES]
    return {
        **some(np.ones(len(score), np.bool_)),
        "threshold": threshold,
        "by_language": {LANGUAGES[place]: some(language == place) for place in spoken},
        "by_source": {str(one): some(source == one) for one in np.unique(source)},
    }
