"""The book: all sentences as byte fragments, escaped for a form of file, in the flat arrays that a kernel reads."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import orjson
from numpy.typing import NDArray

from fanal.simulate.form import Form
from fanal.simulate.ground import Ground
from fanal.simulate.kind import KINDS
from fanal.simulate.sentences import AT, PLACE, Grammar, pieces

PLACE_LIST = -1
"""The item of a pattern that stands for the name of the post's area."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Book:
    """Hold fragments, lists of fragments, and patterns of lists, each a stretch of the one before."""

    content: NDArray[np.uint8]
    starts: NDArray[np.int64]  # fragment f is content[starts[f]:starts[f + 1]]
    lists: NDArray[np.int64]  # list l is the fragments lists[l] to lists[l + 1], without the last
    items: NDArray[np.int32]  # a list, or PLACE_LIST
    patterns: NDArray[np.int64]  # pattern p is items[patterns[p]:patterns[p + 1]]
    groups: NDArray[
        np.int64
    ]  # first pattern and number of patterns: languages × kinds × (unnamed, named) × 2
    names: NDArray[np.int32]  # list of the names of an area: languages × areas
    tags: NDArray[np.int32]  # list of the tag, by language
    reposts: NDArray[np.int32]  # list of what stands before a repost, by language
    edits: NDArray[np.int32]
    longest: int  # bytes of the longest text


@dataclass(slots=True)
class _Making:
    """Gather fragments, lists and patterns."""

    form: Form
    content: bytearray = field(default_factory=bytearray)
    starts: list[int] = field(default_factory=lambda: [0])
    lists: list[int] = field(default_factory=lambda: [0])
    items: list[int] = field(default_factory=list)
    patterns: list[int] = field(default_factory=lambda: [0])
    sizes: list[int] = field(default_factory=list)  # bytes of the longest fragment of each list
    known: dict[tuple[str, ...], int] = field(default_factory=dict)

    def list(self, texts: Sequence[str]) -> int:
        """Return the number of the list of some texts."""
        key = tuple(texts)
        if key not in self.known:
            fragments = [escape(text, self.form) for text in key]
            for fragment in fragments:
                self.content += fragment
                self.starts.append(len(self.content))
            self.known[key] = len(self.lists) - 1
            self.lists.append(len(self.starts) - 1)
            self.sizes.append(max(len(fragment) for fragment in fragments))
        return self.known[key]


def escape(text: str, form: Form) -> bytes:
    r"""Return a text as it stands between the quotes of a field.

    >>> escape('a "b" \\', Form.JSONL), escape('a "b" \\', Form.CSV)
    (b'a \\"b\\" \\\\', b'a ""b"" \\')
    """
    return orjson.dumps(text)[1:-1] if form is Form.JSONL else text.replace('"', '""').encode()


def book(grammars: Sequence[Grammar], ground: Ground, form: Form) -> Book:
    """Write out all sentences for a form of file.

    A pattern has a version without its phrase of place, and one with each such phrase.
    """
    making = _Making(form)
    names = [[making.list(spellings) for spellings in areas] for areas in ground.names]
    place = max(making.sizes)
    groups = np.zeros((len(grammars), len(KINDS), 2, 2), np.int64)
    longest = 0
    for language, grammar in enumerate(grammars):
        for number, kind in enumerate(KINDS):
            for named in (False, True):
                first = len(making.patterns) - 1
                for pattern in grammar.patterns[kind]:
                    for at in grammar.at if named else ("",):
                        items = []
                        for text, slot in pieces(pattern.replace("{" + AT + "}", at)):
                            if not slot:
                                items.append(making.list((text,)))
                            elif text == PLACE:
                                items.append(PLACE_LIST)
                            else:
                                items.append(making.list(grammar.choices(kind, text)))
                        making.items += items
                        making.patterns.append(len(making.items))
                        size = sum(place if item == PLACE_LIST else making.sizes[item] for item in items)
                        longest = max(longest, size)
                groups[language, number, int(named)] = first, len(making.patterns) - 1 - first
    tags = [making.list((grammar.tag,)) for grammar in grammars]
    reposts = [making.list([f"{text} " if text else "" for text in grammar.repost]) for grammar in grammars]
    edits = [making.list([f"{text} " for text in grammar.edit]) for grammar in grammars]
    around = max(making.sizes[one] for one in tags) + max(making.sizes[one] for one in (*reposts, *edits)) + 1
    return Book(
        content=np.frombuffer(bytes(making.content), np.uint8),
        starts=np.array(making.starts, np.int64),
        lists=np.array(making.lists, np.int64),
        items=np.array(making.items, np.int32),
        patterns=np.array(making.patterns, np.int64),
        groups=groups,
        names=np.array(names, np.int32),
        tags=np.array(tags, np.int32),
        reposts=np.array(reposts, np.int32),
        edits=np.array(edits, np.int32),
        longest=longest + around,
    )
