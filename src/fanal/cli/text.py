"""`fanal text`: open the text of one post for a named purpose, written into the audit log before it is shown."""

import json as json_file
import re
from typing import Annotated, Any

import typer

from fanal import access
from fanal.cli.clock import now
from fanal.cli.console import OUT, Json, answer, note, say
from fanal.cli.duties import MAY
from fanal.cli.harmless import harmless
from fanal.cli.person import acting
from fanal.cli.session import session
from fanal.model.error import InputError
from fanal.model.person import Purpose, Role
from fanal.review.texts import ROLES
from fanal.store.sealed import Sealed
from fanal.store.shown import categories

_POST = re.compile("[0-9a-fA-F]{16}")
"""The keyed hash of a post, hexadecimal."""


def text(
    context: typer.Context,
    post: Annotated[
        str | None, typer.Argument(help="The post: 16 hexadecimal digits. Without it, all are listed.")
    ] = None,
    purpose: Annotated[
        Purpose | None, typer.Option(help=f"Why you read it: {', '.join(sorted(ROLES))}.", metavar="PURPOSE")
    ] = None,
    json: Json = False,
) -> None:
    """Show the text of one post to somebody who has a role and a purpose for it, or list which posts have one.

    Each look is written into the audit log first, with your name and the purpose. Reviewers read for review, quality
    and erasure, and see the list; outreach officers read cries for help; investigators read for evidence what is none.

    Example: [cyan]fanal -w w text 0f1e2d3c4b5a6978 --purpose review[/cyan]
    """
    if post is None:
        _list(context, json=json)
        return
    if purpose is None:
        raise InputError("A text is read for a purpose, and none was given.", hint="Add --purpose review.")
    number = post_number(post)
    with session(context).open(writing=False) as (workspace, _):
        who = acting(workspace, *MAY["text"])
        found = access.read_text(workspace, number, purpose=purpose, who=who, clock=now)
    facts = _facts(found)
    if json:
        print_ascii(facts)
        return
    for name in ("post", "sealed_on", "time", "author", "id", "format", "file", "line"):
        if facts[name] is not None:
            OUT.print(f"{name:<10}{harmless(str(facts[name]))}", markup=False, emoji=False, soft_wrap=True)
    OUT.print()
    OUT.print(harmless(facts["text"]), markup=False, emoji=False, soft_wrap=True)


def print_ascii(facts: dict[str, Any]) -> None:
    """Print one JSON object in which every sign beyond ASCII is written out, so that a text steers no terminal."""
    typer.echo(json_file.dumps(facts, ensure_ascii=True))


def _list(context: typer.Context, *, json: bool) -> None:
    """List which posts have a text, the newest day last, for reviewers."""
    with session(context).open(writing=False) as (workspace, _):
        acting(workspace, Role.REVIEWER)
        listed = workspace.vault.listed(damaged=lambda error: note(f"fanal: {error}"))
        shows = categories(workspace.lake, committed=workspace.desk.batches())
    days = listed["day"].to_pylist()
    posts = listed["post"].to_pylist()
    if json:
        answer(
            {
                "texts": [
                    {"post": f"{one:016x}", "sealed_on": day, "shows": shows.get(one, [])}
                    for one, day in zip(posts, days, strict=True)
                ]
            }
        )
        return
    for one, day in zip(posts, days, strict=True):
        say(f"{one:016x}  {day}  {', '.join(shows.get(one, ['-']))}")
    if not posts:
        say("The vault holds no text yet. Next: fanal read FILE")


def _facts(found: Sealed) -> dict[str, Any]:
    content = found.content
    return {
        "post": f"{found.post:016x}",
        "sealed_on": found.day.isoformat(),
        "time": content.time.isoformat() if content.time else None,
        "author": content.author,
        "id": content.id,
        "format": content.form,
        "file": content.file,
        "line": content.line,
        "text": content.text.decode(),
    }


def post_number(post: str) -> int:
    """Return a post's keyed hash as a number.

    Raises:
        InputError: it is not written as one.
    """
    if _POST.fullmatch(post):
        return int(post, 16)
    raise InputError(
        f"{harmless(post)!r} is no post: it is written with 16 hexadecimal digits.",
        hint="`fanal text` lists them.",
    )
