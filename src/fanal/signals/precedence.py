"""Precedence: which signals give way to another of the same post. A cry for help is never an offer."""

import numpy as np
from numpy.typing import NDArray

from fanal.model.category import Category

GIVES_WAY: tuple[tuple[Category, Category], ...] = ((Category.OFFER, Category.PLEA),)
"""The first is not raised in a post that shows the second: a cry for help goes to help only, never to enforcement."""


def stays(row: NDArray[np.int64], category: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Say of each signal whether it stays beside the others of its post.

    Args:
        row: s; the post of each signal.
        category: s; its place in Category.

    >>> offer, plea = list(Category).index(Category.OFFER), list(Category).index(Category.PLEA)
    >>> stays(np.array([0, 0, 1]), np.array([offer, plea, offer])).tolist()
    [False, True, True]
    """
    stay = np.ones(len(row), np.bool_)
    categories = tuple(Category)
    for weak, strong in GIVES_WAY:
        stronger = row[category == categories.index(strong)]
        stay &= (category != categories.index(weak)) | ~np.isin(row, stronger)
    return stay
