"""Harmless: a text of somebody else made fit for a terminal; what would steer it is shown and does nothing."""

import unicodedata

_KEPT = "\n\t"
_JOINERS = "\u200c\u200d"
"""Zero-width (non-)joiners: Persian, Kurdish and Indic words need them, and they steer nothing."""


def harmless(text: str) -> str:
    r"""Return a text with controls, signs of direction and other invisible signs written out as <U+202E>.

    Escape sequences cannot reach the terminal, and no line can be shown in another order than it stands. Right-to-left
    scripts need no such signs and are left as they are.

    >>> harmless("a\x1b[2J\u202eb")
    'a<U+001B>[2J<U+202E>b'
    >>> harmless("نحتاج ماء")
    'نحتاج ماء'
    """
    return "".join(letter if _plain(letter) else f"<U+{ord(letter):04X}>" for letter in text)


def _plain(letter: str) -> bool:
    """Say whether a letter is shown as it is: no control, format, surrogate, private, unassigned, line separator."""
    if letter in _KEPT or letter in _JOINERS:
        return True
    return unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
