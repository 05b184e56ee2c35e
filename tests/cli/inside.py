"""Run the command line inside the tests' own process: the same code, without seconds of start for each command."""

import io
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

from tests.cli.conftest import Ended

from fanal.cli import main


class _Said:
    """Hold how a command ended, as `Ended` wants it."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.returncode, self.stdout, self.stderr = code, out, err


def inside(*arguments: object, code: int | None = 0, **environment: str | Path) -> Ended:
    """Run `fanal` with arguments and return how it ended.

    Args:
        arguments: as they stand behind `fanal`.
        code: it must end so; None: however it ends.
        environment: variables that are set while it runs.
    """
    out, err = io.StringIO(), io.StringIO()
    told = {"NO_COLOR": "1", "COLUMNS": "200", **{name: str(value) for name, value in environment.items()}}
    with (
        patch.object(sys, "argv", ["fanal", *map(str, arguments)]),
        patch.object(sys, "stdin", io.StringIO()),
        patch.dict(os.environ, told),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main.run()
            ended = 0
        except SystemExit as end:
            ended = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    found = Ended(_Said(ended, out.getvalue(), err.getvalue()))  # type: ignore[arg-type]
    assert code is None or ended == code, f"exit {ended}\n{found.out}\n{found.err}"
    return found
