"""Written letters against a slow search, and that folding case alone marks none."""

import unicodedata

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.text import written
from fanal.text.fold import fold
from fanal.text.grams import buckets
from fanal.text.weights import LANGUAGE_WIDTH, Weights

TEXT = st.text(
    st.sampled_from("aÉéŞşıİيیىکكةەئdž ́‌1۳🙂漢") | st.characters(exclude_categories=["Cs"]), max_size=30
)
BITS, CAP = 8, 5


def marked(text: str) -> list[str]:
    """Return the letters of which the fold loses more than the case, in lower case."""
    found = []
    for letter in text[: CAP * written.LONGEST]:
        lower = letter.lower() if len(letter.lower()) == 1 else letter
        loses = fold(pa.array([lower], pa.large_string())).text(0) != lower
        kind = unicodedata.category(letter)[0] in "LM"
        if 0x80 <= ord(letter) < written.LAST_LETTER and (letter == "\u200c" or (kind and loses)):
            found.append(lower)
    return found


@settings(deadline=None)
@given(st.lists(TEXT, max_size=4))
def test_written_letters_are_those_of_the_slow_search(texts: list[str]) -> None:
    column = pa.array(texts, pa.large_string())
    table = np.arange(LANGUAGE_WIDTH << BITS).astype(np.int8).reshape(-1, LANGUAGE_WIDTH)
    offsets, hashes = written.features(column, cap=CAP)
    sums = np.zeros((len(texts), LANGUAGE_WIDTH), np.int32)
    grams = np.zeros(len(texts), np.int32)
    written.weigh(column, Weights(table=table, bits=BITS, cap=CAP), sums, grams)
    for row, text in enumerate(texts):
        here = hashes[offsets[row] : offsets[row + 1]]
        letters = marked(text)
        assert here.tolist() == [int(written.load_marked()[ord(letter)]) for letter in letters]
        assert grams[row] == len(letters)
        assert sums[row].tolist() == table[buckets(here, BITS)].astype(np.int64).sum(axis=0).tolist()
