"""The record: sections of plain facts, written as Markdown for people and as JSON for programs, both the same."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Plain = str | int | float | bool | None

BLANK = "to be filled by"
"""What begins a cell or a text that the system cannot know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """Hold a heading, what is said under it, and a table."""

    heading: str
    text: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Plain, ...], ...] = ()  # each as long as the columns

    def __post_init__(self) -> None:
        """Refuse a table whose rows do not fit.

        Raises:
            ValueError: a row has more or fewer cells than there are columns.
        """
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"A row of {self.heading!r} does not fit its columns.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Hold one record."""

    name: str  # of its files, without the ending
    title: str
    about: str
    made_at: str  # ISO 8601, UTC
    sections: tuple[Section, ...]


def to_json(record: Record) -> dict[str, Any]:
    """Return a record as JSON holds it: each row as an object under the names of the columns."""
    return {
        "title": record.title,
        "about": record.about,
        "made_at": record.made_at,
        "sections": [
            {
                "heading": one.heading,
                "text": one.text,
                "rows": [dict(zip(one.columns, row, strict=True)) for row in one.rows],
            }
            for one in record.sections
        ],
    }


def to_markdown(record: Record) -> str:
    r"""Return a record as Markdown (CommonMark with tables); nothing in a value can become markup.

    >>> page = Record(name="r", title="R", about="It.", made_at="2026-01-05T00:00:00+00:00", sections=(
    ...     Section(heading="H", columns=("a", "b"), rows=((1, "x|y"), (None, True))),))
    >>> print(to_markdown(page).splitlines()[-2])
    | 1 | x\|y |
    """
    lines = [f"# {escaped(record.title)}", "", escaped(record.about), "", f"Made {record.made_at}."]
    for one in record.sections:
        lines += ["", f"## {escaped(one.heading)}"]
        if one.text:
            lines += ["", escaped(one.text)]
        if one.columns:
            lines += ["", _row(one.columns), _row(["---"] * len(one.columns), plain=True)]
            lines += [_row([_cell(value) for value in row]) for row in one.rows]
    return "\n".join(lines) + "\n"


def escaped(text: str) -> str:
    r"""Return a text on one line in which nothing is markup.

    >>> print(escaped("a | <b> *c*"))
    a \| &lt;b> \*c\*
    """
    one_line = " ".join(text.split())
    return re.sub(r"([\\`*_\[\]|#~])", r"\\\1", one_line.replace("&", "&amp;").replace("<", "&lt;"))


def _cell(value: Plain) -> str:
    """Return a value as a cell says it."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _row(cells: Sequence[str], *, plain: bool = False) -> str:
    """Return cells as a line of a table."""
    return "| " + " | ".join(cell if plain else escaped(cell) for cell in cells) + " |"
