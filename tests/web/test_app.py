"""The page served on this machine: its files and nothing else, strictly, and without a log."""

import gc
import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.web.conftest import ENDS_WITHIN

from fanal.model.error import UserError
from fanal.web.app import HEADERS, app, serve
from fanal.web.rendered import POLICY

RUN = "import sys; from pathlib import Path; from fanal.web.app import serve; "
RUN += "serve(Path(sys.argv[1]), host='127.0.0.1', port=0)"


class Server:
    """Hold a served page in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", RUN, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        self.told = self.process.stderr.readline()
        assert "http://127.0.0.1:" in self.told, self.told + self.process.stderr.read()
        self.address = self.told.split()[-1]
        self.port = int(self.address.rstrip("/").rsplit(":", 1)[1])

    def ask(self, path: str, method: str = "GET") -> tuple[int, dict[str, str], bytes]:
        """Ask for a path exactly as written."""
        asked = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ENDS_WITHIN)
        try:
            asked.request(method, path)
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


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    """Return the small page, served."""
    running = Server(folder)
    yield running
    running.end()


FILES = {
    "index.html": "text/html",
    "fr.html": "text/html",
    "ar.html": "text/html",
    "style.css": "text/css",
    "maplibre-gl.css": "text/css",
    "data.js": "text/javascript",
    "app.js": "text/javascript",
    "maplibre-gl.js": "text/javascript",
    "NOTICES.txt": "text/plain",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_the_page_is_served_as_it_is(server: Server, folder: Path, name: str) -> None:
    status, headers, body = server.ask(f"/{name}")
    assert status == 200
    assert body == (folder / name).read_bytes()
    assert headers["content-type"] == f"{FILES[name]}; charset=utf-8"


def test_the_home_page_is_english(server: Server, folder: Path) -> None:
    status, _, body = server.ask("/")
    assert (status, body) == (200, (folder / "index.html").read_bytes())
    assert server.ask("/health")[0] == 200


def test_every_script_that_the_page_names_is_served(server: Server, folder: Path) -> None:
    for path in folder.glob("*.js"):
        assert server.ask(f"/{path.name}")[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/manifest.json",
        "/secret.txt",
        "/../out/secret.txt",
        "/../../../../../../etc/passwd",
        "/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/..%2f..%2fetc%2fpasswd",
        "/%2e%2e%2fout%2findex.html",
        "/./index.html/..",
        "//etc/passwd",
        "/etc/passwd",
        "/index.html%00",
        "/index.html/",
        "/INDEX.HTML",
        "/.",
        "/..",
        "/%",
        "/docs",
        "/schema",
        "/schema/openapi.json",
    ],
)
def test_no_other_name_is_served(server: Server, folder: Path, path: str) -> None:
    (folder / "secret.txt").write_text("secret", encoding="utf-8")
    try:
        status, headers, body = server.ask(path)
    finally:
        (folder / "secret.txt").unlink()
    if path != "/index.html/":  # the one other way to write a name that is served
        assert status == 404
        assert b"root:" not in body
        assert b"secret" not in body
        assert b"<html" not in body
    assert headers["content-security-policy"].startswith("default-src 'self'")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_nothing_can_be_sent(server: Server, method: str) -> None:
    status, headers, _ = server.ask("/index.html", method)
    assert status == 405
    assert headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("path", ["/", "/ar.html", "/data.js", "/nowhere"])
def test_headers_are_strict(server: Server, path: str) -> None:
    headers = server.ask(path)[1]
    for name, value in HEADERS.items():
        assert headers[name.lower()] == value
    assert "server" not in headers
    assert "set-cookie" not in headers
    assert "access-control-allow-origin" not in headers


def test_the_policy_names_no_other_host_and_no_inline_script() -> None:
    sources = {source for part in POLICY.split("; ") for source in part.split()[1:]}
    assert sources == {"'self'", "'none'", "data:", "blob:"}
    assert "script-src 'self';" in POLICY
    assert "default-src 'self';" in POLICY


def test_ctrl_c_ends_and_nothing_was_logged(folder: Path) -> None:
    server = Server(folder)
    assert server.ask("/")[0] == 200
    assert server.ask("/nowhere?name=somebody")[0] == 404
    assert server.end() == (0, "", "")


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # uvicorn leaves its socket open
def test_a_port_in_use_is_one_sentence(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError) as refused:
            serve(folder, host="127.0.0.1", port=port)
    assert refused.value.sentence == (
        f"Nothing can be served at 127.0.0.1, port {port}: it is in use or not allowed."
    )
    assert refused.value.hint == "Choose another port (--port, or the setting page.port)."
    del refused
    gc.collect()
    assert capfd.readouterr() == ("", "")


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # uvicorn leaves its socket open
def test_an_address_of_another_machine_is_one_sentence(folder: Path) -> None:
    with pytest.raises(UserError, match=r"Nothing can be served at 192\.0\.2\.1") as refused:
        serve(folder, host="192.0.2.1", port=0)
    del refused
    gc.collect()


def test_a_folder_without_a_page_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"holds no page: index\.html is missing"):
        app(tmp_path)
