"""The words of needs, the same on every page, as English messages that the catalogues translate."""

from fanal.model.service import Need

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
