"""Misspelt villages are found beside the area that holds them, and nowhere else."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.places.conftest import Read

from fanal.places.entry import Kind
from fanal.places.file import Gazetteer
from fanal.places.locate import Locator
from fanal.places.misspelt import (
    FARTHEST,
    LEAST_CASELESS,
    LEAST_KEPT,
    LEAST_SKELETON,
    MOST_LETTERS,
    MOST_WORDS,
    distance,
    key_of,
    letters_of,
    may_be_near,
    outline_of,
    skeleton,
    wraps,
)
from fanal.places.span import load_wrapping
from fanal.places.village import (
    FARTHEST_IF_SHORT,
    FARTHEST_IN_REGION,
    LEAST_FIRST,
    LEAST_LETTERS,
    MOST_WORDS_CASELESS,
    SHORT,
    STRICT,
    find,
)
from fanal.text import words
from fanal.text.spelling import LOWER, NO_CASE, PLAIN, spell

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


NEARLY = st.text("abcdeابتث", min_size=1, max_size=9)


@given(NEARLY, NEARLY, st.sampled_from([STRICT, FARTHEST_IN_REGION, FARTHEST]))
def test_an_outline_keeps_no_two_names_apart_that_are_near(one: str, two: str, far: float) -> None:
    near = slowly(one, two) <= far * max(len(one), len(two))
    if near and (one[0] == two[0] or one[-1] == two[-1]):
        assert may_be_near(outline_of(codes(one)), outline_of(codes(two)), far)


def bones(text: str) -> list[int]:
    """Return the skeleton of a text."""
    return taken_apart(text)[0]


def taken_apart(text: str) -> tuple[list[int], str]:
    """Return the skeleton of a text, and its letters without wrapping words."""
    read = words.read(pa.array([text]))
    out, letters = np.empty(MOST_LETTERS, np.uint8), np.empty(MOST_LETTERS, np.uint32)
    found = read.words
    codes = read.folded.codes
    wrapped = np.array(
        [wraps(a, b, codes, load_wrapping()) for a, b in zip(found.start, found.end, strict=True)]
    )
    cut = (found.start, found.end, codes, wrapped)
    size, count = skeleton(0, len(found), cut, out), letters_of(0, len(found), cut, letters)
    return out[:size].tolist(), "".join(map(chr, letters[:count]))


class Slow:
    """Look every run of words up among all villages of one governorate, by what `find` says that it does."""

    def __init__(self, locator: Locator, code: str) -> None:
        gazetteer = locator.reader.gazetteer
        self.holder, self.kind = gazetteer.holder, gazetteer.kind
        self.region = gazetteer.identifiers.to_pylist().index(code)
        self.names: dict[tuple[int, ...], set[tuple[str, int]]] = {}
        self.plain: list[str] = []
        inside = (gazetteer.kind == Kind.DISTRICT) & (self.holder == self.region)
        self.districts = np.flatnonzero(inside).tolist()
        inside = np.isin(gazetteer.entry, np.flatnonzero(self._lie_inside(gazetteer.kind == Kind.CITY)))
        number = np.searchsorted(gazetteer.offsets, np.flatnonzero(inside), side="right") - 1
        for name, entry in zip(number.tolist(), gazetteer.entry[inside].tolist(), strict=True):
            made, letters = taken_apart(written_of(gazetteer, name))
            self.plain.append(letters)
            for key in self.keys(made, LEAST_SKELETON, left_out=True):
                self.names.setdefault(key, set()).add((letters, entry))

    def _lie_inside(self, some: np.ndarray) -> np.ndarray:
        found = np.zeros(len(some), np.bool_)
        for entry in np.flatnonzero(some).tolist():
            found[entry] = self.region in self.above(entry)
        return found

    def above(self, entry: int) -> list[int]:
        found = []
        while (entry := int(self.holder[entry])) >= 0:
            found.append(entry)
        return found

    def keys(self, bones: list[int], least: int, *, left_out: bool) -> set[tuple[int, ...]]:
        if len(bones) < least:
            return set()
        each = range(len(bones)) if left_out and len(bones) > LEAST_KEPT else ()
        return {tuple(bones), *(tuple(bones[:at] + bones[at + 1 :]) for at in each)}

    def alike(self, run: str, area: list[int], *, caseless: bool) -> float:
        """Return how alike the likest village is, -1: none is near enough."""
        made, letters = taken_apart(run)
        best = -1.0
        if len(letters) < LEAST_LETTERS:
            return best
        for key in self.keys(made, LEAST_CASELESS if caseless else LEAST_SKELETON, left_out=not caseless):
            for name, entry in self.names.get(key, ()):
                if letters[0] != name[0] and letters[-1] != name[-1]:
                    continue
                most = STRICT if caseless else FARTHEST_IF_SHORT if len(made) <= SHORT else FARTHEST
                far = 0.0
                for holder in set(self.above(entry)) & set(area):
                    wide = FARTHEST_IN_REGION if holder == self.region else FARTHEST
                    far = max(far, min(most, wide))
                share = 1.0 - levenshtein(letters, name) / max(len(letters), len(name))
                best = max(best, share if share >= 1.0 - far else -1.0)
        return best


def written_of(gazetteer: Gazetteer, name: int) -> str:
    """Return a name of the gazetteer, word by word."""
    table = gazetteer.phrases
    words_ = range(table.first[name], table.first[name + 1])
    return " ".join("".join(map(chr, table.codes[table.start[at] : table.end[at]])) for at in words_)


def levenshtein(one: str, two: str) -> int:
    """Return the edit distance, row by row."""
    row = list(range(len(two) + 1))
    for i, letter in enumerate(one, 1):
        before, row = row, [i]
        for j, other in enumerate(two, 1):
            row.append(min(before[j - 1] + (letter != other), before[j] + 1, row[j - 1] + 1))
    return row[-1]


@pytest.fixture(scope="module")
def ninewa(of_iraq: Locator) -> Slow:
    return Slow(of_iraq, "pcode:IQG15")


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_found_is_what_looking_at_every_village_finds(
    of_iraq: Locator, ninewa: Slow, data: st.DataObject
) -> None:
    plain = st.sampled_from(
        ["The", "roads", "are closed", "al", "Northern", "village", "من", "الى", "قرية", "IN"]
    )
    spelt = st.sampled_from(ninewa.plain).flatmap(lambda name: st.sampled_from(misspellings(name)))
    pieces = data.draw(st.lists(st.one_of(plain, spelt), min_size=1, max_size=8))
    areas = sorted({ninewa.region, data.draw(st.sampled_from(ninewa.districts))})
    texts = pa.array([" ".join(pieces)], pa.large_string())
    read = words.read(texts)
    spelled = spell(read, texts)
    cut = spelled.words
    taken = np.array(data.draw(st.lists(st.booleans(), min_size=len(cut), max_size=len(cut))), np.bool_)
    if data.draw(st.booleans()):
        taken[:] = False
    found = find(
        spelled,
        read.folded.codes,
        taken,
        np.zeros(len(areas), np.int64),
        np.array(areas, np.int32),
        of_iraq.reader.villages,
        of_iraq.reader.gazetteer,
    )
    written = read.folded.text(0)
    free = ~taken & (spelled.tag == PLAIN)
    wrapping = load_wrapping()
    wanted = []
    word = 0
    while word < len(cut):
        size, caseless = int(cut.end[word] - cut.start[word]), bool(spelled.shape[word] == NO_CASE)
        leads = wraps(int(cut.start[word]), int(cut.end[word]), read.folded.codes, wrapping) and size > 2
        best, best_last = -1.0, word
        if spelled.shape[word] != LOWER and not leads and not (caseless and size < LEAST_FIRST):
            for last in range(word, min(len(cut), word + (MOST_WORDS_CASELESS if caseless else MOST_WORDS))):
                if not free[last]:
                    break
                run = written[cut.start[word] : cut.end[last]]
                share = ninewa.alike(run, areas, caseless=caseless)
                if share >= 0 and share >= best:
                    best, best_last = share, last
        if best >= 0:
            wanted.append((word, best_last, pytest.approx(best)))
            word = best_last
        word += 1
    assert list(zip(found.first.tolist(), found.last.tolist(), found.share.tolist(), strict=True)) == wanted
    for entry in found.entry.tolist():
        assert ninewa.region in ninewa.above(entry)


def misspellings(name: str) -> list[str]:
    """Return a name as it is, with a capital, and with a letter left out, doubled or changed."""
    title = name.title()
    return [name, title, title[:-1], title[0] + title[2:], title[:2] + title[1:], title[:3] + "x" + title[4:]]


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
