"""`fanal services place`: seal where a confidential location is, open it for outreach, destroy it."""

import json as json_file
import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from fanal import access
from fanal.cli.clock import now
from fanal.cli.console import OUT, Json, answer, say
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.cli.text import print_ascii
from fanal.model.error import InputError
from fanal.model.exact import ExactPlace
from fanal.model.person import Purpose

place = typer.Typer(
    name="place",
    no_args_is_help=True,
    help="Seal, open and destroy the exact places of confidential locations.",
    rich_markup_mode="rich",
)

MOST_BYTES = 65_536
"""Of what is handed in."""

Location = Annotated[str, typer.Argument(help="Id of the location, a UUID.")]


@place.command("set")
def set_one(
    context: typer.Context,
    location: Location,
    file: Annotated[
        Path | None, typer.Option(help="JSON: address, lon, lat, note. Default: standard input.")
    ] = None,
    json: Json = False,
) -> None:
    """Seal where a confidential location is, in place of what was there. It stands in no command line and no history.

    Example: [cyan]fanal -w w services place set ac148810-d857-441c-9679-408f346de14b --file place.json[/cyan]
    """
    id_ = _id(location)
    with session(context).open(writing=True) as (workspace, _):
        who = acting(workspace, *MAY["services place set"])
        workspace.shelters.set(id_, _read(file), who=who, at=now())
    if json:
        answer({"location": id_, "set": True})
        return
    say("Sealed under a key of its own.")
    if file is not None:
        say(f"{file} still tells it to whoever can read that file: remove it for good, with all copies.")


@place.command("show")
def show_one(
    context: typer.Context,
    location: Location,
    purpose: Annotated[Purpose, typer.Option(help="Why you read it: outreach.", metavar="PURPOSE")],
    json: Json = False,
) -> None:
    """Show where a confidential location is, to an outreach officer, once the audit log has it.

    Example: [cyan]fanal -w w services place show ac148810-d857-441c-9679-408f346de14b --purpose outreach[/cyan]
    """
    id_ = _id(location)
    with session(context).open(writing=False) as (workspace, _):
        who = acting(workspace, *MAY["services place show"])
        found = access.read_place(workspace, id_, purpose=purpose, who=who, clock=now)
    lon, lat = found.point or (None, None)
    if json:
        print_ascii({"location": id_, "address": found.address, "lon": lon, "lat": lat, "note": found.note})
        return
    if found.address:
        OUT.print(f"address  {harmless(found.address)}", markup=False, emoji=False, soft_wrap=True)
    if found.point:
        say(f"point    {lon}, {lat} (longitude, latitude)")
    if found.note:
        OUT.print(f"note     {harmless(found.note)}", markup=False, emoji=False, soft_wrap=True)


@place.command("erase")
def erase_one(context: typer.Context, location: Location, json: Json = False) -> None:
    """Remove where a confidential location is, and destroy its key: no copy of the workspace tells it any more.

    Example: [cyan]fanal -w w services place erase ac148810-d857-441c-9679-408f346de14b[/cyan]
    """
    id_ = _id(location)
    with session(context).open(writing=True) as (workspace, _):
        who = acting(workspace, *MAY["services place erase"])
        workspace.shelters.erase(id_, who=who, at=now())
    if json:
        answer({"location": id_, "erased": True})
        return
    say("Erased, and its key destroyed. A copy of the keys, if there is one, must go too.")


def _id(location: str) -> str:
    """Return a location's id as the directory writes it.

    Raises:
        InputError: it is no UUID.
    """
    try:
        return str(UUID(location))
    except ValueError as error:
        raise InputError(
            f"{harmless(location)!r} is no id of a location: it is a UUID.",
            hint="`fanal services show` names those of a service.",
        ) from error


def _read(file: Path | None) -> ExactPlace:
    """Return the place that is handed in; no message repeats a word of it.

    Raises:
        InputError: it cannot be read, or is no place.
    """
    try:
        content = file.read_bytes() if file is not None else sys.stdin.read(MOST_BYTES + 1).encode()
    except (OSError, UnicodeError):
        raise InputError("The place cannot be read.", hint="Name a file of UTF-8 JSON.") from None
    shape = InputError(
        "A place is one JSON object with address, lon, lat, note, and no more.",
        hint='{"address": "...", "lon": 44.0, "lat": 36.2, "note": "..."}; what is not known is left out.',
    )
    if len(content) > MOST_BYTES:
        raise shape
    try:
        facts = json_file.loads(content)
    except (ValueError, RecursionError):
        raise shape from None  # a message of the parser could hold a part of it
    return _place(facts, shape)


def _place(facts: Any, shape: InputError) -> ExactPlace:
    if not isinstance(facts, dict) or not set(facts) <= {"address", "lon", "lat", "note"}:
        raise shape
    texts = [facts.get(name, "") for name in ("address", "note")]
    numbers = [facts.get(name) for name in ("lon", "lat")]
    plain = all(isinstance(one, str) for one in texts) and all(
        one is None or (isinstance(one, int | float) and not isinstance(one, bool)) for one in numbers
    )
    if not plain or (numbers[0] is None) != (numbers[1] is None):
        raise shape
    point = (
        (float(numbers[0]), float(numbers[1])) if numbers[0] is not None and numbers[1] is not None else None
    )
    return ExactPlace(address=texts[0].strip(), point=point, note=texts[1].strip())
