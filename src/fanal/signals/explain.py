"""Explain: why a post shows what it shows, as spans of what was written."""

from dataclasses import dataclass

import pyarrow as pa

from fanal.model.signal import FIRST_HAND, REPORT
from fanal.signals import combination
from fanal.signals.detect import Detector
from fanal.signals.language import LANGUAGES, identify
from fanal.signals.stance import reports
from fanal.text import words
from fanal.text.trace import trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Hold one indicator that stands in a post."""

    indicator: str  # its id
    source: str  # the standard that it comes from
    weight: float  # above 0, at most 1
    spans: tuple[tuple[int, int], ...]  # in characters of the text, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Hold one category that a post shows."""

    category: str
    score: float  # from 0 to 1
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Hold what is said of one post, and why."""

    language: str
    stance: str
    shown: tuple[Shown, ...]


def explain(text: str, detector: Detector) -> Explanation:
    """Explain what a post shows: what `Detector.detect` says of it, and where each phrase stands.

    Raises:
        ValueError: the text holds half a surrogate pair, which is no text.

    >>> from fanal.signals.detect import load_detector
    >>> found = explain("We n.e.e.d water", load_detector())
    >>> [(one.category, one.reasons[0].spans) for one in found.shown]
    [('need', ((3, 10), (11, 16)))]
    """
    posts = pa.record_batch({"text": pa.array([text], pa.large_string())})
    read = words.read(posts["text"])
    signals = detector.detect(posts, read).to_pylist()
    language = LANGUAGES[identify(read.folded, read.words, posts["text"])[0]]
    stance = REPORT if reports(read.folded, read.words, detector.marks)[0] else FIRST_HAND
    spans = _spans(text, read, detector)
    by_id = {one.id: one for one in detector.indicators}
    return Explanation(
        language=language,
        stance=stance,
        shown=tuple(
            Shown(
                category=signal["category"],
                score=signal["score"],
                reasons=tuple(
                    Reason(
                        indicator=name,
                        source=by_id[name].source,
                        weight=by_id[name].weight,
                        spans=tuple(sorted(spans[name])),
                    )
                    for name in signal["indicators"]
                ),
            )
            for signal in signals
        ),
    )


def _spans(text: str, read: words.Text, detector: Detector) -> dict[str, set[tuple[int, int]]]:
    """Return where the phrases stand that make each indicator stand."""
    traced = trace(text)
    found: dict[str, set[tuple[int, int]]] = {}
    for place, first, last in zip(*combination.reasons(read, detector.lexicon.combinations), strict=True):
        span = traced.span(int(read.words.start[first]), int(read.words.end[last]))
        found.setdefault(detector.indicators[place].id, set()).add(span)
    return found
