"""Pleas: who sees cries for help, in which order, and what a helper may note of one. Help alone; nothing is sent."""

from collections.abc import Collection, Iterable
from datetime import datetime

from fanal.model.error import RefusedError, UserError
from fanal.model.person import Person, Purpose, Role
from fanal.model.plea import Ending, Mark, Plea, PleaState

PURPOSE = Purpose.OUTREACH
"""The one purpose for which pleas are listed."""

ROLE = Role.OUTREACH

UNSURE = "und"
"""The language of a plea of which nobody knows the language (ISO 639-2)."""


def require(who: Person, purpose: Purpose) -> None:
    """Refuse whoever may not see pleas; ask this before anything is looked up.

    Raises:
        RefusedError: another role, or another purpose.

    >>> require(Person(name="amal", roles=frozenset({Role.OUTREACH})), Purpose.OUTREACH)
    >>> require(Person(name="amal", roles=frozenset({Role.OUTREACH})), Purpose.EVIDENCE)
    Traceback (most recent call last):
    ...
    fanal.model.error.RefusedError: No plea is shown for evidence. It is shown for outreach.
    """
    if purpose is not PURPOSE:
        raise RefusedError(f"No plea is shown for {purpose}.", hint=f"It is shown for {PURPOSE}.")
    if not who.may(ROLE):
        raise RefusedError(
            f"{who.name} may not see pleas: it needs the role {ROLE}.", hint="An administrator names roles."
        )


def ordered(pleas: Iterable[Plea], *, closed: bool = False) -> list[Plea]:
    """Return pleas in the order of waiting: by week, then by the day of reading. Nothing else puts one before another.

    A closed one that somebody edited since is among them: what was answered may not be what is asked now.

    Args:
        pleas: in any order.
        closed: those that are closed, too.
    """
    shown = [one for one in pleas if closed or one.changed or one.mark.state is not PleaState.CLOSED]
    return sorted(shown, key=lambda one: (one.week, one.read_on, one.post))


def sought(
    pleas: Iterable[Plea], *, languages: Collection[str] | None = None, areas: Collection[str] | None = None
) -> tuple[list[Plea], int]:
    """Return the pleas that somebody looks for, in the order in which they came, and how many may be among them too.

    The second number counts those whose language or place nobody knows: a search must not make them vanish.

    Args:
        pleas: in any order.
        languages: codes that count as the language; None: any.
        areas: codes of areas that count as the place; None: any, known or not.
    """
    found: list[Plea] = []
    unknown = 0
    for one in pleas:
        spoken = languages is None or one.language in languages
        there = areas is None or one.area in areas
        may_speak = spoken or one.language == UNSURE
        may_be_there = there or one.area is None
        if spoken and there:
            found.append(one)
        elif may_speak and may_be_there:
            unknown += 1
    return found, unknown


def taken(mark: Mark, who: Person, at: datetime) -> Mark:
    """Return the mark of a plea that a person takes.

    Raises:
        UserError: it is not open.

    >>> taken(Mark(state=PleaState.CLOSED), Person(name="amal", roles=frozenset()), datetime(2026, 1, 1))
    Traceback (most recent call last):
    ...
    fanal.model.error.UserError: This plea is closed. Open it again first: `fanal pleas reopen`.
    """
    if mark.state is PleaState.TAKEN:
        raise UserError(
            f"{mark.who} took this plea.",
            hint="If they cannot see to it: `fanal pleas reopen`, then take it.",
        )
    if mark.state is PleaState.CLOSED:
        raise UserError("This plea is closed.", hint="Open it again first: `fanal pleas reopen`.")
    return Mark(state=PleaState.TAKEN, who=who.name, at=at)


def closed(mark: Mark, ending: Ending, who: Person, at: datetime) -> Mark:
    """Return the mark of a plea that a person closes; one that somebody else took is theirs to close.

    Raises:
        UserError: it is closed, or another person took it.
    """
    if mark.state is PleaState.CLOSED:
        raise UserError("This plea is closed.", hint="`fanal pleas list --all` says why.")
    if mark.state is PleaState.TAKEN and mark.who != who.name:
        raise UserError(
            f"{mark.who} took this plea.",
            hint="If they cannot see to it: `fanal pleas reopen`, then take it.",
        )
    return Mark(state=PleaState.CLOSED, who=who.name, at=at, ending=ending)


def reopened(mark: Mark) -> Mark:
    """Return the mark of a plea that waits again.

    Raises:
        UserError: it is open.
    """
    if mark.state is PleaState.OPEN:
        raise UserError("This plea is open.", hint="Take it: `fanal pleas take`.")
    return Mark()
