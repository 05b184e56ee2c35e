"""The weekly brief as one HTML file in one language: no script, nothing from elsewhere, one page of A4."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from importlib import resources

import pyarrow as pa
import pyarrow.compute as pc

from fanal.model.circle import Circle
from fanal.outbox.notice import is_simulated
from fanal.web.brief import Brief, Count, Hotspot, Standing, Verdict
from fanal.web.brief_map import COLOURS, SEVERAL, draw, fills
from fanal.web.language import Language, read
from fanal.web.notices import names, shortened
from fanal.web.rendered import environment

MOST_HOTSPOTS = 8
MOST_GONE = 3
MOST_COUNTS = 4
MOST_INDEX = 3
MOST_AREAS = 4  # names in a cell
MOST_UNSERVED = 10
MOST_SECTORS = 4
MOST_SOURCES = 6
MOST_IDS = 4
"""How much stands on one page; what is left out is counted."""


def render(brief: Brief, *, areas: pa.Table, code: str, scale: float = 1.0) -> str:
    """Return the brief's HTML.

    Args:
        brief: what it says.
        areas: AREA_SCHEMA; names and public boundaries.
        code: of the language.
        scale: of the letters; below 1 where a longer language must fit on one page.

    Raises:
        KeyError: no such language.
    """
    language = read(code, country=_country(brief, areas))
    style = _style(scale)
    told = _Told(language=language, areas=areas)
    shown = (brief.hotspots or ())[:MOST_HOTSPOTS]
    return environment().get_template("brief.html").render(
        _=language.say,
        language=language,
        style=style,
        policy=_policy(style),
        brief=brief,
        public=brief.circle is Circle.PUBLIC,
        simulated=_simulated(brief),
        week=_week(brief, language),
        circle=language.word("circle", brief.circle),
        made_on=language.day(brief.made_at.date()),
        heads=_heads(language),
        rows=[
            list(zip(_heads(language), told.row(number, one, brief), strict=True))
            for number, one in enumerate(shown, start=1)
        ],
        left_out=_left_out(len(brief.hotspots or ()) - len(shown), language),
        changes=told.changes(brief),
        map=_map(brief, shown, areas, language),
        legend=_legend(brief, language),
        unserved=told.unserved(brief),
        silent=told.silent(brief),
        limits=_limits(brief, language),
        sources=_sources(brief, language),
        ids=[(one.ledger_id, one.digest()[:19]) for one in brief.releases[:MOST_IDS]],
        more_ids=_left_out(len(brief.releases) - MOST_IDS, language),
    )  # fmt: skip


class _Told:
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
                "No area was found below its band. An area with few posts can fall silent without being seen."
            )
        return say(
            "Far less than usual is heard from: {areas}. Lines may be cut, people may have fled or be "
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


def _heads(language: Language) -> list[str]:
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


def _week(brief: Brief, language: Language) -> str:
    """Return the days of the week."""
    return f"{language.day(brief.week)} – {language.day(brief.week + timedelta(days=6))}"


def _simulated(brief: Brief) -> bool:
    """Say whether a number of a brief is invented."""
    return any(is_simulated(release) for release in brief.releases)


def _left_out(count: int, language: Language) -> str:
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


def _map(brief: Brief, shown: Sequence[Hotspot], areas: pa.Table, language: Language) -> str:
    """Return the map of the hotspots that stand on the page."""
    if not shown:  # an empty map would look calm
        return ""
    title = language.say("Map of the hotspots of the week {week}", week=_week(brief, language))
    labels = [language.number(number) for number in range(1, len(shown) + 1)]
    return draw(areas, [one.values for one in brief.hotspots or ()], title=title, labels=labels)


def _legend(brief: Brief, language: Language) -> list[tuple[str, str]]:
    """Return the colours of the map with their meaning."""
    there = set(fills([one.values for one in brief.hotspots or ()]).values())
    meant = {colour: language.word("family", family) for family, colour in COLOURS.items()}
    meant[SEVERAL] = language.say("Several of these")
    return [(colour, meaning) for colour, meaning in meant.items() if colour in there]


def _limits(brief: Brief, language: Language) -> list[str]:
    """Return what the numbers are not."""
    say = language.say
    found = [
        say("A number is about an area, a group and a week, never about a person."),
        say("A hotspot says that something changed there. It does not say what will come, nor why."),
        say(
            "The p-value is how often chance alone makes a hotspot as strong. It is not the probability "
            "that this one is wrong."
        ),
        say("An area without a figure, without a hotspot or not shown is not thereby safe."),
    ]
    if any(one.basis.value == "layers" for one in brief.releases):
        found.append(
            say(
                "Conflict and displacement come from public layers with a reporting delay; the newest weeks are "
                "not in them."
            )
        )
    if brief.counts is not None:
        found.append(
            say(
                "Counts hold noise and are of what was written in public; each range holds 95 % of the "
                "noise and nothing else."
            )
        )
    return found


def _sources(brief: Brief, language: Language) -> str:
    """Return the sources of the Releases, those beyond MOST_SOURCES counted."""
    found = list(dict.fromkeys(source for one in brief.releases for source in one.statement.sources))
    shown = "; ".join(found[:MOST_SOURCES])  # as their publishers write them, in Latin letters
    if len(found) <= MOST_SOURCES:
        return shown
    return language.say(
        "{names} and {count} more", names=shown, count=language.number(len(found) - MOST_SOURCES)
    )


def _country(brief: Brief, areas: pa.Table) -> str | None:
    """Return the country of all areas that a brief names, if it is one: it chooses Arabic's digits and months."""
    codes = {area for one in (brief.hotspots or ()) for area in one.values["areas"]}
    codes |= {one.area for one in brief.counts or ()} | {one.area for one in brief.index or ()}
    rows = areas.filter(pc.is_in(areas["area"], pa.array(sorted(codes), pa.string())))
    found = pc.unique((rows if len(rows) else areas)["country"].drop_null()).to_pylist()
    return found[0] if len(found) == 1 else None


def _style(scale: float) -> str:
    """Return the style sheet, with the size of its letters."""
    text = resources.files("fanal.web").joinpath("assets", "brief.css").read_text(encoding="utf-8")
    return text.replace("var(--scale)", f"{scale:.2f}")


def _policy(style: str) -> str:
    """Return the Content-Security-Policy: this very style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
