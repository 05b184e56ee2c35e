"""The languages of the page: messages from the catalogues, numbers and dates as each language writes them."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from fanal.web.words import LABELS

LANGUAGES: dict[str, str] = {"en": "English", "fr": "Français", "ar": "العربية"}
"""Languages of the page with their own names; the first has no catalogue, its words are the messages."""

FOLDER = "locale"
_PLACE = re.compile(r"\{(\w+)\}")
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """Hold one language with its messages."""

    code: str  # ISO 639-1
    locale: Locale
    messages: dict[str, str]  # English to this language

    @property
    def tag(self) -> str:
        """Return the BCP 47 tag that a browser's Intl takes."""
        return str(self.locale).replace("_", "-")

    @property
    def direction(self) -> str:
        """Return `rtl` or `ltr`."""
        return str(self.locale.text_direction)

    def say(self, message: str, /, **values: object) -> str:
        """Return a message in this language, with `{name}` replaced by values.

        >>> read("fr").say("Hotspots")
        'Foyers'
        """
        text = self.messages.get(message) or message
        return _PLACE.sub(lambda place: str(values.get(place[1], place[0])), text) if values else text

    def word(self, kind: str, value: str) -> str:
        """Return the name of a member of a closed set; a value without a name as it is.

        >>> read("fr").word("group", "children"), read("fr").word("sector", "unheard of")
        ('Enfants', 'unheard of')
        """
        return self.say(LABELS[kind].get(value, value))

    def number(self, value: float) -> str:
        """Return a number as this language writes it, with its digits.

        >>> read("fr").number(0.25), read("ar", country="IQ").number(1014)
        ('0,25', '١٬٠١٤')
        """
        written = format_decimal(value, format="#,##0.###", locale=self.locale, numbering_system="default")
        return _digits(written, self.locale)

    def listed(self, names: list[str]) -> str:
        """Return names as this language lists them."""
        return ("، " if self.code in {"ar", "ckb", "fa"} else ", ").join(names)

    def day(self, when: date) -> str:
        """Return a date as this language writes it, with its digits.

        >>> read("en").day(date(2014, 8, 3)), read("ar", country="IQ").day(date(2014, 8, 3))
        ('3 August 2014', '٣ آب ٢٠١٤')
        """
        return _digits(format_date(when, "long", locale=self.locale), self.locale)


@lru_cache(maxsize=16)
def read(code: str, *, country: str | None = None) -> Language:
    """Read a language's messages, once; a country chooses how Arabic writes months and digits.

    Raises:
        KeyError: no such language.
    """
    if code not in LANGUAGES:
        raise KeyError(code)
    locale = _locale(code, country)
    messages = {}
    if code != next(iter(LANGUAGES)):
        messages = {
            message.id: _digits(message.string, locale)
            for message in catalogue(code)
            if isinstance(message.id, str) and isinstance(message.string, str) and message.id
        }
    return Language(code=code, locale=locale, messages=messages)


def catalogue(code: str) -> Catalog:
    """Read a language's catalogue from its `.po` file."""
    with resources.files("fanal.web").joinpath(FOLDER, f"{code}.po").open("rb") as file:
        return read_po(file, locale=code)


def _locale(code: str, country: str | None) -> Locale:
    """Return the locale of a language in a country, where there is such a one, else of the language."""
    if country and code == "ar":  # the months of Iraq are not those of Sudan
        try:
            return Locale(code, country)
        except UnknownLocaleError:
            pass
    return (
        Locale(code, "GB") if code == "en" else Locale(code)
    )  # the day before the month, as the UN writes it


def _digits(text: str, locale: Locale) -> str:
    """Return a text with the digits that its locale uses, so that a page does not mix two kinds."""
    return text.translate(_ARABIC_DIGITS) if locale.default_numbering_system == "arab" else text
