"""Explain: why a post shows what it shows, as spans of what was written."""

from dataclasses import dataclass

import pyarrow as pa

from fanal.model.category import Category
from fanal.model.signal import FIRST_HAND, REPORT
from fanal.signals import combination
from fanal.signals.contribution import Contribution, contributions
from fanal.signals.detect import MODEL, Detector, Judged
from fanal.signals.language import LANGUAGES
from fanal.text import words
from fanal.text.trace import trace

MOST_GRAMS = 6
"""Grams that are told of a classifier: the strongest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Hold one indicator that stands in a post."""

    indicator: str  # its id
    source: str  # the standard that it comes from
    weight: float  # above 0, at most 1
    spans: tuple[tuple[int, int], ...]  # in characters of the text, sorted


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighing:
    """Hold what a classifier says of one category."""

    model: str
    probability: float  # from 0 to 1
    threshold: float
    covered: bool  # labels of the post's language were among those that it learned from
    grams: tuple[Contribution, ...]  # the strongest, for and against


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Hold one category that a post shows."""

    category: str
    score: float  # from 0 to 1
    reasons: tuple[Reason, ...]
    weighing: Weighing | None  # None: no classifier judges it


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Hold what is said of one post, and why."""

    language: str
    language_probability: float  # of the likeliest language, from 0 to 1
    stance: str
    stance_weighing: Weighing | None  # None: the rule of stance decides in this language
    shown: tuple[Shown, ...]


def explain(text: str, detector: Detector) -> Explanation:
    """Explain what a post shows: what `Detector.detect` says of it, where phrases stand, which grams weighed most.

    Raises:
        ValueError: the text holds half a surrogate pair, which is no text.

    >>> from fanal.signals.detect import load_detector
    >>> found = explain("We n.e.e.d water and food", load_detector())
    >>> [(one.category, one.reasons[0].spans) for one in found.shown if one.category == "need"]
    [('need', ((3, 10), (11, 16), (21, 25)))]
    """
    posts = pa.record_batch({"text": pa.array([text], pa.large_string())})
    read = words.read(posts["text"])
    judged = detector.judge(posts["text"], read)
    signals = detector.detect(posts, read).to_pylist()
    spans = _spans(text, read, detector)
    by_id = {one.id: one for one in detector.indicators}
    return Explanation(
        language=LANGUAGES[judged.spoken.language[0]],
        language_probability=float(judged.spoken.probability[0]),
        stance=FIRST_HAND if judged.first_hand[0] else REPORT,
        stance_weighing=_of_stance(text, read, detector, judged),
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
                    if not name.startswith(MODEL)
                ),
                weighing=_weighing(text, read, detector, judged, Category(signal["category"]).value),
            )
            for signal in signals
        ),
    )


def _of_stance(text: str, read: words.Text, detector: Detector, judged: Judged) -> Weighing | None:
    """Return what the classifier says of the stance, or None where the rule decides."""
    found = _weighing(text, read, detector, judged, FIRST_HAND)
    return found if found and found.covered else None


def _weighing(
    text: str, read: words.Text, detector: Detector, judged: Judged, output: str
) -> Weighing | None:
    """Return what the classifier says of one output, or None where it has no such output."""
    model = detector.classifier
    places = [at for at, one in enumerate(model.outputs) if one.name == output] if model else []
    if model is None or not places:
        return None
    place = places[0]
    covered = model.covers(place, LANGUAGES)[judged.spoken.language[0]]
    strongest = _apart(contributions(text, read, model, place))
    return Weighing(
        model=model.name,
        probability=float(judged.probability[0, place]),
        threshold=model.outputs[place].threshold,
        covered=bool(covered),
        grams=tuple(strongest),
    )


def _apart(grams: list[Contribution]) -> list[Contribution]:
    """Return the strongest grams, each of which says of some place in the post what no stronger one said."""
    chosen: list[Contribution] = []
    said: set[int] = set()
    for gram in grams:
        places = {at for start, end in gram.spans for at in range(start, end)}
        if not places <= said:
            chosen.append(gram)
            said |= places
        if len(chosen) == MOST_GRAMS:
            break
    return chosen


def _spans(text: str, read: words.Text, detector: Detector) -> dict[str, set[tuple[int, int]]]:
    """Return where the phrases stand that make each indicator stand."""
    traced = trace(text)
    found: dict[str, set[tuple[int, int]]] = {}
    for place, first, last in zip(*combination.reasons(read, detector.lexicon.combinations), strict=True):
        span = traced.span(int(read.words.start[first]), int(read.words.end[last]))
        found.setdefault(detector.indicators[place].id, set()).add(span)
    return found
