"""`fanal keys`: where the keys lie and what wraps them, and the master key changed."""

from dataclasses import asdict
from typing import Any

import typer

from fanal.cli.clock import now
from fanal.cli.console import Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.person import Deed
from fanal.settings import Settings
from fanal.store.keyring import State
from fanal.store.workspace import Workspace

keys = typer.Typer(
    name="keys",
    invoke_without_command=True,
    help="Show where the keys lie and what wraps them; change the master key.",
)


@keys.callback()
def show(context: typer.Context, json: Json = False) -> None:
    """Show where the keys of the workspace lie, what wraps them, and of how many weeks and days there are some.

    For administrators. Where nobody is named, no key is opened and no passphrase is needed.

    Example: [cyan]fanal -w w keys[/cyan]
    """
    if context.invoked_subcommand:
        return
    with session(context).open(writing=False) as (workspace, settings):
        acting(workspace, *MAY["keys"])
        state = workspace.keyring.state()
        inside = _inside(workspace, state)
    if json:
        answer(_facts(state, settings, inside=inside))
        return
    say(f"folder    {state.folder}{' (in the workspace: leave it out of every copy)' if inside else ''}")
    if state.kind is None:
        say("There is no master key yet; the first `fanal read` makes it.")
        return
    say(f"master    {state.master}, kept by {state.kind}")
    say(
        f"wrapped   {state.wrapped:,} keys: {state.weeks:,} of weeks, {state.days:,} of days, and the workspace's own"
    )
    if state.plain:
        say(f"plain     {state.plain:,} keys of an earlier Fanal; the next command that writes wraps them")
    if state.gone:
        say(f"destroyed {state.gone:,} keys of days")
    if state.rotating:
        say("A change of the master key was cut off. Next: fanal keys rotate")
    elif state.kind != settings.keys.master:
        say(f"The settings say {settings.keys.master}. Next: fanal keys rotate")


@keys.command()
def rotate(context: typer.Context, json: Json = False) -> None:
    """Wrap every key by a new master key, kept as the [keys] settings say, and forget the old one.

    For administrators. Do it when a copy of the keys may have been taken, when somebody who knew the passphrase
    leaves, and after keys were destroyed: what a disk may still hold of a destroyed key was wrapped by the old master
    key. A new passphrase is taken from FANAL_NEW_PASSPHRASE, or asked for.

    Example: [cyan]fanal -w w keys rotate[/cyan]
    """
    with session(context).open(writing=True) as (workspace, settings):
        who = acting(workspace, *MAY["keys"])
        before = workspace.keyring.state()
        # Written down first, on its own: a rotation without its row must not be, and asking for words takes its time.
        workspace.audit.note(
            Deed.KEYS_ROTATED,
            who=who,
            at=now(),
            about=before.master or "none",
            facts={"from": before.kind, "to": settings.keys.master},
        )
        count = workspace.keyring.rotate()
        state = workspace.keyring.state()
    if json:
        answer({"wrapped": count, "kind": state.kind, "master": state.master})
        return
    say(
        f"{count:,} keys are wrapped by the master key {state.master}, kept by {state.kind}. The old one is gone."
    )


def _inside(workspace: Workspace, state: State) -> bool:
    """Say whether the keys lie in the workspace, where a plain copy would take them along."""
    return state.folder.resolve().is_relative_to(workspace.folder.resolve())


def _facts(state: State, settings: Settings, *, inside: bool) -> dict[str, Any]:
    return {**asdict(state), "in_workspace": inside, "kind_in_settings": settings.keys.master}
