"""Stance: marks that a post reports on others, rather than tells of itself."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import yaml  # type: ignore[import-untyped]
from numpy.typing import NDArray

from fanal.text import phrases
from fanal.text.fold import Folded
from fanal.text.phrases import Phrases, match
from fanal.text.words import Words

ANYWHERE, OPENING, HASHTAG = 0, 1, 2
_KINDS = {"anywhere": ANYWHERE, "opening": OPENING, "hashtag": HASHTAG}
_FILE = Path(__file__).with_name("stance.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Hold the marks of reporting, numbered by where they count."""

    phrases: Phrases


@cache
def load_marks() -> Marks:
    """Read the marks that ship with Fanal.

    >>> len(load_marks().phrases) > 50
    True
    """
    lists = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return Marks(
        phrases=phrases.compile([(mark, _KINDS[kind]) for kind, marks in lists.items() for mark in marks])
    )


def reports(folded: Folded, found: Words, marks: Marks) -> NDArray[np.bool_]:
    """Say of each text whether it bears a mark of reporting: an agency, "according to", a repost, a news hashtag.

    Limit: this is a thin rule. News that names no source passes for first-hand, and a witness who says "says" for a
    report. No other part may take it for a proof that the writer was there.

    >>> import pyarrow as pa
    >>> from fanal.text.fold import fold
    >>> from fanal.text.words import words
    >>> folded = fold(pa.array(["We need water", "According to officials they need water", "good news", "#news"]))
    >>> reports(folded, words(folded), load_marks()).tolist()
    [False, True, False, True]
    """
    seen = match(found, folded, marks.phrases)
    begins = found.start[seen.first]
    opening = seen.first == found.offsets[seen.row]
    # A hashtag's first word stands behind its sign; at the start of a text there is nothing to look at.
    inside = begins > folded.offsets[seen.row]
    tagged = inside & (folded.codes[np.maximum(begins - 1, 0)] == ord("#"))
    holds = (
        (seen.number == ANYWHERE) | ((seen.number == OPENING) & opening) | ((seen.number == HASHTAG) & tagged)
    )
    marked = np.zeros(len(folded), np.bool_)
    marked[seen.row[holds]] = True
    return marked
