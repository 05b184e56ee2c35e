"""Entries for the page: what matching finds, in its order, told as far as the page may tell it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from functools import lru_cache

from fanal.help.doors import AFAR
from fanal.help.match import match
from fanal.help.question import Question
from fanal.help.reason import Reason
from fanal.model.service import Need
from fanal.web.help.known import Known
from fanal.web.help.shown import Shown, shown

MOST = 12  # entries on one page: more is not read on a small screen, and does not fit in 14 KB
HELPLINES = 3  # helplines on each page
NOON = time(12)  # of a day whose helplines are asked for: hours do not count for them
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
    """Return helplines that answer a phone: those of the area first, then all others; nobody had to ask for one."""
    found: list[Shown] = []
    if area is not None:
        found += _helplines(known, area, moment, zone)
    if len(found) < HELPLINES:
        found += _anywhere(known, moment.astimezone(zone).date(), zone)
    return each_once(found)[:HELPLINES]


@lru_cache(maxsize=1)
def _anywhere(known: Known, day: date, zone: tzinfo) -> tuple[Shown, ...]:
    """Return the helplines of a day for whoever names no place: the same on all pages, so that it tells of nobody."""
    return tuple(_helplines(known, None, datetime.combine(day, NOON, zone), zone))


def _helplines(known: Known, area: str | None, moment: datetime, zone: tzinfo) -> Iterator[Shown]:
    """Give helplines of an area; None: of anywhere."""
    asked = Question(needs=frozenset({Need.HELPLINE}), reach=AFAR, area=area)
    for entry in find(known, asked, moment=moment, zone=zone, most=HELPLINES, wanted=_answers):
        yield replace(entry, reasons=tuple(reason for reason in entry.reasons if reason is not Reason.NEED))


def _answers(entry: Shown) -> bool:
    """Say whether an entry is a helpline with a number; one that names no need is none."""
    return Need.HELPLINE in entry.needs and bool(entry.phones)


def each_once(entries: Iterable[Shown]) -> list[Shown]:
    """Return entries in their order, each service once."""
    kept: dict[str, Shown] = {}
    for entry in entries:
        kept.setdefault(entry.id, entry)
    return list(kept.values())
