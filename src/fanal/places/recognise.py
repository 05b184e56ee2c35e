"""Recognise: the names of places in texts, whichever they may be, each with the probability that it is one."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.places.known import CLEAR, NOTHING, Known
from fanal.places.noted import DOUBT, KIND, LENGTH, PEELED, PEOPLE, SHAPE, WAY, Noted, note
from fanal.places.span_cues import TYPE_OF_KIND
from fanal.places.tagger import Tagger, tag
from fanal.text.fold import Folded
from fanal.text.phrases import match
from fanal.text.spelling import ADDRESS, HANDLE, JOINED, LOWER, PIECE, Spelled, spell
from fanal.text.words import Text

LEAST = 0.2
"""What is less likely is not handed on."""

MARKED = 0.35
"""From here on a person would have marked the name: the threshold of the best F1 when each event of IDRISI is left out
in turn. Measure recognition with this; give a resolver all that `recognise` returns."""

LEAST_IN_A_TAG = 2
"""Step of people that such a name needs."""

IN_A_TAG = 0.25
"""At least so likely is a clear name inside a longer hashtag (#PrayForMosul): nobody marks it, but it tells where."""

LEAST_IF_SMALL = 3
"""The same outside tags for a name in small letters, or of a first word shorter than LEAST_LENGTH."""

LEAST_LENGTH = 2
"""Step of length, see `noted`: five letters."""

BY_NAME = 0.5
"""At least so likely is a clear name where the tagger does not know the language, or where all is names."""

AT_HOME = 0.6
"""At least so likely is a name that means a place of the stream's own country, whatever the tagger says: a guess."""

BESIDE = 0.8
"""At least so likely is a name of home that is a given name or an everyday word too, beside a clear one: a guess."""

NO_HOME, CLEAR_HOME, UNSURE_HOME = range(3)
"""What a name is to a stream: nothing; the name of a place at home; that, and a given name or an everyday word."""

UNSPOKEN = 0.22
"""Share of the words of a text that the tagger has learned, below which it does not know the language."""


_NOWHERE = np.zeros(0, np.int8)
"""No home."""

Standing = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]
"""Number, first and last word of names, and whether something was peeled off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Hold m names of places, by row and word."""

    row: NDArray[np.int64]  # m; the text
    first_word: NDArray[np.int64]  # m; places in the words of `spelled`
    last_word: NDArray[np.int64]  # m; included
    start: NDArray[np.int64]  # m; first code point of the text as written, clitics included
    end: NDArray[np.int64]  # m; behind the last one
    type: NDArray[np.int8]  # m; a place in `span_cues.TYPES`
    presence: NDArray[np.float64]  # m; 0 to 1
    name: NDArray[np.int64]  # m; number of the gazetteer's name in it, -1: none
    peeled: NDArray[np.bool_]  # m; that name was read behind a clitic or before an ending
    spelled: Spelled  # the words that the numbers above count
    names: Standing  # the longest names that stand in the texts, in places or not

    def __len__(self) -> int:
        """Return the number of names."""
        return len(self.row)


def recognise(
    text: Text,
    texts: pa.Array | pa.ChunkedArray,
    known: Known,
    tagger: Tagger,
    *,
    least: float = LEAST,
    home: NDArray[np.int8] | None = None,
) -> Recognised:
    """Find the names of places.

    Args:
        text: what `words.read` gave for `texts`.
        texts: as they were written, n.
        known: the names of the gazetteer.
        tagger: the weights.
        least: presence from which on a name is returned.
        home: of each name NO_HOME to UNSURE_HOME; None: there is no home.

    >>> from fanal.places.known import of_names
    >>> from fanal.places.tagger import load_tagger
    >>> from fanal.text.words import read
    >>> texts = pa.array(["The road to Tal Afar is closed"])
    >>> found = recognise(read(texts), texts, of_names([("Tal Afar", 4, 200_000)]), load_tagger())
    >>> [texts[0].as_py()[a:b] for a, b in zip(found.start, found.end)], found.name.tolist()
    (['Tal Afar'], [0])
    """
    spelled = spell(text, texts)
    noted = note(spelled, text.folded, known)
    found = spelled.words
    spans, sure, spoken = tag(
        (found.hash, text.folded.codes, found.start, found.end),
        found.offsets,
        (noted.columns, noted.post, noted.name, noted.reach, noted.until),
        known.kinds,
        (tagger.dense, tagger.key, tagger.lexical),
        (tagger.type_dense, tagger.type_key, tagger.type_lexical),
        tagger.steps,
    )
    spans, sure = _with_names(spans, sure, spoken, spelled, noted, known, home)
    kept = sure >= least
    spans, sure = spans[kept], sure[kept]
    row, first, last, kind = np.ascontiguousarray(spans.T)
    name, peeled = _names(first, last, noted)
    return Recognised(
        row=row,
        first_word=first,
        last_word=last,
        start=spelled.start[first].astype(np.int64),
        end=spelled.end[last].astype(np.int64) + _stops(first, last, spelled),
        type=kind.astype(np.int8),
        presence=sure,
        name=name,
        peeled=peeled,
        spelled=spelled,
        names=_standing(noted),
    )


def names_in(spelled: Spelled, folded: Folded, known: Known) -> Standing:
    """Return every name that stands in the texts, also one within another: for spans that someone else marked."""
    found = spelled.words
    tables = [known.phrases, known.glued, *([known.own] if known.own is not None else [])]
    ways = [match(found, folded, table, clitics=True) for table in tables]
    parts = [(one.number, one.first, one.last, one.peeled) for one in ways]
    longest = _standing(note(spelled, folded, known))
    number, first, last, peeled = (np.concatenate(one) for one in zip(*parts, longest, strict=True))
    return number, first, last, peeled


def _standing(noted: Noted) -> Standing:
    """Return the longest names that were noted."""
    first = np.flatnonzero((noted.name >= 0) & (noted.reach == np.arange(len(noted.name))))
    return noted.name[first], first, noted.until[first], noted.columns[first, WAY] == PEELED


def _with_names(
    spans: NDArray[np.int64],
    sure: NDArray[np.float64],
    spoken: NDArray[np.float64],
    spelled: Spelled,
    noted: Noted,
    known: Known,
    home: NDArray[np.int8] | None,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the spans with the clear names that the tagger left: in longer hashtags, and in other languages.

    A name in a tag is at least IN_A_TAG likely; one in a text of which the tagger knows few words (UNSPOKEN), and which
    is no long one in its languages, BY_NAME; one of home AT_HOME.
    """
    first, floor, row_of = _left(
        spelled.words.offsets,
        spelled.tag,
        (noted.columns, noted.name, noted.reach, noted.until),
        spoken,
        _NOWHERE if home is None else home,
    )
    last = noted.until[first]
    # Where the tagger found just this, it is at least so likely; what it found across is kept where it is likelier.
    drop = np.zeros(len(spans), np.bool_)
    there = np.zeros(len(first), np.bool_)
    if len(spans):
        before = np.searchsorted(spans[:, 1], first, side="right") - 1
        # A name across several that the tagger found is left out: they say more.
        there |= np.searchsorted(spans[:, 1], last, side="right") - before > 2
        open_ = ~there
        held = []
        for at in (before, before + 1):
            beside = np.clip(at, 0, len(spans) - 1)
            across = open_ & (at == beside) & (spans[beside, 1] <= last) & (spans[beside, 2] >= first)
            same = across & (spans[beside, 1] == first) & (spans[beside, 2] == last)
            np.maximum.at(sure, beside[same], floor[same])
            kept = same | (across & (sure[beside] >= floor))
            drop[beside[across & ~kept]] = True
            held.append((beside, kept))
        for beside, kept in held:  # what another name takes the place of holds none
            there |= kept & ~drop[beside]
    floor, first, last, row = floor[~there], first[~there], last[~there], row_of[~there]
    spans, sure = spans[~drop], sure[~drop]
    kind = TYPE_OF_KIND[known.kind[noted.name[first]]]
    spans = np.concatenate([spans, np.stack([row, first, last, kind], axis=1)])
    sure = np.concatenate([sure, floor])
    order = np.argsort(spans[:, 1], kind="stable")
    return spans[order], sure[order]


@njit(cache=True, nogil=True)
def _left(
    offsets: NDArray[np.int64],
    tag: NDArray[np.uint8],
    noted: tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]],
    spoken: NDArray[np.float64],
    home: NDArray[np.int8],
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int64]]:
    """Return where names begin that are at least so likely whatever the tagger says, how likely, and their rows.

    Args:
        offsets: of the rows.
        tag: of each word.
        noted: columns, name, reach and until.
        spoken: of each row, the share of its words that the tagger has learned.
        home: of each name; empty: there is no home.
    """
    columns, name, reach, until = noted
    first = np.empty(len(name), dtype=np.int64)
    floor = np.empty(len(name), dtype=np.float64)
    rows = np.empty(len(name), dtype=np.int64)
    used = 0
    for row in range(len(offsets) - 1):
        begin, end = offsets[row], offsets[row + 1]
        for word in range(begin, end):
            if name[word] < 0 or reach[word] != word:
                continue
            least = _clear(columns[word], tag[word], spoken[row] < UNSPOKEN)
            if len(home) and tag[word] != HANDLE and tag[word] != ADDRESS:
                what = home[name[word]]
                if what == UNSURE_HOME:
                    behind = until[word] + 1
                    beside = behind < end and name[behind] >= 0 and home[name[behind]] == CLEAR_HOME
                    beside |= word > begin and name[word - 1] >= 0 and home[name[word - 1]] == CLEAR_HOME
                    least = max(least, BESIDE * beside)
                least = max(least, AT_HOME * (what == CLEAR_HOME))
            if least > 0.0:
                first[used], floor[used], rows[used] = word, least, row
                used += 1
    return first[:used], floor[:used], rows[:used]


@njit(cache=True, nogil=True)
def _clear(column: NDArray[np.uint8], tag: int, unspoken: bool) -> float:
    """Return how likely at least a clear name is in a longer hashtag or a text of another language; elsewhere 0."""
    if (
        column[DOUBT] != CLEAR
        or column[PEOPLE] < LEAST_IN_A_TAG
        or column[WAY] == PEELED
        or column[KIND] == NOTHING
    ):
        return 0.0
    if tag in (PIECE, JOINED):
        return IN_A_TAG
    small = (column[SHAPE] == LOWER or column[LENGTH] < LEAST_LENGTH) and column[PEOPLE] < LEAST_IF_SMALL
    return BY_NAME if unspoken and tag != HANDLE and not small else 0.0


def _names(
    first: NDArray[np.int64], last: NDArray[np.int64], noted: Noted
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the gazetteer's name in each span: that of its last word, else of its first, if it lies within."""
    name = np.full(len(first), -1, np.int64)
    peeled = np.zeros(len(first), np.bool_)
    for word in (first, last):
        inside = (noted.name[word] >= 0) & (noted.reach[word] >= first) & (noted.until[word] <= last)
        name[inside] = noted.name[word[inside]]
        peeled[inside] = noted.columns[word[inside], WAY] == PEELED
    return name, peeled


def _stops(first: NDArray[np.int64], last: NDArray[np.int64], spelled: Spelled) -> NDArray[np.int64]:
    """Return 1 where the full stop behind a span belongs to it, as in U.S., else 0."""
    single = spelled.words.end[last] - spelled.words.start[last] == 1
    within = spelled.dotted[last] & spelled.dotted[np.maximum(last - 1, 0)]
    return np.where(single & (last > first) & within, 1, 0)
