"""Run the command line as a user does: the installed command, in its own process."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

COMMAND = Path(sys.executable).with_name("fanal")


class Ended:
    """Hold how a command ended."""

    def __init__(self, ended: "subprocess.CompletedProcess[str]") -> None:
        self.code = ended.returncode
        self.out = ended.stdout
        self.err = ended.stderr

    @property
    def json(self) -> dict[str, Any]:
        """Return the JSON object on the last line of the output."""
        found = json.loads(self.out.splitlines()[-1])
        assert isinstance(found, dict)
        return found


Fanal = Callable[..., Ended]


@pytest.fixture
def fanal() -> Fanal:
    """Return a function that runs `fanal` with arguments and waits for its end."""

    def run(*arguments: object, code: int = 0) -> Ended:
        plain = {**os.environ, "NO_COLOR": "1", "COLUMNS": "120"}
        ended = Ended(
            subprocess.run(
                [COMMAND, *map(str, arguments)],
                capture_output=True,
                text=True,
                timeout=300,
                check=False,
                env=plain,
            )
        )
        assert ended.code == code, f"exit {ended.code}\n{ended.out}\n{ended.err}"
        return ended

    return run


@pytest.fixture
def workspace(fanal: Fanal, tmp_path: Path) -> Path:
    """Return a new workspace with the layers of Iraq."""
    fanal("init", tmp_path / "w", "--facts", "iraq")
    return tmp_path / "w"
