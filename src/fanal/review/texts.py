"""Texts: which role opens the text of a post, for which purpose; a cry for help is opened to help alone."""

from collections.abc import Collection

from fanal.model.category import Category
from fanal.model.error import RefusedError
from fanal.model.person import Person, Purpose, Role

ROLES: dict[Purpose, frozenset[Role]] = {
    Purpose.REVIEW: frozenset({Role.REVIEWER}),
    Purpose.QUALITY: frozenset({Role.REVIEWER}),
    Purpose.ERASURE: frozenset({Role.REVIEWER}),
    Purpose.OUTREACH: frozenset({Role.OUTREACH, Role.REVIEWER}),
    Purpose.EVIDENCE: frozenset({Role.INVESTIGATOR}),
}
"""Who may read for which purpose; no text is read for another one."""


def require_role(who: Person, purpose: Purpose) -> None:
    """Refuse a person whose roles open no text for a purpose; ask this before anything is looked up.

    Raises:
        RefusedError: no text is read for this purpose, or the person has not the role.
    """
    roles = ROLES.get(purpose)
    if roles is None:
        raise RefusedError(
            f"No text is read for {purpose}.", hint=f"A text is read for {', '.join(sorted(ROLES))}."
        )
    if not who.may(*roles):
        raise RefusedError(
            f"{who.name} may not read texts for {purpose}: it needs the role {' or '.join(sorted(roles))}.",
            hint="An administrator names roles.",
        )


def require(who: Person, purpose: Purpose, shows: Collection[Category], *, post: int) -> None:
    """Refuse to open a text to a person without the role, or for a purpose that its signals do not allow.

    For outreach a post must show a plea. For evidence it must show something, and no plea: a cry for help never
    goes to enforcement. A post that nobody knows is refused with the same words as one that must stay closed, so that
    an answer does not tell which posts are there.

    Args:
        who: the person.
        purpose: why they ask.
        shows: categories of the post's signals; none: it shows nothing, or is not known.
        post: keyed hash, for the sentence.

    Raises:
        RefusedError: the text stays closed.

    >>> amal = Person(name="amal", roles=frozenset({Role.OUTREACH}))
    >>> require(amal, Purpose.OUTREACH, {Category.PLEA}, post=1)
    >>> require(amal, Purpose.OUTREACH, {Category.NEED}, post=1)
    Traceback (most recent call last):
    ...
    fanal.model.error.RefusedError: No text of 0000000000000001 may be read for outreach.
    """
    require_role(who, purpose)
    plea = Category.PLEA in shows
    closed = (purpose is Purpose.OUTREACH and not plea) or (
        purpose is Purpose.EVIDENCE and (plea or not shows)
    )
    if closed:
        raise RefusedError(f"No text of {post:016x} may be read for {purpose}.")
