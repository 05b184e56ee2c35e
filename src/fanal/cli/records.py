"""`fanal records`: write what an organisation must be able to show, from the system itself."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.error import UserError
from fanal.model.person import Deed, Role
from fanal.records.assessment import System, assessment
from fanal.records.incidents import incidents
from fanal.records.inventory import inventory
from fanal.records.record import BLANK, Record, to_json, to_markdown
from fanal.records.retention import retention
from fanal.records.sharing import Shared, sharing
from fanal.settings import Settings
from fanal.settings_file import described
from fanal.store.held import held
from fanal.store.workspace import Workspace

records = typer.Typer(
    name="records",
    no_args_is_help=True,
    help="Write what an organisation must be able to show, from the system itself.",
    rich_markup_mode="rich",
)


@records.callback()
def group() -> None:
    """Write what an organisation must be able to show, from the system itself."""


@records.command()
def export(
    context: typer.Context,
    out: Annotated[Path, typer.Option(help="Folder to write; it must be new or empty.")],
    json_only: Json = False,
) -> None:
    """Write the records: data inventory, retention schedule, impact assessment, sharing log and incident log.

    Each is a page for people (Markdown) and the same facts for programs (JSON). What only people can answer is marked
    "to be filled by". They name staff, partners and recipients: keep them as you keep the workspace.

    Example: [cyan]fanal -w w records export --out records[/cyan]
    """
    with session(context).open(writing=False) as (workspace, settings):
        person = acting(workspace, *MAY["records export"])
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise UserError(f"{out} is not an empty folder.", hint="Choose a new one.")
        at = now()
        workspace.audit.note(Deed.RECORDS_WRITTEN, who=person, at=at, about="records")
        made = _records(workspace, settings, at)
    files = _write(made, out)
    if json_only:
        answer({"out": str(out), "files": files})
        return
    say(f"Wrote {len(files)} files to {out}. Search them for '{BLANK}': people have to answer that.")


def _records(workspace: Workspace, settings: Settings, at: datetime) -> list[Record]:
    """Return every record, filled from the workspace."""
    return [
        inventory(held(workspace.folder, workspace.desk, workspace.layers), made_at=at),
        retention(_said(settings, "retention", "privacy"), made_at=at),
        assessment(_system(workspace, settings), made_at=at),
        sharing(list(_shared(workspace)), made_at=at),
        incidents(workspace.incidents.all(), made_at=at),
    ]


def _said(settings: Settings, *sections: str) -> list[tuple[str, str, str]]:
    """Return name, value and meaning of each setting of some sections, of those that there are."""
    values = asdict(settings)
    return [
        (f"{section}.{name}", _value(values[section][name]), what)
        for section, name, _, what in described()
        if section in sections
    ]


def _value(value: Any) -> str:
    """Return a setting's value as text."""
    return ", ".join(value) or "none" if isinstance(value, tuple | list) else str(value)


def _system(workspace: Workspace, settings: Settings) -> System:
    """Return what the system knows of itself."""
    alerts = settings.alerts
    named = Counter(role for person in workspace.people.all() for role in person.roles)
    return System(
        formats=workspace.desk.formats(),
        layers=workspace.layers.sources(),
        partners=settings.privacy.partners,
        ways=[
            *([f"mail to {to}" for to in alerts.mail_to] if alerts.mail_host else []),
            *(["webhook"] if alerts.webhook_url else []),
        ],
        people={role: named[role] for role in Role},
        gate=_said(settings, "privacy"),
        weeks=len(workspace.ledger.spent()),
        posts=workspace.desk.totals().posts_read,
        releases=len(workspace.ledger.all()),
    )


def _shared(workspace: Workspace) -> Iterator[Shared]:
    """Give each time at which something left, from the audit log; addresses stand in the desk's deliveries."""
    targets = {
        f"sha256:{hashlib.sha256(one.target.encode()).hexdigest()}": one.target
        for one in workspace.alerts.deliveries()
    }
    for entry in workspace.audit.entries(acts=(Deed.RELEASE_WRITTEN, Deed.SENT)):
        facts = {name: str(value) for name, value in entry.facts.items()}
        sent = entry.act is Deed.SENT
        to = facts.get("target", "")
        yield Shared(
            row=entry.id,
            at=entry.at,
            who=entry.who,
            how=f"alert {entry.about} by {facts.get('channel', '')}" if sent else entry.about,
            to=targets.get(to, to) if sent else facts.get("to", ""),
            outcome=facts.get("outcome", "") if sent else "written",
            releases=facts.get("ids", ""),
            digest=facts.get("digest", ""),
        )


def _write(made: list[Record], out: Path) -> list[str]:
    """Write each record twice, for people and for programs, readable by their owner alone."""
    files: list[str] = []
    try:
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        for record in made:
            pairs = {
                "md": to_markdown(record),
                "json": json.dumps(to_json(record), ensure_ascii=False, indent=2) + "\n",
            }
            for ending, text in pairs.items():
                path = out / f"{record.name}.{ending}"
                path.touch(mode=0o600)
                path.write_text(text, encoding="utf-8")
                files.append(path.name)
    except OSError as error:
        raise UserError(
            f"{out} cannot be written: {error.strerror or error}.", hint="Choose another folder."
        ) from error
    return files
