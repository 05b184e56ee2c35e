"""`fanal explain`: show what a post shows and why, with the words that say so in colour. Nothing is kept."""

import sys
from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from fanal.cli.console import OUT, answer, say
from fanal.cli.session import Json
from fanal.model.error import InputError
from fanal.signals import explain as why
from fanal.signals.detect import load_detector

COLOURS = {
    "need": "blue",
    "plea": "cyan",
    "flight": "magenta",
    "attack": "red",
    "lure": "yellow",
    "control": "green",
    "offer": "bright_red",
    "arms": "bright_black",
}
MOST_CHARACTERS = 1 << 20


def explain(
    post: Annotated[str, typer.Argument(help="The text of a post, or - to read it from standard input.")],
    json: Json = False,
) -> None:
    """Show what a post shows: language, stance, categories, and the words and indicators behind each.

    Nothing is kept. Give - and type the text, so that it does not stay in the history of the shell. A signal is a
    reason to look, never a proof; the score is no probability.

    Example: [cyan]fanal explain "We need water in the camp"[/cyan]
    """
    text = sys.stdin.read() if post == "-" else post
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"The text has {len(text):,} characters.", hint=f"Give {MOST_CHARACTERS:,} at most.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InputError("The text is not UTF-8.", hint="Save it as UTF-8.") from error
    found = why.explain(text, load_detector())
    if json:
        answer(asdict(found))
        return
    marked = Text(text.rstrip("\n"))
    for shown in found.shown:
        for reason in shown.reasons:
            for start, end in reason.spans:
                marked.stylize(f"bold {COLOURS[shown.category]}", start, end)
    OUT.print(marked, soft_wrap=True)
    say(f"language {found.language}, stance {found.stance}")
    for shown in found.shown:
        OUT.print(Text(f"{shown.category} {shown.score:.2f}", style=f"bold {COLOURS[shown.category]}"))
        for reason in shown.reasons:
            words = ", ".join(f"“{text[start:end]}”" for start, end in reason.spans)
            say(f"  {reason.indicator} ({reason.weight:g}): {words}; {reason.source}")
    if not found.shown:
        say("No indicator stands in this text. That does not mean that nothing is wrong.")
