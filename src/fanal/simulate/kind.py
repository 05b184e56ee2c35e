"""The kind of a simulated post: ordinary talk, or one of the six categories of signals that are simulated."""

from collections.abc import Iterable
from enum import StrEnum

from fanal.model.category import Category
from fanal.model.error import UserError


class Kind(StrEnum):
    """Name what a simulated post is. There is no kind that offers a person or a weapon, and there never will be.

    >>> Kind("plea").value
    'plea'
    """

    CHATTER = "chatter"
    PRAYER = "prayer"
    JOKE = "joke"
    ADVERT = "advert"
    NEWS = "news"
    ADVOCACY = "advocacy"
    NEED = "need"
    PLEA = "plea"
    FLIGHT = "flight"
    ATTACK = "attack"
    LURE = "lure"
    CONTROL = "control"


NEVER: frozenset[Category] = frozenset({Category.OFFER, Category.ARMS})
"""Categories that are never simulated: a text that shows one would offer a person or a weapon."""

BULK_SHARES: dict[Kind, float] = {
    Kind.CHATTER: 0.52,
    Kind.PRAYER: 0.12,
    Kind.JOKE: 0.08,
    Kind.ADVERT: 0.12,
    Kind.NEWS: 0.11,
    Kind.ADVOCACY: 0.05,
}
"""Shares of the posts that show no signal: a plausible mix, measured on no stream."""

SIGNAL_SHARES: dict[Kind, float] = {
    Kind.NEED: 0.28,
    Kind.PLEA: 0.16,
    Kind.FLIGHT: 0.18,
    Kind.ATTACK: 0.16,
    Kind.LURE: 0.12,
    Kind.CONTROL: 0.10,
}
"""Shares of the signals: a plausible mix, measured on no stream."""

KINDS: tuple[Kind, ...] = (*BULK_SHARES, *SIGNAL_SHARES)
"""All kinds, in the order in which they are numbered."""


def signals(names: Iterable[str]) -> tuple[Kind, ...]:
    """Return the kinds of the signals that are asked for, in the order of KINDS; all six for no name.

    Raises:
        UserError: a category is never simulated, or there is none of that name.

    >>> signals(["plea", "need"])
    (<Kind.NEED: 'need'>, <Kind.PLEA: 'plea'>)
    >>> signals(["arms"])  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    fanal.model.error.UserError: Posts of the category arms are never simulated. Fanal writes no text that offers ...
    """
    asked = set(names)
    for name in sorted(asked):
        if name in NEVER:
            raise UserError(
                f"Posts of the category {name} are never simulated.",
                hint="Fanal writes no text that offers a person or a weapon.",
            )
        if name not in set(SIGNAL_SHARES):
            raise UserError(
                f"There is no signal {name!r} to simulate.", hint=f"There are {', '.join(SIGNAL_SHARES)}."
            )
    return tuple(kind for kind in SIGNAL_SHARES if not asked or kind in asked)
