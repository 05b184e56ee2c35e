"""`fanal follow` in a process of its own, and what its metrics say meanwhile."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.conftest import COMMAND

WAIT_SECONDS = 300
"""However busy the machine is, what is waited for comes in this time; it is spent only where it does not come."""

PLAIN = {**os.environ, "NO_COLOR": "1", "COLUMNS": "200"}


@contextmanager
def kept_port() -> Iterator[int]:
    """Give a port that is kept for whoever asks for it by number: no other process is given it meanwhile."""
    with socket.socket() as kept:
        # So a server may listen there, as long as nobody else does.
        kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        kept.bind(("127.0.0.1", 0))
        yield int(kept.getsockname()[1])


@contextmanager
def following(folder: Path, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """Run `fanal follow` in a process of its own, which is killed if it is still there."""
    process = subprocess.Popen(
        [COMMAND, "-w", folder, "follow", "--json", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=PLAIN,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def metrics(port: int) -> dict[str, float]:
    """Return what Prometheus reads, by name with labels; nothing while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=WAIT_SECONDS) as answer:
            lines = answer.read().decode().splitlines()
    except OSError:
        return {}
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines if line[0] != "#"}


def until(found: Callable[[], bool], process: "subprocess.Popen[str]", what: str) -> None:
    """Wait until something is so, while a process runs, five minutes at most."""
    end = time.monotonic() + WAIT_SECONDS
    while not found():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end, f"{what} did not come within {WAIT_SECONDS} s"
        time.sleep(0.02)  # another process is waited for
