"""What the house tests read: the files of this checkout, as git lists them."""

import subprocess
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def checkout() -> Path:
    """Return the folder of this checkout."""
    return CHECKOUT


@pytest.fixture(scope="session")
def listed() -> tuple[Path, ...]:
    """Return the files that git tracks or would track, as paths from the checkout."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=CHECKOUT, check=False, capture_output=True)
    if done.returncode:
        pytest.skip("This folder is not a git checkout: what is tracked cannot be asked.")
    names = (name for name in done.stdout.decode().split("\0") if name)
    return tuple(path for name in names if (CHECKOUT / (path := Path(name))).is_file())


@pytest.fixture(scope="session")
def texts(listed: tuple[Path, ...]) -> dict[Path, str]:
    """Return the text of each listed file that is text."""
    found: dict[Path, str] = {}
    for path in listed:
        data = (CHECKOUT / path).read_bytes()
        if b"\0" in data[:8000]:
            continue
        found[path] = data.decode("utf-8", errors="replace")
    return found
