"""Located author-weeks against a slow, obvious count, on random posts."""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.store.lake import Lake
from fanal.store.located import located
from fanal.store.rows import MENTIONS, SIGNALS

WEEK = 16_286
Post = tuple[int, list[tuple[str, str]], list[tuple[str, float]]]

post = st.tuples(
    st.integers(0, 3),  # author
    st.lists(
        st.tuples(st.sampled_from(["plea", "lure"]), st.sampled_from(["first_hand", "report"])), max_size=3
    ),
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from([0.25, 0.5, 1.0])), max_size=3),
)


def write(lake: Lake, posts: list[Post]) -> None:
    signals, mentions = [], []
    for number, (author, shown, places) in enumerate(posts):
        common = {"batch": "a", "week": WEEK, "post": number, "pseudonym": author - 2**62}
        signals += [common | {"category": c, "score": 1.0, "stance": s, "language": "en"} for c, s in shown]
        mentions += [common | {"area": a, "probability": p, "basis": "name"} for a, p in places]
    for name, rows, schema in (("signals", signals, SIGNALS), ("mentions", mentions, MENTIONS)):
        week_as_number = pa.schema([pa.field("week", pa.int32()) if f.name == "week" else f for f in schema])
        lake.append(name, pa.Table.from_pylist(rows, schema=week_as_number).cast(schema))


def slow(posts: list[Post]) -> dict[tuple[int, str, str], float]:
    """Count post by post, as the sentence of `located` says it."""
    sums: dict[tuple[int, str, str], float] = defaultdict(float)
    numbers: dict[tuple[int, str], int] = defaultdict(int)
    for author, shown, places in posts:
        if not places:
            continue
        total = max(1.0, sum(p for _, p in places))
        for category in {c for c, s in shown if s == "first_hand"} | {"volume"}:
            numbers[author, category] += 1
            for area, probability in places:
                sums[author, category, area] += probability / total
    return {(a, c, area): value / numbers[a, c] for (a, c, area), value in sums.items()}


@settings(deadline=None, max_examples=40)
@given(st.lists(post, max_size=8))
def test_it_agrees_with_a_count_by_hand(tmp_path_factory: pytest.TempPathFactory, posts: list[Post]) -> None:
    lake = Lake(Path(tmp_path_factory.mktemp("lake")))
    write(lake, posts)
    table = located(lake, committed=["a"], volume="volume")
    authors = table["pseudonym"].to_numpy().view(np.int64) + 2**62
    keys = zip(authors.tolist(), table["category"].to_pylist(), table["area"].to_pylist(), strict=True)
    fast = dict(zip(keys, table["probability"].to_pylist(), strict=True))
    assert fast == pytest.approx(slow(posts))


def test_uncommitted_batches_do_not_count(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    write(lake, [(1, [("plea", "first_hand")], [("A", 1.0)])])
    assert len(located(lake, committed=[], volume="volume")) == 0
