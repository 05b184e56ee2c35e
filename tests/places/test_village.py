"""Misspelt villages are found beside the area that holds them, and nowhere else."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.places.conftest import Read

from fanal.places.locate import Locator
from fanal.places.misspelt import MOST_LETTERS, distance, key_of, skeleton, wraps
from fanal.places.span import load_wrapping
from fanal.text import words

SINJAR = "pcode:IQG15Q07"
LETTERS = st.text("abcdefghij", max_size=12)


def slowly(one: str, two: str) -> int:
    """Return the edit distance by its definition."""
    if not one or not two:
        return len(one) + len(two)
    if one[0] == two[0]:
        return slowly(one[1:], two[1:])
    return 1 + min(slowly(one[1:], two), slowly(one, two[1:]), slowly(one[1:], two[1:]))


def codes(text: str) -> np.ndarray:
    return np.array([ord(letter) for letter in text], np.uint32)


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_the_distance_is_that_of_the_definition(one: str, two: str) -> None:
    before, row = np.empty(MOST_LETTERS + 1, np.int64), np.empty(MOST_LETTERS + 1, np.int64)
    assert distance(codes(one), codes(two), 99.0, before, row) == slowly(one, two)
    near = distance(codes(one), codes(two), 2.0, before, row)
    assert near == slowly(one, two) if slowly(one, two) <= 2 else near > 2


def bones(text: str) -> list[int]:
    """Return the skeleton of a text."""
    read = words.read(pa.array([text]))
    out = np.empty(MOST_LETTERS, np.uint8)
    found = read.words
    codes = read.folded.codes
    wrapped = np.array(
        [wraps(a, b, codes, load_wrapping()) for a, b in zip(found.start, found.end, strict=True)]
    )
    size = skeleton(0, len(found), (found.start, found.end, codes, wrapped), out)
    return out[:size].tolist()


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("Khana Sor", "Khena sor"),
        ("Al-Qahtaniya", "Kahtania"),
        ("Tal Banat", "Til Bannat village"),
        ("Rabareen", "Rabarin"),
        ("خانصور", "خانه سور"),
        ("Lazaga", "Lasaga"),
    ],
)
def test_spellings_of_one_name_share_a_skeleton(one: str, two: str) -> None:
    assert bones(one) == bones(two)


@given(LETTERS, st.integers(0, 11))
def test_a_letter_left_out_is_the_key_of_the_rest(text: str, at: int) -> None:
    letters = np.array([ord(letter) % 9 + 1 for letter in text], np.uint8)
    if at < len(letters):
        rest = np.delete(letters, at)
        assert key_of(letters, len(letters), at, 7) == key_of(rest, len(rest), -1, 7)


@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
@pytest.mark.parametrize("name", ["Khana Sor", "Khena Sor", "Khanasoor", "Khana Soor village"])
def test_a_village_is_found_beside_its_district(of_iraq: Locator, name: str) -> None:
    texts = pa.array([f"Families left {name} near Sinjar", f"Families left {name}"])
    found = of_iraq.reader.read(texts, [None, None])
    gazetteer = of_iraq.reader.gazetteer
    told = {
        (int(row), gazetteer.names[int(found.entry[begin])].as_py())
        for row, begin, end in zip(found.row, found.offsets, found.offsets[1:], strict=False)
        if end > begin
    }
    assert any(row == 0 and "Khana" in place for row, place in told), told


def test_what_is_no_village_stays_unread(read: Read) -> None:
    [found] = read("The road to Mosul is closed, please send Water today")
    assert max(found, key=lambda area: found[area]) == "pcode:IQG15Q05"
    assert sum(share > 0.3 for share in found.values()) == 1


def test_an_area_elsewhere_does_not_hold_it(of_iraq: Locator) -> None:
    texts = pa.array(["Families left Khena Sor near Basrah"])
    found = of_iraq.reader.read(texts, [None])
    areas = of_iraq.ground.area[found.entry]
    assert SINJAR not in {of_iraq.ground.codes[int(area)].as_py() for area in areas if area >= 0}
