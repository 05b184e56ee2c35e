"""Entries for the page: what matching finds, in its order, told as far as the page may tell it."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, tzinfo

from fanal.help.doors import AFAR
from fanal.help.match import match
from fanal.help.question import Question
from fanal.help.reason import Reason
from fanal.model.service import Need
from fanal.web.help.known import Known
from fanal.web.help.shown import Shown, shown

MOST = 12  # entries on one page: more is not read on a small screen, and does not fit in 14 KB
HELPLINES = 3  # helplines on each page
_MORE = 4  # how many times more is asked for, where of what was found too little may be told


def find(
    known: Known,
    question: Question,
    *,
    moment: datetime,
    zone: tzinfo,
    most: int = MOST,
    wanted: Callable[[Shown], bool] = lambda _: True,
) -> list[Shown]:
    """Find entries, the best first, each service once.

    Args:
        known: services and dangers.
        question: what is asked.
        moment: of asking.
        zone: of opening hours that say none, and of the day until which an entry may be shown.
        most: entries at most.
        wanted: says which entries count, beyond what matching knows.
    """
    if known.afar:
        ways = (question.reach or AFAR) & AFAR
        if not ways:
            return []
        question = replace(question, reach=ways)
    around = frozenset(known.doors.ground.chain(question.area)) if question.area else frozenset[str]()
    today = moment.astimezone(zone).date()
    limit = most
    while True:
        found = match(known.doors, question, now=moment, zone=zone, danger=known.danger, limit=limit)
        told = [one for each in found if (one := shown(each, today, around=around)) and wanted(one)]
        if len(told) >= most or len(found) < limit:
            return told[:most]
        limit *= _MORE


def helplines(known: Known, area: str | None, *, moment: datetime, zone: tzinfo) -> list[Shown]:
    """Find helplines that answer a phone: those of the area first, then all others; nobody had to ask for one."""
    asked = [Question(needs=frozenset({Need.HELPLINE}), reach=AFAR)]
    if area is not None:
        asked.insert(0, replace(asked[0], area=area))
    found = (
        replace(entry, reasons=tuple(reason for reason in entry.reasons if reason is not Reason.NEED))
        for one in asked
        for entry in find(known, one, moment=moment, zone=zone, most=HELPLINES, wanted=_answers)
    )
    return each_once(found)[:HELPLINES]


def _answers(entry: Shown) -> bool:
    """Say whether an entry is a helpline with a number; one that names no need is none."""
    return Need.HELPLINE in entry.needs and bool(entry.phones)


def each_once(entries: Iterable[Shown]) -> list[Shown]:
    """Return entries in their order, each service once."""
    kept: dict[str, Shown] = {}
    for entry in entries:
        kept.setdefault(entry.id, entry)
    return list(kept.values())
