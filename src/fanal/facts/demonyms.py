"""Demonyms: what the people of a country are called, tabled by hand and completed by the rules of each language."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from typing import Any

from babel import Locale

FILE = "demonyms.toml"

_NO_PLURAL = re.compile(r"(ese|ish|ch|sh|ss|ic|s|z|x)$")  # Chinese, Turkish, French, Swiss, Icelandic
_FRENCH_FEMININE = ((r"ien$", "ienne"), (r"éen$", "éenne"), (r"c$", "que"), (r"e$", "e"), (r"$", "e"))
_BACK, _ROUND = "aıou", "ouöü"
_VOWELS = "aeıioöuü"


def countries() -> dict[str, list[str]]:
    """Return the demonyms of each country by code, in English, French, Arabic, Turkish, Persian and Kurdish.

    >>> of = countries()["IQ"]
    >>> [name in of for name in ("Iraqi", "Iraqis", "irakienne", "عراقيين", "Iraklı", "عراقی", "عێراقی")]
    [True, True, True, True, True, True, True]
    """
    table = _table()
    found: defaultdict[str, list[str]] = defaultdict(list)
    names = {language: Locale.parse(language).territories for language in ("ar", "tr", "fa")}
    for code, given in table["en"].items():
        found[code] += english(given)
    for code, given in table["fr"].items():
        found[code] += french(given)
    for code in table["en"]:
        bare = names["ar"].get(code, "")
        found[code] += arabic(table["ar"].get(code) or _nisba(bare))
        found[code] += turkish(table["tr"].get(code) or _from(names["tr"].get(code, "")))
        found[code] += table["fa"].get(code) or _persian(names["fa"].get(code, ""))
        found[code] += table["ku"].get(code, ())
    return {code: list(dict.fromkeys(given)) for code, given in found.items()}


def areas() -> dict[str, list[str]]:
    """Return the demonyms of states and regions, by the code of the area.

    >>> areas()["gn:US.TX"]
    ['Texan', 'Texans']
    """
    return {code: list(english(given)) for code, given in _table()["areas"].items()}


@cache
def _table() -> dict[str, Any]:
    """Return the table of demonyms."""
    return tomllib.loads(resources.files("fanal.facts").joinpath(FILE).read_text(encoding="utf-8"))


def english(given: Iterable[str]) -> Iterator[str]:
    """Yield demonyms, and plurals of those in Latin script that have one.

    >>> list(english(["Iraqi", "Chinese"]))
    ['Iraqi', 'Iraqis', 'Chinese']
    """
    for name in given:
        yield name
        if name[:1].isupper() and name[:1] < "\u0250" and not _NO_PLURAL.search(name):
            yield (
                name.removesuffix("man") + "men" if name.endswith("man") and name != "German" else f"{name}s"
            )


def french(given: Iterable[str]) -> Iterator[str]:
    """Yield masculine and feminine, singular and plural.

    >>> list(french(["irakien"]))
    ['irakien', 'irakiens', 'irakienne', 'irakiennes']
    """
    for name in given:
        feminine = next(re.sub(old, new, name) for old, new in _FRENCH_FEMININE if re.search(old, name))
        for one in dict.fromkeys((name, feminine)):
            yield one
            if not one.endswith("s"):
                yield f"{one}s"


def arabic(given: Iterable[str]) -> Iterator[str]:
    """Yield the nisba: masculine, feminine and plurals. The article is peeled off when texts are matched.

    >>> list(arabic(["عراقي"]))
    ['عراقي', 'عراقية', 'عراقيون', 'عراقيين', 'عراقيات']
    """
    for name in given:
        yield name
        if name.endswith("ي"):
            yield from (name + ending for ending in ("ة", "ون", "ين", "ات"))


def turkish(given: Iterable[str]) -> Iterator[str]:
    """Yield singular and plural.

    >>> list(turkish(["Iraklı"]))
    ['Iraklı', 'Iraklılar']
    """
    for name in given:
        yield name
        yield name + ("lar" if _last_vowel(name) in _BACK else "ler")


def _nisba(name: str) -> list[str]:
    """Return the nisba of a country's name of one word, without the article.

    >>> [_nisba(name) for name in ("العراق", "سوريا", "ألمانيا")]
    [['عراقي'], ['سوري'], ['ألماني']]
    """
    if not name or " " in name:
        return []
    stem = re.sub(r"(يا|ا|ة|ي|و)$", "", name.removeprefix("ال"))
    return [f"{stem}ي"] if len(stem) >= 3 else []


def _from(name: str) -> list[str]:
    """Return who is from a country in Turkish, by vowel harmony.

    >>> _from("Irak"), _from("Suriye"), _from("Kosova")
    (['Iraklı'], ['Suriyeli'], ['Kosovalı'])
    """
    if not name or " " in name or not _last_vowel(name):
        return []
    last = _last_vowel(name)
    vowel = ("u" if last in _ROUND else "ı") if last in _BACK else ("ü" if last in _ROUND else "i")
    return [f"{name}l{vowel}"]


def _persian(name: str) -> list[str]:
    """Return the adjective of a country's name in Persian.

    >>> _persian("عراق"), _persian("سوریه"), _persian("لیبیا")
    (['عراقی'], ['سوری'], ['لیبیایی'])
    """
    if not name or " " in name or len(name) < 3:
        return []
    if name.endswith("یه"):
        return [name[:-1]]
    return [name + ("یی" if name.endswith("ا") else "ی")]


def _last_vowel(name: str) -> str:
    """Return the last vowel of a Turkish word in lower case; empty where it has none."""
    low = name.replace("I", "ı").replace("İ", "i").lower()
    return next((letter for letter in reversed(low) if letter in _VOWELS), "")
