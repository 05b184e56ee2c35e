"""`fanal follow` as a user runs it: a real server, a real process, signals, other commands, and what is said."""

import base64
import json
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from standardwebhooks import Webhook
from tests.cli.conftest import COMMAND, Ended, Fanal
from tests.cli.followed import PLAIN, WAIT_SECONDS, following, kept_port, metrics, until

from fanal.model.consent import Consent
from fanal.model.stream import UNSEEN_SECONDS, Stream, StreamState

FEED = """<rss version="2.0"><channel><title>News</title><link>https://news.example/</link>{items}</channel></rss>"""
ITEM = (
    "<item><title>Families fled from Sinjar, note {n}</title><guid isPermaLink='false'>g{n}</guid>"
    "<pubDate>Sun, 03 Aug 2014 05:{n:02}:00 +0000</pubDate></item>"
)
POSTS = 20


@contextmanager
def feed() -> Iterator[str]:
    """Serve a feed, and give its address."""
    body = FEED.format(items="".join(ITEM.format(n=n) for n in range(POSTS))).encode()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            gone = self.path == "/gone"
            self.send_response(404 if gone else 200)
            self.end_headers()
            self.wfile.write(b"" if gone else body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/feed"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def port() -> Iterator[int]:
    """Give a port for what a process is to serve."""
    with kept_port() as kept:
        yield kept


@pytest.fixture
def folder(fanal: Fanal, tmp_path: Path) -> Path:
    """Return a new workspace."""
    fanal("init", tmp_path / "w")
    return tmp_path / "w"


def settle(folder: Path, streams: str, *, port: int = 0) -> None:
    """Write the settings of a workspace."""
    text = f"[follow]\ncommit_seconds = 0.1\nmetrics_port = {port}\n{streams}"
    (folder / "fanal.toml").write_text(text, encoding="utf-8")


def news(url: str, name: str = "news") -> str:
    """Return the section of a stream of one feed."""
    return f'[streams.{name}]\nsource = "feed"\nconsent = "public"\nurls = ["{url}"]\nplain_http = true\n'


def test_a_stream_is_followed_and_other_commands_get_their_turn(
    fanal: Fanal, folder: Path, port: int
) -> None:
    label = '{source="feed",stream="news"}'
    with feed() as url:
        settle(folder, news(url), port=port)
        with following(folder) as process:
            until(
                lambda: metrics(port).get(f"fanal_stream_posts_total{label}") == POSTS,
                process,
                "the count of posts",
            )
            now = metrics(port)
            assert now[f"fanal_stream_up{label}"] == 1
            assert now[f"fanal_stream_dead{label}"] == now[f"fanal_stream_lost_total{label}"] == 0
            assert now[f"fanal_stream_signals_total{label}"] >= POSTS
            waits = now['fanal_stream_commit_seconds{quantile="0.99",source="feed",stream="news"}']
            assert 0 < waits < WAIT_SECONDS  # seconds, and not thousandths of them
            turn = fanal("-w", folder, "compact")
            assert "Waiting for process" in turn.err
            again = Ended(_run(folder, "follow"))
            assert again.code == 1
            assert "is in use by process" in again.err
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=WAIT_SECONDS)
        assert process.returncode == 0, err
        assert "news: live." in err
        told = json.loads(out.splitlines()[-1])["news"]
        assert (told["posts"], told["rows"], told["state"]) == (POSTS, POSTS, "stopped")
        state = fanal("-w", folder, "status", "--json").json
        (stream,) = state["streams"]
        assert (stream["name"], stream["consent"], stream["posts"]) == ("news", "public", POSTS)
        assert state["posts_read"] == POSTS
        assert "news (feed, public): stopped, 20 posts" in fanal("-w", folder, "status").out
        again = fanal(
            "-w", folder, "follow", "--for", "0.03", "--json"
        )  # the feed is not asked again so soon
        assert again.json["news"]["posts"] == 0
    fanal("-w", folder, "status", "--check", code=1)


def _run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end."""
    return subprocess.run(
        [COMMAND, "-w", folder, *arguments],
        capture_output=True,
        text=True,
        timeout=WAIT_SECONDS,
        check=False,
        env=PLAIN,
    )


def test_a_killed_follower_leaves_what_it_committed(fanal: Fanal, folder: Path, port: int) -> None:
    with feed() as url:
        settle(folder, news(url), port=port)
        with following(folder) as process:
            until(
                lambda: metrics(port).get('fanal_stream_rows_total{source="feed",stream="news"}') == POSTS,
                process,
                "the count of rows",
            )
            process.kill()
            process.communicate()
        fanal("-w", folder, "follow", "--for", "0.05", "--json")
    state = fanal("-w", folder, "status", "--json").json
    assert state["posts_read"] == POSTS


def test_ctrl_c_commits_and_ends_well(folder: Path, port: int) -> None:
    with feed() as url:
        settle(folder, news(url), port=port)
        with following(folder) as process:
            until(lambda: bool(metrics(port)), process, "an answer of the metrics")
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, err


def test_a_stream_that_is_gone_is_dead_and_an_alert(fanal: Fanal, folder: Path) -> None:
    with feed() as url:
        settle(folder, news(url.replace("/feed", "/gone"), "gone"))
        ended = fanal("-w", folder, "follow", "--json", code=1)  # ends by itself: there is no other stream
    assert ended.json["gone"]["state"] == "dead"
    assert "The stream gone brings nothing since" in fanal("-w", folder, "alerts").out
    assert fanal("-w", folder, "alerts", "--json").json["dead_streams"] == ["gone"]
    fanal("-w", folder, "status", "--check", code=1)


@pytest.mark.parametrize(
    ("streams", "sentence"),
    [
        ("", "No stream is set."),
        (
            '[streams.a]\nsource = "pigeon"\nconsent = "public"\n',
            "The setting streams.a.source names no source",
        ),
        ('[streams.a]\nsource = "feed"\n', "line 4: the setting streams.a.consent must say on what ground"),
        ('[streams.a]\nsource = "feed"\nconsent = "public"\n', "The setting streams.a.urls is missing"),
        (
            '[streams.a]\nsource = "feed"\nconsent = "invited"\nurls = []\n',
            "The setting streams.a.consent cannot be invited for a feed.",
        ),
        (
            news("https://x.example/f") + "every_minutes = 1\n",
            "streams.news.every_minutes must lie from 5 to",
        ),
        (news("https://x.example/f") + "token_file = 7\n", "streams.news.token_file is no option"),
        ('[streams."A b"]\nsource = "feed"\nconsent = "public"\n', "must be named by small letters"),
        ("[streams]\na = 1\n", "the setting streams.a must be a section"),
    ],
)
def test_wrong_settings_are_told_in_a_sentence(
    fanal: Fanal, folder: Path, streams: str, sentence: str
) -> None:
    settle(folder, streams)
    ended = fanal("-w", folder, "follow", code=1)
    assert sentence in " ".join(ended.err.split())
    assert "Traceback" not in ended.err


def test_a_stream_that_nobody_follows_any_more_is_no_live_one() -> None:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    stream = Stream(
        name="a",
        source="feed",
        consent=Consent.PUBLIC,
        terms="",
        cursor=None,
        rows=0,
        posts=0,
        rejected=0,
        state=StreamState.LIVE,
        detail="",
        since=at,
        arrived_at=None,
        posted_at=None,
        committed_at=None,
        rate=0.0,
        lost=0,
        noted_at=at,
    )
    assert not stream.is_dead(at + timedelta(seconds=UNSEEN_SECONDS))
    assert stream.is_dead(at + timedelta(seconds=UNSEEN_SECONDS + 1))
    assert stream.unseen(at + timedelta(seconds=90)) == 90


def test_what_a_platform_pushes_is_committed_before_it_is_answered(
    fanal: Fanal, folder: Path, tmp_path: Path, port: int
) -> None:
    secret = "whsec_" + base64.b64encode(bytes(range(32))).decode()
    kept = tmp_path / "secret"
    kept.write_text(secret, encoding="utf-8")
    kept.chmod(0o600)
    text = (
        f"[follow]\ninbox_port = {port}\ncommit_seconds = 0.1\n"
        f'[streams.partner]\nsource = "webhook"\nconsent = "platform"\nurl = "https://fanal.example/inbox/partner"\n'
        f'secret_file = "{kept}"\n'
    )
    (folder / "fanal.toml").write_text(text, encoding="utf-8")
    note = {
        "type": "Note",
        "id": "https://platform.example/1",
        "attributedTo": "https://platform.example/u",
        "published": "2014-08-03T05:00:00Z",
        "to": ["https://www.w3.org/ns/activitystreams#Public"],
        "content": "<p>Families fled from Sinjar.</p>",
    }
    body = json.dumps({"type": "Create", "actor": "https://platform.example/u", "object": note})
    with following(folder) as process:
        until(lambda: _answers(port), process, "an answer of the inbox")
        at = datetime.now(UTC)  # noqa: TID251 - signed for the process's own clock
        headers = {
            "webhook-id": "m1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Webhook(secret).sign("m1", at, body),
            "content-type": "application/activity+json",
        }
        address = f"http://127.0.0.1:{port}/inbox/partner"
        assert (
            httpx.post(
                address,
                content=body,
                headers={**headers, "webhook-signature": "v1,AAAA"},
                timeout=WAIT_SECONDS,
            ).status_code
            == 401
        )
        assert httpx.post(address, content=body, headers=headers, timeout=WAIT_SECONDS).status_code == 202
        assert fanal("-w", folder, "status", "--json").json["posts_read"] == 1
        assert httpx.post(address, content=body, headers=headers, timeout=WAIT_SECONDS).status_code == 409
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=WAIT_SECONDS)
    assert process.returncode == 0, err
    assert "platform.example" not in err


def _answers(port: int) -> bool:
    """Say whether an inbox is there."""
    try:
        return httpx.get(f"http://127.0.0.1:{port}/health", timeout=WAIT_SECONDS).status_code == 200
    except httpx.TransportError:
        return False
