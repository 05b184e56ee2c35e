"""`fanal audit`: say whether the audit log holds, print its head, and list it."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.error import WorkspaceError
from fanal.model.person import Deed
from fanal.store.audit import Entry
from fanal.store.head import Head

audit = typer.Typer(
    name="audit",
    no_args_is_help=True,
    help="Say whether the audit log holds, print its head, and list it.",
    rich_markup_mode="rich",
)


@audit.command()
def verify(
    context: typer.Context,
    heads: Annotated[
        list[str] | None,
        typer.Option("--head", help="A head that was kept elsewhere: NUMBER:DIGEST. May be repeated."),
    ] = None,
    json: Json = False,
) -> None:
    """Say whether the log is as it was written, and name the first row that is not. Nothing is written.

    Also said is whether the people of the desk are those whom the log names.

    Example: [cyan]fanal -w w audit verify --head 1204:hmac-sha256:...[/cyan]
    """
    anchors = [Head.of(text) for text in heads or ()]
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["audit verify"])
        found = workspace.audit.verify(anchors=anchors)
        unlike = workspace.people.unlike_the_log() if found.holds else []
    holds = found.holds and not unlike
    if json:
        answer(
            {
                "holds": holds,
                "rows": found.rows,
                "head": str(Head(*found.last)),
                "flaws": [{"row": flaw.row, "why": flaw.why} for flaw in found.flaws],
                "more_flaws": found.more,
                "people_unlike_the_log": unlike,
            }
        )
    elif holds:
        say(f"The audit log holds: {found.rows:,} rows, none changed, removed or moved.")
        say(f"Head: {Head(*found.last)}")
    if not found.holds:
        first, others = found.flaws[0], len(found.flaws) + found.more - 1
        more = f" {others:,} more rows do not hold." if others else ""
        raise WorkspaceError(
            f"The audit log does not hold. Row {first.row}: {first.why}.{more}",
            hint="Keep the workspace as it is, note an incident, and see docs/audit.md.",
        )
    if unlike:
        raise WorkspaceError(
            f"The desk has other people than the audit log names: {', '.join(unlike)}.",
            hint="Somebody changed the desk by other means: note an incident, and see docs/audit.md.",
        )


@audit.command()
def head(context: typer.Context, json: Json = False) -> None:
    """Print number and digest of the newest row, to be kept where nobody here can change it: on paper, elsewhere.

    Example: [cyan]fanal -w w audit head[/cyan]
    """
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, *MAY["audit head"])
        newest = workspace.audit.head()
    if json:
        answer({"number": newest.number, "digest": newest.digest, "head": str(newest)})
        return
    say(str(newest))


@audit.command("list")
def list_rows(
    context: typer.Context,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="First day, UTC. Default: from the beginning."),
    ] = None,
    json: Json = False,
) -> None:
    """List who did what, when and why; reading it is a row of its own.

    Example: [cyan]fanal -w w audit list --since 2026-01-01[/cyan]
    """
    first = since.replace(tzinfo=UTC) if since else None
    with session(context).open(writing=False) as (workspace, _):
        person = acting(workspace, *MAY["audit list"])
        facts = {"since": first.date().isoformat()} if first else {}
        workspace.audit.note(Deed.AUDIT_READ, who=person, at=now(), about="audit", facts=facts)
        if json:
            answer({"rows": [_facts(entry) for entry in workspace.audit.entries(since=first)]})
            return
        for entry in workspace.audit.entries(since=first):
            why = f", for {entry.purpose}" if entry.purpose else ""
            facts_shown = "".join(
                f" {name}={value}" for name, value in entry.facts.items() if name != "token"
            )
            say(
                f"{entry.id}  {entry.at:%Y-%m-%d %H:%M:%S}  {entry.who}: {entry.act} {entry.about}{why}{facts_shown}"
            )


def _facts(entry: Entry) -> dict[str, object]:
    """Return a row as `--json` prints it."""
    return {
        "id": entry.id,
        "at": entry.at.isoformat(),
        "who": entry.who,
        "act": entry.act.value,
        "purpose": entry.purpose and entry.purpose.value,
        "about": entry.about,
        "facts": dict(entry.facts),
        "digest": entry.digest,
    }
