"""What Facebook's and Instagram's exports have in common: how a file is walked over and its texts are mended.

Form: "Download your information" as JSON. No schema is published; what is read is what exports since 2018 have.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources.judge import Columns, judge
from fanal.sources.mapping import FieldMapping
from fanal.sources.mojibake import mended
from fanal.sources.opening import BOM, head
from fanal.sources.parts import SKIP, Parts, columns, element
from fanal.sources.reason import Reason
from fanal.sources.walk import Lists, Walk

MESSAGES = "messages"
"""The list of a conversation. An export is always of an account, so these are private talk and left alone."""

_TALK = re.compile(rb'"participants"\s*:\s*\[')


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Say how the exports of a network are told and read."""

    lists: Lists
    marks: tuple[
        re.Pattern[bytes], ...
    ]  # what the head of a file that is itself a list has in it, all of them
    strange: re.Pattern[bytes] | None = None  # what the head of such a file has not
    entry: Callable[[Any], tuple[Parts, Reason | None]]  # an element of a list, parsed

    def is_in(self, start: bytes, *, surely: bool = False) -> bool:
        """Tell by its first bytes, without blanks before them, whether a file has this form.

        Args:
            start: the first bytes.
            surely: whether names that others may use as well are not enough.
        """
        if start.startswith(b"["):
            strange = self.strange is not None and self.strange.search(start) is not None
            return not strange and all(mark.search(start) for mark in self.marks)
        names = [name for name in self.lists.names if name != MESSAGES and ("_" in name or not surely)]
        known = rb'"(?:' + b"|".join(name.encode() for name in names) + rb')"\s*:\s*\['
        return start.startswith(b"{") and (
            re.search(known, start) is not None or _TALK.search(start) is not None
        )


def read_form(form: Form, path: Path, *, mapping: FieldMapping, start: int, rows: int) -> Iterator[Reading]:
    """Yield the entries of an export, after the first `start` ones.

    Raises:
        InputError: the file is missing, of another kind, or breaks off (then after the entries before).
    """
    if not form.is_in(head(path).removeprefix(BOM).lstrip()):
        raise InputError(f"{path} is not {form.lists.what} that Fanal can read.", hint=form.lists.hint)
    walk = Walk(path, form.lists, start=start, rows=rows)
    for batch in walk.batches():
        said = [_said(raw, form, place.name) for raw, place in batch.elements()]
        yield judge(as_meant(columns(said, batch.line)), timezone=mapping.timezone, position=batch.last)
    walk.close()


def _said(raw: bytes, form: Form, name: str) -> tuple[Parts, Reason | None]:
    """Return the parts of one entry, and what is wrong with it."""
    if name == MESSAGES:
        return SKIP
    found = element(raw)
    return ({}, found) if isinstance(found, Reason) else form.entry(found)


def as_meant(made: Columns) -> Columns:
    """Return columns with their texts and authors mended."""
    author = mended(made.author.cast(pa.large_string())).cast(pa.string())
    return replace(made, text=mended(made.text), author=author)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Yield the objects of what may be a list of them.

    >>> list(objects([{"a": 1}, 5])), list(objects(None))
    ([{'a': 1}], [])
    """
    if isinstance(value, list):
        yield from (one for one in value if isinstance(one, dict))


def inner(value: Any, name: str) -> dict[str, Any]:
    """Return the object that stands under a name, or an empty one.

    >>> inner({"a": {"b": 1}}, "a"), inner({"a": 5}, "a")
    ({'b': 1}, {})
    """
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def in_lines(texts: list[Any]) -> str | None:
    r"""Return texts below each other, each once, empty ones left out; None: one of them is no text.

    >>> in_lines(["a", "", None, "b", "a"])
    'a\nb'
    """
    given = [text for text in texts if text is not None]
    if not all(isinstance(text, str) for text in given):
        return None
    return "\n".join(dict.fromkeys(text for text in given if text))


def moment(*values: Any) -> float | str | None:
    """Return the first time that is given, in seconds since 1970; zero and null are none, and "?" is no time.

    >>> moment(0, None, 1407042000), moment("soon"), moment()
    (1407042000, '?', None)
    """
    for value in values:
        if value is None or value is False or value == 0:
            continue
        return value if isinstance(value, (int, float)) and value is not True and abs(value) < 1e18 else "?"
    return None
