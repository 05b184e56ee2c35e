"""The climb to the first-level area is that of a plain walk, from every entry."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fanal.places.climb import NO_REGION, region_of, regions_of
from fanal.places.entry import Kind

ENTRIES = st.lists(st.tuples(st.sampled_from(Kind), st.integers(0, 50)), max_size=12)


@given(ENTRIES)
def test_the_region_is_that_of_a_plain_walk(entries: list[tuple[Kind, int]]) -> None:
    kind = np.array([one for one, _ in entries], np.int8)
    # Each is held by one that stands before it, or by none: there is no circle.
    holder = np.array([above % (at + 1) - 1 for at, (_, above) in enumerate(entries)], np.int32)
    wanted = []
    for at in range(len(entries)):
        walk = at
        while walk >= 0 and entries[walk][0] is not Kind.REGION:
            walk = int(holder[walk])
        wanted.append(walk if walk >= 0 else NO_REGION)
    assert regions_of(np.arange(len(entries), dtype=np.int32), kind, holder).tolist() == wanted
    assert [region_of(at, kind, holder) for at in range(len(entries))] == wanted
    assert region_of(-1, kind, holder) == NO_REGION
