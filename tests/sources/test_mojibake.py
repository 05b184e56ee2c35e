"""Broken UTF-8 is read as it was meant exactly where it is UTF-8, and nothing else is touched."""

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.sources.mojibake import mended

LETTERS = st.text("aé\u0080\u00a0ÿÃ©ق€😀", max_size=8)


def mend(text: str) -> str:
    """Return one text, mended."""
    (made,) = mended(pa.array([text], pa.large_string())).to_pylist()
    return made


def slowly(text: str) -> str:
    """Return a text, mended letter by letter: the longest run of up to four that is one character in UTF-8."""
    if any(ord(letter) > 0xFF for letter in text):
        return text
    made, at = [], 0
    while at < len(text):
        for length in (2, 3, 4):
            try:
                one = text[at : at + length].encode("latin-1").decode()
            except UnicodeDecodeError:
                continue
            if len(one) == 1:
                made.append(one)
                at += length
                break
        else:
            made.append(text[at])
            at += 1
    return "".join(made)


@settings(deadline=None)
@given(st.text(max_size=20))
def test_what_was_broken_is_whole_again(text: str) -> None:
    assert mend(text.encode().decode("latin-1")) == text


@settings(deadline=None, max_examples=300)
@given(
    st.lists(LETTERS | LETTERS.map(lambda t: t.encode().decode("latin-1")), max_size=5).map("".join)
    | st.binary(max_size=12).map(lambda b: b.decode("latin-1"))
)
def test_only_what_is_utf8_is_mended(text: str) -> None:
    assert mend(text) == slowly(text)


@settings(deadline=None)
@given(st.lists(st.none() | LETTERS, max_size=6), st.integers(0, 3))
def test_a_column_is_mended_text_by_text(texts: list[str | None], start: int) -> None:
    column = pa.array(texts, pa.large_string()).slice(start)
    assert mended(column).to_pylist() == [None if t is None else mend(t) for t in texts[start:]]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("\u00d8\u00a7", "ا"),
        ("\u00d8", "\u00d8"),  # cut off in the middle of a character
        ("\u00c3\u00a9\u00c3", "é\u00c3"),
        ("\u00c0\u0080", "\u00c0\u0080"),  # an overlong form
        ("\u00ed\u00a0\u0080", "\u00ed\u00a0\u0080"),  # half a surrogate pair
        ("\u00c3\u00a9 …", "Ã© …"),
    ],
)
def test_what_is_not_utf8_is_left(text: str, meant: str) -> None:
    assert mend(text) == meant
