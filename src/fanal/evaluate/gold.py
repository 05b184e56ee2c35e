"""Gold: labelled posts in a neutral form, one JSON object a line, or sentences with their language."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from fanal.model.category import Category
from fanal.model.error import InputError
from fanal.model.signal import FIRST_HAND, STANCES
from fanal.signals.example import Example

MOST_WEIGHT = 1000
"""Largest weight of a line to learn from."""

_NUMBERS = {
    "soft": ("has a soft label that is no probability", "Write numbers from 0 to 1.", 1),
    "emphasis": (
        "has an emphasis out of range",
        f"Write numbers above 0, up to {MOST_WEIGHT}.",
        MOST_WEIGHT,
    ),
}
"""Fields that give numbers to categories: what is wrong with one, the hint, the largest."""

UND = "und"
"""The language of a post whose line names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Hold one labelled post."""

    text: str
    language: str  # ISO 639 code, or UND
    labels: frozenset[str]  # values of Category; or one of STANCES


def signals(path: Path) -> list[Labelled]:
    """Read `{"id", "text", "lang" or null, "labels": [category, ...]}` from each line.

    Raises:
        InputError: the file cannot be read, or a line is not of that form; it names the line.
    """
    known = {category.value for category in Category}
    found = []
    for number, line in objects(path):
        labels = line.get("labels")
        if not isinstance(labels, list) or not all(isinstance(one, str) for one in labels):
            raise wrong(path, number, "has no list of labels", 'Write "labels": ["need"], or [] for none.')
        if strange := sorted(set(labels) - known):
            raise wrong(
                path, number, f"has the label {strange[0]!r}", f"There are {', '.join(sorted(known))}."
            )
        found.append(_labelled(path, number, line, frozenset(labels)))
    return found


def stances(path: Path) -> list[Labelled]:
    """Read `{"id", "text", "lang" or null, "stance": "first_hand" or "report"}` from each line.

    Raises:
        InputError: as `signals`.
    """
    found = []
    for number, line in objects(path):
        stance = line.get("stance")
        if stance not in STANCES:
            raise wrong(path, number, "has no stance", f'Write "stance": one of {", ".join(STANCES)}.')
        found.append(_labelled(path, number, line, frozenset({stance})))
    return found


def languages(path: Path) -> list[Labelled]:
    """Read a table with the header `lang<TAB>text`; the language is the label.

    Raises:
        InputError: as `signals`.
    """
    lines = _text(path).split("\n")
    if lines[0].rstrip("\r") != "lang\ttext":
        raise InputError(f"{path} has not the header lang<TAB>text.", hint="Write it as the first line.")
    found = []
    for number, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        language, tab, text = line.rstrip("\r").partition("\t")
        if not tab or not language:
            raise wrong(path, number, "has no language and text with a tab between", "Mend or remove it.")
        found.append(Labelled(text=text, language=language, labels=frozenset({language})))
    if not found:
        raise InputError(f"{path} has no sentence.", hint="Give one a line.")
    return found


def examples(path: Path) -> list[Example]:
    """Read labelled posts to learn from: lines of `signals`, of `stances` or both, and what else a line may say.

    `"judged": [category, ...]` names what somebody looked at: the labels are the whole truth for these alone; without
    it, all categories that some line of the file has. `"event"` names what must not be split, such as an event or the
    copies of a post; without it, each post stands alone. `"soft": {category: probability}` is what a teacher said,
    `"weight"` how much the line counts, and `"emphasis": {category: number}` what that is multiplied with for one
    category. The file's name is the source.

    Raises:
        InputError: as `signals`.
    """
    lines = list(objects(path))
    labelled = [line["labels"] for _, line in lines if isinstance(line.get("labels"), list)]
    every = sorted(
        {category.value for category in Category for labels in labelled if category.value in labels}
    )
    found = []
    for number, line in lines:
        text = _labelled(path, number, line, frozenset()).text
        weight = line.get("weight", 1.0)
        if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= MOST_WEIGHT:
            raise wrong(path, number, "has a weight out of range", f"Write one above 0, up to {MOST_WEIGHT}.")
        found.append(
            Example(
                text=text,
                source=path.stem,
                group=str(line.get("event") or f"{path.stem}:{line.get('id') or number}"),
                judged=_judged(path, number, line, every),
                soft=_numbers(path, number, line, "soft"),
                weight=float(weight),
                emphasis=_numbers(path, number, line, "emphasis"),
            )
        )
    return found


def _judged(path: Path, number: int, line: dict[str, Any], every: list[str]) -> dict[str, bool]:
    """Return what a person said of a line, by category or stance."""
    told = {}
    if "stance" in line:
        if line["stance"] not in STANCES:
            raise wrong(path, number, "has no stance", f'Write "stance": one of {", ".join(STANCES)}.')
        told = {FIRST_HAND: line["stance"] == FIRST_HAND}
        if "labels" not in line:
            return told
    labels = _names(path, number, line, "labels", None)
    judged = _names(path, number, line, "judged", every)
    known = {category.value for category in Category}
    if strange := sorted({*labels, *judged} - known):
        raise wrong(path, number, f"has the label {strange[0]!r}", f"There are {', '.join(sorted(known))}.")
    return {category: category in labels for category in judged} | told


def _numbers(path: Path, number: int, line: dict[str, Any], field: str) -> dict[str, float]:
    """Return a field that gives a number to categories or to `first_hand`; it may be missing."""
    value = line.get(field) or {}
    what, hint, most = _NUMBERS[field]
    known = {*(category.value for category in Category), FIRST_HAND}
    if not isinstance(value, dict) or not set(value) <= known:
        raise wrong(
            path,
            number,
            f"has a field {field} that names no category",
            f"There are {', '.join(sorted(known))}.",
        )
    for one in value.values():
        whole = isinstance(one, int | float) and not isinstance(one, bool)
        if not whole or not 0 <= one <= most or (field == "emphasis" and not one):
            raise wrong(path, number, what, hint)
    return {name: float(one) for name, one in value.items()}


def _names(path: Path, number: int, line: dict[str, Any], field: str, default: list[str] | None) -> list[str]:
    """Return a field that is a list of names."""
    value = line.get(field, default)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise wrong(path, number, f"has no list of {field}", f'Write "{field}": ["need"], or [] for none.')
    return value


def objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the objects of a file with their line numbers."""
    empty = True
    for number, line in enumerate(_text(path).split("\n"), start=1):
        if not line.strip():
            continue
        empty = False
        try:
            found = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise wrong(path, number, "is not valid JSON", "Mend or remove it.") from error
        if not isinstance(found, dict):
            raise wrong(path, number, "is no JSON object", "Write one object a line.")
        yield number, found
    if empty:
        raise InputError(f"{path} has no line.", hint="Give one JSON object a line.")


def _labelled(path: Path, number: int, line: dict[str, Any], labels: frozenset[str]) -> Labelled:
    """Return one labelled post."""
    text, language = line.get("text"), line.get("lang")
    if not isinstance(text, str):
        raise wrong(path, number, "has no text", 'Write "text": "...".')
    if language is not None and not isinstance(language, str):
        raise wrong(path, number, "has a language that is no text", 'Write "lang": "ar", or null.')
    return Labelled(text=text, language=language or UND, labels=labels)


def _text(path: Path) -> str:
    """Return a file's text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}.", hint="Check the name.") from error
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8."
        ) from error


def wrong(path: Path, number: int, what: str, hint: str) -> InputError:
    """Return the error for one line."""
    return InputError(f"{path}, line {number}: it {what}.", hint=hint)
