"""The language model: weights of grams for each language, read from one file, and the probability that they give."""

import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from fanal.text import written
from fanal.text.weights import LANGUAGE_WIDTH, Weighed, Weights, weigh
from fanal.text.words import Text

MAGIC = b"fanal language model 1\n"
FILE = Path(__file__).with_name("language.model")

LEAST_LETTERS = 3
"""A text with fewer letters is `und`, whatever they are."""

UNLIKELY = 30.0
"""A language whose logit is lower by more adds nothing to the sum that a probability is divided by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identified:
    """Hold the language of each text."""

    language: NDArray[np.int8]  # n; a place in the model's languages, 0 (`und`) when unsure
    probability: NDArray[
        np.float32
    ]  # n; of the likeliest language, also where it was too low to name it; 0: no text


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageModel:
    """Hold a linear model over hashed grams."""

    languages: tuple[
        str, ...
    ]  # at most LANGUAGE_WIDTH; the first is `und`: every language that is not listed
    weights: Weights
    bias: NDArray[np.float32]  # LANGUAGE_WIDTH; -inf beyond `languages`
    scale: float  # a sum times this, divided by the square root of the number of grams, is a logit
    threshold: float  # a text with a lower probability is `und`

    def identify(
        self, read: Text, texts: pa.Array | pa.ChunkedArray, weighed: Weighed | None = None
    ) -> Identified:
        """Name the language of each text.

        Args:
            read: the texts, folded and cut into words.
            texts: the same texts as they were written.
            weighed: what `weights.weigh` gave with this model's weights; None: it is done here. It is changed.
        """
        done = weighed or weigh(read, language=self.weights)
        written.weigh(texts, self.weights, done.language, done.language_grams)
        language, probability = _decide(
            done.language, done.language_grams, done.letters, self.bias, self.scale, self.threshold
        )
        return Identified(language=language, probability=probability)

    def save(self, path: Path) -> None:
        """Write the model to a file: a line of its name, a line of JSON, the table."""
        header = {
            "languages": self.languages,
            "bits": self.weights.bits,
            "cap": self.weights.cap,
            "scale": self.scale,
            "threshold": self.threshold,
            "bias": [round(float(one), 6) for one in self.bias[: len(self.languages)]],
        }
        line = json.dumps(header, ensure_ascii=True).encode() + b"\n"
        path.write_bytes(MAGIC + line + self.weights.table.tobytes())


def load(path: Path) -> LanguageModel:
    """Read a model; its table is mapped into memory, not copied.

    Raises:
        ValueError: the file is no such model, or it was cut.
    """
    with path.open("rb") as file:
        if file.readline() != MAGIC:
            raise ValueError(f"{path.name} is no language model of this version.")
        header = json.loads(file.readline())
        begins = file.tell()
    shape = (1 << header["bits"], LANGUAGE_WIDTH)
    if path.stat().st_size != begins + shape[0] * shape[1]:
        raise ValueError(f"{path.name} was cut: its table is not {shape[0]} × {shape[1]} bytes.")
    table = np.asarray(np.memmap(path, np.int8, "r", offset=begins, shape=shape))
    return LanguageModel(
        languages=tuple(header["languages"]),
        weights=Weights(table=table, bits=header["bits"], cap=header["cap"]),
        bias=padded(header["bias"]),
        scale=header["scale"],
        threshold=header["threshold"],
    )


@cache
def load_model() -> LanguageModel:
    """Return the model that ships with Fanal.

    >>> load_model().languages[:2]
    ('und', 'en')
    """
    return load(FILE)


def padded(bias: list[float]) -> NDArray[np.float32]:
    """Return biases for all outputs of a table; those that stand for no language never win."""
    every = np.full(LANGUAGE_WIDTH, -np.inf, np.float32)
    every[: len(bias)] = bias
    return every


@njit(cache=True, nogil=True)
def _decide(
    sums: NDArray[np.int32],
    grams: NDArray[np.int32],
    letters: NDArray[np.int32],
    bias: NDArray[np.float32],
    scale: float,
    threshold: float,
) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Choose the likeliest language of each row."""
    language = np.zeros(len(sums), dtype=np.int8)
    probability = np.zeros(len(sums), dtype=np.float32)
    logits = np.empty(sums.shape[1], dtype=np.float32)
    for row in range(len(sums)):
        if grams[row] == 0:
            continue
        factor = np.float32(scale / math.sqrt(grams[row]))
        best = 0
        for output in range(len(logits)):
            logits[output] = sums[row, output] * factor + bias[output]
            if logits[output] > logits[best]:
                best = output
        total = np.float32(0)
        for output in range(len(logits)):
            less = logits[best] - logits[output]
            if less < UNLIKELY:
                total += math.exp(-less)
        probability[row] = 1 / total
        if probability[row] >= threshold and letters[row] >= LEAST_LETTERS:
            language[row] = best
    return language, probability
