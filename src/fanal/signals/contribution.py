"""Contribution: what each gram of a post adds to what the classifier says of it, slowly, for a person who asks."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fanal.signals.classifier import Classifier
from fanal.text.grams import (
    EDGE,
    KEPT_BITS,
    LONGEST_GRAM,
    STEP,
    address_end,
    buckets,
    pair_hash,
)
from fanal.text.trace import trace
from fanal.text.words import FNV_PRIME, FNV_START, Text

SHORTEST = 4
"""Letters of the shortest run that a classifier reads, a word's ends counted (`grams.CLASSIFIER_READS`)."""

_MASK = (1 << 64) - 1
_Gram = tuple[int, int, int]
"""Hash, first and behind the last place in the folded text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """Hold what one gram adds, wherever it stands in the post."""

    gram: str  # as it was folded; an underscore stands for a word's end
    logit: float  # above 0: for, below 0: against; before calibration
    spans: tuple[tuple[int, int], ...]  # in characters of the text as it was written


def contributions(text: str, read: Text, model: Classifier, place: int) -> list[Contribution]:
    """Return what the grams of a post add to one output, the strongest first.

    Args:
        text: the post as it was written.
        read: the same, one text, folded and cut into words.
        model: the classifier.
        place: the output.
    """
    found = list(grams_of(read, model.weights.cap))
    if not found:
        return []
    traced = trace(text)
    unit = float(model.scale[place]) / np.sqrt(len(found))
    hashes = np.array([value for value, _, _ in found], np.uint64)
    parts = model.weights.table[buckets(hashes, model.weights.bits), place].astype(float) * unit
    logit: dict[str, float] = {}
    spans: dict[str, list[tuple[int, int]]] = {}
    for (_, start, end), part in zip(found, parts, strict=True):
        gram = _named(traced.folded, start, end)
        logit[gram] = logit.get(gram, 0.0) + float(part)
        inner = max(start, 0), min(end, len(traced.folded))
        spans.setdefault(gram, []).append(traced.span(*_trimmed(traced.folded, *inner)))
    order = sorted(logit, key=lambda gram: (-abs(logit[gram]), gram))
    return [
        Contribution(gram=gram, logit=logit[gram], spans=tuple(sorted(set(spans[gram])))) for gram in order
    ]


def grams_of(read: Text, cap: int) -> Iterator[_Gram]:
    """Yield the grams of one text that a classifier reads, as `grams.features` counts them, with their places."""
    codes, found = read.folded.codes, read.words
    end_of_text = int(read.folded.offsets[1])
    left, behind, before = cap, 0, -1
    kept: dict[int, int] = {}
    for word in range(len(found)):
        start, end = int(found.start[word]), int(found.end[word])
        if left <= 0:
            return
        if start < behind:
            continue
        behind = int(address_end(codes, start, end, 0, end_of_text))
        if behind:
            before = -1
            continue
        begins = min(left, end - start)
        left -= end - start
        value = int(found.hash[word])
        if before >= 0:
            yield int(pair_hash(found.hash[before], found.hash[word])), int(found.start[before]), end
        before = word
        place = (value * STEP & _MASK) >> 64 - KEPT_BITS
        if kept.get(place) == value:
            continue
        kept[place] = value
        yield value, start, end
        for at in range(start - 1, start + begins):
            value = FNV_START
            for length in range(min(LONGEST_GRAM, end - at + 1)):
                code = EDGE if at + length < start or at + length == end else int(codes[at + length])
                value = (value ^ code) * FNV_PRIME & _MASK
                if length + 1 >= SHORTEST:
                    yield value, at, at + length + 1


def _named(folded: str, start: int, end: int) -> str:
    """Return a gram for a person."""
    left = "_" if start < 0 or not folded[start].isalnum() else ""
    right = "_" if end > len(folded) or not folded[end - 1].isalnum() else ""
    first, last = _trimmed(folded, max(start, 0), min(end, len(folded)))
    return left + folded[first:last] + right


def _trimmed(folded: str, start: int, end: int) -> tuple[int, int]:
    """Return a span without the signs at its ends; one sign stays where there is nothing else."""
    while end - start > 1 and not folded[start].isalnum():
        start += 1
    while end - start > 1 and not folded[end - 1].isalnum():
        end -= 1
    return start, end
