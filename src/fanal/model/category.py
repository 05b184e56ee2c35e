"""What a Signal shows: eight categories, and the families under which they may leave or be scanned."""

from enum import StrEnum


class Category(StrEnum):
    """Name what a post shows (UN Trafficking Protocol art. 3; ILO indicators of forced labour).

    >>> Category("plea").value
    'plea'
    """

    OFFER = "offer"  # a person offered, exchanged or transferred
    LURE = "lure"  # deceptive work, marriage, travel or study offer
    CONTROL = "control"  # documents kept, debt, wages withheld, movement restricted, threats
    PLEA = "plea"  # someone asks for help, for themselves or a missing person
    FLIGHT = "flight"  # people fleeing or displaced
    ATTACK = "attack"  # violence or threat against a community
    NEED = "need"  # water, food, shelter, medicine
    ARMS = "arms"  # weapons traded in the same channels


class Family(StrEnum):
    """Name a group of categories or layers that is counted, scanned and released together."""

    TRADE = "trade"
    DISTRESS = "distress"
    CONFLICT = "conflict"  # from layers: dated conflict events
    DISPLACEMENT = "displacement"  # from layers: places where displaced families grew in number


FAMILY_OF: dict[Category, Family] = {
    Category.OFFER: Family.TRADE,
    Category.LURE: Family.TRADE,
    Category.CONTROL: Family.TRADE,
    Category.ARMS: Family.TRADE,
    Category.PLEA: Family.DISTRESS,
    Category.FLIGHT: Family.DISTRESS,
    Category.ATTACK: Family.DISTRESS,
    Category.NEED: Family.DISTRESS,
}
