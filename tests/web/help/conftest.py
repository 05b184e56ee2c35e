"""What the tests of the help page share: the list that ships as an example, its site, and the site served."""

import http.client
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.web.conftest import ENDS_WITHIN

from fanal import directories
from fanal.sources import service_list
from fanal.web.help.drawn import draw
from fanal.web.help.known import Known
from fanal.web.help.question import Question
from fanal.web.help.shown import Place
from fanal.web.help.site import Site

CHECKOUT = Path(__file__).resolve().parents[3]
LIST = CHECKOUT / "examples" / "help.toml"
TODAY = date(2026, 11, 29)
MOMENT = datetime(2026, 11, 29, 10, tzinfo=UTC)  # a Sunday; 13 o'clock in Baghdad


def site_of(path: Path, **changed: Any) -> Site:
    """Return the site of a list."""
    listed = service_list.read(path)
    places = tuple(Place(code=p.code, name=p.name, parent=p.parent, names=p.names) for p in listed.places)
    known = Known(doors=directories.of_list(listed))
    made = Site(
        places=places, known=lambda _: known, emergency=listed.emergency, zone=ZoneInfo(listed.zone or "UTC")
    )
    return replace(made, **changed)


def drawn(site: Site, asked: Question, moment: datetime = MOMENT) -> str:
    """Return the answer of a site."""
    return draw(site, asked, site.known(moment), moment)


@dataclass
class Served:
    """Hold the help page in a process of its own, as the command line serves it."""

    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        """Return its port."""
        return int(self.address.split(":")[2].split("/")[0])

    def ask(
        self, method: str = "GET", path: str = "/help", body: bytes | None = None, **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """Ask once; underscores in names of headers stand for hyphens."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ENDS_WITHIN)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            if body is not None:
                names.setdefault("Content-Type", "application/x-www-form-urlencoded")
            asked.request(method, path, body, names)
            answer = asked.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            asked.close()

    def end(self) -> tuple[int, str, str]:
        """Press Ctrl-C and return the exit code and what was printed after the address."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=ENDS_WITHIN)
        return self.process.returncode, out, err


def start(folder: Path, *options: str, list_file: Path = LIST, workspace: Path | None = None) -> Served:
    """Serve a list, or a workspace's directory, from a folder: also the home, the cache and for temporary files."""
    command = [sys.executable, "-c", "from fanal.cli.main import run; run()"]
    if workspace is None:
        command += ["services", "page", str(list_file)]
    else:
        command += ["-w", str(workspace), "services", "page"]
    process = subprocess.Popen(
        [*command, "--port", "0", *options],
        cwd=folder,
        env={**os.environ, "HOME": str(folder), "TMPDIR": str(folder), "XDG_CACHE_HOME": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = ""
    while "http://" not in told:
        line = process.stderr.readline()
        if not line:
            process.communicate(timeout=ENDS_WITHIN)
            raise AssertionError(told)
        told += line
    return Served(process, told.split()[-1])


@pytest.fixture(scope="session")
def today() -> date:
    """Return the day of the tests."""
    return TODAY


@pytest.fixture(scope="session")
def example() -> Path:
    """Return the list that ships as an example."""
    return LIST


@pytest.fixture(scope="session")
def make_site() -> Callable[..., Site]:
    """Return the function that makes a site of a list."""
    return site_of


@pytest.fixture(scope="session")
def site() -> Site:
    """Return the site of the example."""
    return site_of(LIST)


@pytest.fixture(scope="session")
def serve() -> Callable[..., Served]:
    """Return the function that serves a list."""
    return start


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Return the example, served."""
    running = start(tmp_path_factory.mktemp("served"))
    yield running
    running.end()
