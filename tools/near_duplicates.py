"""Join the groups of posts that are near-copies of each other, so that no hold-out has one on either side."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from sklearn.feature_extraction.text import TfidfVectorizer

ALIKE = 0.9
"""Cosine of the weighted words of two posts from which on they are near-copies."""
LEAST_WORDS = 4
"""What is shorter is joined where it is the same word for word: two short pleas are not copies of each other."""
_BLOCK = 1_000
_WORD = re.compile(r"[^\W_]+")


def joined(texts: Sequence[str], groups: Sequence[str]) -> list[str]:
    """Return the group of each text, after groups that share a near-copy became one: the one that comes first.

    Texts are compared as TF-IDF vectors of their words, in small letters and without marks.

    >>> joined(["Road to the camp is open now", "road to the camp is open NOW!", "We wait"], ["a", "b", "c"])
    ['a', 'a', 'c']
    """
    plain = [" ".join(_words(text)) for text in texts]
    if not texts:
        return []
    names = {group: number for number, group in enumerate(dict.fromkeys(groups))}
    of = np.array([names[group] for group in groups])
    same = {text: row for row, text in reversed(list(enumerate(plain)))}
    first = np.array([same[text] for text in plain])
    wordy = np.array([len(set(text.split())) >= LEAST_WORDS for text in plain], np.bool_)
    long = np.flatnonzero((first == np.arange(len(plain))) & wordy)
    pairs = np.concatenate(
        [np.stack([of, of[first]], axis=1), of[_alike([plain[row] for row in long], long)]]
    )
    ones = np.ones(len(pairs), np.int8)
    graph = csr_matrix((ones, (pairs[:, 0], pairs[:, 1])), shape=(len(names), len(names)))
    _, component = connected_components(graph, directed=False)
    by_number = list(names)
    earliest = {one: number for number, one in reversed(list(enumerate(component.tolist())))}
    return [by_number[earliest[component[number]]] for number in of.tolist()]


def _words(text: str) -> Iterable[str]:
    """Return the words of a text in small letters, without marks above or below."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return _WORD.findall("".join(letter for letter in letters if not unicodedata.combining(letter)))


def _alike(texts: Sequence[str], rows: np.ndarray) -> np.ndarray:
    """Return pairs of rows whose texts are alike, k by 2."""
    if not texts:
        return np.zeros((0, 2), np.int64)
    vectors = TfidfVectorizer(analyzer=str.split, binary=True, dtype=np.float32).fit_transform(texts)
    found = [np.zeros((0, 2), np.int64)]
    for begin in range(0, len(texts), _BLOCK):
        near = (vectors[begin : begin + _BLOCK] @ vectors.T).tocoo()
        kept = near.data >= ALIKE
        found.append(np.stack([rows[begin + near.row[kept]], rows[near.col[kept]]], axis=1))
    return np.concatenate(found)
