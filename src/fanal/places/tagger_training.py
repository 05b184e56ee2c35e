"""Tagger training: learn the tagger's weights from posts in which people marked the places."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.places.chain import BEGIN, INSIDE, LABELS, NEVER, OUTSIDE, backward, forward
from fanal.places.cues import (
    DENSE,
    DENSE_SIZE,
    DOUBT,
    LEXICAL,
    PEOPLE,
    POSITION,
    Noted,
    dense,
    lexical,
    note,
)
from fanal.places.known import CLEAR, Known
from fanal.places.span_cues import (
    SPAN_DENSE,
    SPAN_DENSE_SIZE,
    SPAN_LEXICAL,
    TYPES,
    span_dense,
    span_lexical,
)
from fanal.places.tagger import Tagger, tabulate
from fanal.text.spelling import HANDLE, JOINED, Spelled, spell
from fanal.text.words import mix, read

EPOCHS = 6
RATE = 0.1  # of AdaGrad (Duchi, Hazan and Singer 2011)
PENALTY = 1e-4  # of the squares of the weights
HIDDEN = 0.3  # share of posts, drawn anew each time, that are read without their words, as another language would be
LEAST_POSTS = 5  # of a word
LEAST_EVENTS = (3, 2)  # that a word must come from, where a collection has so many events or fewer
FEW_EVENTS = 6
WELL_KNOWN = 3  # step of people of a name that nobody would leave unmarked
MOST_CLITIC = 2  # code points before a mark that belong to the same word
SETTLED = 1e-4  # a probability that is so near the mark teaches nothing more
_STEP = 0x9E3779B97F4A7C15


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
    weights, steps = _learn_labels(numbers, offsets, labels, order, DENSE_SIZE + len(words), seed)
    own = _vocabulary([(part, part.span_hashes, part.spans[:, 0]) for part in parts], collections)
    span_numbers = np.concatenate(
        [_numbered(part.span_numbers, part.span_hashes, own, SPAN_DENSE_SIZE) for part in parts]
    )
    types = np.concatenate([part.spans[:, 3] for part in parts])
    type_weights = _learn_types(span_numbers, types, SPAN_DENSE_SIZE + len(own), len(TYPES), seed)
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


@njit(cache=True, nogil=True)
def _shuffle(order: NDArray[np.int64], state: np.uint64) -> np.uint64:
    """Put an order in another one (Fisher and Yates), in place."""
    for at in range(len(order) - 1, 0, -1):
        state = mix(state + np.uint64(_STEP))
        other = int(state % np.uint64(at + 1))
        order[at], order[other] = order[other], order[at]
    return state


@njit(cache=True, nogil=True)
def _down(
    weights: NDArray[np.float64], squares: NDArray[np.float64], row: int, column: int, slope: float
) -> None:
    """Take one step of AdaGrad."""
    slope += PENALTY * weights[row, column]
    squares[row, column] += slope * slope
    weights[row, column] -= RATE * slope / np.sqrt(squares[row, column])


@njit(cache=True, nogil=True)
def _learn_labels(
    numbers: NDArray[np.int32],
    offsets: NDArray[np.int64],
    labels: NDArray[np.uint8],
    order: NDArray[np.int64],
    size: int,
    seed: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Raise the likelihood of the marked labels, post by post."""
    weights, squares = np.zeros((size, LABELS)), np.full((size, LABELS), 1e-8)
    steps, step_squares = np.zeros((LABELS, LABELS)), np.full((LABELS, LABELS), 1e-8)
    steps[OUTSIDE, INSIDE] = NEVER
    state = np.uint64(seed)
    for _ in range(EPOCHS):
        state = _shuffle(order, state)
        for row in order:
            state = mix(state + np.uint64(_STEP))
            cues = DENSE if _is_hidden(state) else numbers.shape[1]
            here = numbers[offsets[row] : offsets[row + 1], :cues]
            right = labels[offsets[row] : offsets[row + 1]]
            scores = _scores(here, weights)
            ahead, behind = np.empty_like(scores), np.empty_like(scores)
            total = forward(scores, steps, ahead)
            backward(scores, steps, behind)
            slopes = np.exp(np.minimum(0.0, ahead + behind - total))
            for word in range(len(right)):
                slopes[word, right[word]] -= 1.0
            expected = _step_slopes(scores, steps, ahead, behind, total, right)
            _learn_row(here, slopes, weights, squares)
            for one in range(LABELS):
                for two in range(LABELS):
                    if one != OUTSIDE or two != INSIDE:
                        _down(steps, step_squares, one, two, expected[one, two])
    return weights, steps


@njit(cache=True, nogil=True)
def _is_hidden(state: np.uint64) -> bool:
    """Say whether the words of this post are hidden this time."""
    return bool((state >> np.uint64(11)) * (1.0 / 9007199254740992.0) < HIDDEN)


@njit(cache=True, nogil=True)
def _scores(numbers: NDArray[np.int32], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the scores of the labels of each word."""
    scores = np.zeros((len(numbers), LABELS))
    for word in range(len(numbers)):
        for number in numbers[word]:
            if number >= 0:
                scores[word] += weights[number]
    return scores


@njit(cache=True, nogil=True)
def _step_slopes(
    scores: NDArray[np.float64],
    steps: NDArray[np.float64],
    ahead: NDArray[np.float64],
    behind: NDArray[np.float64],
    total: float,
    right: NDArray[np.uint8],
) -> NDArray[np.float64]:
    """Return how much oftener than marked each label is expected after another."""
    expected = np.zeros((LABELS, LABELS))
    for word in range(1, len(scores)):
        expected[right[word - 1], right[word]] -= 1.0
        for one in range(LABELS):
            for two in range(LABELS):
                value = ahead[word - 1, one] + steps[one, two] + scores[word, two] + behind[word, two]
                expected[one, two] += np.exp(min(0.0, value - total))
    return expected


@njit(cache=True, nogil=True)
def _learn_row(
    numbers: NDArray[np.int32],
    slopes: NDArray[np.float64],
    weights: NDArray[np.float64],
    squares: NDArray[np.float64],
) -> None:
    """Take one step for each weight of each word."""
    for word in range(len(numbers)):
        for label in range(LABELS):
            if abs(slopes[word, label]) < SETTLED:
                continue
            for number in numbers[word]:
                if number >= 0:
                    _down(weights, squares, number, label, slopes[word, label])


@njit(cache=True, nogil=True)
def _learn_types(
    numbers: NDArray[np.int32], types: NDArray[np.int64], size: int, kinds: int, seed: int
) -> NDArray[np.float64]:
    """Raise the likelihood of the marked types, span by span."""
    weights, squares = np.zeros((size, kinds)), np.full((size, kinds), 1e-8)
    order = np.arange(len(numbers))
    state = np.uint64(seed)
    for _ in range(EPOCHS):
        state = _shuffle(order, state)
        for span in order:
            state = mix(state + np.uint64(_STEP))
            cues = SPAN_DENSE if _is_hidden(state) else numbers.shape[1]
            sums = np.zeros(kinds)
            for at in range(cues):
                if numbers[span, at] >= 0:
                    sums += weights[numbers[span, at]]
            sums = np.exp(sums - sums.max())
            sums /= sums.sum()
            sums[types[span]] -= 1.0
            for at in range(cues):
                if numbers[span, at] >= 0:
                    for kind in range(kinds):
                        _down(weights, squares, numbers[span, at], kind, sums[kind])
    return weights
