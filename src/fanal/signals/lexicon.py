"""The lexicon: published indicators as phrases in many languages, read and checked from the files beside it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from fanal.model.category import Category
from fanal.model.error import InputError
from fanal.signals.language import LANGUAGES
from fanal.signals.pattern import pieces
from fanal.text import phrases
from fanal.text.phrases import MOST_WORDS

INDICATORS = Path(__file__).with_name("indicators")
"""The folder of the indicators that ship with Fanal: one file a category."""

MOST_FORMS = 2000
"""Word sequences that one written phrase, or one piece of it between two gaps, may stand for."""

WITHIN = 12
"""Words of the stretch that must hold a phrase of each group: about one clause (the median tweet of the crisis sets in
docs/signals.md has 17 words)."""

MOST_WITHIN = 100
"""Words of the longest stretch: farther apart, words no longer speak of each other."""

_FIELDS = {
    *("id", "category", "languages", "phrases", "all_of", "within", "unless"),
    *("weight", "source", "examples", "not"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Indicator:
    """Hold one published indicator in the words of some languages."""

    id: str  # unique
    category: Category
    languages: tuple[str, ...]  # ISO 639 codes of LANGUAGES
    groups: tuple[
        tuple[str, ...], ...
    ]  # phrases as written (see pattern); the post must hold one of every group
    weight: float  # above 0, at most 1; enters the noisy-or of the category
    source: str  # the standard and its article, indicator or sector
    examples: tuple[str, ...]  # texts that it must see
    negatives: tuple[str, ...]  # near misses that must give no signal of its category
    within: int = WITHIN  # words of the stretch that must hold a phrase of every group
    unless: tuple[str, ...] = ()  # phrases as written; where one stands in the post, the indicator does not


def load_lexicon(folder: Path = INDICATORS) -> tuple[Indicator, ...]:
    """Read all indicators of a folder, in the order of the files' names.

    Raises:
        InputError: a file is no list of indicators, or an indicator breaks a rule; names the file and the id.

    >>> {indicator.category.value for indicator in load_lexicon()} == {category.value for category in Category}
    True
    """
    read: list[Indicator] = []
    seen: dict[str, str] = {}
    for path in sorted(folder.glob("*.yaml")):
        for entry in _entries(path):
            indicator = _indicator(entry, path)
            if indicator.id in seen:
                raise _wrong(
                    path, indicator.id, f"has the same id as one in {seen[indicator.id]}", "Rename one."
                )
            seen[indicator.id] = path.name
            read.append(indicator)
    if not read:
        raise InputError(
            f"There are no indicators in {folder}.", hint="Put one *.yaml for each category there."
        )
    return tuple(read)


def _entries(path: Path) -> list[Mapping[str, Any]]:
    """Read one file."""
    try:
        entries = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML in UTF-8: {error}.", hint="See docs/signals.md.") from error
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InputError(f"{path} is not a list of indicators.", hint="Begin each with `- id:`.")
    return entries


def _indicator(entry: Mapping[str, Any], path: Path) -> Indicator:
    """Check one indicator and make the record."""
    name = str(entry.get("id", ""))
    if not name:
        raise _wrong(path, "an indicator", "has no id", "Give it one.")
    if unknown := set(entry) - _FIELDS:
        raise _wrong(
            path, name, f"has a field {min(unknown, key=str)!r}", f"There are: {', '.join(sorted(_FIELDS))}."
        )
    languages = _texts(entry, "languages", path)
    if not languages or not set(languages) <= set(LANGUAGES[1:]):
        raise _wrong(path, name, f"has languages {languages!r}", f"Take from: {', '.join(LANGUAGES[1:])}.")
    if entry.get("category") not in set(Category):
        raise _wrong(
            path, name, f"has the category {entry.get('category')!r}", f"Take from: {', '.join(Category)}."
        )
    weight = entry.get("weight")
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight <= 1:
        raise _wrong(path, name, f"has the weight {weight!r}", "Give a number above 0 and at most 1.")
    if not isinstance(entry.get("source"), str) or not entry["source"].strip():
        raise _wrong(path, name, "has no source", "Name the standard and its article, indicator or sector.")
    return Indicator(
        id=name,
        category=Category(entry["category"]),
        languages=languages,
        groups=_groups(entry, path),
        within=_within(entry, path),
        unless=_checked(_texts(entry, "unless", path), name, path),
        weight=float(weight),
        source=entry["source"],
        examples=_texts(entry, "examples", path),
        negatives=_texts(entry, "not", path),
    )


def _groups(entry: Mapping[str, Any], path: Path) -> tuple[tuple[str, ...], ...]:
    """Return the groups of phrases, written out, each of which must be present."""
    all_of = entry.get("all_of", [])
    if not isinstance(all_of, list):
        raise _wrong(path, entry["id"], "has an all_of that is no list", "Write a list of lists of phrases.")
    written = [_texts({"id": entry["id"], "all_of": group}, "all_of", path) for group in all_of]
    if "phrases" in entry:
        written.insert(0, _texts(entry, "phrases", path))
    if not written or not all(written):
        raise _wrong(
            path, entry["id"], "has no phrases", "Give phrases, or all_of with phrases in each group."
        )
    return tuple(_checked(group, entry["id"], path) for group in written)


def _within(entry: Mapping[str, Any], path: Path) -> int:
    """Return the words of the stretch that must hold a phrase of every group."""
    within = entry.get("within", WITHIN)
    if isinstance(within, bool) or not isinstance(within, int) or not 2 <= within <= MOST_WITHIN:
        raise _wrong(path, entry["id"], f"has within {within!r}", f"Give 2 to {MOST_WITHIN} words.")
    if "within" in entry and not entry.get("all_of"):
        raise _wrong(path, entry["id"], "has within and no all_of", "A gap is written `..3`, in the phrase.")
    return within


def _checked(written: Iterable[str], name: str, path: Path) -> tuple[str, ...]:
    """Check that each phrase can match."""
    forms: list[str] = []
    for phrase in written:
        try:
            parts = pieces(phrase)
        except ValueError as error:
            raise _wrong(path, name, f"has the phrase {phrase!r}", str(error)) from error
        if (most := max(map(len, parts))) > MOST_FORMS:
            raise _wrong(path, name, f"has a phrase with {most} forms", f"At most {MOST_FORMS}: split it.")
        forms += [form for part in parts for form in part]
    left_out = phrases.compile([(form, 0) for form in forms]).left_out
    if len(left_out):
        raise _wrong(path, name, f"has the phrase {forms[left_out[0]]!r}", f"Give 1 to {MOST_WORDS} words.")
    return tuple(dict.fromkeys(written))


def _texts(entry: Mapping[str, Any], field: str, path: Path) -> tuple[str, ...]:
    """Return a field that is a list of texts; missing is empty."""
    texts = entry.get(field, [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and text.strip() for text in texts):
        # YAML reads a bare `no` as false: such words need quotes.
        raise _wrong(
            path, entry["id"], f"has a {field} that is no list of texts", 'Put words like "no" in quotes.'
        )
    return tuple(texts)


def _wrong(path: Path, name: str, sentence: str, hint: str) -> InputError:
    """Return the error of one indicator."""
    return InputError(f"{path}: {name} {sentence}.", hint=hint)
