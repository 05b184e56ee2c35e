"""The onsets: days on which an assault on a district began, written down before any warning was looked at."""

import tomllib
from dataclasses import dataclass
from datetime import date
from importlib import resources

FILE_NAME = "onsets.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Hold one onset: a day and a district, with what happened and who says so."""

    name: str
    area: str  # code of the district
    date: date  # first day of the assault
    what: str  # one sentence
    sources: tuple[str, ...]  # publisher, document and its date


def read() -> tuple[Onset, ...]:
    """Return the onsets that ship, by day.

    >>> [onset.date.isoformat() for onset in read() if onset.name == "Sinjar"]
    ['2014-08-03']
    """
    return parse(resources.files("fanal.evaluate").joinpath(FILE_NAME).read_text(encoding="utf-8"))


def parse(text: str) -> tuple[Onset, ...]:
    """Return the onsets of a file's text, by day and in its order.

    Raises:
        KeyError: a part is missing. The shipped file is tested, so this is a bug.
    """
    found = [
        Onset(
            name=row["name"],
            area=row["area"],
            date=row["date"],
            what=row["what"],
            sources=tuple(row["sources"]),
        )
        for row in tomllib.loads(text)["onset"]
    ]
    return tuple(sorted(found, key=lambda onset: onset.date))
