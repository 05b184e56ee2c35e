"""`fanal rejects`: what could not be read: list it, look at it, and read it again once the cause is mended."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from fanal import access, pipeline
from fanal.cli.again import Again
from fanal.cli.boundaries import natural_earth
from fanal.cli.clock import now
from fanal.cli.console import OUT, Json, answer, note, say
from fanal.cli.detector import detector
from fanal.cli.dice import batch_id
from fanal.cli.duties import MAY
from fanal.cli.fields import fields
from fanal.cli.follow import options_of_stream
from fanal.cli.harmless import harmless
from fanal.cli.locator import locator
from fanal.cli.person import acting
from fanal.cli.read import shown
from fanal.cli.retention import tell_closed
from fanal.cli.session import session
from fanal.cli.text import print_ascii
from fanal.cli.times import Dates, Timezone, named_zone, timed
from fanal.model.consent import Consent
from fanal.model.error import InputError
from fanal.model.person import Deed, Person, Purpose
from fanal.replay import Replayed
from fanal.retention import close_weeks
from fanal.settings import Settings
from fanal.sources.again import reads_again, stream_reads_again
from fanal.sources.beginning import beginning
from fanal.sources.catalogue import ReadAgain
from fanal.sources.date_order import DateOrder
from fanal.sources.streams import live_source
from fanal.store.rejects import Reject, Which
from fanal.store.workspace import Workspace

Wanted = tuple[Path | None, str, str, Consent]
"""A file that is given, or None for the vault; its name in the list, the format that it was read as, the ground."""

rejects = typer.Typer(
    name="rejects",
    no_args_is_help=True,
    help="List rows that could not be read, look at them, and read them again once the cause is mended.",
    rich_markup_mode="rich",
)

File = Annotated[str | None, typer.Option("--file", help="Only of this file or stream, by its name.")]
Why = Annotated[str | None, typer.Option("--reason", help="Only with this in the reason, such as zone.")]
Since = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only of what was read from this day on, UTC.")
]
Most = Annotated[int, typer.Option("--limit", help="At most so many.", min=1, max=100_000)]


@rejects.command("list")
def list_groups(
    context: typer.Context,
    file: File = None,
    reason: Why = None,
    since: Since = None,
    after: Annotated[int, typer.Option(help="Pass over so many.", min=0)] = 0,
    limit: Most = 50,
    json: Json = False,
) -> None:
    """Count the rejected rows of each file and stream by reason, most first.

    Example: [cyan]fanal -w w rejects list --reason zone[/cyan]
    """
    which = _which(file, reason, since)
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["rejects list"])
        rows, groups = workspace.rejects.count(which)
        page = workspace.rejects.groups(which, after=after, most=limit)
    more = max(0, groups - after - len(page))
    if json:
        told = [{"file": one.file, "reason": one.reason, "rows": one.rows} for one in page]
        answer({"rows": rows, "groups": told, "more_groups": more})
        return
    for one in page:
        say(f"{one.rows:>12,}  {harmless(one.file)}: {harmless(one.reason)}")
    if more:
        say(f"{more:,} more. Next: --after {after + len(page)}")
    say(f"{rows:,} rejected rows." if rows else "No row was rejected, or none that is meant.")


@rejects.command()
def show(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(help="One row, by its number. Without it, rows are listed.")
    ] = None,
    purpose: Annotated[
        Purpose | None,
        typer.Option(help="Why you read the row itself: review, quality or erasure.", metavar="PURPOSE"),
    ] = None,
    file: File = None,
    reason: Why = None,
    since: Since = None,
    after: Annotated[int, typer.Option(help="Only rows with a higher number.", min=0)] = 0,
    limit: Most = 50,
    json: Json = False,
) -> None:
    """Show rejected rows: number, file, line and reason; with a purpose, one row as it stood in its file.

    The row itself is there only where the vault keeps it (vault.rejects; streams always), for reviewers, and each look
    is written into the audit log first.

    Example: [cyan]fanal -w w rejects show --file posts.jsonl[/cyan]

    Example: [cyan]fanal -w w rejects show 12 --purpose quality[/cyan]
    """
    if purpose is not None and number is None:
        raise InputError(
            "A purpose opens one row, and none was named.", hint="`fanal rejects show` numbers them."
        )
    with session(context).open(writing=False) as (workspace, _):
        who = acting(workspace, *MAY["rejects show --purpose" if purpose else "rejects show"])
        if number is None:
            page = workspace.rejects.page(_which(file, reason, since), after=after, most=limit)
        else:
            page = [_one(workspace, number)]
        row = (
            access.read_rejected(workspace, page[0], purpose=purpose, who=who, clock=now) if purpose else None
        )
    if row is not None:
        told = {
            **_facts(page[0]),
            "sealed_on": row.day,
            "row": row.content.text.decode("utf-8", "backslashreplace"),
        }
        if json:
            print_ascii({**told, "sealed_on": row.day.isoformat()})
            return
        for name in ("number", "file", "line", "reason", "format", "read_at", "sealed_on"):
            OUT.print(f"{name:<10}{harmless(str(told[name]))}", markup=False, emoji=False, soft_wrap=True)
        OUT.print()
        OUT.print(harmless(str(told["row"])), markup=False, emoji=False, soft_wrap=True)
        return
    full = number is None and len(page) == limit
    if json:
        answer({"rows": [_facts(one) for one in page], "next": page[-1].number if full else None})
        return
    for one in page:
        say(f"{one.number:>8}  {harmless(one.file)}, line {one.line:,}: {harmless(one.reason)}")
    if full:
        say(f"There may be more. Next: --after {page[-1].number}")
    if not page:
        say("No row was rejected, or none that is meant.")


@rejects.command("replay")
def read_again(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files that the rows stand in. Default: what the vault keeps.", metavar="[FILE...]"
        ),
    ] = None,
    file: Annotated[
        str | None, typer.Option("--file", help="What the list calls the one file that is given.")
    ] = None,
    timezone: Timezone = None,
    date_order: Dates = None,
    json: Json = False,
) -> None:
    """Read rejected rows again, after a setting was mended or the file was: what is good now is committed once.

    Of a file, the lines that were rejected are read, as the format that they were read as, and no others: they must
    stand where they stood. A file is known by its name and its beginning; where a mended one is not, say with --file
    which it is. Without files, the rows are read that the vault keeps. What is good leaves the list in the
    same transaction; what is still wrong stays, with its reason of now. Streams keep the zone of their settings.

    Example: [cyan]fanal -w w rejects replay posts.jsonl[/cyan]

    Example: [cyan]fanal -w w rejects replay _chat.txt --timezone Asia/Baghdad[/cyan]
    """
    zone = named_zone(timezone)
    with session(context).open(writing=True) as (workspace, settings):
        person = acting(workspace, *MAY["rejects replay"])
        known = workspace.rejects.files()
        if file is not None and len(files or ()) != 1:
            raise InputError(
                "--file says which file the one that is given was.", hint="Give one file with it."
            )
        labels = {label for label, *_ in known}
        given = [(path, file or _label(workspace, path, labels)) for path in files or ()]
        wanted: list[Wanted] = [(path, *one) for path, label in given for one in known if one[0] == label]
        wait: list[str] = []
        if not files:
            wanted = [(None, *one) for one in known if reads_again(one[1])]
            wait = [name for name, form, _ in known if not reads_again(form)]
        told = (
            _again(workspace, settings, person, wanted, timezone=zone, date_order=date_order)
            if wanted
            else []
        )
        absent = [label for _, label in given if label not in labels]
        left, _ = workspace.rejects.count(Which())
    if json:
        answer(
            {
                "files": [dict(one.facts()) for one in told],
                "need_their_file": wait,
                "left": left,
            }
        )
        return
    for one in told:
        say(_sentence(one))
    for label in wait:
        say(f"{harmless(label)}: its rows are read again from the file alone: fanal rejects replay FILE")
    for label in absent:
        say(f"{harmless(label)}: no row of a file of this name was rejected.")
    say(f"{left:,} rejected rows are left." if left else "No rejected row is left.")


def _label(workspace: Workspace, path: Path, rejected: Collection[str]) -> str:
    """Return what the list calls a file: as its beginning says, or as the only one of its name that has rejected rows.

    Raises:
        InputError: it begins like none of several files of its name.
    """
    name, start = shown(path), beginning(path)
    labels = workspace.files.labels(name)
    found = (
        workspace.files.find(name, start, key=workspace.keyring.of_workspace(make=False))
        if rejected
        else None
    )
    if found is not None:
        return found.label
    left = [label for label in labels or (name,) if label in rejected]
    if len(left) > 1:
        raise InputError(
            f"{harmless(name)} begins like none of the files of this name that were read: "
            f"{', '.join(map(harmless, left))}.",
            hint="Say with --file which of them it is.",
        )
    if left and labels and start is not None:
        note(f"{harmless(name)} does not begin as it did; taken as {harmless(left[0])}, mended.")
    return left[0] if left else name


def _again(
    workspace: Workspace,
    settings: Settings,
    person: Person,
    wanted: Sequence[Wanted],
    *,
    timezone: str | None,
    date_order: DateOrder | None,
) -> list[Replayed]:
    """Read the rows of some files again, each from its file, or from the vault where none is given."""
    # 1. Do what each reading does first: load what finds signals and places, close the weeks that are over.
    found_with = detector(Path(chosen) if (chosen := settings.signals.classifier) else None)
    areas = pipeline.areas_of(workspace, natural_earth(settings.places.boundaries))
    tell_closed(close_weeks(workspace, settings, areas=areas, who=person, now=now(), new_id=batch_id))
    reading = Again(
        workspace=workspace,
        settings=settings,
        detector=found_with,
        locator=locator(workspace, settings, areas),
    )

    # 2. Read file after file.
    told: list[Replayed] = []
    for path, file, form, consent in wanted:
        part = workspace.rejects.of_file(file, form, consent)
        known = workspace.files.of(file)
        mapping = timed(fields(settings.posts), known, timezone=timezone, date_order=date_order)
        again, own = _reader(settings, file, form)
        if path is not None:
            told.append(reading.of_file(part, path, mapping))
        elif again is not None:
            workspace.audit.note(
                Deed.ROWS_REPLAYED, who=person, at=now(), about="vault", facts={"rows": len(part)}
            )
            zoned = mapping if own is None else replace(mapping, timezone=own or None)
            told.append(reading.of_vault(part, again, zoned))
    return told


def _reader(settings: Settings, file: str, form: str) -> tuple[ReadAgain | None, str | None]:
    """Return what reads kept rows of a file or a stream, and the stream's own time zone; None: it is none of now."""
    said = settings.streams.get(file)
    if said is None or said.source != form:
        return reads_again(form), None
    source = live_source(form, stream=file)
    return stream_reads_again(source, options_of_stream(source, file, said)), said.timezone


def _which(file: str | None, reason: str | None, since: datetime | None) -> Which:
    """Return which rows the options mean."""
    return Which(file=file, reason=reason, since=since.date() if since else None)


def _one(workspace: Workspace, number: int) -> Reject:
    """Return the row with a number.

    Raises:
        InputError: the list has none.
    """
    found = workspace.rejects.one(number)
    if found is None:
        raise InputError(f"The list has no rejected row {number}.", hint="`fanal rejects show` numbers them.")
    return found


def _facts(one: Reject) -> dict[str, object]:
    """Return a row as `--json` prints it."""
    return {
        "number": one.number,
        "file": one.file,
        "line": one.line,
        "reason": one.reason,
        "format": one.form,
        "read_at": one.read_at.isoformat(),
    }


def _sentence(one: Replayed) -> str:
    """Return what became of a file's rows, for a person."""
    parts = [
        f"{one.posts:,} are posts now" + (f" ({one.known:,} of them known already)" if one.known else ""),
        f"{one.skipped:,} have no text" if one.skipped else "",
        f"{one.rejected:,} are still rejected"
        + (f", {one.changed:,} for another reason" if one.changed else ""),
        f"{one.erased:,} were erased and are left alone" if one.erased else "",
        f"{one.missing:,} were not found" if one.missing else "",
    ]
    return (
        f"{harmless(one.file)}: of {one.listed:,} rejected rows {'; '.join(part for part in parts if part)}."
    )
