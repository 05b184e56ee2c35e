"""The tagger: its kernel against a slow reading in Python, its file, and that training repeats itself."""

import itertools
import math
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.error import InputError
from fanal.places import tagger
from fanal.places.chain import BEGIN, INSIDE, LABELS, OUTSIDE
from fanal.places.cues import DENSE, LEXICAL, dense, lexical
from fanal.places.known import CITY, COUNTRY, of_names
from fanal.places.noted import note
from fanal.places.span_cues import SPAN_DENSE, SPAN_DENSE_SIZE, SPAN_LEXICAL, TYPES, span_dense, span_lexical
from fanal.places.tagger import READY, Tagger, load, load_tagger, slot, tabulate, tag
from fanal.places.tagger_training import Marked, train
from fanal.text.spelling import spell
from fanal.text.words import read

KNOWN = of_names([("Mosul", CITY, 1_700_000), ("Tal Afar", CITY, 200_000), ("Iraq", COUNTRY, 40_000_000)])
WORDS = st.sampled_from(
    ["Mosul", "tal", "Afar", "in", "the", "city", "Iraq", "#TalAfar", "rain", "في", "،", "Mr"]
)
TEXTS = st.lists(st.lists(WORDS, max_size=5).map(" ".join), max_size=3)


def slow(texts: list[str], weights: Tagger) -> list[tuple[int, int, int, int, float]]:
    """Find row, first and last word, type and presence by looking at every labelling of each row."""
    array = pa.array(texts, pa.large_string())
    text = read(array)
    spelled = spell(text, array)
    noted, words = note(spelled, text.folded, KNOWN), spelled.words
    found = []
    for row, (first, last) in enumerate(itertools.pairwise(words.offsets.tolist())):
        scores = np.zeros((last - first, LABELS))
        for word in range(first, last):
            numbers, hashes = np.zeros(DENSE, np.int64), np.zeros(LEXICAL, np.uint64)
            dense(noted.columns, word, first, last, noted.post[row], numbers)
            lexical(
                words.hash,
                text.folded.codes,
                words.start,
                words.end,
                noted.columns,
                word,
                first,
                last,
                hashes,
            )
            scores[word - first, BEGIN:] = sum(weights.dense[number].astype(float) for number in numbers)
            for value in hashes:
                if value and slot(weights.key, value) >= 0:
                    scores[word - first, BEGIN:] += weights.lexical[slot(weights.key, value)]

        def score(labels: tuple[int, ...], ready: float, scores: np.ndarray = scores) -> float:
            own = sum(scores[at, label] - ready * (label == OUTSIDE) for at, label in enumerate(labels))
            return float(own + sum(weights.steps[a, b] for a, b in itertools.pairwise(labels)))

        every = [
            labels
            for labels in itertools.product(range(LABELS), repeat=last - first)
            if labels and labels[0] != INSIDE and (OUTSIDE, INSIDE) not in itertools.pairwise(labels)
        ]
        if not every:
            continue
        best = max(every, key=lambda labels: score(labels, READY))
        total = sum(math.exp(score(labels, 0.0)) for labels in every)
        for begin, end in spans(best):
            there = [one for one in every if (begin, end) in spans(one)]
            share = sum(math.exp(score(labels, 0.0)) for labels in there) / total
            span = first + begin, first + end
            own = noted.name[span[1]]
            exact = bool(own >= 0 and noted.reach[span[1]] == span[0] and noted.until[span[1]] == span[1])
            numbers, hashes = np.zeros(SPAN_DENSE, np.int64), np.zeros(SPAN_LEXICAL, np.uint64)
            kinds = int(KNOWN.kinds[own]) if own >= 0 else 0
            span_dense(noted.columns, kinds, exact, *span, first, last, numbers)
            span_lexical(words.hash, noted.columns, *span, first, last, hashes)
            assert numbers.max() < SPAN_DENSE_SIZE
            sums = sum(weights.type_dense[number].astype(float) for number in numbers)
            for value in hashes:
                if value and slot(weights.type_key, value) >= 0:
                    sums = sums + weights.type_lexical[slot(weights.type_key, value)]
            found.append((row, *span, int(np.argmax(sums)), share))
    return found


def spans(labels: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return the first and last word of each name of a labelling."""
    found: list[tuple[int, int]] = []
    for at, label in enumerate(labels):
        if label == BEGIN:
            found.append((at, at))
        elif label == INSIDE:
            found[-1] = (found[-1][0], at)
    return found


@settings(max_examples=60)
@given(TEXTS)
def test_the_kernel_finds_what_the_slow_reading_finds(texts: list[str]) -> None:
    weights = load_tagger()
    array = pa.array(texts, pa.large_string())
    text = read(array)
    spelled = spell(text, array)
    noted, words = note(spelled, text.folded, KNOWN), spelled.words
    found, sure, spoken = tag(
        (words.hash, text.folded.codes, words.start, words.end),
        words.offsets,
        (noted.columns, noted.post, noted.name, noted.reach, noted.until),
        KNOWN.kinds,
        (weights.dense, weights.key, weights.lexical),
        (weights.type_dense, weights.type_key, weights.type_lexical),
        weights.steps,
    )
    wanted = slow(texts, weights)
    assert found.tolist() == [list(one[:4]) for one in wanted]
    assert sure == pytest.approx([one[4] for one in wanted], abs=1e-4)
    assert np.all((spoken >= 0) & (spoken <= 1))


@given(st.dictionaries(st.integers(1, 2**64 - 1), st.floats(-2, 2, width=32), max_size=50))
def test_the_table_holds_what_was_put_in(rows: dict[int, float]) -> None:
    hashes = np.array(list(rows), np.uint64)
    key, weights = tabulate(hashes, np.array(list(rows.values()), np.float32).reshape(-1, 1))
    for value, weight in rows.items():
        same = [other for other in rows if other >> 32 | 1 == value >> 32 | 1]
        assert weights[slot(key, np.uint64(value)), 0] in {np.float32(rows[other]) for other in same} | {
            weight
        }


def test_what_was_saved_is_loaded_and_the_same_weights_make_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.model", tmp_path / "two.model"
    load_tagger().save(one)
    load(one).save(two)
    assert one.read_bytes() == two.read_bytes()


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bad.model"
    path.write_bytes(b"no weights")
    with pytest.raises(InputError, match="cannot be read"):
        load(path)


def test_a_file_of_another_version_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "other.model"
    load_tagger().save(path)
    monkeypatch.setattr(tagger, "VERSION", 99)
    with pytest.raises(InputError, match="another version"):
        load(path)


SENTENCES = (
    ("Rain in Mosul today", [(8, 13, "city")]),
    ("The road to Tal Afar", [(12, 20, "city")]),
    ("Rain all over Iraq", [(14, 18, "country")]),
    ("We need water", []),
    ("The market is open", []),
)


def marked() -> Marked:
    rows = [(text, spans, event) for event in ("one", "two", "three") for text, spans in SENTENCES * 3]
    return Marked(
        texts=[text for text, _, _ in rows],
        events=[event for _, _, event in rows],
        spans=[[(a, b, TYPES.index(kind)) for a, b, kind in spans] for _, spans, _ in rows],
        patchy=False,
    )


def test_training_twice_makes_the_same_bytes_and_finds_what_it_was_shown(tmp_path: Path) -> None:
    one, two = tmp_path / "one.model", tmp_path / "two.model"
    train([marked()], KNOWN, seed=1).save(one)
    train([marked()], KNOWN, seed=1).save(two)
    assert one.read_bytes() == two.read_bytes()
    wanted = [(text.split()[-1] == "open", spans) for text, spans in SENTENCES]
    found = slow([text for text, _ in SENTENCES], load(one))
    assert [row for row, *_ in found] == [row for row, (_, spans) in enumerate(wanted) for _ in spans]
    assert [TYPES[kind] for _, _, _, kind, _ in found] == ["city", "city", "country"]


def test_posts_without_a_mark_teach_nothing() -> None:
    empty = Marked(texts=["Rain"], events=["one"], spans=[[]], patchy=True)
    with pytest.raises(ValueError, match="No place is marked"):
        train([empty], KNOWN, seed=1)
