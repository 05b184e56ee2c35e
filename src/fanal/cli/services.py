"""`fanal services`: take directories in, say what is due, note who verified it, let out what may be public."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from fanal import directories
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import Json, answer, note, say
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.service_block import block
from fanal.cli.service_find import find
from fanal.cli.service_gap import gap
from fanal.cli.service_place import place
from fanal.cli.services_check import SHOWN, check
from fanal.cli.services_page import page
from fanal.cli.services_unfound import tell_unfound, unfound_in
from fanal.cli.session import session
from fanal.model.directory import Cleared
from fanal.model.error import InputError, UserError, WorkspaceError
from fanal.model.person import Deed
from fanal.model.problem import NEVER_ACCEPTED, Problem, ProblemKind
from fanal.model.verified import Finding
from fanal.outbox import hsds as outgoing
from fanal.sources.hsds import DirectoryForm
from fanal.web import app
from fanal.web.directory import api

services = typer.Typer(
    name="services",
    no_args_is_help=True,
    help="Keep the directory of services: import, verify, export, serve.",
    rich_markup_mode="rich",
)
services.command()(find)
services.command()(gap)
services.add_typer(place)
services.add_typer(block)

services.command("page")(page)
services.command("check")(check)

Source = Annotated[str, typer.Option("--source", help="Name of the directory that it comes from.")]
Ids = Annotated[list[str], typer.Argument(help="Ids of services.", metavar="ID...")]


@services.command("import")
def import_one(
    context: typer.Context,
    path: Annotated[Path, typer.Argument(help="A file, or a folder of tables.")],
    source: Source,
    licence: Annotated[str, typer.Option(help="Licence or terms, as its owner states them.")] = "not stated",
    country: Annotated[str, typer.Option(help="Country (ISO 3166-1) of phones written without one.")] = "",
    mapping: Annotated[
        list[str] | None, typer.Option("--map", help="PART=COLUMN of a list; may be repeated.")
    ] = None,
    form: Annotated[DirectoryForm | None, typer.Option(help="Default: told from the file.")] = None,
    schemas: Annotated[
        Path | None, typer.Option(help="Folder of the official schemas, to hold each row against them.")
    ] = None,
    accept: Annotated[
        list[ProblemKind] | None, typer.Option(help="A kind of problem to take rows with; may be repeated.")
    ] = None,
    without_exact_places: Annotated[
        bool, typer.Option(help="Leave out where and when confidential services are.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Say what is wrong, and take nothing.")] = False,
    json: Json = False,
) -> None:
    """Import a directory: all of it, or nothing where a row is wrong. It replaces the earlier one of its source.

    Example: [cyan]fanal -w w services import hsds/ --source "City list" --licence "CC BY 4.0"[/cyan]

    A list: [cyan]fanal -w w services import list.csv --source NGOs --country NG --map lat=y --map lon=x[/cyan]
    """
    accepted = frozenset(accept or ())
    if wrong := sorted(accepted & NEVER_ACCEPTED):
        raise UserError(
            f"Problems of the kind {wrong[0]} are never accepted.",
            hint="Mend the rows; for confidential places use --without-exact-places.",
        )
    parts = dict(_mapped(one) for one in mapping or ())
    with session(context).open(writing=True) as (workspace, settings):
        person = acting(workspace, *MAY["services import"])
        draft = directories.read(
            workspace,
            path,
            source=_named(source),
            country=country.upper(),
            mapping=parts,
            form=form,
            schemas=schemas,
            without_exact_places=without_exact_places,
            boundaries=natural_earth(settings.places.boundaries),
            at=now(),
        )
        refused = [one for one in draft.problems if one.kind not in accepted]
        if refused or dry_run:
            _tell_problems(draft.problems, json=json and dry_run)
        lost = unfound_in(workspace, settings, draft.directory)
        if not json:
            tell_unfound(lost)
        if refused and not dry_run:
            raise InputError(
                f"{path} has {len(refused):,} problems; nothing was taken.",
                hint="Mend the rows, or take them as they are with --accept KIND.",
            )
        if dry_run:
            return
        taken = directories.take(
            workspace,
            draft,
            source=_named(source),
            licence=licence,
            country=country.upper(),
            file=path.name,
            accepted=sorted({one.kind.value for one in draft.problems}),
            who=person,
            at=now(),
        )
        alike = sum(
            _named(source) in (one.source, one.other_source) for one in workspace.directory.likenesses()
        )
    if json:
        facts = {
            "source": taken.source,
            "services": taken.services,
            "rows": taken.rows,
            "sha256": taken.sha256,
        }
        answer({**facts, "accepted": list(taken.accepted), "alike": alike, "unfound": asdict(lost)})
        return
    say(f"Taken: {taken.services:,} services in {taken.rows:,} rows of {taken.source}.")
    if draft.problems:
        said = ", ".join(f"{kind} {count}" for kind, count in _counted(draft.problems).items())
        say(f"With problems that were accepted: {said}. What is wrong is shown to nobody.")
    if alike:
        say(f"{alike:,} seem to stand in another directory too; `fanal services show ID` names them.")
    say("None of it is public until somebody verifies it: `fanal services check`.")


@services.command("list")
def list_all(
    context: typer.Context,
    source: Annotated[str, typer.Option(help="Of this directory alone.")] = "",
    sources: Annotated[bool, typer.Option("--sources", help="List the imports instead.")] = False,
    json: Json = False,
) -> None:
    """List the services by name, each with how far its entry can be relied on; no phone, no place.

    Example: [cyan]fanal -w w services list[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services list"])
        if sources:
            found = [directories.import_facts(one) for one in workspace.directory.imports()]
        else:
            soon = timedelta(days=settings.services.soon_days)
            found = [
                one
                for one in directories.overview(workspace, now().date(), soon=soon)
                if source in ("", one["source"])
            ]
    if json:
        answer({"imports" if sources else "services": found})
        return
    for one in found:
        if sources:
            ended = f", replaced {one['ended_at'][:10]}" if one["ended_at"] else ""
            say(f"{one['number']}  {one['at'][:10]}  {one['source']}: {one['services']:,} services{ended}")
        else:
            say(f"{one['id']}  {one['freshness']:<10}  {one['name']} ({one['source']})")
    if not found:
        say("No directory was imported yet: `fanal services import`.")


@services.command("show")
def show_one(
    context: typer.Context,
    service: Annotated[str, typer.Argument(help="Id of a service.")],
    json: Json = False,
) -> None:
    """Show an entry whole, as those who keep the directory need it: phones too, verified or not.

    Example: [cyan]fanal -w w services show ac148810-d857-441c-9679-408f346de14b[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services show"])
        found = directories.shown(
            workspace, service, now().date(), soon=timedelta(days=settings.services.soon_days)
        )
    if json:
        answer({"entries": found})
        return
    for one in found:
        say(f"{one['name']}, {one['organization']} ({one['source']}, {one['row']}): {one['freshness']}")
        if one["verified_by"]:
            say(f"  verified by {one['verified_by']} until {one['verified_until']}")
        if one["confidential"]:
            say("  confidential: region and front gate alone")
        for phone in one["phones"]:
            say(f"  phone {phone}")
        for capacity in one["capacities"]:
            say(f"  {harmless(_told(capacity))}")
        for other in one["same_as"]:
            say(f"  seems to be {other} too")


@services.command("verify")
def verify_some(
    context: typer.Context,
    service: Ids,
    source: Annotated[str, typer.Option(help="Where an id stands in several directories.")] = "",
    days: Annotated[int | None, typer.Option(min=1, max=730, help="Days for which it counts.")] = None,
    gone: Annotated[bool, typer.Option("--gone", help="Nobody there, or not safe: never show it.")] = False,
    json: Json = False,
) -> None:
    """Note that you called or went there and all of the entry is so, or that it is not.

    Example: [cyan]fanal -w w services verify ac148810-d857-441c-9679-408f346de14b[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        person = acting(workspace, *MAY["services verify"])
        at = now()
        until = at.date() + timedelta(days=days or settings.services.verified_days)
        finding = Finding.GONE if gone else Finding.HOLDS
        entries = directories.entries_of(workspace, service, source)
        workspace.directory.verify(entries, finding=finding, until=until, who=person, at=at)
    if json:
        answer(
            {"verified": [one[1] for one in entries], "finding": finding.value, "until": until.isoformat()}
        )
        return
    ends = "it is not shown any more" if gone else f"it counts until {until}, or until the entry changes"
    say(f"Noted of {len(entries)}: {ends}.")


@services.command("end")
def end_one(context: typer.Context, source: Source, json: Json = False) -> None:
    """Remove all entries of a directory; who verified them stays in the log.

    Example: [cyan]fanal -w w services end --source "City list"[/cyan]
    """
    with session(context).open(writing=True) as (workspace, _):
        person = acting(workspace, *MAY["services end"])
        workspace.directory.end(source, who=person, at=now())
    if json:
        answer({"ended": source})
        return
    say(f"Removed: {source}.")


@services.command("export")
def export_all(
    context: typer.Context,
    out: Annotated[
        Path, typer.Option(help="A folder that is new, empty, or written by this command before.")
    ],
    whole: Annotated[
        bool, typer.Option("--whole", help="Everything of one source, for its owner or another directory.")
    ] = False,
    source: Annotated[str, typer.Option(help="With --whole: the directory.")] = "",
    json: Json = False,
) -> None:
    """Write what may be public as HSDS 3.0: nested JSON, tables in JSON, and a tabular data package.

    Example: [cyan]fanal -w w services export --out hsds[/cyan]

    All of a source: [cyan]fanal -w w services export --whole --source "City list" --out copy[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        person = acting(workspace, *MAY["services export --whole" if whole else "services export"])
        at = now()
        if whole:
            chosen = directories.one_of(workspace, source)
            files = outgoing.write_whole(chosen, out)
            count = len(chosen.rows("service"))
        else:
            cleared = directories.cleared(workspace, at.date())
            files = outgoing.write_public(cleared, out, today=at.date())
            count = len(cleared.directory.rows("service"))
        workspace.audit.note(
            Deed.DIRECTORY_EXPORTED,
            who=person,
            at=at,
            about="directory",
            facts={"whole": whole, "services": count},
        )
    if json:
        answer({"services": count, "files": [str(file) for file in files]})
        return
    say(f"Written: {count:,} services to {out}.")


@services.command("serve")
def serve_all(
    context: typer.Context,
    host: Annotated[str, typer.Option(help="Address; default: the setting services.host.")] = "",
    port: Annotated[int | None, typer.Option(help="Port; default: the setting services.port.")] = None,
) -> None:
    """Serve what may be public as the HSDS API; each day anew, so that what went stale is gone.

    Starting it is a person's decision; who asks needs no token and leaves no trace.

    Example: [cyan]fanal -w w services serve[/cyan]
    """
    here = session(context)
    with here.open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["services serve"])
    known: list[Cleared] = []

    def opened() -> Cleared:
        today = now().date()
        if not known or known[-1].on != today:
            with here.open(writing=False) as (one, _):
                known[:] = [directories.cleared(one, today)]
        return known[-1]

    if not len(opened().directory):
        raise WorkspaceError(
            "There is nothing to serve: no entry is public.", hint="Verify some: `fanal services check`."
        )
    note("Press Ctrl-C to end.")
    app.listen(
        api(opened),
        what="The HSDS API",
        host=host or settings.services.host,
        port=settings.services.port if port is None else port,
        asked_by="--port, or the setting services.port",
    )


def _told(capacity: Mapping[str, Any]) -> str:
    """Return a capacity on one line.

    >>> _told({"unit": "bed", "available": 3.0, "most": 20.0, "updated": "2026-03-01T06:00:00+00:00", "said": ""})
    'bed: 3 available of 20, counted 2026-03-01'
    >>> _told({"unit": "bed", "available": None, "most": None, "updated": None, "said": "Beds."})
    'bed: not said how many are available, counted on no day that is known; Beds.'
    """
    free, most, on = capacity["available"], capacity["most"], capacity["updated"]
    available = "not said how many are available" if free is None else f"{free:,.15g} available"
    of = "" if most is None else f" of {most:,.15g}"
    day = f"counted {on[:10]}" if on else "counted on no day that is known"
    said = f"; {capacity['said']}" if capacity["said"] else ""
    return f"{capacity['unit'] or 'of a unit that is not said'}: {available}{of}, {day}{said}"


def _mapped(option: str) -> tuple[str, str]:
    """Return part and column of an option `PART=COLUMN`."""
    part, equals, column = option.partition("=")
    if not equals or not part or not column:
        raise UserError(f"--map {option} is not PART=COLUMN.", hint="For example --map organization=ngo.")
    return part, column


def _named(source: str) -> str:
    """Return the name of a source on one line."""
    kept = " ".join(source.split())
    if not 1 <= len(kept) <= 100 or not kept.isprintable():
        raise UserError("A source's name is 1 to 100 letters on one line.", hint="Name who keeps the list.")
    return kept


def _counted(problems: list[Problem]) -> dict[str, int]:
    """Return how many problems there are of each kind, most frequent first."""
    return dict(Counter(one.kind.value for one in problems).most_common())


def _tell_problems(problems: list[Problem], *, json: bool) -> None:
    """Tell what is wrong, row by row."""
    if json:
        found = [{"where": one.where, "kind": one.kind.value, "said": one.said} for one in problems]
        answer({"problems": found, "counted": _counted(problems)})
        return
    for one in problems[:SHOWN]:
        note(f"{one.where}: {one.said} [{one.kind.value}]")
    if len(problems) > SHOWN:
        note(f"... and {len(problems) - SHOWN:,} more; --dry-run --json has all of them.")
    if not problems:
        say("Nothing is wrong.")
