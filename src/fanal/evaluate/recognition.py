"""Recognition: are the places that people marked found, and is what is found a place."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fanal.evaluate.toponyms import NO_TYPE, Toponyms
from fanal.places.found import Found, PlaceType

ALL = "all"
GROUPS = {
    "country_to_district": (
        PlaceType.COUNTRY,
        PlaceType.REGION,
        PlaceType.DISTRICT,
        PlaceType.SUBDISTRICT,
        PlaceType.CITY,
    ),
    ALL: tuple(PlaceType),
}
"""Types that are told together beside each alone."""

DIGITS = 4


def scores(right: int, said: int, marked: int) -> dict[str, float | None]:
    """Return precision, recall and F1; None where there is nothing to measure.

    >>> scores(1, 2, 4)
    {'precision': 0.5, 'recall': 0.25, 'f1': 0.3333}
    """
    return {
        "precision": round(right / said, DIGITS) if said else None,
        "recall": round(right / marked, DIGITS) if marked else None,
        "f1": round(2 * right / (said + marked), DIGITS) if said + marked else None,
    }


def measure(gold: Toponyms, found: Found) -> dict[str, Any]:
    """Return the figures of recognition.

    Exact: a mention is right when it has the span of a marked one, code point by code point; a second one of the same
    span is false. Overlap: a found mention is right when it shares a code point with a marked one, and a marked one is
    found when it shares one with any that was found; F1 is the harmonic mean.

    By type: of the marked mentions of a type so many are found exactly, whatever type they were taken for; a found
    mention that matches none counts as false for the type that was said. So an error of type alone is none here.
    """
    hit, matched = exact(gold, found)
    touched, touching = overlapping(gold, found)
    precision = float(touching.mean()) if len(found) else 0.0
    recall = float(touched.mean()) if len(gold) else 0.0
    overlap = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    strict = scores(int(hit.sum()), len(found), len(gold))
    return {
        **{f"recognition_{name}": value for name, value in strict.items()},
        "recognition_overlap_precision": round(precision, DIGITS) if len(found) else None,
        "recognition_overlap_recall": round(recall, DIGITS) if len(gold) else None,
        "recognition_overlap_f1": round(overlap, DIGITS) if len(gold) or len(found) else None,
        "recognition_f1_by_type": by_type(gold, found, hit, matched),
    }


def by_type(
    gold: Toponyms, found: Found, hit: NDArray[np.bool_], matched: NDArray[np.bool_]
) -> dict[str, float | None]:
    """Return F1 of each type that the gold has, and of the groups; None where the gold tells no such type."""
    told = {one.name.lower(): (one,) for one in PlaceType if (gold.type == one).any()} | GROUPS
    figures = {}
    for name, types in told.items():
        marked = np.isin(gold.type, types) | (name == ALL)
        made = np.isin(found.type, types) & ~matched
        right = int((hit & marked).sum())
        known = name == ALL or (gold.type[marked] != NO_TYPE).any()
        figures[name] = scores(right, right + int(made.sum()), int(marked.sum()))["f1"] if known else None
    return figures


def exact(gold: Toponyms, found: Found) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which marked mentions were found with their span, and which found ones match one; each at most once."""
    places = {span: at for at, span in enumerate(_spans(gold))}
    hit, matched = np.zeros(len(gold), np.bool_), np.zeros(len(found), np.bool_)
    for at, span in enumerate(_spans(found)):
        place = places.pop(span, None)
        if place is not None:
            hit[place] = matched[at] = True
    return hit, matched


def overlapping(gold: Toponyms, found: Found) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return which marked and which found mentions share a code point with one of the others."""
    one, two = pairs(gold, found)
    touched, touching = np.zeros(len(gold), np.bool_), np.zeros(len(found), np.bool_)
    touched[one] = touching[two] = True
    return touched, touching


def pairs(gold: Toponyms, found: Found) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the pairs of a marked and a found mention that share a code point, by the marked one."""
    first = np.searchsorted(found.row, gold.row, "left")
    last = np.searchsorted(found.row, gold.row, "right")
    one = np.repeat(np.arange(len(gold)), last - first)
    two = np.arange(len(one)) - np.repeat(np.cumsum(last - first) - (last - first), last - first)
    two += np.repeat(first, last - first)
    meet = (gold.start[one] < found.end[two]) & (found.start[two] < gold.end[one])
    return one[meet], two[meet]


def _spans(one: Toponyms | Found) -> list[tuple[int, int, int]]:
    """Return row, start and end of each mention."""
    return list(zip(one.row.tolist(), one.start.tolist(), one.end.tolist(), strict=True))
