"""The gap as one HTML file in one language: maps, tables and the method in words; no script, nothing from elsewhere."""

import base64
import hashlib
from importlib import resources
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fanal.help.gap import Gap
from fanal.model.circle import Circle
from fanal.model.gap import Shortage
from fanal.outbox.notice import is_simulated
from fanal.web.brief_told import left_out
from fanal.web.gap_map import DISCS, NONE, STEPS, UNKNOWN, UNSURE, draw_gap, key
from fanal.web.gap_told import GapTold
from fanal.web.language import Language, read
from fanal.web.rendered import environment

MOST_PARTS = 6
MOST_ROWS = 15
"""How much stands on one page; what is left out is counted."""


def render_gap(gap: Gap, *, areas: pa.Table, code: str) -> str:
    """Return the page's HTML: a part for each need, unit and group, those with the widest shortfall first.

    Args:
        gap: what it says.
        areas: AREA_SCHEMA; names and public boundaries.
        code: of the language.

    Raises:
        KeyError: no such language.
    """
    language = read(code, country=_country(gap, areas))
    style = "".join(
        resources.files("fanal.web").joinpath("assets", name).read_text(encoding="utf-8")
        for name in ("brief.css", "gap.css")
    ).replace("var(--scale)", "1")
    told = GapTold(gap, language=language, areas=areas)
    parts = _parts(gap)
    shown = [
        _part(number, rows, gap, areas, told, language)
        for number, rows in enumerate(parts[:MOST_PARTS], start=1)
    ]
    heard = [one for one in gap.voiced.to_pylist() if one["author_weeks"] is not None]
    return environment().get_template("gap.html").render(
        _=language.say,
        language=language,
        style=style,
        policy=_policy(style),
        public=gap.circle is Circle.PUBLIC,
        simulated=any(is_simulated(one) for one in gap.releases),
        circle=language.word("circle", gap.circle),
        made_on=language.day(gap.on),
        parts=shown,
        more_parts=left_out(len(parts) - len(shown), language),
        heads=told.heads(),
        heard_of=told.heard_of() if len(gap.voiced) else "",
        heard_heads=told.heard_heads(),
        heard=[list(zip(told.heard_heads(), told.heard(one), strict=True)) for one in heard[:MOST_ROWS]],
        more_heard=left_out(len(heard) - MOST_ROWS, language),
        method=told.method(),
        limits=told.limits(),
        sources=list(dict.fromkeys(source for one in gap.releases for source in one.statement.sources)),
        ids=[(one.ledger_id, one.digest()[:19]) for one in gap.releases],
    )  # fmt: skip


def _parts(gap: Gap) -> list[list[dict[str, Any]]]:
    """Return the rows of each need, unit and group; the part with the widest shortfall first."""
    found: dict[tuple[str, str, str], list[dict[str, Any]]] = {}
    for row in gap.rows.to_pylist():
        found.setdefault((row["need"], row["unit"], row["group"]), []).append(row)
    return sorted(found.values(), key=lambda rows: -sum(row["high"] or 0.0 for row in rows))


def _part(
    number: int,
    rows: list[dict[str, Any]],
    gap: Gap,
    areas: pa.Table,
    told: GapTold,
    language: Language,
) -> dict[str, Any]:
    """Return one part of the page."""
    say = language.say
    first = rows[0]
    name = say(
        "{need}, {unit}: {group}",
        need=language.word("need", first["need"]),
        unit=first["unit"] or say("no unit said"),
        group=language.word("group", first["group"]),
    )
    mark = f"m{number}"
    uncounted = gap.uncounted[first["group"]]
    labels = [language.number(one) for one in range(1, DISCS + 1)]
    counted = [sum(row["shortage"] == state for row in rows) for state in Shortage]
    unknown = counted[list(Shortage).index(Shortage.NOT_KNOWN)] + len(uncounted)
    return {
        "mark": mark,
        "name": name,
        "said": say(
            "{short} areas are short, {maybe} may be short; of {unknown} it is not known.",
            short=language.number(counted[0]),
            maybe=language.number(counted[1]),
            unknown=language.number(unknown),
        ),
        "counted": told.counted(rows),
        "unknown": told.unknown(rows, uncounted),
        "map": draw_gap(
            areas,
            rows,
            uncounted,
            title=say("Map: who lacks one. {name}", name=name),
            labels=labels,
            mark=mark,
        ),
        "legend": _legend(mark, language),
        "rows": [
            list(zip(told.heads(), told.row(at, row), strict=True))
            for at, row in enumerate(rows[:MOST_ROWS], start=1)
        ],
        "left_out": left_out(len(rows) - MOST_ROWS, language),
    }


def _legend(mark: str, language: Language) -> list[tuple[str, str]]:
    """Return the squares of the legend with their meaning."""
    say, written = language.say, language.number
    steps = [
        (key("", colour, mark), say("up to {people}", people=written(most))) for most, colour in STEPS[:-1]
    ]
    return [
        (key("", NONE, mark), say("none found or counted")),
        *steps,
        (key("", STEPS[-1][1], mark), say("more")),
        (key(UNSURE, STEPS[1][1], mark), say("may be less, or none")),
        (key(UNKNOWN, "#ffffff", mark), say("not known")),
    ]


def _country(gap: Gap, areas: pa.Table) -> str | None:
    """Return the country of all areas of a gap, if it is one: it chooses Arabic's digits and months."""
    rows = areas.filter(pc.is_in(areas["area"], pc.unique(gap.rows["area"])))
    found = pc.unique(rows["country"].drop_null()).to_pylist()
    return found[0] if len(found) == 1 else None


def _policy(style: str) -> str:
    """Return the Content-Security-Policy: this very style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
