"""Entries in the words of a language: one list of facts for the page, the card and the short message alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from unicodedata import bidirectional

from babel.dates import format_time, get_day_names

from fanal.help.reason import Reason
from fanal.help.sms import split
from fanal.model.service import Opening, Phone, Reach, Served
from fanal.model.week import WEEKDAYS
from fanal.web.help.named import CAUTIONS, KURDISH, NEARNESS, REACH, SEXES, STATUSES, UNKNOWN, WHY
from fanal.web.help.shown import Place, Shown
from fanal.web.help.tongue import TONGUES, read
from fanal.web.language import Language
from fanal.web.needs import NEEDS

_LEFT = "\u200e"  # left-to-right mark: without it the + of a number moves to its end in a right-to-left text
MOST_DATES = 4096  # words of dates, times and languages that are kept, each some 100 bytes
_HOURS = 4  # lines of hours that are shown; whoever has more says to call


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Hold a number to call."""

    dialled: str  # for a tel: link: +9647701234567, or the digits of a short code
    written: str
    note: str  # languages, extension; empty: nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Hold what is told of one entry, in words."""

    title: str
    by: str  # who runs it; empty: not told
    lines: tuple[Line, ...]
    where: str  # empty: not known
    near: str  # how near that is; empty: not known
    warning: str  # what to know before going; empty: nothing is known
    facts: tuple[str, ...]
    why: str  # what speaks for it; empty: nothing was asked
    unsure: str  # what is not known of it; empty: nothing
    checked: str


def tell(entry: Shown, language: Language, places: dict[str, Place]) -> Told:
    """Put an entry into words; places are by code, and a code without a place is not told."""
    needs = language.listed([language.say(text) for need, text in NEEDS.items() if need in entry.needs])
    where = [entry.at, places[entry.area].called(language.code) if entry.area in places else ""]
    facts: list[str] = []
    if entry.confidential:
        facts.append(language.say(CAUTIONS[Reason.ASK_FIRST]))
    elif needs and entry.name:
        facts.append(needs)
    facts += _served(entry.serves, language)
    if entry.free is not None:
        facts.append(_cost(entry.free, language))
    if entry.languages:
        names = [tongue(code, language) for code in sorted(entry.languages)]
        facts.append(language.say("Languages: {names}", names=language.listed(names)))
    if entry.reach - {Reach.IN_PERSON}:
        ways = [language.say(text) for reach, text in REACH.items() if reach in entry.reach]
        facts.append(language.listed(ways))
    facts += [hours for opening in entry.openings[:_HOURS] if (hours := _hours(opening, language))]
    return Told(
        title=entry.name or needs or language.say("Help"),
        by=entry.organization if entry.organization != entry.name else "",
        lines=tuple(_line(phone, language) for phone in entry.phones),
        where=language.listed([part for part in where if part]),
        near=_near(entry, language),
        warning=language.say(CAUTIONS[Reason.DANGER_HERE]) if Reason.DANGER_HERE in entry.reasons else "",
        facts=tuple(facts),
        why=_reasons(entry, WHY, language),
        unsure=_reasons(entry, UNKNOWN, language),
        checked=language.say("Checked on {date}", date=_day(language.code, entry.checked)),
    )


def short(told: Told) -> str:
    """Return an entry as one line for a short message: what it is, its numbers; else where, with the warning."""
    mark = _LEFT if any(bidirectional(letter) in {"R", "AL"} for letter in told.title) else ""
    numbers = ", ".join(mark + line.dialled for line in told.lines)
    place = ". ".join(filter(None, [told.where, told.warning]))
    return ": ".join(filter(None, [told.title, numbers or place]))


def messages(entries: Sequence[Told]) -> list[str]:
    """Return entries as short messages, each of one segment; why an entry is shown only where that costs none more."""
    lines = [short(told) for told in entries]
    parts = split(lines)
    for number, told in enumerate(entries):
        if not told.why:
            continue
        longer = [*lines[:number], f"{lines[number]} ({told.why})", *lines[number + 1 :]]
        if len(tried := split(longer)) <= len(parts):
            lines, parts = longer, tried
    return parts


def tongue(code: str, language: Language) -> str:
    """Return the name of a language in another; the code where it has none.

    >>> from fanal.web.help.tongue import read
    >>> tongue("kmr", read("en")), tongue("ar", read("fr")), tongue("x-unheard", read("en"))
    ('Kurdish (Kurmanji)', 'arabe', 'x-unheard')
    """
    if code in KURDISH:
        return language.say(KURDISH[code])
    return _named(code, language.code)


def _near(entry: Shown, language: Language) -> str:
    """Say how near an entry is to the place that was asked about; empty: not known."""
    for reason, text in NEARNESS.items():
        if reason in entry.reasons:
            return language.say(text)
    if entry.km is not None:
        return language.say("About {km} km away", km=language.number(entry.km))
    return language.say("In another place") if entry.elsewhere else ""


def _reasons(entry: Shown, words: Mapping[Reason, str], language: Language) -> str:
    """Return those reasons of an entry that are in a list of words."""
    return language.listed([language.say(text) for reason, text in words.items() if reason in entry.reasons])


def _cost(free: bool, language: Language) -> str:
    """Say whether it costs money."""
    return language.say("Free of charge") if free else language.say("It costs money. Ask before you go.")


def _line(phone: Phone, language: Language) -> Line:
    """Put a number into words."""
    notes = [tongue(code, language) for code in sorted(phone.languages)]
    if phone.extension:
        notes.insert(0, language.say("extension {number}", number=phone.extension))
    dialled = phone.e164 or "".join(letter for letter in phone.number if letter in "0123456789+*#")
    return Line(dialled=dialled, written=phone.number, note=language.listed(notes))


def _served(serves: Served, language: Language) -> list[str]:
    """Say whom a service is for; nothing where it is for everybody."""
    facts = []
    if serves.sexes or serves.statuses:
        whom = [language.say(text) for sex, text in SEXES.items() if sex in serves.sexes]
        whom += [language.say(text) for status, text in STATUSES.items() if status in serves.statuses]
        facts.append(language.say("For: {whom}", whom=language.listed(whom)))
    least, most = serves.least_age, serves.most_age
    if least is not None and most is not None:
        facts.append(language.say("Age: {least} to {most}", least=f"{least:g}", most=f"{most:g}"))
    elif least is not None:
        facts.append(language.say("Age: {least} or more", least=f"{least:g}"))
    elif most is not None:
        facts.append(language.say("Age: up to {most}", most=f"{most:g}"))
    return facts


def _hours(opening: Opening, language: Language) -> str:
    """Say when a service is open; what is no weekly rule only in the words that came with it."""
    weekly = not opening.monthly and opening.interval == 1 and set(opening.days) <= set(WEEKDAYS)
    if not weekly or opening.opens_at is None or opening.closes_at is None:
        return opening.said
    names = _day_names(language.code)
    days = language.listed([names[WEEKDAYS.index(day)] for day in opening.days])
    span = "–".join(_clock(language.code, at) for at in (opening.opens_at, opening.closes_at))
    every = language.say("Every day")
    return f"{days or every}: {span}"


# Written once a language: CLDR's rules take longer than all else of an entry. They tell nothing of who asked.


@lru_cache(maxsize=MOST_DATES)
def _day(code: str, when: date) -> str:
    """Return a date in a language."""
    return read(code).day(when)


@lru_cache(maxsize=MOST_DATES)
def _clock(code: str, at: time) -> str:
    """Return a time of day in a language."""
    return str(format_time(at, "HH:mm", locale=read(code).locale))


@lru_cache(maxsize=MOST_DATES)
def _named(code: str, of: str) -> str:
    """Return CLDR's name of a language in another; the code where it has none."""
    return str(read(of).locale.languages.get(code, code))


@lru_cache(maxsize=len(TONGUES))
def _day_names(code: str) -> dict[int, str]:
    """Return the short names of the days of the week in a language, Monday is 0."""
    return dict(get_day_names("abbreviated", locale=read(code).locale))
