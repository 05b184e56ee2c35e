"""The name in a span: the longest within it, or the shortest around it, when wrapping words are left out."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from fanal.places.span import NONE, names_around, names_of
from fanal.text import words

WORDS = ("haditha", "district", "of", "mosul", "east")
WRAPS = {"district", "of", "east"}
NAMES = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 2)), max_size=5)
"""First word and further words."""


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), NAMES, st.integers(0, 5), st.integers(0, 2))
def test_the_name_is_that_of_the_definition(
    text: list[str], spans: list[tuple[int, int]], at: int, more: int
) -> None:
    at = min(at, len(text) - 1)
    behind = min(at + more, len(text) - 1)
    names = sorted({(a, a + b) for a, b in spans if a + b < len(text)})
    hashes = words.read(pa.array([" ".join(text)])).words.hash
    first, last = (np.array([one[side] for one in names], np.int64) for side in (0, 1))
    standing = (np.arange(len(names)), first, last, np.zeros(len(names), np.bool_))
    where = (np.array([at]), np.array([behind]), hashes, standing)

    def rest_wraps(wide: tuple[int, int], narrow: tuple[int, int]) -> bool:
        return all(text[w] in WRAPS for w in range(wide[0], wide[1] + 1) if not narrow[0] <= w <= narrow[1])

    inside = [one for one in names if at <= one[0] and one[1] <= behind and rest_wraps((at, behind), one)]
    longest = max((b - a for a, b in inside), default=NONE)
    [found] = names_of(*where)
    assert (names[found][1] - names[found][0] if found != NONE else NONE) == longest
    over = [one for one in names if one[0] <= at <= one[1]]
    shortest = [one for one in over if one[1] - one[0] == min(b - a for a, b in over)]
    fits = {one: behind <= one[1] and rest_wraps(one, (at, behind)) for one in shortest}
    [wider] = names_around(np.array([found]), *where)
    if found != NONE:
        assert wider == found
    elif wider == NONE:
        assert not all(fits.values()) or not fits
    else:
        assert fits[names[wider]]


def test_the_district_is_meant_where_only_its_plain_name_was_taken() -> None:
    hashes = words.read(pa.array(["in Haditha district"])).words.hash
    standing = (np.array([7]), np.array([1]), np.array([2]), np.array([False]))
    one = np.array([1])
    assert names_of(one, one, hashes, standing).tolist() == [NONE]
    assert names_around(np.array([NONE]), one, one, hashes, standing).tolist() == [7]
