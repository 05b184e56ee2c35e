"""Day periods: the words for before and after noon, as phones write them beside a time."""

from enum import IntEnum
from string import ascii_lowercase, ascii_uppercase

import numpy as np
from numba import njit
from numpy.typing import NDArray


class DayPeriod(IntEnum):
    """Say what a word beside a time means."""

    NONE = 0  # there is no word
    MORNING = 1  # am
    AFTERNOON = 2  # pm
    FILLER = 3  # a word such as "at", which says nothing
    UNKNOWN = 4  # a word that is in no list; the time cannot be read


MORNING = (
    *("am", "a", "ص", "ق.ظ.", "قبل‌ازظهر", "ب.ن", "bn", "öö", "ÖÖ", "غ.م.", "gh", "ቅ.ቀ.", "ጥዋት", "to"),
    *("дп", "пр.об.", "π.μ.", "πμ", "לפנה״צ", 'לפנה"צ', "पूर्वाह्न", "ਪੂ.ਦੁ.", "vorm.", "de.", "dop.", "fm"),
    *("ap.", "sa", "ก่อนเที่ยง", "오전", "午前", "上午", "pg", "sf", "тң", "go.öň"),
)
"""Before noon: day periods of CLDR 47 (unicode.org/cldr) in Arabic, Persian, Sorani, Kurmanji, Turkish, Pashto,
Somali, Tigrinya, Amharic, Uzbek, Ukrainian, Bulgarian, Greek, Hebrew, Hindi, Punjabi, German, Hungarian, Czech,
Swedish, Finnish, Vietnamese, Thai, Korean, Japanese, Chinese, Malay, Hausa, Kyrgyz, Turkmen."""

AFTERNOON = (
    *("pm", "p", "م", "ب.ظ.", "بعدازظهر", "د.ن", "pn", "ös", "ÖS", "غ.و.", "gd", "ድ.ቀ.", "ከሰዓት", "tk"),
    *("пп", "сл.об.", "μ.μ.", "μμ", "אחה״צ", 'אחה"צ', "अपराह्न", "ਬਾ.ਦੁ.", "nachm.", "du.", "odp.", "em"),
    *("ip.", "ch", "หลังเที่ยง", "오후", "午後", "下午", "ptg", "ym", "тк", "go.soň"),
)
"""After noon, in the same languages."""

FILLERS = ("à", "às", "um", "uhr", "klo", "kl.", "в", "о", "г.", "h")
"""Words beside a time that say nothing, in French, Portuguese, German, Finnish, Danish, Russian and others."""

LONGEST = 48
"""Bytes of the longest word with its blanks; more is no word."""

_PLAIN = str.maketrans(ascii_uppercase, ascii_lowercase, " .,،\u00a0\u202f\u200c")
_TABLE = [
    (normal.encode(), int(meaning))
    for meaning, words in (
        (DayPeriod.MORNING, MORNING),
        (DayPeriod.AFTERNOON, AFTERNOON),
        (DayPeriod.FILLER, FILLERS),
    )
    for normal in dict.fromkeys(word.translate(_PLAIN) for word in words)
]
_WORDS = np.frombuffer(b"".join(word for word, _ in _TABLE), np.uint8)
_BOUNDS = np.cumsum([0, *(len(word) for word, _ in _TABLE)])
_MEANINGS = np.array([meaning for _, meaning in _TABLE], np.int64)


@njit(cache=True, nogil=True)
def mark(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the bytes of the invisible mark that begins here: a direction, an isolate, a byte order mark; 0: none."""
    first = data[at]
    if first < 0xD8:
        return 0
    if first == 0xE2 and at + 2 < end:
        second, third = data[at + 1], data[at + 2]
        if second == 0x80 and (third in (0x8E, 0x8F) or 0xAA <= third <= 0xAE):
            return 3
        if second == 0x81 and 0xA6 <= third <= 0xA9:
            return 3
    elif first == 0xD8 and at + 1 < end and data[at + 1] == 0x9C:
        return 2
    elif first == 0xEF and at + 2 < end and data[at + 1] == 0xBB and data[at + 2] == 0xBF:
        return 3
    return 0


@njit(cache=True, nogil=True)
def blank(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the bytes of the blank that begins here: a space of any width, a tab; 0: none. No end of a line."""
    first = data[at]
    if first in (32, 9):
        return 1
    if first == 0xC2 and at + 1 < end and data[at + 1] == 0xA0:
        return 2
    if first == 0xE2 and at + 2 < end and data[at + 1] == 0x80:
        third = data[at + 2]
        if third == 0xAF or 0x80 <= third <= 0x8A:
            return 3
    return 0


@njit(cache=True, nogil=True)
def _passed_over(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the bytes of a blank, a mark, a dot, a comma or a joiner that begins here; 0: none."""
    first = data[at]
    if first < 0x80:
        return 1 if first in (32, 9, 44, 46) else 0
    if first == 0xD8 and at + 1 < end and data[at + 1] == 0x8C:
        return 2
    if first == 0xE2 and at + 2 < end and data[at + 1] == 0x80 and data[at + 2] in (0x8C, 0x8D):
        return 3
    return blank(data, at, end) + mark(data, at, end)


@njit(cache=True, nogil=True)
def meaning(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201, C901
    """Return what the word in these bytes means, as a DayPeriod: blanks, marks, dots and commas are passed over."""
    while at < end:
        step = _passed_over(data, at, end)
        if step == 0:
            break
        at += step
    if at == end:
        return 0
    first = data[at]
    if 65 <= first <= 90:
        first += 32
    for row in range(len(_MEANINGS)):
        k, stop = _BOUNDS[row], _BOUNDS[row + 1]
        if _WORDS[k] != first:
            continue
        i = at
        while i < end:
            step = _passed_over(data, i, end)
            if step:
                i += step
                continue
            byte = data[i]
            if 65 <= byte <= 90:
                byte += 32
            if k == stop or _WORDS[k] != byte:
                break
            k += 1
            i += 1
        if i >= end and k == stop:
            return _MEANINGS[row]
    return 4


def period_of(word: str) -> DayPeriod:
    """Return what a word beside a time means.

    >>> period_of("p. m."), period_of("ÖS"), period_of("à"), period_of("noon")
    (<DayPeriod.AFTERNOON: 2>, <DayPeriod.AFTERNOON: 2>, <DayPeriod.FILLER: 3>, <DayPeriod.UNKNOWN: 4>)
    """
    data: NDArray[np.uint8] = np.frombuffer(word.encode(), np.uint8)
    return DayPeriod(meaning(data, 0, len(data)))
