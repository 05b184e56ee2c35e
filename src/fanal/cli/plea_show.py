"""`fanal pleas show`: one plea with who could help, what is dangerous there, and a draft that a person may send."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import pyarrow as pa
import typer

from fanal import access, directories, pipeline
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import OUT, Json, say
from fanal.cli.dice import generator
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.service_find import match_facts
from fanal.cli.session import session
from fanal.cli.text import post_number, print_ascii
from fanal.help.danger import Danger
from fanal.help.doors import AFAR, Doors
from fanal.help.ground import Ground
from fanal.help.match import Match, match
from fanal.help.question import Question
from fanal.help.reply import Reply, can_be_given, draft
from fanal.model.error import InputError, RefusedError
from fanal.model.person import Deed, Person, Purpose
from fanal.model.plea import Plea
from fanal.model.service import Service
from fanal.model.signal import FIRST_HAND
from fanal.review import pleas as rules
from fanal.store.sealed import Content
from fanal.store.workspace import Workspace

MOST = 10
"""Services that are shown."""

_MANY = 1000
"""Services among which those of a country are looked for."""

_SPOKEN = frozenset({"", "voice", "cell"})
"""Kinds of phones (HSDS `phone.type`) at which somebody answers."""

Post = Annotated[str, typer.Argument(help="The post: 16 hexadecimal digits.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Help:
    """Hold what could help with a plea."""

    services: list[Match]
    speaks: bool  # False: none that is known not to speak another language was found
    blocked: bool  # staff noted that nobody is sent into its area
    hotspot: bool  # its area is in a public hotspot


def show(
    context: typer.Context,
    post: Post,
    purpose: Annotated[Purpose, typer.Option(help="Why you look: outreach. It is kept with your name.")],
    country: Annotated[
        str, typer.Option(help="ISO 3166-1 code: where a plea without a place comes from, as you know it.")
    ] = "",
    service: Annotated[str, typer.Option(help="Id of the service whose number the draft gives.")] = "",
    page: Annotated[str, typer.Option(help="Address of your help page, for the draft.")] = "",
    json: Json = False,
) -> None:
    """Show the text of a plea, which services could help, what is dangerous there, and a draft of a reply.

    Of one that was edited, every version that can be read, the oldest first; the rest follows the newest of them. The
    look is logged before. Only services that somebody verified are shown. Where the place is not known, name a
    country to see what is reached there by phone or online. The draft is for you to read, change and send: Fanal
    sends nothing.

    Example: [cyan]fanal -w w pleas show 0f1e2d3c4b5a6978 --purpose outreach[/cyan]
    """
    number = post_number(post)
    if service and page:
        raise InputError("A reply gives one contact.", hint="Give --service or --page.")
    if page:
        draft(rules.UNSURE, page=page)  # an address that cannot be given is refused before anything is opened
    moment = now()
    with session(context).open(writing=False) as (workspace, settings):
        who = acting(workspace, *MAY["pleas show"])
        require(workspace, who, purpose)
        plea = workspace.pleas.one(number)
        texts = {
            one: access.read_text(workspace, one, purpose=purpose, who=who, clock=now).content
            for one in plea.posts
        }
        areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
        nowhere = access.no_go(workspace, settings, areas, moment, today=moment.date(), dice=generator)
        doors = directories.doors(workspace, areas, moment.date())
    helping = _helping(plea, doors, nowhere, country=country.upper(), areas=areas, moment=moment)
    reply = _reply(plea.language, helping.services, service=service, page=page)
    names = dict(zip(areas["area"].to_pylist(), areas["name"].to_pylist(), strict=True))
    text = texts[plea.post]
    if json:
        facts = {
            **plea_facts(plea),
            "versions": [
                {**fact, "text": texts[one.post].text.decode() if one.text else None}
                for fact, one in zip(_version_facts(plea), plea.versions, strict=True)
            ],
            "time": text.time.isoformat() if text.time else None,
            "text": text.text.decode(),
            "blocked": helping.blocked,
            "hotspot": helping.hotspot,
            "speaks": helping.speaks,
            "services": [match_facts(one) for one in helping.services],
            "reply": asdict(reply) if reply else None,
        }
        print_ascii(facts)
        return
    say(stands(plea, names))
    _tell_texts(plea, texts)
    say("")
    _tell_help(plea, helping, country=country)
    _tell_reply(reply)


def require(workspace: Workspace, who: Person, purpose: Purpose) -> None:
    """Refuse another purpose than outreach, and write the refusal into the audit log.

    Raises:
        RefusedError: it is another.
    """
    try:
        rules.require(who, purpose)
    except RefusedError:
        workspace.audit.note(Deed.REFUSED, who=who, at=now(), about="pleas", purpose=purpose)
        raise


def stands(one: Plea, names: Mapping[str, str], *, when: str = "") -> str:
    """Return a plea in one line, without its text: what it is known by, its place, its language, how far it is."""
    where = f"{names.get(one.area, one.area)} ({one.area})" if one.area else "place not known"
    stance = "first-hand" if one.stance == FIRST_HAND else "report"
    parts = (f"{one.post:016x}", when, where, one.language, stance, _edited(one), one.mark.state.value)
    return harmless("  ".join(part for part in parts if part))


def _edited(one: Plea) -> str:
    """Return what is told of the versions of a plea; empty: nobody edited it."""
    if not one.versions:
        return ""
    told = f"edited, {len(one.versions)} versions" if len(one.versions) > 1 else "edited"
    newest = one.versions[-1]
    if not newest.plea:
        return f"{told}, the newest shows no plea"
    return told if newest.text else f"{told}, the newest cannot be read"


def _version_facts(one: Plea) -> list[dict[str, Any]]:
    """Return the versions of a plea for a program, without their texts."""
    return [
        {"post": f"{own.post:016x}", "time": own.at.isoformat(), "plea": own.plea, "kept": own.text}
        for own in one.versions
    ]


def _tell_texts(plea: Plea, texts: Mapping[int, Content]) -> None:
    """Print the text of a plea; of an edited one those of all versions, and of which none is opened."""
    if not plea.versions:
        OUT.print(harmless(texts[plea.post].text.decode()), markup=False, emoji=False, soft_wrap=True)
    for number, one in enumerate(plea.versions, start=1):
        say(f"Version {number} of {len(plea.versions)}, {one.at:%Y-%m-%d %H:%M} UTC:")
        if one.text:
            OUT.print(harmless(texts[one.post].text.decode()), markup=False, emoji=False, soft_wrap=True)
        elif one.plea:
            say("Its text cannot be read.")
        else:
            say("It shows no plea, so its text is not opened for help. Who wrote it may have been made to.")


def plea_facts(one: Plea) -> dict[str, Any]:
    """Return a plea for a program, without its text."""
    mark = one.mark
    return {
        "post": f"{one.post:016x}",
        "week": one.week.isoformat(),
        "read_on": one.read_on.isoformat(),
        "area": one.area,
        "language": one.language,
        "stance": one.stance,
        "state": mark.state.value,
        "who": mark.who or None,
        "at": mark.at.isoformat() if mark.at else None,
        "ending": mark.ending.value if mark.ending else None,
        "changed": one.changed,
        "versions": _version_facts(one),
    }


def _helping(
    plea: Plea, doors: Doors, nowhere: Danger, *, country: str, areas: pa.Table, moment: datetime
) -> _Help:
    """Return which services could help: those that may speak the language; where there is none, the others."""
    own = frozenset({plea.language}) - {rules.UNSURE}
    found: list[Match] = []
    for languages in (own, frozenset[str]()) if own else (own,):
        if plea.area is not None:
            asked = Question(languages=languages, area=plea.area)
            found = match(doors, asked, now=moment, zone=UTC, danger=nowhere, limit=MOST)
        elif country:
            asked = Question(languages=languages, reach=AFAR)
            every = match(doors, asked, now=moment, zone=UTC, danger=nowhere, limit=_MANY)
            found = _of_country(every, country, areas)[:MOST]
        if found:
            break
    chain = frozenset(Ground(areas).chain(plea.area)) if plea.area else frozenset[str]()
    return _Help(
        services=found,
        speaks=languages == own,
        blocked=bool(chain & nowhere.blocked),
        hotspot=bool(chain & nowhere.hotspots),
    )


def _of_country(found: list[Match], country: str, areas: pa.Table) -> list[Match]:
    """Return the services of which an area is known to be in a country."""
    of = dict(zip(areas["area"].to_pylist(), areas["country"].to_pylist(), strict=True))
    return [one for one in found if any(_country(of, code) == country for code in _areas(one.service))]


def _areas(service: Service) -> frozenset[str]:
    """Return the areas that a service says of itself and its places."""
    return service.areas | {place.area for place in service.locations if place.area}


def _country(of: Mapping[str, str], code: str) -> str:
    """Return the country of an area; of one that no layer knows, the letters with which its P-code begins."""
    return of.get(code) or code.removeprefix("pcode:")[:2].upper()


def _reply(language: str, services: list[Match], *, service: str, page: str) -> Reply | None:
    """Return a draft with the address, or the number of the service that was named, else of the first that has one.

    Raises:
        InputError: the named service is not among those found, or has no number that somebody answers.
    """
    if page:
        return draft(language, page=page)
    chosen = [one.service for one in services if service in ("", one.service.id)]
    number = next((phone for one in chosen for phone in _numbers(one)), "")
    if service and not number:
        raise InputError(
            "None of the services found has this id and a number that somebody answers.",
            hint="Leave --service out to see them.",
        )
    return draft(language, phone=number) if number else None


def _numbers(service: Service) -> list[str]:
    """Return the numbers of a service at which somebody answers, as a draft takes them."""
    return [
        number
        for phone in service.phones
        if phone.kind.strip().lower() in _SPOKEN and not phone.extension
        for number in (phone.e164 or phone.number,)
        if can_be_given(number)
    ]


def _tell_help(plea: Plea, helping: _Help, *, country: str) -> None:
    """Print what is dangerous and who could help."""
    if helping.blocked:
        say("Staff noted this area as blocked: send nobody there or out of it on foot; help comes by phone.")
    if helping.hotspot:
        say("This area is in a public hotspot: nobody is sent into it.")
    if plea.area is None and not country:
        say(
            "The place is not known. Name a country to see what is reached there by phone or online: --country IQ"
        )
    elif not helping.services:
        say("No service that may be shown today answers this. See what is due: fanal services check")
    elif not helping.speaks:
        say(f"None of these is known to speak {harmless(plea.language)}.")
    for number, one in enumerate(helping.services, start=1):
        phones = ", ".join(phone.e164 or phone.number for phone in one.service.phones)
        km = "" if one.km is None else f", {one.km} km"
        say(harmless(f"{number:>3}  {one.service.name} ({one.service.organization.name}){km}  {phones}"))
        say(harmless(f"     {', '.join(reason.value for reason in one.reasons)}  {one.service.id}"))


def _tell_reply(reply: Reply | None) -> None:
    """Print the draft; its mark of direction keeps a number in its order, and its words are ours."""
    if reply is None:
        say("No draft: no number is there to give. Give the address of your help page: --page https://...")
        return
    other = "" if reply.known else " (there are no words in the language of the plea)"
    say(
        f"Draft in {reply.language}{other}, {reply.size.segments} short messages. "
        "No native speaker has read its words. Read it, change it, send it yourself: Fanal sends nothing."
    )
    OUT.print(reply.text, markup=False, emoji=False, soft_wrap=True)
