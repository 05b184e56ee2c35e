"""The words of closed sets on the help page, as English messages that the catalogues translate."""

from fanal.help.reason import Reason
from fanal.model.service import Reach, Sex, Status
from fanal.web.help.question import Age
from fanal.web.needs import NEEDS

REACH: dict[Reach, str] = {
    Reach.IN_PERSON: "In person",
    Reach.PHONE: "By phone",
    Reach.ONLINE: "Online",
}

SEXES: dict[Sex, str] = {Sex.FEMALE: "women and girls", Sex.MALE: "men and boys"}

STATUSES: dict[Status, str] = {
    Status.SURVIVOR: "people who were harmed",
    Status.DISPLACED: "displaced people",
    Status.REFUGEE: "refugees",
    Status.MIGRANT: "migrants",
    Status.RETURNEE: "people who came back",
    Status.RESIDENT: "people who live there",
}
"""The standing that a service asks for, in words that do not label the reader."""

AGES: dict[Age, str] = {Age.CHILD: "under 18", Age.GROWN: "18 or older"}

WHY: dict[Reason, str] = {
    Reason.NEED: "what you need",
    Reason.LANGUAGE: "your language",
    Reason.FOR_YOU: "for those you chose",
    Reason.OPEN: "open now",
    Reason.FREE: "free of charge",
    Reason.SERVES_AREA: "it serves this place",
    Reason.NEAR: "near enough",
}
"""What speaks for an entry."""

UNKNOWN: dict[Reason, str] = {
    Reason.NEED_UNKNOWN: "what it offers",
    Reason.LANGUAGE_UNKNOWN: "its languages",
    Reason.FOR_SOME: "whether it is for you",
    Reason.HOURS_UNKNOWN: "its hours",
    Reason.COST_UNKNOWN: "what it costs",
    Reason.AREA_UNKNOWN: "whether it serves this place",
    Reason.DISTANCE_UNKNOWN: "how far it is",
    Reason.WAY_UNKNOWN: "whether to call or to come",
}
"""What nobody said of an entry."""

NEARNESS: dict[Reason, str] = {Reason.SAME_AREA: "In this place", Reason.SAME_REGION: "In this region"}
"""How near an entry is, where no distance is told."""

CAUTIONS: dict[Reason, str] = {
    Reason.ASK_FIRST: "The place is not told here. Call, and they say how to come.",
    Reason.DANGER_HERE: "Danger was seen in this area. Call before you go.",
}
"""What has to be known before somebody goes."""

WAYS = frozenset({Reason.IN_PERSON, Reason.BY_PHONE, Reason.ONLINE})
"""Reasons that an entry's own ways tell."""

KURDISH = {"kmr": "Kurdish (Kurmanji)", "ckb": "Kurdish (Sorani)"}
"""Names that CLDR gives otherwise than people do, by code of the language."""

_SETS = (NEEDS, REACH, SEXES, STATUSES, AGES, WHY, UNKNOWN, NEARNESS, CAUTIONS, KURDISH)
LINES = tuple(words for named in _SETS for words in named.values())
"""All of them, for the check of the catalogues."""
