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
from fanal.web.brief import Brief, Hotspot
from fanal.web.brief_map import COLOURS, SEVERAL, draw, fills
from fanal.web.brief_told import Told, heads, left_out
from fanal.web.language import Language, read
from fanal.web.rendered import environment

MOST_HOTSPOTS = 8
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
    told = Told(language=language, areas=areas)
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
        heads=heads(language),
        rows=[
            list(zip(heads(language), told.row(number, one, brief), strict=True))
            for number, one in enumerate(shown, start=1)
        ],
        left_out=left_out(len(brief.hotspots or ()) - len(shown), language),
        changes=told.changes(brief),
        map=_map(brief, shown, areas, language),
        legend=_legend(brief, language),
        unserved=told.unserved(brief),
        silent=told.silent(brief),
        limits=_limits(brief, language),
        sources=_sources(brief, language),
        ids=[(one.ledger_id, one.digest()[:19]) for one in brief.releases[:MOST_IDS]],
        more_ids=left_out(len(brief.releases) - MOST_IDS, language),
    )  # fmt: skip


def _week(brief: Brief, language: Language) -> str:
    """Return the days of the week."""
    return f"{language.day(brief.week)} – {language.day(brief.week + timedelta(days=6))}"


def _simulated(brief: Brief) -> bool:
    """Say whether a number of a brief is invented."""
    return any(is_simulated(release) for release in brief.releases)


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
