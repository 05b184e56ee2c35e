"""Recognise: places in several languages and spellings are found, as written, and other words are not."""

import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fanal.places.known import CITY, COUNTRY, DISTRICT, of_names
from fanal.places.noted import note
from fanal.places.recognise import (
    AT_HOME,
    BESIDE,
    CLEAR_HOME,
    IN_A_TAG,
    LEAST,
    MARKED,
    NO_HOME,
    UNSURE_HOME,
    Recognised,
    recognise,
)
from fanal.places.span_cues import TYPES
from fanal.places.tagger import load_tagger
from fanal.text.spelling import ADDRESS, HANDLE, spell
from fanal.text.words import read

KNOWN = of_names(
    [
        ("Mosul", CITY, 1_700_000),
        ("الموصل", CITY, 1_700_000),
        ("سنجار", DISTRICT, 300_000),
        ("Tal Afar", DISTRICT, 200_000),
        ("Şengal", DISTRICT, 300_000),
        ("شنگال", DISTRICT, 300_000),
        ("Irak", COUNTRY, 40_000_000),
        ("Puerto Rico", COUNTRY, 3_000_000),
        ("U.S.", COUNTRY, 330_000_000),
    ]
)


def found(texts: list[str]) -> tuple[Recognised, list[str]]:
    array = pa.array(texts, pa.large_string())
    spans = recognise(read(array), array, KNOWN, load_tagger())
    return spans, [texts[row][a:b] for row, a, b in zip(spans.row, spans.start, spans.end, strict=True)]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("The road to Mosul is closed", "Mosul"),
        ("need water in tal afar please", "tal afar"),
        ("المياه مقطوعة في مدينة الموصل", "مدينة الموصل"),
        ("Mosul", "Mosul"),
        ("سنجار", "سنجار"),
        ("Rain in #PuertoRico today", "PuertoRico"),
        ("Les familles ont fui vers le nord, en Irak", "Irak"),
        ("Aileler Şengal'den kaçtı", "Şengal"),
        ("خێزانەکان لە شنگال بۆ گوندەکان ڕۆیشتن", "شنگال"),
    ],
)
def test_a_place_is_found(text: str, place: str) -> None:
    spans, written = found([text])
    assert written == [place]
    assert spans.presence[0] >= MARKED
    assert spans.name[0] >= 0


@pytest.mark.parametrize(("text", "place"), [("#PrayForMosul", "Mosul"), ("#مع_سنجار", "سنجار")])
def test_a_place_in_a_longer_hashtag_is_found_and_not_marked(text: str, place: str) -> None:
    spans, written = found([text])
    assert written == [place]
    assert LEAST <= IN_A_TAG <= spans.presence[0] < MARKED


@pytest.mark.parametrize("text", ["We are fine", "", "https://x.org/Mosul", "شكرا لكم"])
def test_other_words_are_not_places(text: str) -> None:
    assert found([text])[1] == []


def test_a_clitic_is_noted_and_belongs_to_the_span() -> None:
    spans, written = found(["وصلنا إلى مدينة سنجار وبالموصل"])
    assert "وبالموصل" in written or not spans.peeled.any()


def test_the_full_stop_of_an_abbreviation_belongs_to_it() -> None:
    assert found(["Storms across the U.S. this week"])[1] == ["U.S."]


WORDS = st.sampled_from(
    ["Mosul", "#TalAfarMosul", "tal", "Afar", "U.S.", "Irak", "شنگال", "#مع_سنجار", "zzz", ","]
)


@given(st.lists(st.text(max_size=40) | st.lists(WORDS, max_size=6).map(" ".join), max_size=4))
def test_whatever_is_written_spans_lie_in_their_texts(texts: list[str]) -> None:
    spans, _ = found([text.encode("utf-8", "ignore").decode() for text in texts])
    for row, start, end in zip(spans.row, spans.start, spans.end, strict=True):
        assert 0 <= start < end <= len(texts[row])
    follow = spans.row[1:] == spans.row[:-1]
    assert (spans.first_word[1:] > spans.last_word[:-1])[follow].all()
    assert all(0 <= kind < len(TYPES) for kind in spans.type)
    assert all(LEAST <= presence <= 1 for presence in spans.presence)


HOME = np.array(
    [CLEAR_HOME, NO_HOME, UNSURE_HOME, CLEAR_HOME, NO_HOME, NO_HOME, UNSURE_HOME, NO_HOME, NO_HOME]
)
"""Of the names of KNOWN: Mosul and Tal Afar are clear, سنجار and Irak everyday words too."""


@given(
    st.lists(
        st.lists(
            st.one_of(WORDS, st.sampled_from(["Mosul", "سنجار", "Irak", "@Mosul", "tal afar"])), max_size=7
        )
    )
)
@example([["#مع_سنجار", "Mosul", "#TalAfarMosul", "tal afar"]])  # a name across two gave way to one of them
def test_names_of_home_are_at_least_so_likely(texts: list[list[str]]) -> None:
    array = pa.array([" ".join(text) for text in texts], pa.large_string())
    text = read(array)
    spelled = spell(text, array)
    noted = note(spelled, text.folded, KNOWN)
    found = recognise(text, array, KNOWN, load_tagger(), least=0.0, home=HOME.astype(np.int8))
    what = np.where(noted.name >= 0, HOME[noted.name], NO_HOME)
    for begin, end in itertools.pairwise(spelled.words.offsets.tolist()):
        for word in range(begin, end):
            if noted.reach[word] != word or spelled.tag[word] in (HANDLE, ADDRESS):
                continue
            last = int(noted.until[word])
            beside = last + 1 < end and what[last + 1] == CLEAR_HOME
            beside |= word > begin and what[word - 1] == CLEAR_HOME
            least = AT_HOME if what[word] == CLEAR_HOME else BESIDE * (what[word] == UNSURE_HOME and beside)
            across = (found.first_word <= last) & (found.last_word >= word)
            # It stands there so likely, or what the tagger found across it is likelier, or several lie within.
            assert not least or found.presence[across].max() >= least or across.sum() > 1
