"""What a brief says in words of one language: the cells of its table, what changed, who serves, what is silent."""

from collections.abc import Sequence
from datetime import timedelta

import pyarrow as pa

from fanal.web.brief import Brief, Count, Hotspot, Standing, Verdict
from fanal.web.language import Language
from fanal.web.notices import names, shortened

MOST_GONE = 3
MOST_COUNTS = 4
MOST_INDEX = 3
MOST_AREAS = 4  # names in a cell
MOST_UNSERVED = 10
MOST_SECTORS = 4
"""How much stands on one page; what is left out is counted."""


class Told:
    """Tell of a brief in one language."""

    def __init__(self, *, language: Language, areas: pa.Table) -> None:
        self._language = language
        self._areas = areas

    def row(self, number: int, one: Hotspot, brief: Brief) -> list[str]:
        """Return the cells of a hotspot, as `_heads` names them."""
        language, values = self._language, one.values
        say, written = language.say, language.number
        family = self._family(one)
        if values["recurrence_weeks"] >= brief.alert_weeks:
            family = f"{family} ({say('Alert')})"
        end = values["end"] + timedelta(days=6)
        return [
            written(number),
            family,
            self._names(values["areas"], MOST_AREAS),
            say("new") if one.standing is Standing.NEW else say("goes on"),
            f"{language.day(values['start'])} – {language.day(end)}",
            say(
                "{observed}, where {expected} are expected",
                observed=written(values["observed"]),
                expected=written(round(values["expected"], 1)),
            ),
            say(
                "by chance once in {weeks} weeks; p = {p}",
                weeks=written(round(values["recurrence_weeks"])),
                p=written(round(values["p_value"], 4)),
            ),
            self._served(one),
        ]

    def changes(self, brief: Brief) -> list[str]:
        """Return what changed since the week before, a sentence each."""
        language = self._language
        say, written = language.say, language.number
        found: list[str] = []
        if brief.hotspots is None:
            found.append(say("Hotspots: not measured. There is no Release of hotspots."))
        elif not brief.hotspots:
            found.append(
                say(
                    "Hotspots: none became known in this week. There may be none, or the data of this week may be "
                    "missing; neither means safe."
                )
            )
        else:
            found.append(
                say(
                    "Hotspots: {all}, of which {new} are new and {alerts} are alerts.",
                    all=written(len(brief.hotspots)),
                    new=written(sum(one.standing is Standing.NEW for one in brief.hotspots)),
                    alerts=written(
                        sum(one.values["recurrence_weeks"] >= brief.alert_weeks for one in brief.hotspots)
                    ),
                )
            )
        if brief.gone:
            where = [f"{self._family(one)}: {self._names(one.values['areas'], 2)}" for one in brief.gone]
            found.append(
                say(
                    "Not found again: {hotspots}. This does not mean that it is over or safe there.",
                    hotspots=_listed(where, MOST_GONE, language),
                )
            )
        found += self._index(brief)
        found += self._counts(brief)
        return found

    def unserved(self, brief: Brief) -> str:
        """Return for which areas of the week's hotspots no service is known."""
        say = self._language.say
        if not brief.services:
            return say("Not measured: no list of services is released.")
        if not brief.hotspots:
            return say("There is no hotspot this week to look for services in.")
        listed = {
            area
            for one in brief.releases
            if "sector" in one.table.column_names
            for area in one.table["area"].to_pylist()
        }
        areas = sorted({area for one in brief.hotspots for area in one.values["areas"]})
        missing = [area for area in areas if area not in listed]
        if not missing:
            return say(
                "The lists name an agency in each area of these hotspots. They do not say that it is enough."
            )
        return say(
            "In {missing} of {all} areas of these hotspots no service is known: {areas}. Nobody may be there, or no "
            "list reaches it.",
            missing=self._language.number(len(missing)),
            all=self._language.number(len(areas)),
            areas=self._names(missing, MOST_UNSERVED),
        )

    def silent(self, brief: Brief) -> str:
        """Return which areas were silent."""
        say = self._language.say
        if brief.silent is None:
            return say(
                "Not measured. Where lines are cut or people are afraid nothing is written, and nothing shows here."
            )
        if not brief.silent:
            return say(
                "No layer is known to have fallen silent. Where few reports are usual this cannot be told, and posts "
                "are not measured here."
            )
        return say(
            "No reports came, where reports were usual, from: {areas}. Lines may be cut, people may have fled or be "
            "afraid. This is never a sign of safety.",
            areas=self._names(list(brief.silent), MOST_UNSERVED),
        )

    def _index(self, brief: Brief) -> list[str]:
        """Return the indices that changed most."""
        language = self._language
        say, written = language.say, language.number
        if brief.index is None:
            return [say("Risk index: not measured for this week and the week before.")]
        if not brief.index:
            return [say("Risk index: none changed by a tenth or more.")]
        rose = [one for one in brief.index if one.now > one.before]
        told = [
            say(
                "{area}, {group}: {now} after {before} (range {low} to {high})",
                area=self._names([one.area], 1),
                group=language.word("group", one.group),
                now=written(round(one.now, 1)),
                before=written(round(one.before, 1)),
                low="?" if one.low is None else written(round(one.low, 1)),
                high="?" if one.high is None else written(round(one.high, 1)),
            )
            for one in rose[:MOST_INDEX]
        ]
        counted = say(
            "Risk index: {rose} areas and groups rose, {fell} fell.",
            rose=written(len(rose)),
            fell=written(len(brief.index) - len(rose)),
        )
        most = say("Most rose: {list}.", list=_joined(told, language))
        return [f"{counted} {most}" if told else counted]

    def _counts(self, brief: Brief) -> list[str]:
        """Return the released counts that changed most."""
        language = self._language
        say = language.say
        if brief.counts is None or brief.counted is None:
            return [say("Signals in posts: no count became readable in this week.")]
        apart = [one for one in brief.counts if one.verdict in (Verdict.MORE, Verdict.LESS)]
        head = say(
            "Signals in posts, of the week of {date}: {shown} counts are shown; {apart} differ from the week before by "
            "more than the noise.",
            date=language.day(brief.counted),
            shown=language.number(sum(one.now is not None for one in brief.counts)),
            apart=language.number(len(apart)),
        )
        told = [self._count(one) for one in (apart or brief.counts)[:MOST_COUNTS] if one.now is not None]
        return [f"{head} {_joined(told, language)}." if told else head]

    def _count(self, one: Count) -> str:
        """Return a released count with its interval, and that of the week before."""
        language = self._language
        say, written = language.say, language.number
        signal = self._signal(one.signal)
        if one.simulated:
            signal = say("{name} (simulated)", name=signal)
        return say(
            "{area}, {signal}: {now} ({low} to {high}), before: {before}",
            area=self._names([one.area], 1),
            signal=signal,
            now=written(one.now or 0),
            low="?" if one.low is None else written(round(one.low)),
            high="?" if one.high is None else written(round(one.high)),
            before=say("not shown") if one.before is None else written(one.before),
        )

    def _signal(self, signal: str) -> str:
        """Return the name of a family, or of a category that partners see."""
        family = self._language.word("family", signal)
        return self._language.word("category", signal) if family == signal else family

    def _served(self, one: Hotspot) -> str:
        """Return who serves in a hotspot."""
        say, language = self._language.say, self._language
        if one.served is None:
            return say("not measured")
        if not one.served:
            return say("none known")
        sectors = [language.word("sector", sector) for sector in one.sectors]
        return say(
            "in {served} of {all} areas: {sectors}",
            served=language.number(one.served),
            all=language.number(len(one.values["areas"])),
            sectors=shortened(sectors, language, MOST_SECTORS),
        )

    def _family(self, one: Hotspot) -> str:
        """Return the name of a hotspot's family, marked where it is simulated."""
        name = self._language.word("family", one.values["family"])
        return self._language.say("{name} (simulated)", name=name) if one.simulated else name

    def _names(self, codes: Sequence[str], most: int) -> str:
        """Return the names of areas, those beyond `most` counted."""
        return shortened(names(codes, self._areas, self._language.code), self._language, most)


def heads(language: Language) -> list[str]:
    """Return the heads of the table of hotspots."""
    say = language.say
    return [
        say("No."),
        say("What"),
        say("Where"),
        say("Since the week before"),
        say("Weeks"),
        say("Counted"),
        say("How sure"),
        say("Who serves there"),
    ]


def left_out(count: int, language: Language) -> str:
    """Return how many rows do not stand on the page, or nothing."""
    return (
        language.say("Not shown on this page: {count} more.", count=language.number(count))
        if count > 0
        else ""
    )


def _joined(texts: Sequence[str], language: Language) -> str:
    """Return texts behind each other."""
    return ("؛ " if language.direction == "rtl" else "; ").join(texts)


def _listed(texts: Sequence[str], most: int, language: Language) -> str:
    """Return texts, those beyond `most` counted."""
    shown = _joined(texts[:most], language)
    if len(texts) <= most:
        return shown
    return language.say("{names} and {count} more", names=shown, count=language.number(len(texts) - most))
