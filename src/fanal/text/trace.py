"""Trace: fold one text slowly and remember where each folded letter stood, so that a span can be shown as written."""

from dataclasses import dataclass

from fanal.text.disguise import CYRILLIC_OF, LATIN_OF, LEAST_DOTTED, LEAST_SPACED, MOST_REPEATED
from fanal.text.letters import CYRILLIC, GREEK, LATIN, PART, SEPARATOR, TABLE_END, fold_letter, load_letters

_Letters = list[tuple[str, int]]  # a folded letter and the place of its origin

_TAGS = range(0xE0000, 0xE1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traced:
    """Hold a folded text and where it comes from."""

    folded: str
    origin: tuple[int, ...]  # of each folded letter: the place in the text, in characters

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the text, in characters, that a span of the folded text was written as.

        Raises:
            ValueError: the span is empty or lies outside.
        """
        if not 0 <= start < end <= len(self.folded):
            raise ValueError(f"The span {start} to {end} is not within 0 to {len(self.folded)}, or empty.")
        return self.origin[start], self.origin[end - 1] + 1


def trace(text: str) -> Traced:
    """Fold a text as `fold.fold` does, letter by letter; it is the reference of those kernels too.

    >>> traced = trace("Pleaseee H.E.L.P us")
    >>> traced.folded
    'pleasee help us'
    >>> start, end = traced.span(8, 12)
    >>> "Pleaseee H.E.L.P us"[start:end]
    'H.E.L.P'
    """
    letters = [
        (part, place)
        for place, letter in enumerate(text)
        if ord(letter) not in _TAGS
        for part in (fold_letter(letter) if ord(letter) < TABLE_END else letter)
    ]
    letters = _squeezed(_one_alphabet(_joined(letters)))
    return Traced(
        folded="".join(letter for letter, _ in letters), origin=tuple(place for _, place in letters)
    )


def _kind(letter: str) -> int:
    """Return the kind of a code point."""
    return int(load_letters().kind[ord(letter)]) if ord(letter) < TABLE_END else 0


def _joined(letters: _Letters) -> _Letters:
    """Join letters that stand one by one."""
    free = [True, *(_kind(letter) == SEPARATOR for letter, _ in letters), True]

    def lone(at: int) -> bool:
        return free[at] and _kind(letters[at][0]) >= LATIN and free[at + 2]

    kept: _Letters = []
    at = 0
    while at < len(letters):
        last = at
        while (
            lone(last)
            and last + 2 < len(letters)
            and letters[last + 1][0] == letters[at + 1][0]
            and lone(last + 2)
        ):
            last += 2
        size = (last - at) // 2 + 1
        if size > 1 and size >= (LEAST_SPACED if letters[at + 1][0] == " " else LEAST_DOTTED):
            kept += letters[at : last + 1 : 2]
        else:
            kept += letters[at : last + 1]
        at = last + 1
    return kept


def _one_alphabet(letters: _Letters) -> _Letters:
    """Write each word of two alphabets in one."""
    made: _Letters = []
    word: _Letters = []
    for one in [*letters, (" ", -1)]:
        if _kind(one[0]) >= PART:
            word.append(one)
            continue
        made += _rewritten(word)
        word = []
        made.append(one)
    return made[:-1]


def _rewritten(word: _Letters) -> _Letters:
    """Write one word in one alphabet, where its look-alikes allow it."""
    latin = [one for one, _ in word if _kind(one) == LATIN]
    others = [one for one, _ in word if _kind(one) in (CYRILLIC, GREEK)]
    if not latin or not others:
        return word
    to_latin = all(one in LATIN_OF for one in others)
    to_cyrillic = all(one in CYRILLIC_OF for one in latin)
    if to_latin and (not to_cyrillic or len(latin) >= len(others)):
        return [(LATIN_OF.get(one, one), place) for one, place in word]
    if to_cyrillic and all(_kind(one) == CYRILLIC for one in others):
        return [(CYRILLIC_OF.get(one, one), place) for one, place in word]
    return word


def _squeezed(letters: _Letters) -> _Letters:
    """Keep at most two of a letter in a row."""
    return [
        (one, place)
        for at, (one, place) in enumerate(letters)
        if _kind(one) < LATIN
        or at < MOST_REPEATED
        or any(letters[at - back][0] != one for back in range(1, MOST_REPEATED + 1))
    ]
