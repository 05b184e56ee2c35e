"""Letters: the table that says, for each code point, what it is folded to and whether it is part of a word."""

import unicodedata
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

TABLE_END = 0x20000
"""The table covers the first two planes of Unicode; ideographs beyond are kept as they are."""

SEVERAL = 0x80000000
"""This bit in the table says: the rest is a place in `Letters.several`, not a code point."""

KIND_SHIFT = 24
"""An entry of the tables holds a code point, below this bit, and its kind above it."""

CODE = (1 << KIND_SHIFT) - 1
"""The bits of an entry that hold the code point."""

LONGEST = 4
"""Code points that one may be folded to; what would become longer (a few ligatures of whole sentences) is kept."""

SPACE = 0x20

SAME_ARABIC = {
    "أإآٱٲٳ": "ا",
    "ىیېۍئ": "ي",
    "کڪ": "ك",
    "ةەھہۂۀۃ": "ه",
    "ؤ": "و",
}
"""Letters of Arabic script that are written one for another (Persian, Urdu, Kurdish and Arabic keyboards)."""

SAME_OTHERS = {"ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l", "ς": "σ"}
"""Letters that have no decomposition in Unicode and that people without the right keyboard write like this."""

DROPPED_MARKS = (
    (0x0300, 0x036F),  # Latin, Greek, Cyrillic diacritics
    (0x0483, 0x0489),  # Cyrillic
    (0x0591, 0x05C7),  # Hebrew points
    (0x0610, 0x061A),  # Arabic signs
    (0x064B, 0x065F),  # harakat
    (0x0670, 0x0670),
    (0x06D6, 0x06ED),
    (0x0711, 0x0711),  # Syriac
    (0x0730, 0x074A),
    (0x0897, 0x089F),
    (0x08CA, 0x08FF),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0xFE00, 0xFE0F),  # variation selectors
    (0xFE20, 0xFE2F),
)
"""Blocks whose marks are dropped. Vowel signs of Indic and South-East Asian scripts are letters, and stay."""

TATWEEL = 0x0640
HANGUL = (0xAC00, 0xD7A3)

SIGN, SEPARATOR, PART, LATIN, CYRILLIC, GREEK, LETTER = range(7)
"""Kinds of code points: no part of a word; one of these that may stand between letters that stand one by one; a digit
or mark; a letter of one of three alphabets; any other letter."""

SEPARATES = 1 << 30
"""This bit of an entry says the same as the kind SEPARATOR."""

_SEPARATORS = frozenset(map(chr, (*range(0x20, 0x30), *b"_|~", 0xB7, *range(0x2010, 0x2028))))
"""ASCII and general punctuation."""

_ALPHABETS = {"LATIN": LATIN, "CYRILLIC": CYRILLIC, "GREEK": GREEK}
"""By the first word of a letter's name in Unicode."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """Hold the tables that the kernels read."""

    fold: NDArray[
        np.uint32
    ]  # TABLE_END; 0 drops, SEVERAL points into `several`, else the code point with its kind
    several: NDArray[np.uint32]  # LONGEST + 1 for each entry: how many, then the code points with their kinds
    word: NDArray[np.bool_]  # TABLE_END; a letter, a digit or a kept mark
    kind: NDArray[np.uint8]  # TABLE_END; SIGN, PART, LATIN, CYRILLIC, GREEK or LETTER


def fold_letter(letter: str) -> str:
    """Return what one code point is folded to: empty when it is dropped.

    Lower case, compatibility forms (NFKD) and marks removed, one letter for the variants of Arabic script, ASCII for
    digits of every script. Kurdish ێ ۆ ڵ ڕ, Persian گ چ پ ژ and Urdu ٹ ڈ ڑ ے stay apart.

    >>> [fold_letter(letter) for letter in "ÉİأکےA٣ـ"]
    ['e', 'i', 'ا', 'ك', 'ے', 'a', '3', '']
    """
    folded = _unmarked(letter)
    for _ in range(3):  # what a compatibility form hides may have a capital or a mark again
        again = "".join(_unmarked(part) for part in folded)
        if again == folded:
            break
        folded = again
    return folded if len(folded) <= LONGEST else letter


@cache
def load_letters() -> Letters:
    """Return the tables, made once from Python's own Unicode data (about a tenth of a second).

    >>> letters = load_letters()
    >>> chr(letters.fold[ord("É")] & CODE), bool(letters.word[ord("#")])
    ('e', False)
    """
    table = np.arange(TABLE_END, dtype=np.uint32)
    word = np.zeros(TABLE_END, dtype=np.bool_)
    kind = np.zeros(TABLE_END, dtype=np.uint8)
    several: list[list[int]] = []
    for code in range(TABLE_END):
        letter = chr(code)
        category = unicodedata.category(letter)
        word[code] = category[0] in "LNM"
        if category[0] == "L":
            kind[code] = _ALPHABETS.get(unicodedata.name(letter, "").partition(" ")[0], LETTER)
        elif word[code]:
            kind[code] = PART
        elif letter in _SEPARATORS:
            kind[code] = SEPARATOR
        if category in ("Cn", "Co", "Lo") and not unicodedata.decomposition(letter) and letter not in _SAME:
            continue
        folded = fold_letter(letter)
        if len(folded) < 2:
            table[code] = ord(folded) if folded else 0
        else:
            table[code] = SEVERAL | len(several)
            several.append([len(folded), *map(ord, folded.ljust(LONGEST, "\0"))])
    parts = np.array(several, dtype=np.uint32)
    for codes in (table, parts[:, 1:]):  # those beyond the table (several, ideographs) have no kind
        inside = codes < TABLE_END
        kinds = kind[codes[inside]].astype(np.uint32)
        codes[inside] |= kinds << KIND_SHIFT | (kinds == SEPARATOR) * np.uint32(SEPARATES)
    return Letters(fold=table, several=parts, word=word, kind=kind)


_SAME = {
    letter: one for same in (SAME_ARABIC, SAME_OTHERS) for letters, one in same.items() for letter in letters
}


def _unmarked(letter: str) -> str:
    """Return one step of the fold."""
    code = ord(letter)
    if HANGUL[0] <= code <= HANGUL[1]:
        return letter
    parts = unicodedata.normalize("NFKD", letter.lower())
    return "".join(_one(part) for part in parts.lower())


def _one(letter: str) -> str:
    """Return what one code point without decomposition is folded to."""
    code = ord(letter)
    category = unicodedata.category(letter)
    if letter.isdecimal():
        return str(unicodedata.digit(letter))
    if category == "Cc" or category[0] == "Z":
        return " "
    if category == "Cf" or code == TATWEEL:
        return ""
    if category in ("Mn", "Me") and any(first <= code <= last for first, last in DROPPED_MARKS):
        return ""
    return _SAME.get(letter, letter)
