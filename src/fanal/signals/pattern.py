"""Pattern: how a phrase of an indicator is written, with alternatives and gaps, and what it stands for."""

import re
from itertools import product

MOST_GAP = 9
"""Words that a gap may stand for: more is another sentence."""

_GAP = re.compile(rf"\.\.([1-{MOST_GAP}])")


def expand(phrase: str) -> list[str]:
    """Write a phrase without gaps out in all its forms: `a|b` stands for either word.

    >>> expand("no|without clean water")
    ['no clean water', 'without clean water']
    """
    return [" ".join(form) for form in product(*(place.split("|") for place in phrase.split()))]


def cut(phrase: str) -> tuple[list[str], list[int]]:
    """Cut a phrase at its gaps: `..N` stands for no word to N words.

    Returns:
        Its pieces, and the most words of the gap behind each piece but the last.

    Raises:
        ValueError: a gap stands at an end or beside another, or is not `..1` to `..9`.

    >>> cut("took|kept ..2 passport|passports")
    (['took|kept', 'passport|passports'], [2])
    """
    pieces: list[list[str]] = [[]]
    gaps: list[int] = []
    for token in phrase.split():
        if found := _GAP.fullmatch(token):
            gaps.append(int(found[1]))
            pieces.append([])
        elif token.startswith(".."):
            raise ValueError(f"{token!r} is no gap: write ..1 to ..{MOST_GAP}.")
        else:
            pieces[-1].append(token)
    if not all(pieces):
        raise ValueError("A gap stands between words.")
    return [" ".join(piece) for piece in pieces], gaps


def pieces(phrase: str) -> list[list[str]]:
    """Return the forms of each piece of a phrase.

    >>> pieces("a|b ..3 c d|e")
    [['a', 'b'], ['c d', 'c e']]
    """
    return [expand(piece) for piece in cut(phrase)[0]]
