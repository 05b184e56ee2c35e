"""Training of the language model: logistic regression over hashed grams, the same bytes from the same texts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.signals.language_model import LanguageModel, padded
from fanal.text import words, written
from fanal.text.grams import LANGUAGE_READS, buckets, features
from fanal.text.weights import LANGUAGE_WIDTH, Weights

CLIP = 127
FEWEST_WORDS, MOST_WORDS = 2, 12
"""Words of the pieces that are cut out of texts, so that short posts are learned too."""

MOST_PIECES = 40
"""Pieces of one text, for languages that have few texts."""

EMPHASIS = {"catalogue": 0.5, "vocabulary": 0.5, "other": 0.25}
"""Weight of a text by its source, for `train_language`: whole sentences (1) count more than messages of programs, and
ours more than all other languages together, since posts in them are rare."""

SORANI = "ckb"
RESPELLED = (("ه\u200c", "ە"), ("ي", "ی"), ("ك", "ک"))
"""Sorani is written with the letter ae of Unicode, or with heh and a non-joiner as older keyboards do; texts of the
second kind are learned in the first spelling too."""

BIAS_RATE = 0.01
"""Share of the rate at which biases move: all texts move them."""

TEMPERATURES = np.geomspace(0.25, 8.0, 61)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Hold how a model is trained."""

    bits: int = 16  # buckets are 2**bits
    cap: int = 120  # letters of a text that are read
    epochs: int = 4
    rate: float = 1.0  # of AdaGrad, with one sum of squares for each bucket
    decay: float = 1e-5  # each step takes this share off the weights that it touches
    least: int = 6000  # pieces and texts of each language, at least, as far as MOST_PIECES allow
    held_out: int = 10  # one text in so many is kept back to find the temperature
    threshold: float = 0.5  # of the model's probability
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grams:
    """Hold the buckets of texts."""

    offsets: NDArray[np.int64]
    bucket: NDArray[np.int32]
    label: NDArray[np.int64]


def train_language(
    texts: Sequence[str],
    languages: Sequence[str],
    *,
    names: tuple[str, ...],
    rng: np.random.Generator,
    emphasis: Sequence[float] | None = None,
    recipe: Recipe | None = None,
) -> LanguageModel:
    """Train a model, and calibrate it on texts that were kept back.

    Multinomial logistic regression by AdaGrad (Duchi, Hazan and Singer 2011, with one rate a bucket), over all texts
    and over pieces of two to twelve words cut out of them, more of them where a language has few texts. A first model
    without the texts that are kept back finds the temperature (Guo et al. 2017); the one that is returned has seen all.

    Args:
        texts: n; near-duplicates of what a model is measured on must not be among them.
        languages: n; each one of `names`.
        names: the languages that the model tells, `und` first.
        rng: the dice; the same dice and texts give the same model.
        emphasis: n, above 0; how much each text counts; None: all the same.
        recipe: how; None: the one that the shipped model was made with.

    Raises:
        ValueError: the sequences differ in length, or a language is not among `names`.
    """
    chosen = recipe or Recipe()
    if len(texts) != len(languages) or not set(languages) <= set(names) or len(names) > LANGUAGE_WIDTH:
        raise ValueError("Each text needs one of the languages that are told.")
    place = {name: number for number, name in enumerate(names)}
    label = np.fromiter((place[one] for one in languages), np.int64, len(languages))
    stress = np.ones(len(texts)) if emphasis is None else np.array(emphasis, np.float64)
    back = rng.permutation(len(texts)) % chosen.held_out == 0
    kept = [at for at in range(len(texts)) if not back[at]]
    first = _fit([texts[at] for at in kept], label[kept], stress[kept], chosen, rng, names)
    held = [at for at in range(len(texts)) if back[at]]
    trial, answers, _ = _pieces(
        [texts[at] for at in held], label[held], stress[held], 0, place.get(SORANI, -1), rng
    )
    temperature = _temperature(_grams(trial, answers, chosen), *first)
    table, bias = _fit(list(texts), label, stress, chosen, rng, names)
    top = float(np.quantile(np.abs(table[table != 0]), 0.9999)) if table.any() else 1.0
    small = np.clip(np.rint(table * (CLIP / top)), -CLIP, CLIP).astype(np.int8)
    return LanguageModel(
        languages=names,
        weights=Weights(table=small, bits=chosen.bits, cap=chosen.cap),
        bias=padded([round(float(one) / temperature, 6) for one in bias[: len(names)]]),
        scale=top / CLIP / temperature,
        threshold=chosen.threshold,
    )


def respelled(text: str) -> str:
    """Return a Sorani text in the letters that Unicode has for it.

    >>> respelled("له\u200cباره\u200cي")
    'لەبارەی'
    """
    for old, new in RESPELLED:
        text = text.replace(old, new)
    return text


def _pieces(
    texts: list[str],
    label: NDArray[np.int64],
    stress: NDArray[np.float64],
    least: int,
    sorani: int,
    rng: np.random.Generator,
) -> tuple[list[str], NDArray[np.int64], NDArray[np.float64]]:
    """Return the texts and pieces of them, one of each or more where a language has few, and the text of each."""
    counts = np.bincount(label, minlength=LANGUAGE_WIDTH)
    out, origin = list(texts), list(range(len(texts)))
    for at, (text, one) in enumerate(zip(texts, label.tolist(), strict=True)):
        if one == sorani and (again := respelled(text)) != text:
            out.append(again)
            origin.append(at)
        parts = text.split()
        pieces = min(MOST_PIECES, max(1, -(-(least - counts[one]) // counts[one])))
        for _ in range(pieces):
            size = int(rng.integers(FEWEST_WORDS, MOST_WORDS + 1))
            begin = int(rng.integers(0, max(1, len(parts) - size + 1)))
            piece = " ".join(parts[begin : begin + size])
            out.append(respelled(piece) if one == sorani and at % 2 else piece)
            origin.append(at)
    return out, label[origin], stress[origin]


def _grams(texts: list[str], label: NDArray[np.int64], recipe: Recipe) -> _Grams:
    """Return the buckets of texts, their runs and words first, then their written letters."""
    column = pa.array(texts, pa.large_string())
    offsets, hashes = features(words.read(column), kinds=LANGUAGE_READS, cap=recipe.cap)
    more, marks = written.features(column, cap=recipe.cap)
    rows = np.repeat(np.arange(len(texts)), np.diff(offsets))
    marked = np.repeat(np.arange(len(texts)), np.diff(more))
    order = np.argsort(np.concatenate([rows, marked]), kind="stable")
    return _Grams(
        offsets=offsets + more,
        bucket=buckets(np.concatenate([hashes, marks]), recipe.bits)[order].astype(np.int32),
        label=label,
    )


def _fit(
    texts: list[str],
    label: NDArray[np.int64],
    stress: NDArray[np.float64],
    recipe: Recipe,
    rng: np.random.Generator,
    names: tuple[str, ...],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the weights and the biases."""
    sorani = names.index(SORANI) if SORANI in names else -1
    pieces, answers, stresses = _pieces(texts, label, stress, recipe.least, sorani, rng)
    grams = _grams(pieces, answers, recipe)
    counts = np.bincount(answers, minlength=LANGUAGE_WIDTH)
    weight = stresses * np.sqrt(counts.sum() / np.maximum(counts, 1) / max(1, (counts > 0).sum()))[answers]
    table = np.zeros((1 << recipe.bits, LANGUAGE_WIDTH), np.float32)
    bias = np.zeros(LANGUAGE_WIDTH, np.float32)
    squares = np.full(1 << recipe.bits, 1e-2, np.float32)
    for epoch in range(recipe.epochs):
        order = rng.permutation(len(grams.label))
        rate = recipe.rate * (1 - 0.8 * epoch / max(1, recipe.epochs - 1))
        _step_through(
            grams.offsets,
            grams.bucket,
            grams.label,
            order,
            weight.astype(np.float32),
            table,
            bias,
            squares,
            len(names),
            np.float32(rate),
            np.float32(recipe.decay),
        )
    return table, bias


@njit(cache=True, nogil=True)
def _slopes(
    logits: NDArray[np.float32],
    factor: np.float32,
    bias: NDArray[np.float32],
    outputs: int,
    label: int,
    weight: np.float32,
    rate: np.float32,
) -> np.float32:
    """Turn sums into the slopes of the loss by each gram's row, move the biases, and return the slopes' square."""
    best = np.float32(-1e30)
    for output in range(outputs):
        logits[output] = logits[output] * factor + bias[output]
        best = max(best, logits[output])
    total = np.float32(0)
    for output in range(outputs):
        logits[output] = np.exp(logits[output] - best)
        total += logits[output]
    norm = np.float32(0)
    for output in range(outputs):
        slope = (logits[output] / total - (1 if output == label else 0)) * weight
        bias[output] -= rate * np.float32(slope)
        logits[output] = np.float32(slope) * factor
        norm += logits[output] * logits[output]
    return norm


@njit(cache=True, nogil=True)
def _step_through(
    offsets: NDArray[np.int64],
    bucket: NDArray[np.int32],
    label: NDArray[np.int64],
    order: NDArray[np.int64],
    weight: NDArray[np.float32],
    table: NDArray[np.float32],
    bias: NDArray[np.float32],
    squares: NDArray[np.float32],
    outputs: int,
    rate: np.float32,
    decay: np.float32,
) -> None:
    """Take one step for each text."""
    logits = np.zeros(LANGUAGE_WIDTH, dtype=np.float32)
    for at in order:
        first, last = offsets[at], offsets[at + 1]
        if last == first:
            continue
        factor = np.float32(1 / np.sqrt(last - first))
        logits[:] = 0
        for gram in range(first, last):
            line = table[bucket[gram]]
            for output in range(LANGUAGE_WIDTH):
                logits[output] += line[output]
        norm = _slopes(logits, factor, bias, outputs, label[at], weight[at], np.float32(BIAS_RATE) * rate)
        if norm < 1e-12:
            continue
        for gram in range(first, last):
            one = bucket[gram]
            squares[one] += norm
            pace = rate / np.sqrt(squares[one])
            keep = 1 - pace * decay
            line = table[one]
            for output in range(LANGUAGE_WIDTH):
                line[output] = line[output] * keep - pace * logits[output]


def _temperature(grams: _Grams, table: NDArray[np.float32], bias: NDArray[np.float32]) -> float:
    """Return the temperature with the least log-loss on texts that were kept back."""
    count = np.maximum(np.diff(grams.offsets), 1)
    filled = np.diff(grams.offsets) > 0
    sums = np.zeros((len(grams.label), table.shape[1]))
    starts = grams.offsets[:-1][filled]
    if not len(starts):
        return 1.0
    for output in range(table.shape[1]):
        sums[filled, output] = np.add.reduceat(table[grams.bucket, output], starts)
    present = np.unique(grams.label)
    logits = sums / np.sqrt(count)[:, None] + bias
    logits = logits[filled][:, present]
    right = np.searchsorted(present, grams.label[filled])
    losses = []
    for temperature in TEMPERATURES:
        cool = logits / temperature
        cool -= cool.max(axis=1, keepdims=True)
        losses.append(float((np.log(np.exp(cool).sum(axis=1)) - cool[np.arange(len(cool)), right]).mean()))
    return float(TEMPERATURES[int(np.argmin(losses))])
