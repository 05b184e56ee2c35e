"""The words of closed sets on the help page, as English messages that the catalogues translate."""

from fanal.model.service import Need, Reach, Sex, Status

NEEDS: dict[Need, str] = {
    Need.HELPLINE: "Somebody to talk to",
    Need.SHELTER: "A place to stay",
    Need.SAFETY: "Protection and safety",
    Need.HEALTH: "Doctor or hospital",
    Need.PSYCHOSOCIAL: "Support and counselling",
    Need.LEGAL: "Legal advice",
    Need.DOCUMENTS: "Identity papers",
    Need.FAMILY: "Finding family",
    Need.RETURN: "Going home",
    Need.LIVELIHOOD: "Work and income",
    Need.EDUCATION: "School and training",
    Need.FOOD: "Food",
    Need.WATER: "Water",
    Need.CASH: "Money",
}
"""What somebody comes for, in plain words."""

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

KURDISH = {"kmr": "Kurdish (Kurmanji)", "ckb": "Kurdish (Sorani)"}
"""Names that CLDR gives otherwise than people do, by code of the language."""

LINES = (*NEEDS.values(), *REACH.values(), *SEXES.values(), *STATUSES.values(), *KURDISH.values())
"""All of them, for the check of the catalogues."""
