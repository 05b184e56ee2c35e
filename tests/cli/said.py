"""Run `fanal` in this process, which starts at once, and hold how it ended."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner as Runner
from typer.main import get_command

from fanal.cli.main import app
from fanal.model.error import FanalError, RefusedError

DONE, FAILED, REFUSED = 0, 1, 4


@dataclass(frozen=True, kw_only=True)
class Said:
    """Hold how a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """Return the JSON object on the last line of the output."""
        found = json.loads(self.out.splitlines()[-1])
        assert isinstance(found, dict)
        return found


def run(folder: Path, *arguments: object, token: str = "", code: int | None = 0) -> Said:
    """Run `fanal -w FOLDER` with arguments and a token; a code of None: any."""
    environment = {"NO_COLOR": "1", "COLUMNS": "200", "FANAL_TOKEN": token, "FANAL_TOKEN_FILE": ""}
    ended = Runner(env=environment).invoke(get_command(app), ["-w", str(folder), *map(str, arguments)])
    error = ended.exception
    if error is not None and not isinstance(error, SystemExit | FanalError):
        raise error
    own = error if isinstance(error, FanalError) else None
    refused = REFUSED if isinstance(own, RefusedError) else FAILED
    said = Said(
        code=refused if own else ended.exit_code,
        out=ended.stdout,
        err=ended.stderr + (str(own) if own else ""),
    )
    assert code is None or said.code == code, said
    return said
