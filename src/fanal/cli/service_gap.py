"""`fanal services gap`: people of areas and groups against what services within their reach have; what is lacking."""

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from fanal import access, directories, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.dice import generator
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.kept import keep
from fanal.cli.leaving import To, letting_out, note_written
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.cli.tongue import Tongue
from fanal.help.assumed import BANDS, FAMILY, OLDEST_DAYS, Assumed
from fanal.help.gap import Gap, Wanted
from fanal.help.gap import gap as measured
from fanal.model.circle import Circle
from fanal.model.error import UserError
from fanal.model.gap import Shortage
from fanal.model.group import Group
from fanal.model.service import Need
from fanal.outbox.gap import gap_csv, gap_geojson
from fanal.settings import Settings
from fanal.store.workspace import Workspace
from fanal.web.gap_rendered import render_gap

OUT = "services gap --out"
"""Under this name stands who may write the gap to a file: that is a release."""


class Form(StrEnum):
    """Name the forms of file, by their ending."""

    CSV = ".csv"
    GEOJSON = ".geojson"
    HTML = ".html"


def gap(
    context: typer.Context,
    need: Annotated[
        list[Need] | None, typer.Option(help="Of this need; may be repeated. Default: all.")
    ] = None,
    group: Annotated[list[Group] | None, typer.Option(help="Of this group; may be repeated.")] = None,
    unit: Annotated[
        list[str] | None, typer.Option(help="In this unit, such as bed; may be repeated.")
    ] = None,
    share: Annotated[float, typer.Option(help="Share of a group who need one unit: an assumption.")] = 1.0,
    family: Annotated[float, typer.Option(help="Persons in a family, where families are counted.")] = FAMILY,
    band: Annotated[
        list[str] | None, typer.Option(metavar="KM=WEIGHT", help="Up to how far, and its weight; repeated.")
    ] = None,
    oldest: Annotated[
        int, typer.Option(help="Days after which a capacity counts as not said.")
    ] = OLDEST_DAYS,
    circle: Annotated[Circle, typer.Option(help="Who it is for.")] = Circle.PUBLIC,
    to: To = "",
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write .csv, .geojson or .html; an older one is replaced."),
    ] = None,
    language: Annotated[Tongue, typer.Option(help="Language of the page.")] = Tongue.EN,
    most: Annotated[int, typer.Option("--top", min=1, help="Rows that the table shows.")] = 20,
    json: Json = False,
) -> None:
    """Set people, as released, against the capacity of services within reach, and show where most is lacking.

    Units are never added to each other, groups never to groups. What is not known is told as not known. Writing a file
    is the decision that these numbers may leave; it is kept in the audit log, and nothing is sent.

    Example: [cyan]fanal -w w services gap --need shelter --group displaced --share 0.2[/cyan]

    To a file: [cyan]fanal -w w services gap --need shelter --unit bed --out gap.csv[/cyan]
    """
    wanted = Wanted(
        needs=frozenset(need or ()),
        groups=frozenset(group or ()),
        units=frozenset(one.strip().casefold() for one in unit or ()),
    )
    assumed = Assumed(share=share, family=family, bands=_bands(band), oldest_days=oldest)
    with session(context).open(writing=False) as (workspace, settings):
        moment = now()
        person, recipient = None, ""
        if out is None and circle is Circle.PUBLIC and not to:
            acting(workspace, *MAY["services gap"])
        else:
            person, recipient = letting_out(workspace, settings, OUT, circle, to)
        form = None if out is None else _form(out)
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        found = _measured(workspace, settings, areas, circle, wanted, assumed, moment)
        if person is not None:
            note_written(workspace, person, found.releases, by="services gap", to=recipient, at=moment)
    files = {} if out is None or form is None else _files(found, areas, out, form, language)
    for path, content in files.items():
        keep(path, content)
    if json:
        answer({**facts(found), "files": [str(path) for path in files]})
        return
    _tell(found, areas, most)
    if files:
        say(f"Wrote {' and '.join(map(str, files))}.")


def _measured(
    workspace: Workspace,
    settings: Settings,
    areas: pa.Table,
    circle: Circle,
    wanted: Wanted,
    assumed: Assumed,
    moment: datetime,
) -> Gap:
    """Measure the gap from what a circle may read now."""
    today = moment.date()
    held = access.narrowing(workspace, settings, areas=areas, now=moment, dice=generator)
    return measured(
        directories.doors(workspace, areas, today),
        access.readable(workspace, circle, moment, narrowing=held),
        areas=areas,
        circle=circle,
        today=today,
        danger=access.no_go(workspace, settings, areas, moment, today=today, dice=generator),
        hidden=directories.confidential(workspace),
        require=access.requirement(workspace, circle, moment, narrowing=held),
        wanted=wanted,
        assumed=assumed,
        dice=generator,
        seed=settings.risk.seed,
    )


def _files(found: Gap, areas: pa.Table, out: Path, form: Form, language: Tongue) -> dict[Path, bytes]:
    """Return what is written, by path; counts of posts stand in a CSV file of their own."""
    if form is Form.GEOJSON:
        content = gap_geojson(
            found.rows,
            areas=areas,
            uncounted=sorted({code for codes in found.uncounted.values() for code in codes}),
            releases=found.releases,
            on=found.on.isoformat(),
        )
        return {out: content}
    if form is Form.HTML:
        return {out: render_gap(found, areas=areas, code=language.value).encode()}
    files = {out: gap_csv(found.rows, areas=areas, releases=found.releases)}
    if len(found.voiced):
        beside = out.with_name(f"{out.stem}-posts{out.suffix}")
        files[beside] = gap_csv(found.voiced, areas=areas, releases=found.releases)
    return files


def _form(out: Path) -> Form:
    """Return the form of a file.

    Raises:
        UserError: its ending names none.
    """
    try:
        return Form(out.suffix.lower())
    except ValueError as error:
        raise UserError(
            f"{out} has no ending that names a form.", hint=f"Name a file that ends in {', '.join(Form)}."
        ) from error


def _bands(options: list[str] | None) -> tuple[tuple[float, float], ...]:
    """Return bands from options KM=WEIGHT.

    Raises:
        UserError: one is not of this form.
    """
    found = []
    for option in options or ():
        km, _, weight = option.partition("=")
        try:
            found.append((float(km), float(weight)))
        except ValueError as error:
            raise UserError(
                f"--band {option} is not KM=WEIGHT.", hint="For example --band 10=1 --band 30=0.68."
            ) from error
    return tuple(found) or BANDS


def facts(found: Gap) -> dict[str, Any]:
    """Return a gap for a program."""
    assumed = found.assumed
    return {
        "on": found.on,
        "circle": found.circle.value,
        "share": assumed.share,
        "family": assumed.family,
        "bands": [{"km": km, "weight": weight} for km, weight in assumed.bands],
        "oldest_days": assumed.oldest_days,
        "services": found.services,
        "placeless": found.placeless,
        "gaps": found.rows.to_pylist(),
        "not_counted": {group: list(codes) for group, codes in found.uncounted.items()},
        "posts": found.voiced.to_pylist(),
        "releases": [{"id": one.ledger_id, "digest": one.digest()} for one in found.releases],
    }


def _tell(found: Gap, areas: pa.Table, most: int) -> None:
    """Print the rows with the widest shortfall, and what a reader must know beside them."""
    name = dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True))
    say(
        f"Gap on {found.on}: {found.assumed.share:.3g} of each group is taken to need one unit (an assumption). "
        "None of this means safe; groups overlap."
    )
    for number, row in enumerate(found.rows.slice(0, most).to_pylist(), start=1):
        where = harmless(f"{name.get(row['area'], row['area'])} ({row['area']})")
        what = harmless(f"{row['need']}, {row['unit'] or 'no unit said'}")
        say(f"{number:>4}  {where}, {row['group'].replace('_', ' ')}, {what}: {_lacking(row)}")
        say(f"      {_reach(row)}")
    if len(found.rows) > most:
        say(f"{len(found.rows) - most:,} more rows: --top {len(found.rows)}")
    for group, codes in found.uncounted.items():
        if codes:
            say(
                f"Of {len(codes):,} areas no {group.replace('_', ' ')} are counted, or it may not be told: their gap "
                "is not known."
            )
    if found.placeless:
        say(
            f"{found.placeless:,} of {found.services:,} services are within reach of nobody: far off, or where "
            "is not known."
        )
    for row in [row for row in found.voiced.to_pylist() if row["author_weeks"] is not None][:most]:
        say(harmless(f"  {_heard(row, name)}"))
    if len(found.voiced):
        hidden = found.voiced["author_weeks"].null_count
        say(f"Of posts {hidden:,} rows are not shown, which does not mean zero.")


def _lacking(row: dict[str, Any]) -> str:
    """Return what is lacking as text.

    >>> _lacking({"shortage": "short", "low": 40.0, "high": 50.0, "in_need": 60.0})
    '40 to 50 of 60 lack one'
    """
    if row["shortage"] == Shortage.NOT_KNOWN:
        return "not known" if row["high"] is None else f"not known, at most {row['high']:,.0f}"
    if row["shortage"] == Shortage.NONE_COUNTED:
        return "nobody is counted, which does not mean that nobody is there"
    if row["shortage"] == Shortage.NONE_FOUND:
        return f"none found among {row['in_need']:,.0f}"
    low = "not known" if row["low"] is None else f"{row['low']:,.0f}"
    if row["low"] == row["high"]:
        return f"{row['high']:,.0f} of {row['in_need']:,.0f} lack one"
    return f"{low} to {row['high']:,.0f} of {row['in_need']:,.0f} lack one"


def _reach(row: dict[str, Any]) -> str:
    """Return what is within reach as text."""
    people = "people not known" if row["people"] is None else f"{row['people']:,.0f} people"
    free = f", {row['counted_free']:,} of them by what is free" if row["counted_free"] else ""
    day = f" counted for {row['date']}" if row["date"] else ""
    return (
        f"{people}{day}; {row['units']:,.1f} units within reach of {row['services']:,} services that say it{free}; "
        f"{row['unsaid']:,} do not say"
    )


def _heard(row: dict[str, Any], name: dict[str, str]) -> str:
    """Return a released count against units as text."""
    ratio = (
        "no unit within reach is known"
        if row["ratio"] is None
        else f"{row['ratio']:,.3g} a unit ({row['low']:,.3g} to {row['high']:,.3g})"
    )
    return (
        f"{name.get(row['area'], row['area'])}, week of {row['week']}, {row['signal']}: {row['author_weeks']:,} "
        f"author-weeks; {row['need']}, {row['unit'] or 'no unit said'}: {ratio}"
    )
