"""Terms by which a directory says what Fanal finds services by: needs, sexes, statuses, ways to reach, in attributes.

HSDS has no columns for these; it has attributes with terms of a taxonomy. These four taxonomies are Fanal's own.
"""

import re

from fanal.model.service import Need, Reach, Sex, Status

NEED, SEX, STATUS, REACH = "fanal:need", "fanal:sex", "fanal:status", "fanal:reach"
"""Names of the taxonomies; a term's `code` is the value."""

SETS: dict[str, type[Need] | type[Sex] | type[Status] | type[Reach]] = {
    NEED: Need,
    SEX: Sex,
    STATUS: Status,
    REACH: Reach,
}

_WORDS: dict[str, tuple[str, Need]] = {
    "hotline": (NEED, Need.HELPLINE),
    "helpline": (NEED, Need.HELPLINE),
    "shelter": (NEED, Need.SHELTER),
    "accommodation": (NEED, Need.SHELTER),
    "housing": (NEED, Need.SHELTER),
    "safe house": (NEED, Need.SHELTER),
    "protection": (NEED, Need.SAFETY),
    "gbv": (NEED, Need.SAFETY),
    "gender based violence": (NEED, Need.SAFETY),
    "child protection": (NEED, Need.SAFETY),
    "health": (NEED, Need.HEALTH),
    "medical": (NEED, Need.HEALTH),
    "psychosocial": (NEED, Need.PSYCHOSOCIAL),
    "psychosocial support": (NEED, Need.PSYCHOSOCIAL),
    "counselling": (NEED, Need.PSYCHOSOCIAL),
    "counseling": (NEED, Need.PSYCHOSOCIAL),
    "mental health": (NEED, Need.PSYCHOSOCIAL),
    "legal": (NEED, Need.LEGAL),
    "legal aid": (NEED, Need.LEGAL),
    "documentation": (NEED, Need.DOCUMENTS),
    "family tracing": (NEED, Need.FAMILY),
    "reunification": (NEED, Need.FAMILY),
    "voluntary return": (NEED, Need.RETURN),
    "reintegration": (NEED, Need.RETURN),
    "empowerment": (NEED, Need.LIVELIHOOD),
    "livelihoods": (NEED, Need.LIVELIHOOD),
    "vocational training": (NEED, Need.LIVELIHOOD),
    "education": (NEED, Need.EDUCATION),
    "food": (NEED, Need.FOOD),
    "food security": (NEED, Need.FOOD),
    "wash": (NEED, Need.WATER),
    "cash": (NEED, Need.CASH),
}
"""Words of sectors and services as lists have them, and the need that each is."""


def need_of(written: str) -> Need | None:
    """Return the need that a word of a list names, or None: it names none that is known.

    >>> need_of(" Psychosocial Support "), need_of("shelter"), need_of("Advocacy")
    (<Need.PSYCHOSOCIAL: 'psychosocial'>, <Need.SHELTER: 'shelter'>, None)
    """
    word = " ".join(re.split(r"[\W_]+", written.casefold())).strip()
    if word in Need._value2member_map_:
        return Need(word)
    found = _WORDS.get(word)
    return found[1] if found else None
