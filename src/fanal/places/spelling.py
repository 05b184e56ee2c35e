"""Spelling: how one name of Arabic, Kurdish or Turkish is written in several ways, by rule."""

import re
from collections.abc import Iterator

MOST_VARIANTS = 24
"""Of one name."""

_ARTICLE = re.compile(r"^(?:al|el|ul|as|ash|ad|ar|an|at|az|es|esh|er|en|ed|et|ez)[- ]+")
_TO_SKELETON = (
    ("dj", "j"), ("gh", "g"), ("kh", "h"), ("dh", "d"), ("th", "t"), ("sh", "s"), ("ch", "c"), ("ph", "f"),
    ("zh", "j"), ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ei", "i"), ("ai", "i"), ("ay", "i"), ("ey", "i"), ("aw", "u"),
    ("au", "u"), ("ow", "u"), ("q", "k"), ("g", "k"), ("w", "v"), ("o", "u"), ("e", "a"), ("y", "i"), ("c", "j"),
    ("z", "d"), ("x", "h"),
)  # fmt: skip
_TWICE = re.compile(r"(.)\1+")
_ARABIC_ARTICLE = re.compile(r"^ال(?=..)")


def skeleton(folded: str) -> str:
    """Return what the spellings of a folded name share; two names with one skeleton may still be two places.

    >>> skeleton("al sinjar") == skeleton("sinjaar"), skeleton("dohuk") == skeleton("duhok"), skeleton("duhok")
    (True, True, 'duhuk')
    >>> skeleton("الموصل") == skeleton("موصل")
    True
    """
    text = _ARTICLE.sub("", folded)
    if not text.isascii():
        return " ".join(_ARABIC_ARTICLE.sub("", word).removesuffix("ه") for word in text.split())
    text = text.replace(" ", "")
    for old, new in _TO_SKELETON:
        text = text.replace(old, new)
    text = _TWICE.sub(r"\1", text)
    return text.removesuffix("h").removesuffix("a") or text


# Each rule gives one more spelling of a name; rules are applied one after another to what the ones before gave.
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(old), new)
    for old, new in (
        (r"^(al|el)[- ](?=\w{3})", ""),
        (r"^al[- ]", "el "),
        (r"^al[- ]sh", "ash sh"),
        (r"^al[- ]([rsnztd])", r"a\1 \1"),
        (r"^(as|ash|ad|ar|an|at|az)[- ](?=\w{3})", "al "),
        (r"^(as|ash|ad|ar|an|at|az)[- ](?=\w{3})", ""),
        (r"q", "k"),
        (r"k(?=[aou])", "q"),
        (r"gh", "g"),
        (r"kh", "x"),
        (r"dh", "z"),
        (r"dh", "d"),
        (r"ou|oo", "u"),
        (r"(?<=[^aeiou])u(?=[^aeiou])", "o"),
        (r"(?<=[^aeiou])o(?=[^aeiou])", "u"),
        (r"ee", "i"),
        (r"ay|ai", "ei"),
        (r"j", "dj"),
        (r"j(?!$)", "c"),
        (r"w", "v"),
        (r"sh", "s"),
        (r"iyah$", "iya"),
        (r"iyya(h?)$", "iya"),
        (r"(?<=[^aeiou])ah$", "a"),
        (r"(?<=[^aeiou])a$", "ah"),
        (r"eh$", "a"),
        (r"([bcdfgjklmnpqrstvwxyz])\1", r"\1"),
        (r"(?<=\w) (?=\w)", ""),
    )
)


def variants(folded: str) -> Iterator[str]:
    """Yield other spellings of a folded name in Latin script, at most MOST_VARIANTS.

    >>> sorted(variants("shekhan"))
    ['sekhan', 'sexan', 'shexan']
    """
    if not folded.isascii() or not 4 <= len(folded) <= 24:
        return
    found = {folded: None}
    for old, new in _RULES:
        for text in list(found):
            if len(found) > MOST_VARIANTS:
                break
            changed = old.sub(new, text).strip()
            if len(changed) >= 4:
                found.setdefault(changed)
    del found[folded]
    yield from found
