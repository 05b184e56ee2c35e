"""Tagger training: learn the tagger's weights from posts in which people marked the places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.places.chain import BEGIN, INSIDE
from fanal.places.cues import DENSE, DENSE_SIZE, LEXICAL, dense, lexical
from fanal.places.known import CLEAR, Known
from fanal.places.noted import DOUBT, PEOPLE, POSITION, Noted, note
from fanal.places.span_cues import (
    SPAN_DENSE,
    SPAN_DENSE_SIZE,
    SPAN_LEXICAL,
    TYPES,
    span_dense,
    span_lexical,
)
from fanal.places.tagger import Tagger, tabulate
from fanal.places.tagger_learning import learn_labels, learn_types
from fanal.text.spelling import HANDLE, JOINED, Spelled, spell
from fanal.text.words import read

LEAST_POSTS = 5  # of a word
LEAST_EVENTS = (3, 2)  # that a word must come from, where a collection has so many events or fewer
FEW_EVENTS = 6
WELL_KNOWN = 3  # step of people of a name that nobody would leave unmarked
MOST_CLITIC = 2  # code points before a mark that belong to the same word


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Hold n posts of one collection in which people marked the places."""

    texts: Sequence[str]  # n; as written
    events: Sequence[str]  # n; what a post is about: no word of one event alone is learned
    spans: Sequence[Sequence[tuple[int, int, int]]]  # n; start, end (code points) and type of each place
    patchy: bool  # posts without any mark were not always read: those with a well-known name are left out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """Hold a collection as the tagger reads it."""

    spelled: Spelled
    noted: Noted
    numbers: NDArray[np.int32]  # w × DENSE
    hashes: NDArray[np.uint64]  # w × LEXICAL
    labels: NDArray[np.uint8]  # w
    rows: NDArray[np.int64]  # the posts that are learned from
    events: NDArray[np.int64]  # of all posts
    spans: NDArray[np.int64]  # s × 4; row, first and last word, type
    span_numbers: NDArray[np.int32]  # s × SPAN_DENSE
    span_hashes: NDArray[np.uint64]  # s × SPAN_LEXICAL


def train(collections: Sequence[Marked], known: Known, *, seed: int) -> Tagger:
    """Learn the weights; the same posts, names and seed give the same bytes.

    A linear-chain conditional random field (Lafferty, McCallum and Pereira 2001) says where names begin and go on; a
    softmax says what each of them is. Words count only where they come from several events, and part of the posts are
    read without them, so that what is learned is how places are spoken of, not which.

    Args:
        collections: the marked posts.
        known: the names of the gazetteer that will be used.
        seed: of the order of the posts and of what is hidden.

    Raises:
        ValueError: nothing is marked.
    """
    parts = [_read(marked, known) for marked in collections]
    if not sum(len(part.spans) for part in parts):
        raise ValueError("No place is marked in the posts: there is nothing to learn from.")
    words = _vocabulary([(part, part.hashes, _row_of_word(part)) for part in parts], collections)
    numbers = np.concatenate([_numbered(part.numbers, part.hashes, words, DENSE_SIZE) for part in parts])
    offsets, labels, order = _joined(parts)
    weights, steps = learn_labels(numbers, offsets, labels, order, DENSE_SIZE + len(words), seed)
    weights = weights[:, BEGIN:] - weights[:, :BEGIN]
    own = _vocabulary([(part, part.span_hashes, part.spans[:, 0]) for part in parts], collections)
    span_numbers = np.concatenate(
        [_numbered(part.span_numbers, part.span_hashes, own, SPAN_DENSE_SIZE) for part in parts]
    )
    types = np.concatenate([part.spans[:, 3] for part in parts])
    type_weights = learn_types(span_numbers, types, SPAN_DENSE_SIZE + len(own), len(TYPES), seed)
    key, rows = tabulate(*_used(words, weights[DENSE_SIZE:]))
    type_key, type_rows = tabulate(*_used(own, type_weights[SPAN_DENSE_SIZE:]))
    return Tagger(
        dense=weights[:DENSE_SIZE].astype(np.float32),
        key=key,
        lexical=rows,
        steps=steps,
        type_dense=type_weights[:SPAN_DENSE_SIZE].astype(np.float32),
        type_key=type_key,
        type_lexical=type_rows,
    )


def _read(marked: Marked, known: Known) -> _Read:
    """Read a collection, with the labels of its words."""
    texts = pa.array(marked.texts, pa.large_string())
    text = read(texts)
    spelled = spell(text, texts)
    noted = note(spelled, text.folded, known)
    found, codes = spelled.words, text.folded.codes
    labels, spans = _labels(marked, spelled)
    numbers, hashes = _cues(
        noted.columns, noted.post, found.offsets, found.hash, codes, found.start, found.end
    )
    span_numbers, span_hashes = _span_cues(
        noted.columns, noted.name, noted.reach, noted.until, known.kinds, found.offsets, found.hash, spans
    )
    rows = np.flatnonzero(np.diff(found.offsets) > 0)
    if marked.patchy:
        rows = rows[~_overlooked(marked, spelled, noted)[rows]]
    return _Read(
        spelled=spelled,
        noted=noted,
        numbers=numbers,
        hashes=hashes,
        labels=labels,
        rows=rows,
        events=np.unique(np.array(marked.events), return_inverse=True)[1],
        spans=spans,
        span_numbers=span_numbers,
        span_hashes=span_hashes,
    )


def _labels(marked: Marked, spelled: Spelled) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return the label of each word, and the marks that begin and end with words, as row, first, last and type."""
    offsets = spelled.words.offsets.tolist()
    start, end = spelled.start.tolist(), spelled.end.tolist()
    labels = np.zeros(len(start), np.uint8)
    spans = []
    for row, marks in enumerate(marked.spans):
        for begin, behind, kind in marks:
            inside = [
                w for w in range(offsets[row], offsets[row + 1]) if end[w] > begin and start[w] < behind
            ]
            if not inside or end[inside[-1]] > behind or start[inside[0]] < begin - MOST_CLITIC:
                continue
            if labels[inside].any():
                continue
            labels[inside] = INSIDE
            labels[inside[0]] = BEGIN
            spans.append((row, inside[0], inside[-1], kind))
    return labels, np.array(spans, np.int64).reshape(-1, 4)


def _overlooked(marked: Marked, spelled: Spelled, noted: Noted) -> NDArray[np.bool_]:
    """Say of each post whether it has no mark and yet a name that nobody would leave unmarked."""
    columns, tag = noted.columns, spelled.tag
    known = (columns[:, POSITION] > 0) & (columns[:, DOUBT] == CLEAR) & (columns[:, PEOPLE] >= WELL_KNOWN)
    known &= (tag != JOINED) & (tag != HANDLE)
    found = np.zeros(len(marked.texts), np.bool_)
    found[np.repeat(np.arange(len(found)), np.diff(spelled.words.offsets))[known]] = True
    return np.asarray(found & np.array([not marks for marks in marked.spans], np.bool_))


def _row_of_word(part: _Read) -> NDArray[np.int64]:
    """Return the row of each word."""
    return np.repeat(np.arange(len(part.events)), np.diff(part.spelled.words.offsets))


def _vocabulary(
    parts: Sequence[tuple[_Read, NDArray[np.uint64], NDArray[np.int64]]], collections: Sequence[Marked]
) -> NDArray[np.uint64]:
    """Return the hashes, ascending, that come from enough posts and events of one of the collections."""
    kept = [np.zeros(0, np.uint64)]
    for (part, hashes, row), marked in zip(parts, collections, strict=True):
        least = LEAST_EVENTS[len(set(marked.events)) < FEW_EVENTS]
        learned = np.isin(row, part.rows)
        flat, of = hashes[learned].ravel(), np.repeat(row[learned], hashes.shape[1])
        values, inverse = np.unique(flat, return_inverse=True)
        posts = np.unique(np.stack([inverse, of], axis=1), axis=0)[:, 0]
        events = np.unique(np.stack([inverse, part.events[of]], axis=1), axis=0)[:, 0]
        count = np.bincount(posts, minlength=len(values))
        spread = np.bincount(events, minlength=len(values))
        kept.append(values[(count >= LEAST_POSTS) & (spread >= least) & (values > 0)])
    return np.unique(np.concatenate(kept))


def _numbered(
    numbers: NDArray[np.int32], hashes: NDArray[np.uint64], words: NDArray[np.uint64], first: int
) -> NDArray[np.int32]:
    """Return the numbers with a column for each hash: its place among the words, from `first` on, -1 for the others."""
    if not len(words):
        return np.concatenate([numbers, np.full(hashes.shape, -1, np.int32)], axis=1)
    at = np.minimum(np.searchsorted(words, hashes), len(words) - 1)
    return np.concatenate([numbers, np.where(words[at] == hashes, at + first, -1).astype(np.int32)], axis=1)


def _joined(parts: Sequence[_Read]) -> tuple[NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """Return offsets and labels of all collections end to end, and the rows that are learned from."""
    offsets, order = [np.zeros(1, np.int64)], []
    words = rows = 0
    for part in parts:
        offsets.append(part.spelled.words.offsets[1:] + words)
        order.append(part.rows + rows)
        words += len(part.labels)
        rows += len(part.events)
    return np.concatenate(offsets), np.concatenate([part.labels for part in parts]), np.concatenate(order)


def _used(
    hashes: NDArray[np.uint64], weights: NDArray[np.float64]
) -> tuple[NDArray[np.uint64], NDArray[np.float32]]:
    """Return those that have a weight; a third label's worth of nothing is not worth a slot."""
    kept = np.abs(weights).max(axis=1, initial=0.0) > 0
    return hashes[kept], weights[kept].astype(np.float32)


@njit(cache=True, nogil=True)
def _cues(
    columns: NDArray[np.uint8],
    post: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    codes: NDArray[np.uint32],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    """Return the cues of all words."""
    numbers = np.empty((len(start), DENSE), dtype=np.int32)
    values = np.empty((len(start), LEXICAL), dtype=np.uint64)
    one = np.empty(DENSE, dtype=np.int64)
    for row in range(len(offsets) - 1):
        first, last = offsets[row], offsets[row + 1]
        for word in range(first, last):
            dense(columns, word, first, last, post[row], one)
            numbers[word] = one
            lexical(hashes, codes, start, end, columns, word, first, last, values[word])
    return numbers, values


@njit(cache=True, nogil=True)
def _span_cues(
    columns: NDArray[np.uint8],
    name: NDArray[np.int64],
    reach: NDArray[np.int64],
    until: NDArray[np.int64],
    kinds: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    hashes: NDArray[np.uint64],
    spans: NDArray[np.int64],
) -> tuple[NDArray[np.int32], NDArray[np.uint64]]:
    """Return the cues of all marked spans."""
    numbers = np.empty((len(spans), SPAN_DENSE), dtype=np.int32)
    values = np.empty((len(spans), SPAN_LEXICAL), dtype=np.uint64)
    one = np.empty(SPAN_DENSE, dtype=np.int64)
    for at in range(len(spans)):
        row, first, last = spans[at, 0], spans[at, 1], spans[at, 2]
        own = name[last]
        exact = own >= 0 and reach[last] == first and until[last] == last
        of = int(kinds[own]) if own >= 0 else 0
        span_dense(columns, of, exact, first, last, offsets[row], offsets[row + 1], one)
        numbers[at] = one
        span_lexical(hashes, columns, first, last, offsets[row], offsets[row + 1], values[at])
    return numbers, values
