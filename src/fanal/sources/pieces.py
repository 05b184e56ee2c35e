"""Pieces: a text that JSON gives as a list of texts and of objects with a `text`, written as one inside a kernel.

Each function takes bytes, where to begin and where the element ends; -1 says that a parser should look at the element.
"""

from numba import njit


@njit(cache=True, nogil=True)
def past_blanks(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Return the next byte that is no blank."""
    while at < end and data[at] in (32, 9, 10, 13):
        at += 1
    return at


@njit(cache=True, nogil=True)
def _piece(data, at, end, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Write what is between quotes, as it is; `at` is behind the first. Return -1 where a parser should look."""
    while at < end:
        byte = data[at]
        if byte == 34:
            return at + 1, to
        if byte < 32:
            return -1, to
        out[to] = byte
        to += 1
        at += 1
        if byte == 92:
            if at == end or data[at] not in (34, 92, 47, 98, 102, 110, 114, 116, 117):
                return -1, to
            digits = 4 if data[at] == 117 else 0
            # Half a surrogate pair may stand at the end of a piece, and the next may look like its other half.
            if digits and (
                at + 2 >= end
                or (data[at + 1] | 32 == 100 and data[at + 2] not in (48, 49, 50, 51, 52, 53, 54, 55))
            ):
                return -1, to
            out[to] = data[at]
            to += 1
            at += 1
            for _ in range(digits):
                if at == end or not (48 <= data[at] <= 57 or 97 <= (data[at] | 32) <= 102):
                    return -1, to
                out[to] = data[at]
                to += 1
                at += 1
    return -1, to


@njit(cache=True, nogil=True)
def _past_word(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
    """Return the byte behind true, false, null or a whole number; -1: it is none."""
    begin = at
    while at < end and data[at] not in (44, 93, 125, 32, 9, 10, 13):
        at += 1
    size = at - begin
    if (
        size == 4
        and data[begin] == 116
        and data[begin + 1] == 114
        and data[begin + 2] == 117
        and data[begin + 3] == 101
    ):
        return at
    if (
        size == 4
        and data[begin] == 110
        and data[begin + 1] == 117
        and data[begin + 2] == 108
        and data[begin + 3] == 108
    ):
        return at
    if (
        size == 5
        and data[begin] == 102
        and data[begin + 1] == 97
        and data[begin + 2] == 108
        and data[begin + 3] == 115
        and data[begin + 4] == 101
    ):
        return at
    return at if is_whole(data, begin, at) else -1


@njit(cache=True, nogil=True)
def is_whole(data, at, end):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Tell whether bytes are a whole number as JSON has it."""
    if at < end and data[at] == 45:
        at += 1
    if at == end or end - at > 18 or (data[at] == 48 and end - at > 1):
        return False
    digits = True
    for i in range(at, end):
        digits &= 48 <= data[i] <= 57
    return digits


@njit(cache=True, nogil=True)
def _object(data, at, end, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202, C901
    """Write the `text` of an object; `at` is behind its bracket. Return -1 where a parser should look."""
    texts = 0
    at = past_blanks(data, at, end)
    while at < end:
        if data[at] != 34:
            return -1, to
        begin = at + 1
        at, _ = _piece(data, begin, end, out, to)
        if at < 0:
            return -1, to
        is_text = (
            at - begin == 5
            and data[begin] == 116
            and data[begin + 1] == 101
            and data[begin + 2] == 120
            and data[begin + 3] == 116
        )
        for i in range(begin, at - 1):
            if data[i] == 92:
                return -1, to
        at = past_blanks(data, at, end)
        if at == end or data[at] != 58:
            return -1, to
        at = past_blanks(data, at + 1, end)
        if at < end and data[at] == 34:
            at, after = _piece(data, at + 1, end, out, to)
            if is_text:
                to = after
                texts += 1
        elif is_text:
            return -1, to
        else:
            at = _past_word(data, at, end)
        if at < 0:
            return -1, to
        at = past_blanks(data, at, end)
        if at < end and data[at] == 125:
            return at + 1 if texts == 1 else -1, to
        if at == end or data[at] != 44:
            return -1, to
        at = past_blanks(data, at + 1, end)
    return -1, to


@njit(cache=True, nogil=True)
def written_as_one(data, at, end, out, to):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    """Write a list of texts as one; `at` is behind its bracket. Return -1 where a parser should look."""
    out[to] = 34
    to += 1
    at = past_blanks(data, at, end)
    if at < end and data[at] == 93:
        out[to] = 34
        return at + 1, to + 1
    while at < end:
        if data[at] == 34:
            at, to = _piece(data, at + 1, end, out, to)
        elif data[at] == 123:
            at, to = _object(data, at + 1, end, out, to)
        else:
            return -1, to
        if at < 0:
            return -1, to
        at = past_blanks(data, at, end)
        if at < end and data[at] == 93:
            out[to] = 34
            return at + 1, to + 1
        if at == end or data[at] != 44:
            return -1, to
        at = past_blanks(data, at + 1, end)
    return -1, to
