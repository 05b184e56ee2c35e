"""The tongue: which codes of a language mean the same one, so that `kmr`, `ku-Latn` and `kur` meet."""

ALIKE = {
    "ara": "ar",
    "arb": "ar",
    "eng": "en",
    "fas": "fa",
    "fra": "fr",
    "fre": "fr",
    "per": "fa",
    "pes": "fa",
    "prs": "fa",
    "kur": "ku",
    "tur": "tr",
    "spa": "es",
    "rus": "ru",
    "urd": "ur",
}
"""Three-letter codes (ISO 639-2, 639-3) of languages that have one of two (ISO 639-1), where directories use both."""

NAMED = {
    "arabic": "ar",
    "dari": "fa",
    "english": "en",
    "farsi": "fa",
    "french": "fr",
    "kurdish": "ku",
    "kurmanji": "kmr",
    "persian": "fa",
    "sorani": "ckb",
    "turkish": "tr",
}
"""English names of languages, where a directory has names and no codes."""

_WRITTEN = {"ku-arab": "ckb", "ku-iq": "ckb", "ku-ir": "ckb"}
"""Tags (BCP 47) that say more of the language than their first part."""

HOLDS = {"ku": ("ckb", "kmr", "sdh")}
"""Macrolanguages of ISO 639-3 whose members do not understand each other, with them: Kurdish is one word for three."""


def plain(code: str) -> str:
    """Return a language's shortest code, without region and script.

    >>> plain("ARA"), plain("ku-Latn"), plain("ckb_IQ"), plain("Kurdish"), plain("ku-Arab-IQ"), plain("")
    ('ar', 'ku', 'ckb', 'ku', 'ckb', '')
    """
    parts = code.strip().lower().replace("_", "-").split("-")
    first = parts[0]
    return _WRITTEN.get("-".join(parts[:2])) or ALIKE.get(first) or NAMED.get(first, first)


def answers(code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the codes that answer somebody who speaks a language, and those that may.

    Whoever says only `ku` offers Kurdish, not which: for `kmr` that is not known. Whoever asks in `ku` is answered by
    each member.

    >>> answers("kmr") == (frozenset({"kmr"}), frozenset({"ku"}))
    True
    >>> sorted(answers("kur")[0])
    ['ckb', 'kmr', 'ku', 'sdh']
    """
    own = plain(code)
    above = frozenset(name for name, members in HOLDS.items() if own in members)
    return frozenset({own, *HOLDS.get(own, ())}), above
