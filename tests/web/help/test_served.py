"""The help page served: one address, strict headers, no cookie, and a session that leaves the query nowhere."""

import gzip
import http.client
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.web.conftest import ENDS_WITHIN

from fanal.web.help.app import HEADERS

Made = Callable[..., Any]
QUERY = b"need=documents&area=pcode%3AT1A&spoken=ckb&sex=female&age=grown&status=migrant&way=phone&far=here&lang=fr"


def test_the_start_and_the_search_are_one_address(served: Any) -> None:
    status, headers, body = served.ask(Accept_Language="ar")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert 'lang="ar" dir="rtl"' in body.decode()
    status, headers, body = served.ask("POST", body=QUERY)
    assert status == 200
    assert "location" not in headers
    assert 'lang="fr"' in body.decode()
    assert "West legal office" in body.decode()
    assert "Alder health centre" not in body.decode()


def test_a_query_in_an_address_is_not_read(served: Any) -> None:
    plain = served.ask()[2]
    assert served.ask(path="/help?need=legal&area=pcode:T1&lang=fr")[2] == plain


@pytest.mark.parametrize(("method", "path", "status"), [
    ("GET", "/help", 200), ("HEAD", "/help", 200), ("POST", "/help", 200), ("GET", "/", 200), ("HEAD", "/", 200),
    ("PUT", "/help", 405), ("DELETE", "/help", 405), ("OPTIONS", "/help", 405), ("POST", "/", 405),
    ("GET", "/help/x", 404), ("GET", "/schema", 404), ("GET", "/..%2f..%2fetc%2fpasswd", 404),
])  # fmt: skip
def test_every_answer_is_strict(served: Any, method: str, path: str, status: int) -> None:
    got, headers, body = served.ask(method, path)
    assert got == status
    for name, value in HEADERS.items():
        assert headers[name.lower()] == value
    assert not {"set-cookie", "server", "etag", "last-modified", "access-control-allow-origin"} & set(headers)
    assert method != "HEAD" or body == b""
    assert b"root:" not in body


def test_the_policy_names_no_other_host() -> None:
    policy = HEADERS["Content-Security-Policy"]
    sources = {source for part in policy.split("; ") for source in part.split()[1:]}
    digests = {source for source in sources if source.startswith("'sha256-")}
    assert len(digests) == 2
    assert sources - digests == {"'none'", "'self'", "'unsafe-inline'", "data:"}
    for part in policy.split("; "):
        assert "'unsafe-inline'" not in part or "'sha256-" in part, "a digest takes its place"
    for rule in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"):
        assert rule in policy
    assert HEADERS["Cache-Control"].startswith("no-store")
    assert HEADERS["Referrer-Policy"] == "no-referrer"


def test_a_browser_that_takes_gzip_gets_it(served: Any) -> None:
    plain = served.ask("POST", body=QUERY)[2]
    _, headers, zipped = served.ask("POST", body=QUERY, Accept_Encoding="gzip, deflate")
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped) == plain
    assert len(zipped) < 14 * 1024


def test_a_copy_is_saved_under_a_name_that_tells_nothing(served: Any) -> None:
    _, headers, body = served.ask("POST", body=QUERY + b"&as=copy")
    assert headers["content-disposition"] == 'attachment; filename="info.html"'
    assert b"Alder health centre" in body


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe", b"need=%ff&area=%00", b"&" * 2000, b"need", b"a=1&" * 400]
)
def test_a_strange_form_gets_a_page(served: Any, body: bytes) -> None:
    status, _, page = served.ask("POST", body=body)
    assert status == 200
    assert b"Lantern helpline" in page


def test_a_form_that_is_too_long_is_refused(served: Any) -> None:
    status, headers, _ = served.ask("POST", body=b"x" * 3000)
    assert (status, headers["cache-control"]) == (413, HEADERS["Cache-Control"])


def test_who_hangs_up_in_the_middle_ends_nothing(served: Any) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=ENDS_WITHIN) as half:
        half.sendall(b"POST /help HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nneed=")
    assert served.ask()[0] == 200


def test_no_answer_waits_for_an_acknowledgement(served: Any) -> None:
    asked = http.client.HTTPConnection("127.0.0.1", served.port, timeout=ENDS_WITHIN)
    times = []
    for _ in range(20):
        began = time.perf_counter()
        asked.request("GET", "/help")
        asked.getresponse().read()
        times.append(time.perf_counter() - began)
    asked.close()
    assert min(times) < 0.030, "a delayed acknowledgement is 40 ms"


def traces(folder: Path) -> list[tuple[str, bytes]]:
    """Return what of a session stands in the files of a folder: the name of the file, and what was found."""
    told = (b"documents", b"T1A", b"status=migrant", b"sex=", b"nothingofthelist", b"127.0.0.1", b"/nowhere")
    written = [path for path in folder.rglob("*") if path.is_file()]
    return [(path.name, trace) for path in written for trace in told if trace in path.read_bytes()]


def test_a_session_leaves_the_query_in_no_log_and_no_file(serve: Made, tmp_path: Path) -> None:
    running = serve(tmp_path, "--path", "/info")
    for body in (
        QUERY,
        QUERY + b"&open=1&free=1",
        QUERY + b"&as=card",
        QUERY + b"&as=copy",
        b"need=nothingofthelist",
    ):
        assert running.ask("POST", "/info", body=body)[0] == 200
    running.ask("POST", "/info", body=QUERY * 60)
    running.ask("GET", "/info?need=documents")
    running.ask("GET", "/nowhere?need=documents")
    opened = subprocess.run(
        ["ls", "-l", f"/proc/{running.process.pid}/fd"], capture_output=True, text=True, check=True
    ).stdout
    assert str(tmp_path) not in opened, "no file is open that a query could be in"
    assert running.end() == (0, "", "")
    assert traces(tmp_path) == []


def test_the_search_for_traces_sees_one(serve: Made, tmp_path: Path) -> None:
    running = serve(tmp_path)
    (tmp_path / "access.log").write_bytes(QUERY)
    running.end()
    assert ("access.log", b"documents") in traces(tmp_path)


def test_a_zone_that_there_is_not_is_told_in_a_sentence(serve: Made, tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="'Mars/North' is no time zone"):
        serve(tmp_path, "--zone", "Mars/North")


def test_a_list_without_a_helpline_is_not_served(serve: Made, example: Path, tmp_path: Path) -> None:
    stale = tmp_path / "stale.toml"
    text = example.read_text(encoding="utf-8").replace('"helpline", ', "")
    stale.write_text(text, encoding="utf-8")
    with pytest.raises(AssertionError, match="There is no helpline that was checked"):
        serve(tmp_path, list_file=stale)
