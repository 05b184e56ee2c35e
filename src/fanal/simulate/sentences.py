"""The sentences: a grammar of short neutral texts for each language, read and checked from the files beside it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from fanal.model.error import InputError
from fanal.simulate.kind import KINDS, NEVER, Kind

GRAMMAR = Path(__file__).with_name("grammar")
"""The folder of the grammars that ship with Fanal: one file a language."""

LANGUAGES = ("ar", "ckb", "en", "fa", "fr", "kmr", "tr")
"""ISO 639 codes of the languages that are simulated, in the order in which they are numbered."""

PLACE, AT = "place", "at"
"""The slot of a place's name, and the slot of a phrase with it, which is empty where a post names no place."""

_NUMBERS = tuple(str(number) for number in range(2, 62))
_TIMES = tuple(f"{hour}:{minute:02d}" for hour in range(6, 23) for minute in (0, 15, 30, 45))
_BUILT_IN = {"number": _NUMBERS, "time": _TIMES}
_SLOT = re.compile(r"\{([a-z_]+)\}")
_FIELDS = {"language", "tag", "at", "repost", "edit", "slots", "kinds"}
_MOST_LETTERS = 300  # of one sentence or word as written


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """Hold the sentences of one language. A pattern's slots stand in braces."""

    language: str  # of LANGUAGES
    tag: str  # what says, in this language, that a post is simulated
    at: tuple[str, ...]  # phrases with {place}, each with the space before it
    repost: tuple[str, ...]  # what stands before a post that is passed on; may be empty
    edit: tuple[str, ...]  # what stands before a corrected post
    slots: dict[str, tuple[str, ...]]  # words of each slot, those of all kinds
    words: dict[
        Kind, dict[str, tuple[str, ...]]
    ]  # words of a kind's own slots, which hide those of all kinds
    patterns: dict[Kind, tuple[str, ...]]

    def choices(self, kind: Kind, slot: str) -> tuple[str, ...]:
        """Return the words for a slot of a pattern of a kind."""
        return self.words[kind].get(slot) or self.slots[slot]


def pieces(pattern: str) -> list[tuple[str, bool]]:
    """Split a pattern into its texts and slots, in order; true for a slot.

    >>> pieces("We lack {thing}{at}.")
    [('We lack ', False), ('thing', True), ('at', True), ('.', False)]
    """
    parts = _SLOT.split(pattern)
    return [(part, number % 2 == 1) for number, part in enumerate(parts) if part]


def variety(grammar: Grammar, kind: Kind) -> int:
    """Return how many texts a kind has without naming a place, if all its patterns differ."""
    return sum(
        prod(len(grammar.choices(kind, name)) for name, slot in pieces(pattern) if slot and name != AT)
        for pattern in grammar.patterns[kind]
    )


def load_grammars(folder: Path = GRAMMAR) -> tuple[Grammar, ...]:
    """Read the grammars of all languages of a folder, in the order of LANGUAGES.

    Raises:
        InputError: a file is missing, is no grammar, or breaks a rule; names the file and the place in it.

    >>> [grammar.language for grammar in load_grammars()]
    ['ar', 'ckb', 'en', 'fa', 'fr', 'kmr', 'tr']
    """
    return tuple(load_grammar(folder / f"{language}.yaml") for language in LANGUAGES)


def load_grammar(path: Path) -> Grammar:
    """Read and check the grammar of one language.

    Raises:
        InputError: as `load_grammars`; also for a kind that would offer a person or a weapon.
    """
    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(
            f"{path} cannot be read: {error.strerror}.", hint="Each language needs one."
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not YAML in UTF-8: {error}.", hint="See docs/simulate.md.") from error
    if not isinstance(read, dict) or set(read) != _FIELDS:
        raise _wrong(path, "the file", f"must have {', '.join(sorted(_FIELDS))} and nothing else")
    if read["language"] != path.stem or path.stem not in LANGUAGES:
        raise _wrong(path, "language", f"must be the file's name, one of {', '.join(LANGUAGES)}")
    if not isinstance(read["tag"], str) or not read["tag"].strip():
        raise _wrong(path, "tag", "must say in this language that a post is simulated")
    at = _texts(path, "at", read["at"])
    if not all(text.count("{place}") == 1 for text in at):
        raise _wrong(path, "at", "must hold {place} once in each phrase")
    slots = {**_BUILT_IN, **_words(path, "slots", read["slots"])}
    words, patterns = _kinds(path, read["kinds"], slots)
    return Grammar(
        language=path.stem,
        tag=read["tag"],
        at=at,
        repost=_texts(path, "repost", read["repost"]),
        edit=_texts(path, "edit", read["edit"]),
        slots=slots,
        words=words,
        patterns=patterns,
    )


def _kinds(
    path: Path, read: Any, slots: Mapping[str, tuple[str, ...]]
) -> tuple[dict[Kind, dict[str, tuple[str, ...]]], dict[Kind, tuple[str, ...]]]:
    """Return the words and the patterns of each kind."""
    if not isinstance(read, dict):
        raise _wrong(path, "kinds", "must be a list of kinds by name")
    for name in read:
        if name in NEVER:
            raise _wrong(
                path, f"kinds.{name}", "is never simulated: no text that offers a person or a weapon"
            )
    if set(read) != set(KINDS):
        raise _wrong(path, "kinds", f"must be {', '.join(KINDS)}")
    words: dict[Kind, dict[str, tuple[str, ...]]] = {}
    patterns: dict[Kind, tuple[str, ...]] = {}
    for kind in KINDS:
        where = f"kinds.{kind.value}"
        entry = read[kind.value]
        if not isinstance(entry, dict) or "patterns" not in entry:
            raise _wrong(path, where, "must have patterns, and words for their own slots")
        own = {name: value for name, value in entry.items() if name != "patterns"}
        words[kind] = _words(path, where, own)
        patterns[kind] = _texts(path, f"{where}.patterns", entry["patterns"])
        known = {*slots, *words[kind], AT}
        for pattern in patterns[kind]:
            names = [name for name, slot in pieces(pattern) if slot]
            if unknown := sorted(set(names) - known):
                raise _wrong(path, where, f"has a slot {unknown[0]!r} without words in {pattern!r}")
            if names.count(AT) != 1:
                raise _wrong(path, where, f"must hold {{at}} once in {pattern!r}")
    return words, patterns


def _words(path: Path, where: str, read: Any) -> dict[str, tuple[str, ...]]:
    """Return the words of slots."""
    if not isinstance(read, dict):
        raise _wrong(path, where, "must be lists of words by slot")
    found = {str(name): _texts(path, f"{where}.{name}", texts) for name, texts in read.items()}
    for name, texts in found.items():
        if name in (PLACE, AT) or any("{" in text or "}" in text for text in texts):
            raise _wrong(
                path, f"{where}.{name}", "must be plain words without braces, under a name of its own"
            )
    return found


def _texts(path: Path, where: str, read: Any) -> tuple[str, ...]:
    """Return a list of texts, which may be empty texts but no empty list, and hold no text twice."""
    fine = isinstance(read, list) and read and all(isinstance(text, str) for text in read)
    if not fine or len(set(read)) != len(read) or any(len(text) > _MOST_LETTERS for text in read):
        raise _wrong(path, where, f"must be a list of different texts of at most {_MOST_LETTERS} letters")
    return tuple(read)


def _wrong(path: Path, where: str, sentence: str) -> InputError:
    """Return the error for one place of a grammar."""
    return InputError(f"{path}: {where} {sentence}.", hint="See docs/simulate.md.")
