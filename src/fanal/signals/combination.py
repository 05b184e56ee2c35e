"""Combination: which indicators stand in posts, by phrases with gaps and by groups of phrases near one another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fanal.signals.lexicon import Indicator
from fanal.signals.pattern import MOST_GAP, cut, pieces
from fanal.text import phrases
from fanal.text.phrases import MOST_WORDS, Matches, Phrases, match
from fanal.text.words import Text, Words

RING = 16
"""Places kept of each piece: from a match, its own words and the gap behind it reach no further."""

ANYWHERE = 1 << 40
"""Words of a stretch that ends nowhere: for an indicator of one group, whose gaps say enough."""

_NONE = -1
_LAST = -1

if MOST_WORDS + MOST_GAP >= RING or RING & (RING - 1):
    raise ValueError("A gap reaches beyond what is kept.")

_Matches = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]
"""Row, piece, first and last word of each match."""

_Rules = tuple[
    NDArray[np.int64],
    NDArray[np.bool_],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
    NDArray[np.int64],
]
"""The arrays of Rules, in their order."""

_Walked = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]
"""Text and indicator of each pair that stands. Then for each match: the match of the next piece, the last word of the
phrase that begins here (-1: none does), whether from here on a stretch holds all groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Hold which phrases must stand near which; the pieces of a phrase with gaps are numbered in a row."""

    phrases: Phrases  # numbered by piece
    gap: NDArray[np.int64]  # p; most words between a piece and the next, -1: nothing follows
    head: NDArray[np.bool_]  # p; a phrase begins with this piece
    group_of: NDArray[np.int64]  # p
    indicator_of: NDArray[np.int64]  # g
    groups: NDArray[np.int64]  # i + 1; the groups of i are groups[i] to groups[i + 1]
    within: NDArray[np.int64]  # i; words of the stretch that must hold a phrase of each group

    def arrays(self) -> _Rules:
        """Return the arrays as a kernel takes them."""
        return self.gap, self.head, self.group_of, self.indicator_of, self.groups, self.within


@dataclass(frozen=True, slots=True, kw_only=True)
class Combinations:
    """Hold what must stand where for each indicator, and what must not stand beside it."""

    wanted: Rules
    unless: Rules  # of the same indicators; some have no group
    asks: NDArray[np.bool_]  # i; the indicator has phrases in `unless`


def compile(indicators: Sequence[Indicator]) -> Combinations:  # noqa: A001 - as in re.compile
    """Make indicators ready for matching.

    Raises:
        ValueError: a gap is written wrongly.
    """
    return Combinations(
        wanted=_compile([one.groups for one in indicators], [one.within for one in indicators]),
        unless=_compile(
            [(one.unless,) if one.unless else () for one in indicators], [ANYWHERE] * len(indicators)
        ),
        asks=np.array([bool(one.unless) for one in indicators], dtype=np.bool_),
    )


def stand(read: Text, combinations: Combinations) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Say which indicators stand in which texts.

    A phrase with gaps stands where its pieces follow one another with at most so many words between. An indicator
    stands in a text when a stretch of at most `within` words holds a phrase of each of its groups, and no phrase of
    its `unless` stands anywhere in the text. Phrases of two groups may share words.

    Time and memory grow with the number of matches alone, however often a text repeats itself: the matches are walked
    once, from the end, with the nearest end of each group and of each piece at hand. `unless` is looked for only in
    texts where an indicator that has one would stand.

    Args:
        read: n texts.
        combinations: of i indicators.

    Returns:
        Text and indicator of each pair that stands, ascending, each once.

    >>> import pyarrow as pa
    >>> from fanal.signals.lexicon import load_lexicon
    >>> from fanal.text import words
    >>> indicators = load_lexicon()
    >>> rows, places = stand(words.read(pa.array(["", "We need water"])), compile(indicators))
    >>> [(row, indicators[place].id) for row, place in zip(rows.tolist(), places.tolist(), strict=True)]
    [(1, 'need.supplies.en')]
    """
    seen = match(read.words, read.folded, combinations.wanted.phrases, clitics=True)
    rows, indicators, *_ = _walk(_columns(seen), read.words.offsets, combinations.wanted.arrays())
    return _permitted(rows, indicators, read, combinations)


def reasons(
    read: Text, combinations: Combinations
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Say which words make the indicators stand, where `stand` says that they do.

    A phrase is a reason when a stretch of at most `within` words holds it and a phrase of each other group. Of a phrase
    with gaps each piece is given, in the reading that ends first.

    Returns:
        Indicator, first word and last word (included; places in `read.words`); the same may come twice.
    """
    wanted = combinations.wanted
    seen = match(read.words, read.folded, wanted.phrases, clitics=True)
    columns = _columns(seen)
    rows, indicators, after, ends, whole = _walk(columns, read.words.offsets, wanted.arrays())
    rows, indicators = _permitted(rows, indicators, read, combinations)
    held = rows * len(wanted.within) + indicators
    indicator, at = _reasons(columns, wanted.arrays(), held, after, ends, whole)
    return indicator, seen.first[at], seen.last[at]


def _compile(wanted: Sequence[Sequence[Sequence[str]]], within: Sequence[int]) -> Rules:
    """Number the pieces and groups of the phrases of each indicator."""
    forms: list[tuple[str, int]] = []
    gap: list[int] = []
    head: list[bool] = []
    group_of: list[int] = []
    indicator_of: list[int] = []

    def add(piece: Sequence[str], *, begins: bool, behind: int) -> None:
        forms.extend((form, len(gap)) for form in piece)
        gap.append(behind)
        head.append(begins)
        group_of.append(len(indicator_of))

    for place, groups in enumerate(wanted):
        for group in groups:
            plain: list[str] = []
            for phrase in group:
                parts, gaps = pieces(phrase), cut(phrase)[1]
                if not gaps:
                    plain += parts[0]
                    continue
                for at, part in enumerate(parts):
                    add(part, begins=at == 0, behind=(*gaps, _LAST)[at])
            if plain:  # all phrases without gaps are one piece
                add(list(dict.fromkeys(plain)), begins=True, behind=_LAST)
            indicator_of.append(place)
    counts = [len(groups) for groups in wanted]
    return Rules(
        phrases=phrases.compile(forms),
        gap=np.array(gap, dtype=np.int64),
        head=np.array(head, dtype=np.bool_),
        group_of=np.array(group_of, dtype=np.int64),
        indicator_of=np.array(indicator_of, dtype=np.int64),
        groups=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        within=np.array(
            [one if count > 1 else ANYWHERE for one, count in zip(within, counts, strict=True)],
            dtype=np.int64,
        ),
    )


def _permitted(
    rows: NDArray[np.int64], indicators: NDArray[np.int64], read: Text, combinations: Combinations
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Take out what a phrase of its `unless` forbids, and put the pairs in order."""
    size = len(combinations.asks)
    pair = np.sort(rows * size + indicators)
    asked = np.unique(rows[combinations.asks[indicators]])
    if len(asked):
        found = _of(read.words, asked)
        unless = combinations.unless
        seen = match(found, read.folded, unless.phrases, clitics=True)
        where, which, *_ = _walk(_columns(seen), found.offsets, unless.arrays())
        pair = np.setdiff1d(pair, asked[where] * size + which, assume_unique=True)
    return pair // size, pair % size


def _of(found: Words, rows: NDArray[np.int64]) -> Words:
    """Return the words of some texts."""
    begin, count = found.offsets[rows], np.diff(found.offsets)[rows]
    offsets = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    places = np.repeat(begin - offsets[:-1], count) + np.arange(offsets[-1])
    return Words(hash=found.hash[places], start=found.start[places], end=found.end[places], offsets=offsets)


def _columns(seen: Matches) -> _Matches:
    """Return matches as a kernel takes them."""
    return seen.row, seen.number, seen.first, seen.last


@njit(cache=True, nogil=True)
def _walk(matches: _Matches, offsets: NDArray[np.int64], rules: _Rules) -> _Walked:
    """Walk the matches backwards, so that the first words only fall; return what stands where."""
    rows, numbers, firsts, lasts = matches
    gap, head, group_of, indicator_of, groups, within = rules
    many = len(rows)
    out_row, out_indicator = np.empty(many, np.int64), np.empty(many, np.int64)
    after, ends = np.full(many, _NONE, np.int64), np.full(many, _NONE, np.int64)
    whole = np.zeros(many, np.bool_)
    # Of each piece by its first word (modulo RING): which word that was, the least end from there, the match.
    kept = np.full((len(gap), RING, 3), _NONE, np.int64)
    # Of each group: the text it was last met in, and the least end there.
    met, least = np.full(len(indicator_of), _NONE, np.int64), np.zeros(len(indicator_of), np.int64)
    held = np.full(len(within), _NONE, np.int64)
    used = 0
    for at in range(many - 1, -1, -1):
        row, number, first, end = rows[at], numbers[at], firsts[at], lasts[at]
        if gap[number] != _LAST:
            most = min(end + 1 + gap[number], offsets[row + 1] - 1)
            end, after[at] = _following(kept[number + 1], end + 1, most)
            if end == _NONE:
                continue
        if not head[number]:
            _keep(kept[number, first & (RING - 1)], first, end, at)
            continue
        group = group_of[number]
        indicator = indicator_of[group]
        if met[group] != row or end < least[group]:
            met[group], least[group] = row, end
        ends[at] = end
        mine = (groups[indicator], groups[indicator + 1])
        whole[at] = _whole(mine, met, least, row, first + within[indicator])
        if whole[at] and held[indicator] != row:
            held[indicator] = row
            out_row[used], out_indicator[used] = row, indicator
            used += 1
    return out_row[:used], out_indicator[:used], after, ends, whole


@njit(cache=True, nogil=True)
def _following(kept: NDArray[np.int64], least: int, most: int) -> tuple[int, int]:
    """Return the least end of a piece that begins from `least` to `most`, and its match; -1 for none."""
    best, follower = _NONE, _NONE
    for word in range(least, most + 1):
        slot = kept[word & (RING - 1)]
        if slot[0] == word and (best == _NONE or slot[1] < best):
            best, follower = slot[1], slot[2]
    return best, follower


@njit(cache=True, nogil=True)
def _keep(slot: NDArray[np.int64], first: int, end: int, at: int) -> None:
    """Keep a piece by its first word, if none that ends sooner is kept there."""
    if slot[0] != first or end < slot[1]:
        slot[0], slot[1], slot[2] = first, end, at


@njit(cache=True, nogil=True)
def _whole(
    mine: tuple[int, int],
    met: NDArray[np.int64],
    least: NDArray[np.int64],
    row: int,
    behind: int,
) -> bool:
    """Say whether each group that must stand has ended before `behind`."""
    whole = True
    for group in range(mine[0], mine[1]):
        whole &= met[group] == row and least[group] < behind
    return whole


@njit(cache=True, nogil=True)
def _reasons(
    matches: _Matches,
    rules: _Rules,
    held: NDArray[np.int64],
    after: NDArray[np.int64],
    ends: NDArray[np.int64],
    whole: NDArray[np.bool_],
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Walk the matches forwards with the last beginning of a full stretch of each indicator at hand."""
    rows, numbers, firsts, _ = matches
    _, _, group_of, indicator_of, _, within = rules
    size = len(within)
    # Each phrase is followed through its pieces; together these are no more than the longest phrase allows.
    counted = 0
    for at in range(len(rows)):
        step = at if ends[at] != _NONE else _NONE
        while step != _NONE:
            counted += 1
            step = after[step]
    out_indicator, out_match = np.empty(counted, np.int64), np.empty(counted, np.int64)
    begins, text = np.zeros(size, np.int64), np.full(size, _NONE, np.int64)
    used = 0
    for at in range(len(rows)):
        if ends[at] == _NONE:
            continue
        indicator = indicator_of[group_of[numbers[at]]]
        if whole[at]:
            begins[indicator], text[indicator] = firsts[at], rows[at]
        if text[indicator] != rows[at] or ends[at] >= begins[indicator] + within[indicator]:
            continue
        pair = rows[at] * size + indicator
        place = np.searchsorted(held, pair)
        if place == len(held) or held[place] != pair:
            continue
        step = at
        while step != _NONE:
            out_indicator[used], out_match[used] = indicator, step
            used += 1
            step = after[step]
    return out_indicator[:used], out_match[:used]
