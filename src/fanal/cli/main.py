"""The command `fanal`: its verbs, its options, and how it ends."""

import os
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from fanal.cli.console import note, say
from fanal.cli.verbs import Verbs
from fanal.model.error import FanalError, RefusedError

EXIT_ERROR = 1
EXIT_REFUSED = 4
EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells count

EPILOG = """
[bold]Examples[/bold]

See Iraq 2014-2015 on your own screen:  [cyan]fanal demo[/cyan]

Put your own stream through:
[cyan]fanal init w && fanal -w w read posts.jsonl && fanal -w w update && fanal -w w serve[/cyan]

[bold]Exit codes[/bold]

0 done · 1 wrong input, setting or workspace · 2 wrong use · 4 refused (gate or role) · 130 interrupted
"""

app = typer.Typer(
    name="fanal",
    cls=Verbs,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,  # a bug keeps its plain traceback
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        say(f"fanal {version('fanal')}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option("--workspace", "-w", envvar="FANAL_WORKSPACE", help="Folder that `fanal init` made."),
    ] = Path(),
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Show where, and for which groups, people are becoming exposed to trafficking.

    Posts and geodata in; signals, places, hotspots and a risk index by area and group out, through a
    privacy gate. Fanal scores no person, and nothing leaves without a person's decision.
    """
    _ = show_version
    context.obj = workspace


def run() -> None:
    """Run the command line; a user's error is one sentence, a bug keeps its traceback."""
    try:
        app()
    except RefusedError as error:
        note(f"fanal: {error}")
        sys.exit(EXIT_REFUSED)
    except FanalError as error:
        note(f"fanal: {error}")
        sys.exit(EXIT_ERROR)
    except SystemExit as end:
        if end.code == EXIT_INTERRUPTED:  # Typer takes the KeyboardInterrupt and ends without a word
            _end_interrupted()
        raise
    except SystemError as error:
        if isinstance(error.__cause__, KeyboardInterrupt):  # so a compiled kernel hands the interrupt on
            _end_interrupted()
        raise


def _end_interrupted() -> NoReturn:
    """Say what the interrupt leaves and end at once; all is closed, and a thread that still parses is left."""
    note("fanal: interrupted; what was committed is kept, run the same command to go on.")
    sys.stdout.flush()
    os._exit(EXIT_INTERRUPTED)
