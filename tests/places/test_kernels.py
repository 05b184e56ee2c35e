"""The kernels of places beside slow and obvious references."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fanal.places import context
from fanal.places.context import read_in_context
from fanal.places.longest import longest


@st.composite
def matches(draw: st.DrawFn) -> tuple[list[tuple[int, int, bool]], int]:
    words = draw(st.integers(1, 12))
    found = draw(
        st.lists(st.tuples(st.integers(0, words - 1), st.integers(0, 3), st.booleans()), max_size=12)
    )
    return [(first, min(first + more, words - 1), peeled) for first, more, peeled in found], words


@given(matches())
def test_of_overlapping_names_the_longest_stays(given_: tuple[list[tuple[int, int, bool]], int]) -> None:
    found, words = given_
    free = set(range(words))
    expected = []
    for at in sorted(
        range(len(found)), key=lambda i: (found[i][0] - found[i][1], found[i][2], found[i][0], i)
    ):
        span = set(range(found[at][0], found[at][1] + 1))
        if span <= free:
            free -= span
            expected.append(at)
    first, last, peeled = (
        np.array([one[part] for one in found], kind)
        for part, kind in ((0, np.int64), (1, np.int64), (2, np.bool_))
    )
    assert longest(first, last, peeled, words).tolist() == sorted(expected, key=lambda i: found[i][0])


@st.composite
def mentions(draw: st.DrawFn) -> dict[str, object]:
    """Draw a tree of nodes, names with meanings, and texts that name them."""
    nodes = draw(st.integers(1, 8))
    holder = [draw(st.integers(-1, node - 1)) for node in range(nodes)]
    weights = st.floats(0.01, 1000)
    names = draw(
        st.lists(
            st.tuples(
                st.lists(
                    st.tuples(st.integers(0, nodes - 1), weights), max_size=4, unique_by=lambda one: one[0]
                ),
                weights,
            ),
            min_size=1,
            max_size=5,
        )
    )
    texts = draw(
        st.lists(
            st.lists(st.tuples(st.integers(0, len(names) - 1), st.integers(1, 3)), max_size=4), max_size=4
        )
    )
    return {"holder": holder, "names": names, "texts": texts, "areas": draw(st.integers(0, nodes))}


def above(node: int, holder: list[int]) -> list[int]:
    way = []
    while node >= 0:
        way.append(node)
        node = holder[node]
    return way


def weighed(
    i: int,
    places: list[tuple[int, int]],
    alone: list[int | None],
    names: list,
    holder: list[int],  # type: ignore[type-arg]
) -> list[float]:
    """Return the probabilities of the meanings of one name of a text."""
    name, at = places[i]
    meanings, nothing = names[name]
    near = {alone[j] for j in (i - 1, i + 1) if 0 <= j < len(places) and abs(places[j][1] - at) == 1} - {None}
    found = []
    for node, weight in meanings:
        factor = 1.0
        for one in above(node, holder):
            if one in near:
                factor = context.INSIDE_FACTOR * context.BESIDE_FACTOR
                break
            if one in alone and alone[i] is None:
                factor = context.INSIDE_FACTOR
        found.append(weight * factor)
    return [one / (nothing + sum(found)) for one in found]


def slowly(drawn: dict) -> list[tuple[int, int, float]]:  # type: ignore[type-arg]
    """Read the rules of `read_in_context` one after the other, one text at a time."""
    holder, names, areas = drawn["holder"], drawn["names"], drawn["areas"]
    out = []
    for row, text in enumerate(drawn["texts"]):
        places, at = [], 0
        for name, gap in text:
            at += gap
            places.append((name, at))
        alone = []
        for name, _ in places:
            meanings, nothing = names[name]
            total = nothing + sum(weight for _, weight in meanings)
            clear = bool(meanings) and meanings[0][1] / total > context.CLEAR
            alone.append(meanings[0][0] if clear else None)
        shares = [weighed(i, places, alone, names, holder) for i in range(len(places))]
        tops = [
            names[name][0][max(range(len(share)), key=lambda k: (share[k], -k))][0] if share else None
            for (name, _), share in zip(places, shares, strict=True)
        ]
        held = {
            one
            for top, share in zip(tops, shares, strict=True)
            if top is not None and max(share) >= context.HELD
            for one in above(top, holder)[1:]
        }
        for (name, _), share, top in zip(places, shares, tops, strict=True):
            if top is None or top in held:
                continue
            ranked = sorted(
                (k for k in range(len(share)) if names[name][0][k][0] < areas), key=lambda k: (-share[k], k)
            )
            out += [
                (row, names[name][0][k][0], share[k])
                for k in ranked[: context.MOST_AREAS]
                if share[k] >= context.LEAST_PROBABILITY
            ]
    return out


@given(mentions())
def test_names_are_read_in_context_as_the_rules_say(drawn: dict) -> None:  # type: ignore[type-arg]
    for meanings, _ in drawn["names"]:
        meanings.sort(key=lambda one: -one[1])
    rows, numbers, firsts = [], [], []
    for row, text in enumerate(drawn["texts"]):
        at = 0
        for name, gap in text:
            at += gap
            rows.append(row)
            numbers.append(name)
            firsts.append(1000 * row + at)
    flat = [meaning for meanings, _ in drawn["names"] for meaning in meanings]
    found = read_in_context(
        np.array(rows, np.int64),
        np.array(numbers, np.int64),
        np.array(firsts, np.int64),
        np.array(firsts, np.int64),
        np.cumsum([0, *(len(meanings) for meanings, _ in drawn["names"])]).astype(np.int64),
        np.array([node for node, _ in flat], np.int32),
        np.array([weight for _, weight in flat], np.float64),
        np.array([nothing for _, nothing in drawn["names"]], np.float64),
        np.array(drawn["holder"], np.int32),
        drawn["areas"],
    )
    expected = slowly(drawn)
    assert [(row, area) for row, area, _ in expected] == list(
        zip(found[0].tolist(), found[1].tolist(), strict=True)
    )
    np.testing.assert_allclose(found[2], [share for _, _, share in expected], rtol=1e-9)
