"""Markup: the words of a post that was written as HTML, cut out in one kernel, in time that grows with its length.

Tags, comments, scripts and character references are told as the standard's tokenizer tells them (WHATWG HTML, 13.2.5).
Nothing is fetched, run or shown.
"""

from html.entities import html5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from numpy.typing import NDArray

LINES = (  # noqa: SIM905 - a list of so many words is easier read as words
    "address article aside blockquote br center dd details dialog dir div dl dt fieldset figcaption figure footer form "
    "h1 h2 h3 h4 h5 h6 header hgroup hr li main menu nav ol option p pre section summary table tbody tfoot thead tr ul"
).split()
"""Elements that begin and end a line (WHATWG HTML, 15.3)."""

CELLS = ("td", "th")
"""Elements between which there is a blank."""

DROPPED = ("script", "style")
"""Elements whose content is no text."""

_LINE, _CELL, _DROP = 1, 2, 3
_NO_BREAK, _BLANK, _NEW_LINE = 0, 1, 2
_LONGEST_TAG = 10
_LONGEST_NAME = 31
_GROWTH = 2
"""A reference and its characters: `&nGt;` has 5 bytes and stands for 6, and none grows more than by half."""

_WINDOWS_1252 = np.array(
    [ord(bytes([byte]).decode("cp1252", "replace")) for byte in range(0x80, 0xA0)], np.int64
)
"""What the numbers 128 to 159 stand for in a reference (WHATWG HTML, 13.2.5.80), where it is a character."""
_WINDOWS_1252[_WINDOWS_1252 == 0xFFFD] = np.arange(0x80, 0xA0)[_WINDOWS_1252 == 0xFFFD]


def _tag(name: str) -> int:
    """Return a tag's name as one number, six bits a letter."""
    packed = 0
    for letter in name:
        packed = packed << 6 | (27 + int(letter) if letter.isdigit() else ord(letter) - 96)
    return packed


def _tags() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the tags that matter in the order of their numbers, and what each does."""
    kinds = {
        _tag(name): kind
        for names, kind in ((LINES, _LINE), (CELLS, _CELL), (DROPPED, _DROP))
        for name in names
    }
    return np.array(sorted(kinds), np.int64), np.array([kinds[tag] for tag in sorted(kinds)], np.int64)


def _names() -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.uint8], NDArray[np.int64]]:
    """Return the names of characters in the order of their bytes, and their characters, each as bytes and bounds."""
    names = sorted(name.encode() for name in html5)
    values = [html5[name.decode()].encode() for name in names]
    return _joined(names) + _joined(values)


def _joined(parts: list[bytes]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return some bytes behind each other, and where each begins."""
    bounds = np.cumsum([0, *map(len, parts)]).astype(np.int64)
    return np.frombuffer(b"".join(parts), np.uint8), bounds


_TAGS, _KINDS = _tags()
_NAME_BYTES, _NAME_BOUNDS, _VALUE_BYTES, _VALUE_BOUNDS = _names()


@njit(cache=True, nogil=True)
def _is_blank(byte):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Tell whether a byte is a blank of HTML."""
    return byte in (32, 9, 10, 12, 13)


@njit(cache=True, nogil=True)
def _is_letter(byte):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Tell whether a byte is a letter of ASCII."""
    return 97 <= (byte | 32) <= 122


@njit(cache=True, nogil=True)
def _past_tag(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the byte behind a tag whose name begins here, and the name as a number; 0: none that matters."""
    packed = 0
    size = 0
    while at < end and not _is_blank(data[at]) and data[at] not in (47, 62):
        byte = data[at] | 32
        size += 1
        if size > _LONGEST_TAG or not (97 <= byte <= 122 or 48 <= data[at] <= 57):
            packed, size = 0, _LONGEST_TAG
        else:
            packed = packed << 6 | (byte - 96 if byte >= 97 else 27 + data[at] - 48)
        at += 1
    awaited = False  # a value: only then does a quote open
    while at < end:
        byte = data[at]
        at += 1
        if byte == 62:
            return at, packed
        if awaited and byte in (34, 39):
            while at < end and data[at] != byte:
                at += 1
            at += 1
            awaited = False
        elif byte == 61 and not awaited:
            awaited = True
        elif awaited and not _is_blank(byte):
            awaited = False
            while at < end and not _is_blank(data[at]) and data[at] != 62:
                at += 1
    return end, 0


@njit(cache=True, nogil=True)
def _past_comment(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the byte behind a comment, a declaration or what else no tag is; `at` is behind its `<`."""
    if not (at + 2 < end and data[at] == 33 and data[at + 1] == 45 and data[at + 2] == 45):
        while at < end and data[at] != 62:
            at += 1
        return min(at + 1, end)
    begin = at + 3
    at = begin
    while at < end:
        if data[at] == 62:
            dashes = 0
            while dashes < 2 and at - 1 - dashes >= begin - 2 and data[at - 1 - dashes] == 45:
                dashes += 1
            if dashes == 2:
                return at + 1
            if at - 3 >= begin and data[at - 1] == 33 and data[at - 2] == 45 and data[at - 3] == 45:
                return at + 1
            if at == begin:
                return at + 1
        at += 1
    return end


@njit(cache=True, nogil=True)
def _past_dropped(data, at, end, tag):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return where the end tag of a script or a style begins."""
    while at < end:
        if data[at] == 60 and at + 2 < end and data[at + 1] == 47:
            packed = 0
            i = at + 2
            while i < end and i - at - 2 < _LONGEST_TAG and _is_letter(data[i]):
                packed = packed << 6 | ((data[i] | 32) - 96)
                i += 1
            if packed == tag and i < end and (_is_blank(data[i]) or data[i] in (47, 62)):
                return at
        at += 1
    return end


@njit(cache=True, nogil=True)
def _put(code, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write a character as UTF-8; return the byte behind it."""
    if code < 0x80:
        out[to] = code
        return to + 1
    if code < 0x800:
        out[to], out[to + 1] = 0xC0 | code >> 6, 0x80 | code & 63
        return to + 2
    if code < 0x10000:
        out[to], out[to + 1], out[to + 2] = 0xE0 | code >> 12, 0x80 | code >> 6 & 63, 0x80 | code & 63
        return to + 3
    out[to], out[to + 1] = 0xF0 | code >> 18, 0x80 | code >> 12 & 63
    out[to + 2], out[to + 3] = 0x80 | code >> 6 & 63, 0x80 | code & 63
    return to + 4


@njit(cache=True, nogil=True)
def _numbered(data, at, end, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the character of a reference by number; `at` is behind `&#`. Nothing is written where it is none."""
    begin = at - 2
    hexadecimal = at < end and data[at] | 32 == 120
    at += hexadecimal
    first = at
    code = 0
    while at < end:
        byte = data[at]
        if 48 <= byte <= 57:
            digit = byte - 48
        elif hexadecimal and 97 <= (byte | 32) <= 102:
            digit = (byte | 32) - 87
        else:
            break
        code = min(code * (16 if hexadecimal else 10) + digit, 0x110000)
        at += 1
    if at == first:
        return begin, to
    if at < end and data[at] == 59:
        at += 1
    if 0x80 <= code < 0xA0:
        code = _WINDOWS_1252[code - 0x80]
    if code == 0 or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        code = 0xFFFD
    return at, _put(code, out, to)


@njit(cache=True, nogil=True)
def _named(data, at, end, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the characters of a reference by name, the longest that there is; `at` is behind its `&`."""
    size = 0
    while (
        at + size < end
        and size < _LONGEST_NAME
        and (_is_letter(data[at + size]) or 48 <= data[at + size] <= 57)
    ):
        size += 1
    if at + size < end and data[at + size] == 59:
        size += 1
    while size >= 2:
        low, high = 0, len(_NAME_BOUNDS) - 1
        while low < high:
            middle = (low + high) // 2
            i, stop = _NAME_BOUNDS[middle], _NAME_BOUNDS[middle + 1]
            k = 0
            while k < size and i + k < stop and _NAME_BYTES[i + k] == data[at + k]:
                k += 1
            if k == size and i + k == stop:
                for v in range(_VALUE_BOUNDS[middle], _VALUE_BOUNDS[middle + 1]):
                    out[to] = _VALUE_BYTES[v]
                    to += 1
                return at + size, to
            if k == size or (i + k < stop and _NAME_BYTES[i + k] > data[at + k]):
                high = middle
            else:
                low = middle + 1
        size -= 1
    return at - 1, to


@njit(cache=True, nogil=True)
def _words(data, at, end, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Write the words of one text; return the byte behind them."""
    begin = to
    gap = _NO_BREAK  # what stands before the next character, unless it is the first
    while at < end:
        byte = data[at]
        if byte == 60 and at + 1 < end:
            follow = data[at + 1]
            if _is_letter(follow) or (follow == 47 and at + 2 < end and _is_letter(data[at + 2])):
                at, tag = _past_tag(data, at + 1 + (follow == 47), end)
                place = np.searchsorted(_TAGS, tag)
                if place < len(_TAGS) and _TAGS[place] == tag:
                    if _KINDS[place] == _LINE:
                        gap = _NEW_LINE
                    elif _KINDS[place] == _CELL:
                        gap = max(gap, _BLANK)
                    elif follow != 47:
                        at = _past_dropped(data, at, end, tag)
                continue
            if follow in (33, 63) or (follow == 47 and at + 2 < end):
                at = _past_comment(data, at + 1 + (follow == 47), end)
                continue
        if _is_blank(byte):
            gap = max(gap, _BLANK)
            at += 1
            continue
        before, written, gap_before = at, to, gap
        if gap and to > begin:
            out[to] = 10 if gap == _NEW_LINE else 32
            to += 1
        gap = _NO_BREAK
        if byte == 38 and at + 1 < end:
            first = to
            if data[at + 1] == 35:
                at, to = _numbered(data, at + 2, end, out, to)
            else:
                at, to = _named(data, at + 1, end, out, to)
            if to == first + 1 and _is_blank(out[first]):
                to, gap = written, max(gap_before, _BLANK)
            if at > before:
                continue
        out[to] = byte
        to += 1
        at += 1
    return to


@njit(cache=True, nogil=True)
def _all_words(data, bounds, out, ends):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write the words of each text of a column."""
    to = 0
    ends[0] = 0
    for row in range(len(bounds) - 1):
        to = _words(data, bounds[row], bounds[row + 1], out, to)
        ends[row + 1] = to
    return to


def plain(text: str) -> str:
    r"""Return the words of a text that is HTML; what begins and ends a line in it does so here.

    Runs of blanks and of line ends become one, as where HTML is shown; scripts and comments are left out.

    >>> plain('<p>Two &amp; three<br>are <a href="https://a.example/?q=%3E">here</a></p><p>4 < 5</p>')
    'Two & three\nare here\n4 < 5'
    """
    data = np.frombuffer(text.encode("utf-8", "replace"), np.uint8)
    out = np.empty(len(data) * _GROWTH, np.uint8)
    return out[: _words(data, 0, len(data), out, 0)].tobytes().decode()


def plain_texts(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return the words of each text of a column, as `plain` does; null stays null.

    >>> plain_texts(pa.array(["<b>A</b>", None, "&eacute;"], pa.large_string())).to_pylist()
    ['A', None, 'é']
    """
    _, offsets, letters = texts.buffers()
    size = len(texts)
    if not size or letters is None or not letters.size:
        return texts
    bounds = np.frombuffer(offsets, np.int64)[texts.offset : texts.offset + size + 1]
    out = np.empty((bounds[-1] - bounds[0]) * _GROWTH, np.uint8)
    ends = np.empty(size + 1, np.int64)
    end = _all_words(np.frombuffer(letters, np.uint8), bounds, out, ends)
    made = pa.LargeStringArray.from_buffers(size, pa.py_buffer(ends), pa.py_buffer(out[:end].copy()))
    return made if not texts.null_count else pc.if_else(texts.is_valid(), made, None)
