"""Joined: names of several words as hashtags write them, without a space: puertorico, حفرالباطن."""

from fanal.places.draft import Draft
from fanal.places.entry import Kind, Relation
from fanal.places.names import _fold

LEAST_PEOPLE = 50_000
"""A town of fewer is joined at home alone: its joined name would more often be another word."""
LEAST_LETTERS = 8
MOST_SPACES = 3
_NAMED = (Relation.NAME, Relation.OTHER)
_AREAS = (Kind.COUNTRY, Kind.REGION, Kind.CONTINENT)


def add(draft: Draft, home: str) -> None:
    """Call well-known places, and those of the home country, by their names written as one word.

    Args:
        draft: has all names.
        home: ISO 3166-1 alpha-2.
    """
    at = [
        at
        for at, row in enumerate(draft.of)
        if draft.relation[at] in _NAMED
        and (draft.kind[row] in _AREAS or draft.population[row] >= LEAST_PEOPLE or draft.country[row] == home)
    ]
    for one, folded in zip(at, _fold([draft.texts[one] for one in at]), strict=True):
        whole = folded.replace(" ", "")
        if 1 <= folded.count(" ") <= MOST_SPACES and len(whole) >= LEAST_LETTERS and whole.isalpha():
            draft.call(draft.of[one], (whole,), Relation.VARIANT)
