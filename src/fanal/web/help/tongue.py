"""The languages of the help page: seven, chosen by the browser's list or by a person, each with its own dates."""

import re
from functools import lru_cache
from importlib import resources

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from fanal.web.language import Language

TONGUES: dict[str, str] = {
    "en": "English",
    "fr": "Français",
    "ar": "العربية",
    "ckb": "کوردیی ناوەندی",
    "kmr": "Kurdî (Kurmancî)",
    "fa": "فارسی",
    "tr": "Türkçe",
}
"""Languages of the page with their own names; the first has no catalogue, its words are the messages."""

_ALIKE = {"ku": "kmr", "ku-arab": "ckb", "ku-iq": "ckb", "ku-ir": "ckb", "prs": "fa"}
"""Tags that browsers send for these languages (BCP 47): `ku` alone is Kurmanji in CLDR; Dari reads Persian."""

_CLDR = {"kmr": "ku"}
"""Names of these languages in the Unicode CLDR."""

_MOST = 20  # languages of a list that are looked at
_WEIGHT = re.compile(r"\s*;\s*q\s*=\s*")


@lru_cache(maxsize=len(TONGUES))
def read(code: str) -> Language:
    """Read a language's messages, once.

    >>> read("ckb").direction, read("kmr").direction
    ('rtl', 'ltr')

    Raises:
        KeyError: no such language.
    """
    if code not in TONGUES:
        raise KeyError(code)
    messages: dict[str, str] = {}
    if code != "en":
        messages = {
            message.id: message.string
            for message in catalogue(code)
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id
        }
    locale = Locale("en", "GB") if code == "en" else Locale(_CLDR.get(code, code))
    return Language(code=code, locale=locale, messages=messages)


def catalogue(code: str) -> Catalog:
    """Read a language's catalogue from its `.po` file."""
    with resources.files("fanal.web.help").joinpath("locale", f"{code}.po").open("rb") as file:
        return read_po(file, locale=_CLDR.get(code, code))


def preferred(accepted: str, default: str = "en") -> str:
    """Return the language of the page that a browser likes best (RFC 9110, section 12.5.4).

    Args:
        accepted: the header Accept-Language; what of it cannot be read is passed over.
        default: where no language of the page is in it.

    >>> preferred("de, ku-IQ;q=0.8, ar;q=0.9"), preferred("fr-CA"), preferred("*", default="ar"), preferred("tr;q=0")
    ('ar', 'fr', 'ar', 'en')
    """
    best, weight = default, 0.0
    for entry in accepted.split(",", _MOST)[:_MOST]:
        tag, *rest = _WEIGHT.split(entry.strip().lower(), maxsplit=1)
        liked = _weight(rest[0]) if rest else 1.0
        code = _known(tag)
        if code and liked > weight:
            best, weight = code, liked
    return best


def _known(tag: str) -> str | None:
    """Return the language of the page that a tag means; None: none."""
    parts = tag.split("-")
    for length in range(len(parts), 0, -1):
        prefix = "-".join(parts[:length])
        code = _ALIKE.get(prefix, prefix)
        if code in TONGUES:
            return code
    return None


def _weight(written: str) -> float:
    """Return a weight from 0 to 1; 0 where it cannot be read."""
    return float(written) if re.fullmatch(r"0(\.\d{0,3})?|1(\.0{0,3})?", written) else 0.0
