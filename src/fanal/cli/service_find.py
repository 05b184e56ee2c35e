"""`fanal services find`: which services answer a question, past blocked ways and released hotspots; nothing is kept."""

from typing import Annotated

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
from fanal.cli.zone import zone_of
from fanal.help.ground import Ground
from fanal.help.match import Match, match
from fanal.help.question import Question
from fanal.model.error import UserError
from fanal.model.service import Need, Reach, Sex, Status


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
    hours, moment = zone_of(zone), now()
    today = moment.astimezone(hours).date()
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services find"])
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        if area is not None and Ground(areas).number(area) < 0:
            raise UserError(
                f"There is no area {harmless(area)!r}.",
                hint="Codes stand in the layer of areas: pcode:IQG15Q02.",
            )
        nowhere = access.no_go(workspace, settings, areas, moment, today=today, dice=generator)
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
