"""Phone numbers: written in E.164 (ITU-T), or known as a short code, after Google's libphonenumber."""

import re
from functools import cache, lru_cache
from types import ModuleType

from fanal.model.error import MissingPackageError

_SHORT = re.compile(r"[*#]?\d{2,6}#?")
_PLAIN = re.compile(r"\+[1-9]\d{6,14}")
_SIGNS = re.compile(r"[\s().\-/\"'\u200e\u200f\u202a-\u202e\u2066-\u2069\u00a0]+")
MOST_LETTERS = 60
"""Letters of a number as written, extension and all."""


@lru_cache(maxsize=1 << 16)
def e164(written: str, country: str = "") -> str | None:
    """Return a number as E.164, or None: it does not parse, or is a short code.

    Args:
        written: as in a directory.
        country: ISO 3166-1 alpha-2, of numbers that are written without one; empty: such do not parse.

    Raises:
        UserError: the library is not installed.

    >>> e164("+964 (0)770 123 4567"), e164("0770 123 4567", "IQ"), e164("0770 123 4567"), e164("116 111")
    ('+9647701234567', '+9647701234567', None, None)
    """
    if len(written) > MOST_LETTERS:
        return None
    phonenumbers = _library()
    try:
        parsed = phonenumbers.parse(written, country or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    found = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return found if _PLAIN.fullmatch(found) else None


def is_short(written: str) -> bool:
    """Say whether a number is a short code, as emergency and help lines have; whether it works is not known.

    >>> is_short("116 111"), is_short("*1234#"), is_short("0770 123 4567"), is_short("call us")
    (True, True, False, False)
    """
    return bool(_SHORT.fullmatch(_SIGNS.sub("", written[:MOST_LETTERS])))


def can_be_dialled(written: str, country: str = "") -> bool:
    """Say whether a number parses or is a short code.

    >>> can_be_dialled("115"), can_be_dialled("ask at the desk")
    (True, False)
    """
    return is_short(written) or e164(written, country) is not None


@cache
def _library() -> ModuleType:
    """Return libphonenumber's port to Python."""
    try:
        # Optional and imported late: a workspace without a directory of services needs no such tables.
        import phonenumbers  # noqa: PLC0415 - for the reason above
    except ImportError as error:
        raise MissingPackageError(
            "A directory of services needs the package phonenumberslite, which is not installed.",
            extra="services",
        ) from error
    return phonenumbers
