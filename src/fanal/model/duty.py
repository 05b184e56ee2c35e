"""Duties that must not lie in one hand: roles that no person may have together, and what a person's name may be."""

import re
import unicodedata
from collections.abc import Iterable

from fanal.model.error import UserError
from fanal.model.person import Role

APART: tuple[tuple[Role, Role, str], ...] = (
    *(
        (Role.AUDITOR, role, "who audits does nothing that is audited")
        for role in Role
        if role is not Role.AUDITOR
    ),
    *(
        (Role.ADMINISTRATOR, role, "who gives roles and destroys keys reads no text")
        for role in (Role.REVIEWER, Role.OUTREACH, Role.INVESTIGATOR)
    ),
    (Role.INVESTIGATOR, Role.REVIEWER, "evidence is what a second person confirmed"),
    (Role.INVESTIGATOR, Role.OUTREACH, "a cry for help never becomes a case"),
)
"""Static separation of duty (ANSI INCITS 359, role-based access control): two roles, and why they lie in two hands."""

MOST_LETTERS = 100
"""Letters of a person's name."""

_UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0000-\U000e0fff]"
)
"""Letters and marks that show nothing (Unicode's Default_Ignorable_Code_Point that Python takes for printable)."""


def compatible(roles: Iterable[Role]) -> frozenset[Role]:
    """Return roles that one person may have.

    Raises:
        UserError: there is none, or two of them must lie in two hands.

    >>> sorted(compatible([Role.REVIEWER, Role.ANALYST]))
    [<Role.ANALYST: 'analyst'>, <Role.REVIEWER: 'reviewer'>]
    """
    chosen = frozenset(roles)
    if not chosen:
        raise UserError("A person needs a role.", hint=f"There are {', '.join(Role)}.")
    for one, other, why in APART:
        if {one, other} <= chosen:
            raise UserError(
                f"Nobody is {one} and {other}: {why}.", hint="Name two people, or leave one of the roles."
            )
    return chosen


def name_of(text: str) -> str:
    """Return a name as it is kept: compatibility forms made plain (Unicode NFKC), one blank between words.

    Raises:
        UserError: it is empty, too long, holds what does not show, or would pass for the owner.

    >>> name_of("  Amal \uff21. ")
    'Amal A.'
    """
    kept = re.sub(" +", " ", unicodedata.normalize("NFKC", text)).strip(" ")
    if not kept or len(kept) > MOST_LETTERS or not kept.isprintable() or _UNSEEN.search(text):
        raise UserError(
            f"A name is 1 to {MOST_LETTERS} letters on one line, all of which show.",
            hint="Leave out line breaks, directions of writing and letters without a width.",
        )
    if ":" in kept:
        raise UserError("A name holds no colon.", hint="`owner:` stands before the system's own name.")
    return kept


def alike(name: str) -> str:
    """Return what two names have in common that a reader could take for one: case and form make no difference.

    >>> alike("Amal") == alike("AMAL") == alike("\uff21mal")
    True
    """
    folded = unicodedata.normalize("NFKC", name).casefold()
    return unicodedata.normalize("NFKC", folded).casefold()
