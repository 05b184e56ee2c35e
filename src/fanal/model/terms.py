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

_WORDS: dict[str, Need] = {
    "hotline": Need.HELPLINE,
    "helpline": Need.HELPLINE,
    "shelter": Need.SHELTER,
    "accommodation": Need.SHELTER,
    "housing": Need.SHELTER,
    "safe house": Need.SHELTER,
    "protection": Need.SAFETY,
    "gbv": Need.SAFETY,
    "gender based violence": Need.SAFETY,
    "child protection": Need.SAFETY,
    "health": Need.HEALTH,
    "medical": Need.HEALTH,
    "psychosocial": Need.PSYCHOSOCIAL,
    "psychosocial support": Need.PSYCHOSOCIAL,
    "counselling": Need.PSYCHOSOCIAL,
    "counseling": Need.PSYCHOSOCIAL,
    "mental health": Need.PSYCHOSOCIAL,
    "legal": Need.LEGAL,
    "legal aid": Need.LEGAL,
    "documentation": Need.DOCUMENTS,
    "family tracing": Need.FAMILY,
    "reunification": Need.FAMILY,
    "voluntary return": Need.RETURN,
    "reintegration": Need.RETURN,
    "empowerment": Need.LIVELIHOOD,
    "livelihoods": Need.LIVELIHOOD,
    "vocational training": Need.LIVELIHOOD,
    "education": Need.EDUCATION,
    "food": Need.FOOD,
    "food security": Need.FOOD,
    "wash": Need.WATER,
    "cash": Need.CASH,
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
    return _WORDS.get(word)
