"""Text that fits in short messages: its segments counted as a phone counts them, and never cut inside a number."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

# 3GPP TS 23.038, section 6.2.1: the default alphabet and its extension table (two septets each).
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENDED
GSM_ALONE, GSM_JOINED = 160, 153  # septets of a message alone, and of a part of a longer one
UCS_ALONE, UCS_JOINED = 70, 67  # UTF-16 units, likewise
_WORD = re.compile(r"\+?\d[\d ()./-]*\d|\S+")
"""A number with what stands between its digits is one word; so is anything else without a space."""


@dataclass(frozen=True, slots=True)
class Size:
    """Hold how long a text is as short messages."""

    alphabet: str  # gsm7 or ucs2
    units: int  # septets or UTF-16 units
    segments: int  # messages that are paid for; 0: empty


def size(text: str) -> Size:
    """Count a text as a phone does (3GPP TS 23.038 and 23.040), without national shift tables.

    >>> size("Call +964 770 123 4567"), size("a" * 161).segments, size("ا" * 71)
    (Size(alphabet='gsm7', units=22, segments=1), 2, Size(alphabet='ucs2', units=71, segments=2))
    """
    if set(text) <= _GSM:
        costs = [2 if letter in _EXTENDED else 1 for letter in text]
        return Size("gsm7", sum(costs), _segments(costs, GSM_ALONE, GSM_JOINED))
    costs = [2 if ord(letter) > 0xFFFF else 1 for letter in text]
    return Size("ucs2", sum(costs), _segments(costs, UCS_ALONE, UCS_JOINED))


def split(entries: Iterable[str]) -> list[str]:
    r"""Return messages of one segment each that stand alone: entries together, cut only where one is too long.

    A cut is made between words; a number with its spaces is one word. Only a word longer than a whole message is
    cut inside, which no number is: those have 15 digits at most (ITU-T E.164).

    >>> split(["Helpline +964 770 123 4567", "Clinic 104"])
    ['Helpline +964 770 123 4567\nClinic 104']
    >>> [size(part).segments for part in split(["word " * 40])]
    [1, 1]
    """
    messages: list[str] = []
    for entry in entries:
        whole = "\n".join(filter(None, [messages[-1] if messages else "", entry.strip()]))
        if messages and _alone(whole):
            messages[-1] = whole
        else:
            messages += _cut(entry)
    return messages


def _alone(text: str) -> bool:
    """Say whether a text fits in one message, as `size` counts it; it is asked for each word."""
    if set(text) <= _GSM:
        return len(text) + sum(map(text.count, _EXTENDED)) <= GSM_ALONE
    return len(text.encode("utf-16-le", "surrogatepass")) <= 2 * UCS_ALONE


def _cut(entry: str) -> list[str]:
    """Return an entry as messages of one segment."""
    messages, now = [], ""
    for word in _WORD.findall(entry):
        longer = f"{now} {word}" if now else word
        if _alone(longer):
            now = longer
            continue
        if now:
            messages.append(now)
        *full, now = _pieces(word)
        messages += full
    return [*messages, now] if now else messages


def _pieces(word: str) -> list[str]:
    """Return a word as pieces of which each fits in a message."""
    pieces = [""]
    for letter in word:
        if not _alone(pieces[-1] + letter):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def _segments(costs: list[int], alone: int, joined: int) -> int:
    """Return the number of segments; no pair of units is cut in two."""
    if not costs:
        return 0
    if sum(costs) <= alone:
        return 1
    segments, used = 1, 0
    for cost in costs:
        if used + cost > joined:
            segments, used = segments + 1, 0
        used += cost
    return segments
