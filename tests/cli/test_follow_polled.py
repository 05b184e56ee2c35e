"""`fanal follow` of sources that ask: a bot, a feed and GDELT, to the end of the line and once more."""

import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.cli.said import run
from tests.cli.small import small

from fanal import settings_file

TOKEN = "123456:Made-For-A-Test-00000000000"  # noqa: S105 - made up, and of the form that tokens have
LONG_ENOUGH = 0.3
"""Minutes that a run takes: each source answers at once, and is asked at the start."""


class World:
    """Serve a Bot API, a feed and GDELT from one address, each keeping to its protocol."""

    def __init__(self) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%d%H0000")  # noqa: TID251 - the command reads the machine's clock
        time = int(datetime(2014, 8, 4, 9, tzinfo=UTC).timestamp())
        chat = {"id": -1000000000077, "type": "channel"}
        self.updates = [
            {
                "update_id": n,
                "channel_post": {
                    "message_id": n,
                    "date": time + n,
                    "chat": chat,
                    "text": f"Water in Alder, note {n}",
                },
            }
            for n in range(1, 151)
        ]
        items = "".join(
            f"<item><guid>{n}</guid><title>The road to Birch, note {n}</title>"
            f"<pubDate>Mon, 04 Aug 2014 09:{n:02}:00 GMT</pubDate></item>"
            for n in range(30)
        )
        feed = f"<rss version='2.0'><channel><link>https://news.example/</link>{items}</channel></rss>"
        records = []
        for n in range(20):
            fields = [""] * 27
            fields[1], fields[3], fields[4] = "20140804090000", "news.example", f"https://news.example/{n}"
            fields[7], fields[26] = "REFUGEES;", f"<PAGE_TITLE>Families in Alder, note {n}</PAGE_TITLE>"
            records.append("\t".join(fields))
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as file:
            file.writestr("x.csv", "\n".join(records))
        md5 = hashlib.md5(packed.getvalue(), usedforsecurity=False).hexdigest()
        line = f"9 {md5} http://data.example/{stamp}.gkg.csv.zip\n".encode()
        self.files = {
            "/rss": feed.encode(),
            "/gdelt/lastupdate.txt": line,
            f"/gdelt/{stamp}.gkg.csv.zip": packed.getvalue(),
        }
        self.offset = 0
        self.stopped = threading.Event()
        world = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                status, body = world.answer(self.path)
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def answer(self, path: str) -> tuple[int, bytes]:
        """Return what stands at a path."""
        target = urlsplit(path)
        if target.path != f"/bot{TOKEN}/getUpdates":
            body = self.files.get(target.path)
            return (404, b"") if body is None else (200, body)
        query = parse_qs(target.query)
        self.offset = max(self.offset, int(query.get("offset", ["0"])[0]))
        open_updates = [one for one in self.updates if int(str(one["update_id"])) >= self.offset][:100]
        if not open_updates:
            self.stopped.wait(int(query["timeout"][0]))
        return 200, json.dumps({"ok": True, "result": open_updates}).encode()


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    made.stopped.set()
    made.server.shutdown()
    made.thread.join()
    made.server.server_close()


def test_what_is_asked_for_comes_to_the_end_of_the_line_once(tmp_path: Path, world: World) -> None:
    folder = small(tmp_path / "w")
    secret = tmp_path / "bot.token"
    secret.write_text(TOKEN, encoding="utf-8")
    secret.chmod(0o600)
    text = settings_file.template(alerts={"sender": "alerts@example.org"}) + (
        f'[streams.bot]\nsource = "telegram_bot"\nconsent = "invited"\nbase_url = "{world.url}"\n'
        f'poll_seconds = 1\ntoken_file = "{secret}"\n'
        f'[streams.news]\nsource = "feed"\nconsent = "public"\nurls = ["{world.url}/rss"]\n'
        f'[streams.world]\nsource = "gdelt"\nconsent = "public"\nbase_url = "{world.url}/gdelt"\ntranslated = false\n'
    )
    (folder / "fanal.toml").write_text(text, encoding="utf-8")
    first = run(folder, "follow", "--for", LONG_ENOUGH, "--json")
    assert {name: (one["rows"], one["posts"], one["rejected"]) for name, one in first.json.items()} == {
        "bot": (150, 150, 0),
        "news": (30, 30, 0),
        "world": (20, 20, 0),
    }
    assert world.offset == 151
    assert TOKEN not in first.out + first.err
    status = run(folder, "status", "--json").json
    assert status["posts_read"] == 200
    world.offset = 0  # as a server that forgot what was confirmed: all comes again
    again = run(folder, "follow", "--for", LONG_ENOUGH, "--json").json
    assert {name: one["posts"] for name, one in again.items()} == {"bot": 0, "news": 0, "world": 0}
    assert run(folder, "status", "--json").json["posts_read"] == 200
