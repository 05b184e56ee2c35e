"""Marks against a slow count in plain Python, for texts of any kind, alone and beside others."""

import re
import time
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.text.fold import fold
from fanal.text.marks import MARKS, STEP, STEPS, marks, names

TEXT = st.lists(
    st.sampled_from(
        [
            "RT ",
            "rt",
            "@user",
            "@",
            "#tag",
            "#",
            "http://a.b/c",
            "https://",
            ":",
            "://",
            "/",
            "!",
            "!!",
            "?",
            "؟",
            "«",
            '"',
            "…",
            "..",
            ".",
            "7",
            "٣",
            "🙂",
            "[URL]",
            "[",
            " - ",
            " | ",
            "—",
            ":)",
            ";-P",
            ":D ",
            "<3",
            ";",
            "owl",
            "الموصل",
            "é",
            " ",
            "x" * 31,
        ]
    )
    | st.text(max_size=8),
    max_size=12,
).map("".join)


def slow_marks(folded: str) -> list[str]:
    """Return the names of the marks of a folded text, each by its definition."""
    schemes = len(re.findall("://", folded))
    addresses = schemes + folded.count("[url]")
    there = {
        "address": addresses > 0,
        "addresses": addresses > 1,
        "handle": "@" in folded,
        "repost": folded.startswith("rt ") and len(folded) > 3,
        "hashtag": "#" in folded,
        "hashtags": folded.count("#") >= 3,
        "exclamation": "!" in folded,
        "exclamations": "!!" in folded,
        "question": bool(set(folded) & set("?؟")),
        "quotation": bool(set(folded) & set('"“”«»')),
        "colon": folded.count(":") > schemes,
        "ellipsis": ".." in folded,
        "digit": bool(set(folded) & set("0123456789")),
        "picture": any("\U0001f000" <= letter <= "\U0001ffff" for letter in folded),
        "dash": bool(re.search(r"(?<= )[-–—|](?= )", folded)),
        "face": bool(re.search(r"[:;]-?[)(dp](?= |\Z)|<3", folded)),
    }
    return [name for name in MARKS[:-1] if there[name]] + [f"length {min(len(folded) // STEP, STEPS - 1)}"]


def told(texts: Sequence[str]) -> list[list[str]]:
    """Return the marks of texts."""
    return [names(int(bits)) for bits in marks(fold(pa.array(texts, pa.large_string())))]


@settings(deadline=None)
@given(st.lists(TEXT, max_size=5))
def test_marks_are_those_of_the_slow_count(texts: list[str]) -> None:
    folded = fold(pa.array(texts, pa.large_string()))
    assert told(texts) == [slow_marks(folded.text(row)) for row in range(len(texts))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("RT @user: the road is open", ["handle", "repost", "colon"]),
        ("rt ", []),
        ("art @x", ["handle"]),
        ("see https://x.org and http://y.org", ["address", "addresses"]),
        ("at 12:30", ["colon", "digit"]),
        ("#a #b", ["hashtag"]),
        ("#a#b #c", ["hashtag", "hashtags"]),
        ("where is the road؟", ["question"]),
        ("«the road»", ["quotation"]),
        ("wait…", ["ellipsis"]),
        ("the road ٣", ["digit"]),
        ("a 🙂", ["picture"]),
        ("the road [URL]", ["address"]),
        ("the road is open | the daily owl", ["dash"]),
        ("a-b", []),
        ("safe :D", ["colon", "face"]),
        ("safe ;-)", ["face"]),
        ("12:30:dry", ["colon", "digit"]),
    ],
)
def test_each_mark_is_seen(text: str, expected: list[str]) -> None:
    assert told([text]) == [[*expected, f"length {len(text) // STEP}"]]


def test_each_step_of_length_is_told() -> None:
    sizes = [0, 31, 32, 63, 64, 223, 224, 1_000_000]
    steps = [f"length {step}" for step in (0, 0, 1, 1, 2, 6, 7, 7)]
    assert told([("ab " * size)[:size] for size in sizes]) == [[step] for step in steps]


def test_what_stands_beside_a_text_changes_nothing() -> None:
    texts = ["a!", "!", "http:", "//x", "", ".", ".", "R", "T x"]
    assert told(texts) == [told([text])[0] for text in texts]


def test_hostile_texts_take_time_in_proportion() -> None:
    """A hundred times the text takes far below the ten thousand times that a square would take."""
    for sign in ("#", "://", "!", "rt ", "🙂", "[url", " - ", ":-", "\u0301", "\0"):
        seconds = []
        for size in (10_000, 1_000_000):
            folded = fold(pa.array([sign * size], pa.large_string()))
            best = np.inf
            for _ in range(3):
                start = time.process_time()
                marks(folded)
                best = min(best, time.process_time() - start)
            seconds.append(best)
        assert seconds[1] < 2_000 * max(seconds[0], 1e-5), sign
