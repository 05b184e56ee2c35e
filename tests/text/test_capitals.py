"""Capitals against a slow count in plain Python, for texts of any kind, alone and beside others."""

import re

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.text.capitals import SHARES, STEPS, capitals

TEXT = st.lists(
    st.sampled_from(["We", "we", "NO", "it's", "'", "3D", "é", "Él", "الموصل", "🙂", " ", "-", "@User", "xY"])
    | st.text(max_size=6),
    max_size=14,
).map("".join)


def slow_step(text: str) -> int:
    """Return the step of a text by its definition."""
    words = re.findall(r"(?<![a-zA-Z0-9'\x80-\U0010ffff])[a-zA-Z]", text)
    high = sum(first.isupper() for first in words)
    return 1 + sum(high >= share * len(words) for share in SHARES) if words else 0


@settings(deadline=None)
@given(st.lists(TEXT, max_size=5))
def test_steps_are_those_of_the_slow_count(texts: list[str]) -> None:
    assert capitals(pa.array(texts, pa.large_string())).tolist() == [slow_step(text) for text in texts]


def test_each_step_is_reached() -> None:
    texts = ["الموصل 12", "a" + " b" * 20, "A b c d", "A b", "A B"]
    assert capitals(pa.array(texts)).tolist() == list(range(STEPS))


def test_a_null_is_an_empty_text() -> None:
    assert capitals(pa.array(["A", None, "b"])).tolist() == [4, 0, 1]
