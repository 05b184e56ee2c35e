"""Language: which language a post is in, from its script, its letters and its small words; `und` when unsure."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import yaml  # type: ignore[import-untyped]
from numba import njit
from numpy.typing import NDArray

from fanal.text import phrases
from fanal.text.fold import Folded, decode, fold, utf8
from fanal.text.phrases import Phrases, match
from fanal.text.words import Words

LANGUAGES = (
    *("und", "en", "fr", "ar", "fa", "ckb", "kmr", "tr", "ur", "es", "de", "ru", "uk"),
    *("it", "pt", "nl", "vi", "ps", "hi", "bn", "am", "el", "he", "hy"),
)
"""ISO 639 codes, and `und`: undetermined. The last six are told by script alone: see `ALONE`."""

LATIN, ARABIC, CYRILLIC = 1, 2, 3
SCRIPTS: tuple[tuple[int, int, int], ...] = (
    (0x0041, 0x024F, LATIN),
    (0x1E00, 0x1EFF, LATIN),
    (0x0400, 0x052F, CYRILLIC),
    (0x0600, 0x06FF, ARABIC),
    (0x0750, 0x077F, ARABIC),
    (0x0370, 0x03FF, 4),
    (0x0530, 0x058F, 5),
    (0x0590, 0x05FF, 6),
    (0x0900, 0x097F, 7),
    (0x0980, 0x09FF, 8),
    (0x1200, 0x139F, 9),
)
"""First and last code point of a block (Unicode 15), and our number of its script; 0 is every other script."""

ALONE = {4: "el", 5: "hy", 6: "he", 7: "hi", 8: "bn", 9: "am"}
"""The language with the most readers of a script of which no other language is told apart here."""

WRITTEN_IN = {
    LATIN: ("en", "fr", "kmr", "tr", "es", "de", "it", "pt", "nl", "vi"),
    ARABIC: ("ar", "fa", "ckb", "ur", "ps"),
    CYRILLIC: ("ru", "uk"),
}

_ACCENTED = {
    "en": "",
    "fr": "àâæçéèêëîïôœùûüÿ",
    "kmr": "çêîşû",
    "tr": "çğıiöşüâîûİ",
    "es": "áéíñóúü¿¡ª",
    "de": "äöüß",
    "it": "àèéìíîòóùú",
    "pt": "áâãàçéêíóôõú",
    "nl": "éëïóöü",
    "vi": "àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}
_SEMITIC = "ءابتثجحخدذرزسشصضطظعغفقلمنو"
_ARABIC_LETTERS = {
    "ar": _SEMITIC + "آأؤإئةىكهي",
    "fa": _SEMITIC + "آأؤئپچژگکیهكيى",  # the last three come from Arabic keyboards
    "ckb": "ئابپتجچحخدرڕزژسشعغفڤقکگكلڵمنوۆهھەیێيى",
    "ur": _SEMITIC + "آؤئپچژگکیےٹڈڑںہھۂۓ",
    "ps": _SEMITIC + "آؤئپچژکګیيېۍټځڅډړږښڼهة",
}
_CYRILLIC_LETTERS = {
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
}
_TELLING = {
    "kmr": "êîşû",
    "tr": "ğışİ",
    "es": "ñ¿¡",
    "de": "ß",
    "pt": "ãõ",
    "vi": "ăđơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữự",
    "fr": "çèêàœ",
    "ar": "ةأإى",
    "fa": "",
    "ckb": "ێۆڵڕەڤ",
    "ur": "ٹڈڑےںہ",
    "ps": "ټځڅډړږښګڼ",
    "ru": "ыэъё",
    "uk": "іїєґ",
}

FOREIGN = -1.0
"""Vote of a letter against a language whose alphabet lacks it: as much as one small word."""

TELLING = 0.5
"""Vote of a letter that few languages have: less than a word, since letters are many."""

ARTICLE = 0.5
"""Vote of a word that begins with the Arabic article, which Persian and Urdu borrow in fixed expressions."""

LEAST_VOTES = 1.0
"""With fewer votes the answer is `und`, unless the letters rule out the others by RULED_OUT."""

RULED_OUT = 1.5
"""A lead over the second language that is enough without small words."""

LEAST_LEAD = 0.5
"""A smaller lead over the second language is `und`."""

NEVER = -1e18
"""Votes of a language that is not written in the main script: finite, so that the lead stays a number."""

LEAST_LETTERS = 3
"""A text with fewer letters of its main script is `und`."""

_LAST_LETTER = 0x2000
_FILE = Path(__file__).with_name("function_words.yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """Hold what the votes are counted with."""

    small: Phrases  # small words, numbered by language
    script: NDArray[np.uint8]  # script of a folded code point below _LAST_LETTER
    letter: NDArray[np.uint8]  # line of a letter in `votes`, 0: none
    votes: NDArray[np.float32]  # letters × languages
    member: NDArray[np.bool_]  # scripts × languages
    alone: NDArray[np.int8]  # language of a script that stands for one, else 0


def identify(folded: Folded, found: Words, texts: pa.Array | pa.ChunkedArray) -> NDArray[np.int8]:
    """Name the language of each text as a place in LANGUAGES, 0 (`und`) when unsure.

    The most frequent script comes first. Where several languages share it, three kinds of votes are added: small words
    (1 each), letters that the alphabet of a language lacks (FOREIGN) or that few have (TELLING), and the Arabic
    article. Lists come from general knowledge of the languages; nothing is trained. Limit: a text in a language that is
    not listed can be taken for a listed one; mixed texts get one language.

    Args:
        folded: the folded texts, n.
        found: their words.
        texts: the same texts as they were written, which still have the accents.

    >>> texts = pa.array(["Where is the road to the camp?", "Où est la route du camp ?", "12:30"])
    >>> from fanal.text.fold import fold
    >>> from fanal.text.words import words
    >>> folded = fold(texts)
    >>> [LANGUAGES[place] for place in identify(folded, words(folded), texts)]
    ['en', 'fr', 'und']
    """
    tables = _load()
    rows = len(folded)
    if not rows:
        return np.zeros(0, np.int8)
    scripts = _count_scripts(folded.codes, folded.offsets, tables.script, len(tables.member))
    scripts[:, 0] = 0
    main = scripts.argmax(axis=1)
    content, starts = utf8(texts)
    votes = _count_letters(content, starts, tables.letter, tables.votes)
    small = match(found, folded, tables.small)
    places = len(LANGUAGES)
    votes += np.bincount(small.row * places + small.number, minlength=rows * places).reshape(rows, places)
    votes[:, LANGUAGES.index("ar")] += ARTICLE * _count_articles(folded, found)
    votes[~tables.member[main]] = NEVER
    two = np.partition(votes, places - 2, axis=1)[:, -2:]
    lead = two[:, 1] - two[:, 0]
    sure = ((two[:, 1] >= LEAST_VOTES) & (lead >= LEAST_LEAD)) | ((two[:, 1] >= 0) & (lead >= RULED_OUT))
    language = np.where(sure, votes.argmax(axis=1), 0)
    language = np.where(tables.alone[main] > 0, tables.alone[main], language)
    return np.where(scripts.max(axis=1) >= LEAST_LETTERS, language, 0).astype(np.int8)


def _count_articles(folded: Folded, found: Words) -> NDArray[np.int64]:
    """Count the words of each row that begin with the Arabic article."""
    long = found.end - found.start > 3
    first = folded.codes[found.start[long]] == ord("ا")
    second = folded.codes[found.start[long] + 1] == ord("ل")
    counted = np.concatenate([[0], np.cumsum(first & second)])
    place = np.concatenate([[0], np.cumsum(long)])[found.offsets]
    count: NDArray[np.int64] = np.diff(counted[place])
    return count


@cache
def _load() -> _Tables:
    """Make the tables."""
    lists = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    place = {language: at for at, language in enumerate(LANGUAGES)}
    listed = [(word, place[language]) for language, line in lists.items() for word in line.split()]
    folded = fold(pa.array([word for word, _ in listed]))
    # Two words that fold to the same are one vote, so that no language has two for it.
    pairs = {(folded.text(row), number) for row, (_, number) in enumerate(listed)}
    script = np.zeros(_LAST_LETTER, np.uint8)
    for first, last, number in SCRIPTS:
        for code in range(first, last + 1):
            script[code] = number if chr(code).isalpha() else 0
    member = np.zeros((max(ALONE) + 1, len(LANGUAGES)), np.bool_)
    for number, languages in WRITTEN_IN.items():
        member[number, [place[language] for language in languages]] = True
    alone = np.zeros(len(member), np.int8)
    for number, language in ALONE.items():
        alone[number] = place[language]
    letter, votes = _letter_votes(place)
    small = phrases.compile(sorted(pairs))
    return _Tables(small=small, script=script, letter=letter, votes=votes, member=member, alone=alone)


def _letter_votes(place: dict[str, int]) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Return the line of each letter, and for each line the votes of the languages."""
    letter = np.zeros(_LAST_LETTER, np.uint8)
    lines = [np.zeros(len(place), np.float32)]
    for alphabets in (_ACCENTED, _ARABIC_LETTERS, _CYRILLIC_LETTERS):
        for sign in sorted(set("".join(alphabets.values())) - {"i"}):
            line = np.zeros(len(place), np.float32)
            for language, alphabet in alphabets.items():
                line[place[language]] = 0 if sign in alphabet else FOREIGN
                if sign in _TELLING.get(language, ""):
                    line[place[language]] = TELLING
            for form in {sign, sign.upper()}:
                if len(form) == 1:
                    letter[ord(form)] = len(lines)
            lines.append(line)
    return letter, np.array(lines)


@njit(cache=True, nogil=True)
def _count_scripts(
    codes: NDArray[np.uint32], offsets: NDArray[np.int64], script: NDArray[np.uint8], scripts: int
) -> NDArray[np.int64]:
    """Count the letters of each script in each row."""
    counts = np.zeros((len(offsets) - 1, scripts), dtype=np.int64)
    for row in range(len(counts)):
        for at in range(offsets[row], offsets[row + 1]):
            code = codes[at]
            if code < len(script):
                counts[row, script[code]] += 1
    return counts


@njit(cache=True, nogil=True)
def _count_letters(
    content: NDArray[np.uint8],
    starts: NDArray[np.int64],
    letter: NDArray[np.uint8],
    votes: NDArray[np.float32],
) -> NDArray[np.float64]:
    """Add the votes of the letters beyond ASCII, as they were written."""
    added = np.zeros((len(starts) - 1, votes.shape[1]), dtype=np.float64)
    for row in range(len(added)):
        at, end = starts[row], starts[row + 1]
        while at < end:
            if content[at] < 0x80:
                at += 1
                continue
            code, at = decode(content, at, end)
            line = letter[code] if code < len(letter) else 0
            if line:
                for language in range(votes.shape[1]):
                    added[row, language] += votes[line, language]
    return added
