"""Train the language model, or cross-validate it on the labelled sentences among its texts."""

import argparse
import csv
import hashlib
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from fanal.cli.dice import generator
from fanal.signals.language import LANGUAGES
from fanal.signals.language_model import LanguageModel
from fanal.signals.language_training import EMPHASIS, train_language
from fanal.text import words

Row = tuple[str, str, str]
"""Language, source, text, as `language_texts.py` writes them."""

SEED = 1
SHINGLE = 5
"""Sentences that share so many words in a row stand in one fold."""


def main() -> None:
    """Write a model, or tell how often each language is named rightly by a model that has not seen the sentence."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("texts", type=Path, help="the table that language_texts.py wrote")
    parser.add_argument("--model", type=Path, help="train on all texts and write the model here")
    parser.add_argument("--sentences", type=Path, help="cross-validate on this table of lang and text")
    parser.add_argument("--folds", type=int, default=4)
    given = parser.parse_args()
    with given.texts.open(encoding="utf-8", newline="") as file:
        rows = [(row["lang"], row["source"], row["text"]) for row in csv.DictReader(file, delimiter="\t")]
    if given.model:
        trained(rows).save(given.model)
    if given.sentences:
        with given.sentences.open(encoding="utf-8", newline="") as file:
            labelled = [(row["lang"], "eld", row["text"]) for row in csv.DictReader(file, delimiter="\t")]
        cross_validate([row for row in rows if row[1] != "eld"], labelled, given.folds)


def trained(rows: list[Row]) -> LanguageModel:
    """Return the model of some texts."""
    return train_language(
        [text for _, _, text in rows],
        [language for language, _, _ in rows],
        names=LANGUAGES,
        rng=generator(SEED),
        emphasis=[EMPHASIS.get(source, 1.0) for _, source, _ in rows],
    )


def cross_validate(others: list[Row], labelled: list[Row], folds: int) -> None:
    """Print the share of sentences that are named rightly, by the model of the other folds."""
    fold = np.array(folds_of([text for _, _, text in labelled], folds))
    said = np.zeros(len(labelled), object)
    for number in range(folds):
        model = trained(others + [row for row, one in zip(labelled, fold, strict=True) if one != number])
        held = np.flatnonzero(fold == number)
        column = pa.array([labelled[at][2] for at in held], pa.large_string())
        said[held] = np.array(LANGUAGES)[model.identify(words.read(column), column).language]
    every = Counter(language for language, _, _ in labelled)
    right = Counter(row[0] for row, one in zip(labelled, said, strict=True) if row[0] == one)
    for language, count in sorted(every.items()):
        sys.stdout.write(f"{language}\t{count}\t{right[language] / count:.4f}\n")
    total = sum(right.values()) / len(labelled)
    sys.stdout.write(f"all\t{len(labelled)}\t{total:.4f}\tund {(said == 'und').mean():.4f}\n")


def folds_of(texts: list[str], folds: int) -> list[int]:
    """Return the fold of each text; texts that share SHINGLE words in a row are in one."""
    parent = list(range(len(texts)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    seen: dict[str, int] = {}
    for at, text in enumerate(texts):
        cut = text.lower().split()
        for first in range(max(1, len(cut) - SHINGLE + 1)):
            other = seen.setdefault(" ".join(cut[first : first + SHINGLE]), at)
            parent[root(at)] = root(other)
    return [int(hashlib.sha256(texts[root(at)].encode()).hexdigest(), 16) % folds for at in range(len(texts))]


if __name__ == "__main__":
    main()
