"""`fanal follow` of a broker that asks who is there: a wrong secret is one sentence, and stands nowhere."""

import asyncio
from pathlib import Path

import orjson
import pytest
from tests.cli.conftest import Fanal
from tests.sources.live.nats_server import PROGRAM, Server

WRONG, RIGHT = "wrong horse battery", "right horse battery"
POST = orjson.dumps({"id": 1, "time": "2014-08-03T05:00:00Z", "text": "Families fled from Sinjar."})


@pytest.mark.skipif(PROGRAM is None, reason="No nats-server was found (install the package nats-server).")
def test_a_refused_login_is_told_without_the_secret_and_then_mended(fanal: Fanal, tmp_path: Path) -> None:
    (tmp_path / "nats").mkdir()
    folder, kept = tmp_path / "w", tmp_path / "password"
    kept.write_text(WRONG, encoding="utf-8")
    kept.chmod(0o600)
    known = {"user": "fanal", "password": RIGHT}
    users = f'authorization {{ users = [ {{user: "fanal", password: "{RIGHT}"}} ] }}'
    server = Server(tmp_path / "nats", users, **known)
    try:
        asyncio.run(server.send("posts", POST))
        fanal("init", folder)
        text = (
            "[follow]\ncommit_seconds = 0.1\n"
            f'[streams.own]\nsource = "nats"\nconsent = "platform"\nurl = "nats://127.0.0.1:{server.port}"\n'
            f'stream = "posts"\nuser = "fanal"\npassword_file = "{kept}"\n'
        )
        (folder / "fanal.toml").write_text(text, encoding="utf-8")
        ended = fanal("-w", folder, "follow", code=1)
        state = fanal("-w", folder, "status")
        assert "NATS refuses us by `user` and `password`." in ended.err
        assert "NATS refuses us by `user` and `password`." in state.out
        alerts = fanal("-w", folder, "alerts")
        said = f"{ended.out}{ended.err}{state.out}{state.err}{alerts.out}{alerts.err}"
        assert WRONG not in said
        files = [file.read_bytes() for file in folder.rglob("*") if file.is_file()]
        assert len(files) > 1
        assert not any(WRONG.encode() in file for file in files)
        kept.write_text(RIGHT, encoding="utf-8")
        again = fanal("-w", folder, "follow", "--for", "0.1", "--json")
        assert again.json["own"]["posts"] == 1
    finally:
        server.stop()
