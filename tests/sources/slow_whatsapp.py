"""A slow, obvious reading of WhatsApp chats by regular expressions, beside which the kernels are tested."""

import re
from dataclasses import dataclass

from fanal.sources.chat_message import (
    ATTACHED,
    EDITED,
    LINK,
    MAX_LABEL_BYTES,
    MAX_NAME_BYTES,
    MAX_OWN_BYTES,
    PLACEHOLDERS,
)
from fanal.sources.day_period import AFTERNOON, FILLERS, MORNING

MARKS = "\u200e\u200f\u202a-\u202e\u2066-\u2069\u061c\ufeff"
BLANKS = " \t\u00a0\u202f\u2000-\u200a"
M = f"[{MARKS}]*"
B = f"[{BLANKS}{MARKS}]*"
DIGITS = "0-9٠-٩۰-۹"
LONGEST_WORD = 48

HEADING = re.compile(
    rf"^{B}(?P<open>\[?){M}(?P<first>[{DIGITS}]{{1,4}}){M}(?P<sign>[-./]){B}(?P<second>[{DIGITS}]{{1,2}}){M}(?P=sign)"
    rf"{B}(?P<third>[{DIGITS}]{{1,4}})(?P<before>[^{DIGITS}\n\r\[\]]+)"
    rf"(?P<hour>[{DIGITS}]{{1,2}}){B}(?P<colon>[.:h])(?:(?<=h){B})?{M}(?P<minute>[{DIGITS}]{{2}})"
    rf"(?:{M}(?P=colon){M}(?P<second_of_minute>[{DIGITS}]{{2}}))?(?P<rest>.*)$",
    re.DOTALL,
)
REST = re.compile(rf"^(?P<after>[^{DIGITS}\n\r\[\]]*?)(?P<end>\]|(?<= )[-–](?=[ \n\r]|$)|:(?=[ \n\r]|$))")


@dataclass(frozen=True)
class Heading:
    """What a heading says."""

    numbers: tuple[int, int, int]
    clock: tuple[int, int, int]
    period: int
    body: int  # characters of the line before name and text
    style: tuple


def meaning(word: str) -> int:
    """Return what a word beside a time means: 0 none, 1 am, 2 pm, 3 filler, 4 unknown."""

    def plain(text: str) -> str:
        kept = re.sub(rf"[{BLANKS}{MARKS}.,،\u200c\u200d]", "", text)
        return "".join(c.lower() if c.isascii() else c for c in kept)

    if not plain(word):
        return 0
    for found, words in ((1, MORNING), (2, AFTERNOON), (3, FILLERS)):
        if plain(word) in map(plain, words):
            return found
    return 4


def script(number: str) -> str:
    """Return the first digit of the script of a number."""
    return "0" if number[-1] in "0123456789" else "٠" if number[-1] in "٠١٢٣٤٥٦٧٨٩" else "۰"


def heading(line: str) -> Heading | None:  # noqa: C901
    """Return what the heading of a line says, or None when it has none."""
    match = HEADING.match(line)
    if not match:
        return None
    first, third = match["first"], match["third"]
    before = match["before"]
    if 3 in (len(first), len(third)) or len(first) == len(third) == 4:
        return None
    if len(before.encode()) >= LONGEST_WORD:
        return None
    rest = match["rest"]
    seconds = match["second_of_minute"]
    end = REST.match(rest)
    if not end:
        return None
    after = end["after"]
    # A dash behind a blank, or a colon, is the only one that may end it.
    if match["open"]:
        form = 1
        if end["end"] != "]":
            closing = re.match(rf"^(?P<after>[^{DIGITS}\n\r\[\]]*)\]", rest)
            if not closing:
                return None
            end, after = closing, closing["after"]
    else:
        form = {"]": 0, ":": 3}.get(end["end"], 2)
        if form == 0 or (form == 3 and seconds is None) or ":" in after or re.search(r" [-–]", after):
            return None
    if len(after.encode()) >= LONGEST_WORD:
        return None
    said_after, said_before = meaning(after), meaning(before)
    if said_after:
        worded, period = 1, 0 if said_after == 3 else said_after
    elif said_before:
        worded, period = 2, 0 if said_before == 3 else said_before
    else:
        worded = period = 0
    behind = len(line) - len(rest) + end.end()
    if line[behind : behind + 1] == " ":
        behind += 1
    return Heading(
        numbers=(int(first), int(match["second"]), int(third)),
        clock=(int(match["hour"]), int(match["minute"]), int(seconds or 0)),
        period=period,
        body=behind,
        style=(
            form,
            match["sign"],
            script(first),
            len(first) == 4,
            len(third) == 4,
            seconds is not None,
            worded,
        ),
    )


def plain(name: str) -> str:
    """Return a name as somebody would type it."""
    typed = "".join(" " if c in "\u00a0\u202f" or "\u2000" <= c <= "\u200a" else c for c in name)
    return re.sub(f"[{MARKS}]", "", typed)


def cut(text: str, style: tuple) -> list[tuple[int, str]]:
    """Return the messages of a chat, each with the number of its first line; blank ones are left out."""
    found: list[tuple[int, list[str]]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        said = heading(line)
        if not found or (said is not None and said.style == style):
            found.append((number, []))
        found[-1][1].append(line)
    rows = []
    for number, lines in found:
        message = "\n".join(lines).strip(" \t\r\n")
        if message:
            rows.append((number, message))
    return rows


def message(body: str, *, apple: bool) -> tuple[str, str, tuple[float, float] | None]:  # noqa: C901
    """Return author, text and point (longitude, latitude) of a message behind its heading; empty: none."""
    trimmed = f"{BLANKS}{MARKS}\r\n"
    body = re.sub(rf"^{B}", "", body)
    line = re.split(r"[\n\r]", body)[0]
    colon = -1
    for found in re.finditer(rf":(?=[{BLANKS}]|[\n\r]|$)", line + body[len(line) : len(line) + 1]):
        colon = found.start()
        break
    if colon < 0 or len(line[:colon].encode()) >= MAX_NAME_BYTES:
        return "", "", None
    quotes = list(re.finditer('["“”„«»]', line[:colon]))
    if quotes and quotes[-1].start() > 0 and line[quotes[-1].start() - 1] == " ":
        return "", "", None
    author = re.sub(rf"[{trimmed}]+$", "", line[:colon])
    if not author:
        return "", "", None
    said = re.sub(rf"^[{BLANKS}\r\n]+", "", body[colon + 1 :])
    marked = said.startswith("\u200e")
    text = re.sub(rf"^{B}", "", re.sub(rf"[{trimmed}]+$", "", said))
    for _ in range(2):
        tail = re.search(r"<[^<\n]*>$", text)
        if not tail or len(tail[0].encode()) > 256:
            break
        before = text[: tail.start()]
        known = tail[0].removesuffix(">").removesuffix(".") + ">" in EDITED
        if not (known or (before and re.match("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]", before[-1]))):
            break
        text = re.sub(rf"[{trimmed}]+$", "", before)
    if not text:
        return author, "", None
    if "\n" not in text:
        label, link, numbers_said = text.partition(LINK.decode())
        point = re.fullmatch(r"(-?[0-9.]+),(-?[0-9.]+)", numbers_said) if link else None
        if point and len(label.encode()) <= MAX_LABEL_BYTES:
            numbers = [re.fullmatch(r"-?(?=[0-9.]*[0-9])[0-9]*\.?[0-9]*", part) for part in point.groups()]
            if all(numbers) and all(sum(c.isdigit() for c in part) <= 18 for part in point.groups()):
                lat, lon = (float(part) for part in point.groups())
                return author, text, (lon, lat)
        if apple and marked and len(text.encode()) <= MAX_OWN_BYTES:
            return author, "", None
        if text.removesuffix(".") in PLACEHOLDERS:
            return author, "", None
    first, _, more = text.partition("\n")
    first = re.sub(rf"[{trimmed}]+$", "", first)
    file = re.search(r"\([^(]*\)$", first)
    if file and len(first.encode()) >= 12:
        start = first.encode()[: min(len(first[: file.start()].encode()), 32)]
        if file[0] in ATTACHED or re.search(rb"-WA[0-9]{4}\.", start):
            text = re.sub(rf"^{B}", "", more)
    return author, text, None
