"""`fanal services find`: which services answer a question, past blocked ways and released hotspots; nothing is kept."""

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
import typer

from fanal import access, directories, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.dice import generator
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.help.danger import Danger, danger
from fanal.help.ground import Ground
from fanal.help.match import Match, match
from fanal.help.question import Question
from fanal.model.circle import Circle
from fanal.model.error import InputError, UserError
from fanal.model.service import Need, Reach, Sex, Status
from fanal.settings import Settings
from fanal.store.workspace import Workspace


def find(
    context: typer.Context,
    need: Annotated[list[Need] | None, typer.Option(help="What somebody comes for; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="ISO 639 code; may be repeated.")] = None,
    age: Annotated[float | None, typer.Option(help="Years.")] = None,
    sex: Annotated[Sex | None, typer.Option(help="Sex.")] = None,
    status: Annotated[list[Status] | None, typer.Option(help="Standing; may be repeated.")] = None,
    by: Annotated[list[Reach] | None, typer.Option(help="A way that can be used; may be repeated.")] = None,
    area: Annotated[str | None, typer.Option(help="Code of the area that somebody is in.")] = None,
    within: Annotated[float | None, typer.Option(help="Kilometres, for what is reached in person.")] = None,
    same_area: Annotated[bool, typer.Option("--same-area", help="Only in the area, or from afar.")] = False,
    open_now: Annotated[bool, typer.Option("--open", help="Only what is open now.")] = False,
    free: Annotated[bool, typer.Option("--free", help="Only what costs nothing.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Services at most.")] = 20,
    zone: Annotated[str, typer.Option(help="Zone of opening hours that say none.")] = "UTC",
    json: Json = False,
) -> None:
    """Find services that answer a question, the best first, each with why it is shown.

    Fanal keeps nothing of what was asked; the history of your shell may.

    Example: [cyan]fanal -w w services find --need shelter --language ckb --area pcode:IQG15Q02[/cyan]
    """
    asked = Question(
        needs=frozenset(need or ()),
        languages=frozenset(language or ()),
        age=age,
        sex=sex,
        statuses=frozenset(status or ()),
        open_now=open_now,
        free=free,
        reach=frozenset(by or ()),
        area=area,
        within_km=within,
        same_area=same_area,
    )
    hours, moment = _zone(zone), now()
    today = moment.astimezone(hours).date()
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services find"])
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        if area is not None and Ground(areas).number(area) < 0:
            raise UserError(
                f"There is no area {harmless(area)!r}.",
                hint="Codes stand in the layer of areas: pcode:IQG15Q02.",
            )
        nowhere = no_go(workspace, settings, areas, moment, today=today)
        doors = directories.doors(workspace, areas, today)
    found = match(doors, asked, now=moment, zone=hours, danger=nowhere, limit=limit)
    if json:
        answer({"services": [match_facts(one) for one in found]})
        return
    for number, one in enumerate(found, start=1):
        service = one.service
        phones = ", ".join(phone.e164 or phone.number for phone in service.phones)
        km = "" if one.km is None else f", {one.km} km"
        say(harmless(f"{number:>3}  {service.name} ({service.organization.name}){km}  {phones}"))
        say(f"     {', '.join(reason.value for reason in one.reasons)}  {service.id}")
    if not found:
        say(
            "No service that may be shown today answers this. Ask for less, or see what is due: fanal services check"
        )


def no_go(
    workspace: Workspace, settings: Settings, areas: pa.Table, moment: datetime, *, today: date
) -> Danger:
    """Return where nobody is sent: what staff blocked, and hotspots that are public."""
    held = access.narrowing(workspace, settings, areas=areas, now=moment, dice=generator)
    return danger(
        workspace.blocks.all(),
        access.readable(workspace, Circle.PUBLIC, moment, narrowing=held),
        today=today,
        require=access.requirement(workspace, Circle.PUBLIC, moment, narrowing=held),
    )


def _zone(name: str) -> ZoneInfo:
    """Return a zone by its name.

    Raises:
        InputError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InputError(
            f"{harmless(name)!r} is no time zone.", hint="Name one such as Asia/Baghdad."
        ) from error


def match_facts(one: Match) -> dict[str, object]:
    """Return a match for a program."""
    service = one.service
    return {
        "id": service.id,
        "name": service.name,
        "organization": service.organization.name,
        "source": service.provenance.source,
        "phones": [phone.e164 or phone.number for phone in service.phones],
        "reach": sorted(one.reach),
        "location": one.location.id if one.location else None,
        "area": one.location.area if one.location else None,
        "km": one.km,
        "confidential": service.confidential,
        "reasons": [reason.value for reason in one.reasons],
        "same_as": list(service.same_as),
    }
