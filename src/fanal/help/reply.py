"""The reply: neutral words with one number or address, for a person to read, change and send; nothing sends it."""

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fanal.help.sms import Size, size
from fanal.help.tongue import plain
from fanal.model.error import InputError

OTHERWISE = "en"
"""The language of a reply where there are no words in that of the plea."""

RIGHT_TO_LEFT = frozenset({"ar", "ckb", "fa"})
"""Languages in which a number is kept in its order by a mark: its plus would be shown behind it."""

TELLING = (
    "traffick",
    "slave",
    "rescue",
    "victim",
    "survivor",
    "escape",
    "violence",
    "shelter",
    "refuge",
    "police",
)
"""What an address must not say: whoever watches the phone would read it."""

LONGEST = 120
"""Letters of an address."""

_MARK = "\u200e"
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{2,8}")  # ITU-T E.164, or a short code
_ADDRESS = re.compile(r"https://[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::[0-9]{1,5})?(?:/[A-Za-z0-9._~/-]*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """Hold a draft. It names no service, no place and no person, and repeats nothing of the plea."""

    text: str
    language: str  # of the text: one of the help page's
    known: bool  # False: there are no words in the language that was asked for, so these are English
    size: Size  # as short messages


def draft(language: str, *, phone: str = "", page: str = "") -> Reply:
    """Draft a reply with a number, or with the address of a help page.

    Args:
        language: ISO 639 code of the plea; und: unsure. `ku` tells not which Kurdish: English then.
        phone: E.164, or a short code; empty: none.
        page: an address that begins with https:// and says not what it is for; empty: none.

    Raises:
        InputError: neither or both of the two, or one that is none.

    >>> draft("tr", phone="+964770123").text
    'Merhaba. Sorularınız varsa bu numarayı arayabilirsiniz: +964770123'
    >>> draft("es", page="https://example.org/a").text
    'Hello. You can read more here: https://example.org/a'
    """
    if bool(phone) == bool(page):
        raise InputError("A reply gives one contact.", hint="Give a number or an address.")
    if phone and not can_be_given(phone):
        raise InputError(
            "This is no number that a phone can dial.", hint="Write it as +9647701234567, or a short code."
        )
    if page:
        _require_address(page)
    words = _words()["phone" if phone else "page"]
    own = plain(language)
    spoken = own if own in words else OTHERWISE
    contact = phone or page
    if spoken in RIGHT_TO_LEFT:
        contact = _MARK + contact
    text = words[spoken].format(contact=contact)
    return Reply(text=text, language=spoken, known=own in words, size=size(text))


def can_be_given(number: str) -> bool:
    """Say whether a number can stand in a reply: E.164, or a short code.

    >>> can_be_given("+9647701234567"), can_be_given("104"), can_be_given("0770 123 4567")
    (True, True, False)
    """
    return _NUMBER.fullmatch(number) is not None


def languages() -> frozenset[str]:
    """Return the languages in which there are words.

    >>> sorted(languages())
    ['ar', 'ckb', 'en', 'fa', 'fr', 'kmr', 'tr']
    """
    return frozenset(_words()["phone"])


def _require_address(page: str) -> None:
    """Refuse an address that could carry more than where the page is, or that says what it is for.

    Raises:
        InputError: it is such a one.
    """
    if len(page) > LONGEST or not _ADDRESS.fullmatch(page):
        raise InputError(
            f"This is no plain address of at most {LONGEST} letters.",
            hint="It begins with https:// and has no question mark, no # and no @.",
        )
    if said := next((word for word in TELLING if word in page.lower()), None):
        raise InputError(
            f"The address says {said!r}: whoever watches the phone would read it.",
            hint="Give an address that does not say what it is for.",
        )


@cache
def _words() -> dict[str, dict[str, str]]:
    """Return the words by contact and language."""
    text = resources.files("fanal.help").joinpath("reply.toml").read_text(encoding="utf-8")
    return {kind: dict(words) for kind, words in tomllib.loads(text).items()}
