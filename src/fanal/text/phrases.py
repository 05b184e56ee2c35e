"""Phrases: a table of word sequences, and where they stand in texts, each match verified letter by letter."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text.fold import Folded, fold
from fanal.text.words import Words, hash_codes, mix, words

MOST_WORDS = 6
"""Words of the longest phrase."""

LEAST_STEM = 3
"""Letters that must stay when a clitic is peeled off: what is shorter is too often a word of its own."""

WAYS = 6
"""Of reading a word: as it stands, and five of peeling something off."""

_ALEF, _LAM = 0x0627, 0x0644
_CLITICS = (0x0648, 0x0628, 0x0644, 0x0643, 0x0641)  # wa-, bi-, li-, ka-, fa-
_ARABIC = (0x0600, 0x06FF)
_STEP = 0x9E3779B97F4A7C15
"""2**64 / golden ratio: makes the sequence hash depend on the order (Steele, Lea and Flood 2014)."""

_NONE = -1

_BITS_A_PHRASE, _MANY = 16, 1_000_000
"""Bits in `begins` for each phrase: fewer than one word in 16 passes that begins no phrase (Bloom 1970); words."""

_Text = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]
"""Hashes, starts and ends of words, offsets of rows, code points."""

_Ours = tuple[NDArray[np.uint64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.uint32]]
"""Hashes of phrases, their first words, starts and ends of words, code points."""

_Table = tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.bool_], NDArray[np.uint8]]
"""Hash, phrase and longer of each slot; bits of first words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """Hold phrases for matching: their words, and an open-addressing hash table of all their beginnings."""

    number: NDArray[np.int64]  # p; the caller's number, in the order of `hash`
    hash: NDArray[np.uint64]  # p, ascending; of the word sequence
    first: NDArray[np.int64]  # p + 1; the words of phrase i are first[i] to first[i + 1]
    start: NDArray[np.int64]  # of each word; a place in `codes`
    end: NDArray[np.int64]  # of each word
    codes: NDArray[np.uint32]  # folded code points
    slot_hash: NDArray[np.uint64]  # 2**k; 0: free
    slot_phrase: NDArray[np.int32]  # the first phrase with this hash, -1: a beginning only
    slot_longer: NDArray[np.bool_]  # a longer phrase begins like this
    begins: NDArray[np.uint8]  # 2**k; a bit for each hash of a first word: most look-ups end here
    left_out: NDArray[np.int64]  # places in the caller's sequence with no word or more than MOST_WORDS

    def __len__(self) -> int:
        """Return the number of phrases that can match."""
        return len(self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """Hold matches in the order of the texts; places of words count through all texts, as in Words."""

    row: NDArray[np.int64]  # m; the text
    number: NDArray[np.int64]  # m; the caller's number of the phrase
    first: NDArray[np.int64]  # m; its first word
    last: NDArray[np.int64]  # m; its last word, included
    peeled: NDArray[np.bool_]  # m; a clitic or article was taken off the first word

    def __len__(self) -> int:
        """Return the number of matches."""
        return len(self.row)


def compile(phrases: Sequence[tuple[str, int]]) -> Phrases:  # noqa: A001 - as in re.compile
    """Make phrases ready for matching.

    Args:
        phrases: (text, number of the caller's), texts of 1 to MOST_WORDS words; a text or a number may come twice.
            A text with no word or with too many is named in `left_out` and never matches.

    >>> table = compile([("Tal Afar", 7), ("تلعفر", 7), ("?", 8)])
    >>> len(table), table.left_out.tolist()
    (2, [2])
    """
    folded = fold(pa.array([text for text, _ in phrases], pa.large_string()))
    found = words(folded)
    number = np.fromiter((number for _, number in phrases), np.int64, len(phrases))
    count = np.diff(found.offsets)
    fit = (count >= 1) & (count <= MOST_WORDS)
    hashes = _hash_sequences(found.hash, found.offsets)
    kept = np.flatnonzero(fit)
    kept = kept[np.argsort(hashes[kept], kind="stable")]
    first = np.concatenate([[0], np.cumsum(count[kept])]).astype(np.int64)
    # The place of each word of the kept phrases, in their new order.
    places = np.repeat(found.offsets[kept] - first[:-1], count[kept]) + np.arange(first[-1])
    room = 2 if first[-1] < _MANY else 1  # they share beginnings: a third of the slots stays free
    slots = 1 << max(3, int(room * first[-1]).bit_length())
    table = _tabulate(hashes[kept], found.hash[places], first, slots)
    return Phrases(
        number=number[kept],
        hash=hashes[kept],
        first=first,
        start=found.start[places],
        end=found.end[places],
        codes=folded.codes,
        slot_hash=table[0],
        slot_phrase=table[1],
        slot_longer=table[2],
        begins=_begins(found.hash[places[first[:-1]]]),
        left_out=np.flatnonzero(~fit),
    )


def match(found: Words, folded: Folded, phrases: Phrases, *, clitics: bool = False) -> Matches:
    """Find every place where a phrase stands as whole words: all matches, not only the longest.

    A hash only says where to look; what is returned was compared code point by code point.

    Args:
        found: the words of `folded`.
        folded: the texts.
        phrases: what to look for.
        clitics: look a word of Arabic script up a second time without what is written onto its front, where at
            least LEAST_STEM letters stay: one of wa-, bi-, li-, ka-, fa-, the article al-, or both. Only the first
            word of a phrase is peeled. Limit: a letter of the stem can look like a clitic; `peeled` says where it was
            done.

    >>> folded = fold(pa.array(["Roads to Tal Afar are closed", "للموصل"]))
    >>> table = compile([("tal afar", 7), ("الموصل", 3)])
    >>> matches = match(words(folded), folded, table, clitics=True)
    >>> matches.row.tolist(), matches.number.tolist(), matches.first.tolist(), matches.last.tolist()
    ([0, 1], [7, 3], [2, 6], [3, 6])
    """
    out, used = _match(
        (found.hash, found.start, found.end, found.offsets, folded.codes),
        (phrases.hash, phrases.first, phrases.start, phrases.end, phrases.codes),
        (phrases.slot_hash, phrases.slot_phrase, phrases.slot_longer, phrases.begins),
        clitics,
    )
    row, phrase, first, last, way = np.ascontiguousarray(out[:used].T)
    return Matches(row=row, number=phrases.number[phrase], first=first, last=last, peeled=way > 0)


@njit(cache=True, nogil=True)
def _extend(value: np.uint64, word: np.uint64) -> np.uint64:
    """Return the hash of a sequence with one more word; never 0, which means a free slot."""
    value = mix((value * np.uint64(_STEP)) ^ word)
    return max(value, np.uint64(1))


def _begins(hashes: NDArray[np.uint64]) -> NDArray[np.uint8]:
    """Return the bits that the hashes of first words set; a power of two of bytes."""
    bits = 1 << max(13, int(_BITS_A_PHRASE * len(hashes)).bit_length())
    at = hashes & np.uint64(bits - 1)
    begins = np.zeros(bits // 8, dtype=np.uint8)
    np.bitwise_or.at(
        begins, (at >> np.uint64(3)).astype(np.int64), np.uint8(1) << (at & np.uint64(7)).astype(np.uint8)
    )
    return begins


@njit(cache=True, nogil=True)
def _may_begin(begins: NDArray[np.uint8], word: np.uint64) -> bool:
    """Say whether a word may begin a phrase; never wrong when it says no."""
    at = np.int64(word & np.uint64(8 * len(begins) - 1))
    return bool((np.int64(begins[at >> 3]) >> (at & 7)) & 1)


@njit(cache=True, nogil=True)
def _hash_sequences(hashes: NDArray[np.uint64], offsets: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Hash each row's whole sequence of words."""
    values = np.zeros(len(offsets) - 1, dtype=np.uint64)
    for row in range(len(values)):
        value = np.uint64(0)
        for at in range(offsets[row], offsets[row + 1]):
            value = _extend(value, hashes[at])
        values[row] = value
    return values


@njit(cache=True, nogil=True)
def _slot(slot_hash: NDArray[np.uint64], value: np.uint64) -> int:
    """Return the slot that holds a hash, or the free one where it would go (linear probing)."""
    mask = len(slot_hash) - 1
    at = int(np.int64(value & np.uint64(mask)))
    while slot_hash[at] != 0 and slot_hash[at] != value:
        at = (at + 1) & mask
    return at


@njit(cache=True, nogil=True)
def _tabulate(
    sequence: NDArray[np.uint64], hashes: NDArray[np.uint64], first: NDArray[np.int64], slots: int
) -> tuple[NDArray[np.uint64], NDArray[np.int32], NDArray[np.bool_]]:
    """Enter every beginning of every phrase; `slots` is a power of two, more than all words."""
    slot_hash = np.zeros(slots, dtype=np.uint64)
    slot_phrase = np.full(slots, _NONE, dtype=np.int32)
    slot_longer = np.zeros(slots, dtype=np.bool_)
    for phrase in range(len(sequence)):
        value = np.uint64(0)
        for at in range(first[phrase], first[phrase + 1]):
            value = _extend(value, hashes[at])
            slot = _slot(slot_hash, value)
            slot_hash[slot] = value
            if at + 1 < first[phrase + 1]:
                slot_longer[slot] = True
            elif slot_phrase[slot] == _NONE:
                slot_phrase[slot] = phrase
    return slot_hash, slot_phrase, slot_longer


@njit(cache=True, nogil=True)
def _same(
    codes: NDArray[np.uint32],
    start: int,
    end: int,
    before: int,
    ours: NDArray[np.uint32],
    at: int,
    behind: int,
) -> bool:
    """Say whether a word (with `before` in front, if not 0) is a word of ours."""
    if before:
        if at == behind or np.int64(ours[at]) != before:
            return False
        at += 1
    if end - start != behind - at:
        return False
    same = True
    for step in range(end - start):
        same &= codes[start + step] == ours[at + step]
    return same


@njit(cache=True, nogil=True)
def _grown(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return twice the room with the same beginning."""
    grown = np.empty((2 * len(values), values.shape[1]), dtype=np.int64)
    grown[: len(values)] = values
    return grown


@njit(cache=True, nogil=True)
def _peel(codes: NDArray[np.uint32], start: int, end: int, way: int) -> tuple[int, int]:
    """Return how many letters a way of peeling takes off (-1: it does not apply), and the letter to put in front."""
    size = end - start
    if size <= LEAST_STEM:
        return _NONE, 0
    one, two = np.int64(codes[start]), np.int64(codes[start + 1])
    article = one == _ALEF and two == _LAM
    clitic = False
    for letter in _CLITICS:
        clitic |= one == letter
    taken = _NONE
    before = 0
    if way == 1 and article:
        taken = 2
    elif way == 2 and clitic:
        taken = 1
    elif way == 3 and clitic and two == _ALEF and np.int64(codes[start + 2]) == _LAM:
        taken = 3
    elif way >= 4 and one == _LAM and two == _LAM:  # li- swallows the alef of al-
        taken = 2 if way == 4 else 1
        before = 0 if way == 4 else _ALEF
    if taken == _NONE or size - taken < LEAST_STEM:
        return _NONE, 0
    return taken, before


@njit(cache=True, nogil=True)
def _ways(codes: NDArray[np.uint32], start: int, end: int) -> int:
    """Return as bits which ways of peeling a word may have; way 0 takes nothing off."""
    if end - start <= LEAST_STEM:
        return 0
    one, two = np.int64(codes[start]), np.int64(codes[start + 1])
    if one == _ALEF:
        return 0b10 if two == _LAM else 0
    if one == _LAM:
        return 0b111100 if two == _LAM else 0b1100
    for letter in _CLITICS:
        if one == letter:
            return 0b1100
    return 0


@njit(cache=True, nogil=True)
def _peeled(codes: NDArray[np.uint32], start: int, end: int, way: int) -> np.uint64:
    """Return the hash of what a way of peeling leaves; 0, which begins nothing, where it does not apply."""
    taken, before = _peel(codes, start, end, way)
    return np.uint64(0) if taken == _NONE else hash_codes(codes, start + taken, end, before)


@njit(cache=True, nogil=True)
def _stands(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    codes: NDArray[np.uint32],
    first: NDArray[np.int64],
    our_start: NDArray[np.int64],
    our_end: NDArray[np.int64],
    our_codes: NDArray[np.uint32],
    phrase: int,
    word: int,
    last: int,
    taken: int,
    before: int,
) -> bool:
    """Say whether a phrase is exactly the words from `word` to `last`."""
    at = first[phrase]
    if first[phrase + 1] - at != last - word + 1:
        return False
    begin = start[word] + taken
    if not _same(codes, begin, end[word], before, our_codes, our_start[at], our_end[at]):
        return False
    for step in range(1, last - word + 1):
        begin, behind = our_start[at + step], our_end[at + step]
        if not _same(codes, start[word + step], end[word + step], 0, our_codes, begin, behind):
            return False
    return True


@njit(cache=True, nogil=True)
def _sequence(begins: NDArray[np.uint8], slot_hash: NDArray[np.uint64], word: np.uint64) -> np.uint64:
    """Return the hash of the sequence that a word begins; 0 where no phrase begins so, as with most words."""
    if not _may_begin(begins, word):
        return np.uint64(0)
    value = _extend(np.uint64(0), word)
    return value if slot_hash[_slot(slot_hash, value)] == value else np.uint64(0)


@njit(cache=True, nogil=True)
def _begin(
    text: _Text, begins: NDArray[np.uint8], slot_hash: NDArray[np.uint64], clitics: bool
) -> NDArray[np.int64]:
    """Look every word up as the beginning of phrases, whole and peeled: row, word, way, hash of the sequence so far."""
    hashes, start, end, offsets, codes = text
    out = np.empty((256, 4), dtype=np.int64)
    used = 0
    for row in range(len(offsets) - 1):
        # Room for a whole row: a kernel that may take another array at each word counts the users of both there.
        while used + WAYS * (offsets[row + 1] - offsets[row]) > len(out):
            out = _grown(out)
        for word in range(offsets[row], offsets[row + 1]):
            value = _sequence(begins, slot_hash, hashes[word])
            if value:
                out[used, 0], out[used, 1], out[used, 2], out[used, 3] = row, word, 0, np.int64(value)
                used += 1
            if not clitics or codes[start[word]] < _ARABIC[0] or codes[start[word]] > _ARABIC[1]:
                continue
            ways = _ways(codes, start[word], end[word])
            for way in range(1, WAYS):
                if not ways >> way & 1:
                    continue
                value = _sequence(begins, slot_hash, _peeled(codes, start[word], end[word], way))
                if value:
                    out[used, 0], out[used, 1], out[used, 2], out[used, 3] = row, word, way, np.int64(value)
                    used += 1
    return out[:used]


@njit(cache=True, nogil=True)
def _match(text: _Text, ours: _Ours, table: _Table, clitics: bool) -> tuple[NDArray[np.int64], int]:
    """Follow each beginning for as long as a longer phrase may stand there; return matches as columns, and how many."""
    # Taken apart once, and followed in this very loop: to hand so many arrays to a kernel takes longer than its work.
    hashes, start, end, offsets, codes = text
    sequence, first, our_start, our_end, our_codes = ours
    slot_hash, slot_phrase, slot_longer, begins = table
    begun = _begin(text, begins, slot_hash, clitics)
    out = np.empty((256, 5), dtype=np.int64)
    used = 0
    for at in range(len(begun)):
        row, word, way, value = begun[at, 0], begun[at, 1], begun[at, 2], np.uint64(begun[at, 3])
        taken, before = _peel(codes, start[word], end[word], way) if way else (0, 0)
        behind = offsets[row + 1]
        for last in range(word, behind):
            slot = _slot(slot_hash, value)
            if slot_hash[slot] != value:
                break
            phrase = int(np.int64(slot_phrase[slot]))
            while phrase != _NONE and phrase < len(sequence) and sequence[phrase] == value:
                if _stands(
                    start, end, codes, first, our_start, our_end, our_codes, phrase, word, last, taken, before
                ):
                    if used == len(out):
                        out = _grown(out)
                    out[used, 0], out[used, 1], out[used, 2] = row, phrase, word
                    out[used, 3], out[used, 4] = last, way
                    used += 1
                phrase += 1
            if not slot_longer[slot] or last + 1 == behind:
                break
            value = _extend(value, hashes[last + 1])
    return out, used
