"""`fanal alerts` as a person uses it: looked at, decided by name, sent once, held back where it may not leave."""

import base64
import getpass
import json
import os
import signal
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pyarrow as pa
import pytest
from click.testing import CliRunner as Runner
from standardwebhooks.webhooks import Webhook
from tests.cli.conftest import COMMAND
from tests.cli.small import NOW, hotspot, release, small
from tests.outbox import servers
from typer.main import get_command

from fanal import settings_file
from fanal.cli.dice import secret
from fanal.cli.main import app
from fanal.model.circle import Circle
from fanal.model.error import FanalError
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.model.week import week_of
from fanal.store.desk import Desk
from fanal.store.workspace import make, opened

TODAY = NOW.date()
ME = f"owner:{getpass.getuser()}"
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
C = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}


def put(folder: Path, rows: Sequence[dict[str, Any]], *, circle: Circle, week: date) -> None:
    """Put hotspots from posts into the ledger, as the gate does after a scan over released counts."""
    year, number, _ = week.isocalendar()
    statement = Statement(
        mechanism="none beyond the released counts",
        unit="one author in one ISO week",
        epsilon=None,
        scale=4.0,
        threshold=35,
        max_cells=2,
        delay_days=28,
        sources=("posts read as jsonl",),
    )
    made = Release(
        ledger_id=f"release:{year}-W{number:02d}:{circle.value}:hotspots",
        kind=ReleaseKind.HOTSPOTS,
        basis=Basis.POSTS,
        circle=circle,
        table=pa.Table.from_pylist(list(rows), schema=HOTSPOT_SCHEMA),
        statement=statement,
        made_at=NOW,
    )
    with opened(folder, dice=secret, writing=True) as workspace:
        workspace.ledger.replace([made])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a workspace with one alert and a hotspot that is none."""
    return small(tmp_path / "w")


def configure(folder: Path, **alerts: object) -> None:
    text = settings_file.template(alerts={"sender": "alerts@example.org", **alerts})
    (folder / "fanal.toml").write_text(text, encoding="utf-8")


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


Run = Callable[..., Said]


@pytest.fixture
def fanal(folder: Path) -> Run:
    """Return a function that runs `fanal -w FOLDER alerts` with arguments, in this process: it starts at once."""

    def run(*arguments: object, code: int = 0, **environment: str) -> Said:
        ended = Runner(env={"NO_COLOR": "1", "COLUMNS": "120", **environment}).invoke(
            get_command(app), ["-w", str(folder), "alerts", *map(str, arguments)]
        )
        error = ended.exception
        if error is not None and not isinstance(error, SystemExit | FanalError):
            raise error
        said = Said(
            code=1 if isinstance(error, FanalError) else ended.exit_code,
            out=ended.stdout,
            err=ended.stderr + (str(error) if isinstance(error, FanalError) else ""),
        )
        assert said.code == code, said
        return said

    return run


def listed(fanal: Run, *arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = fanal(*arguments, "--json").json["alerts"]
    return found


def test_an_alert_is_seen_approved_and_sent_once(fanal: Run, tmp_path: Path) -> None:
    (alert,) = listed(fanal)
    assert (alert["state"], alert["areas"], alert["names"], alert["weeks_seen"]) == (
        "new",
        ["pcode:T1A"],
        ["Alder"],
        1,
    )
    out = tmp_path / "cap"
    assert fanal("send", "--cap", out).out == "Nothing was sent: no alert is approved and may leave now.\n"
    assert not out.exists()

    fanal("acknowledge", alert["id"])
    assert "is acknowledged already" in fanal("acknowledge", alert["id"], code=1).err
    shown = fanal("show", alert["id"][:5]).out
    assert "Conflict events: more than expected in Alder" in shown
    assert "النهر" in shown
    assert f"acknowledge by {ME}" in shown
    fanal("approve", alert["id"])
    assert "is approved as it is now" in fanal("approve", alert["id"], code=1).err

    told = fanal("send", "--cap", out, "--feed", tmp_path / "feeds", "--json").json
    assert told["cap"] == told["feed"] == {"delivered": 1, "already": 0, "failed": 0}
    document = (out / f"{alert['id']}.1.xml").read_bytes()
    again = fanal("send", "--cap", out, "--feed", tmp_path / "feeds", "--json").json
    assert again["cap"] == again["feed"] == {"delivered": 0, "already": 1, "failed": 0}
    assert (out / f"{alert['id']}.1.xml").read_bytes() == document
    for language in ("en", "fr", "ar"):
        feed = feedparser.parse((tmp_path / "feeds" / f"{language}.atom").read_bytes())
        assert not feed.bozo
        assert len(feed.entries) == 1

    for path in (*out.iterdir(), *(tmp_path / "feeds").iterdir()):
        assert ME.encode() not in path.read_bytes()  # who decided stays inside

    assert listed(fanal) == []
    facts = fanal("show", alert["id"], "--json").json
    assert facts["state"] == "sent"
    assert [(one["act"], one["by"]) for one in facts["decisions"]] == [
        ("acknowledge", ME),
        ("approve", ME),
    ]
    assert {one["channel"]: one["outcome"] for one in facts["deliveries"]} == {
        "cap": "delivered",
        "feed": "delivered",
    }


def test_a_week_that_follows_joins_and_needs_a_new_approval(fanal: Run, folder: Path, tmp_path: Path) -> None:
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    fanal("send", "--cap", tmp_path / "cap")
    release(folder, [hotspot(0, ["pcode:T1A"]), hotspot(1, ["pcode:T1A", "pcode:T1B"])])
    (grown,) = listed(fanal, "--all")
    assert (grown["id"], grown["weeks_seen"], grown["changed_since_approval"]) == (alert["id"], 2, True)
    fanal("send", "--cap", tmp_path / "cap")  # what was approved still stands: it stays in the folder
    assert [path.name for path in (tmp_path / "cap").glob("*.xml")] == [f"{alert['id']}.1.xml"]

    fanal("approve", alert["id"])
    assert fanal("send", "--cap", tmp_path / "cap", "--json").json["cap"]["delivered"] == 1
    (path,) = (tmp_path / "cap").glob("*.xml")
    top = ET.fromstring(path.read_bytes())  # noqa: S314 - our own
    assert path.name == f"{alert['id']}.2.xml"
    assert top.findtext("c:msgType", namespaces=C) == "Update"
    assert f",{alert['id']}.1," in str(top.findtext("c:references", namespaces=C))


def test_what_changed_under_an_approval_is_held_back(fanal: Run, folder: Path, tmp_path: Path) -> None:
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    release(folder, [hotspot(0, ["pcode:T1A"], observed=13)])
    ended = fanal("send", "--cap", tmp_path / "cap")
    assert "has changed since it was approved" in ended.err
    assert not (tmp_path / "cap").exists()
    fanal("approve", alert["id"])
    fanal("send", "--cap", tmp_path / "cap", "--feed", tmp_path / "feeds")
    assert len(list((tmp_path / "cap").glob("*.xml"))) == 1
    release(folder, [])
    fanal("send", "--cap", tmp_path / "cap", "--feed", tmp_path / "feeds")
    (path,) = (tmp_path / "cap").glob("*.xml")  # what no Release holds any longer is taken back
    assert path.name == f"{alert['id']}.2.cancel.xml"
    assert feedparser.parse((tmp_path / "feeds" / "en.atom").read_bytes()).entries == []
    assert "stands in no Release any longer" in fanal("approve", alert["id"], code=1).err
    assert listed(fanal, "--all")[0]["in_a_release"] is False


def test_what_is_too_early_or_for_partners_does_not_reach_the_public(
    fanal: Run, folder: Path, tmp_path: Path
) -> None:
    early, over = week_of(TODAY) - timedelta(weeks=2), week_of(TODAY) - timedelta(weeks=6)
    put(folder, [hotspot(0, ["pcode:T1"], family="distress")], circle=Circle.PUBLIC, week=early)
    put(folder, [hotspot(0, ["pcode:T1A"], family="trade")], circle=Circle.PARTNERS, week=over)
    for alert in listed(fanal):
        fanal("approve", alert["id"])
    ended = fanal("send", "--cap", tmp_path / "public")
    assert "may be read from" in ended.err
    assert "is for the circle partners, not for public" in ended.err
    families = {
        ET.fromstring(path.read_bytes()).findtext("c:info/c:parameter/c:value", namespaces=C)  # noqa: S314
        for path in (tmp_path / "public").glob("*.xml")
    }
    assert families == {"conflict"}
    fanal("send", "--cap", tmp_path / "partners", "--circle", "partners")
    assert len(list((tmp_path / "partners").glob("*.xml"))) == 2
    assert fanal("send", "--cap", tmp_path / "inside", "--circle", "inside", code=1).err


def test_mutes_keep_from_the_list_and_from_leaving_for_a_time(fanal: Run, tmp_path: Path) -> None:
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    until = ("--until", (TODAY + timedelta(days=9)).isoformat(), "--reason", "looked at by others")
    fanal("mute", "--area", "pcode:T1", "--family", "conflict", *until)
    assert listed(fanal) == []
    assert listed(fanal, "--all")[0]["muted_until"] == (TODAY + timedelta(days=9)).isoformat()
    assert "is muted until" in fanal("send", "--cap", tmp_path / "cap").err
    assert "is muted until" in fanal("approve", alert["id"], code=1).err
    ended = ("--until", TODAY.isoformat(), "--reason", "over")
    fanal("mute", "--area", "pcode:T1", "--family", "conflict", *ended)
    assert listed(fanal)[0]["state"] == "approved"
    fanal("mute", alert["id"], *until)
    fanal("mute", alert["id"], *ended)
    assert listed(fanal)[0]["state"] == "acknowledged"  # muting one alert takes back its approval
    assert "No area has the code" in fanal("mute", "--area", "pcode:X", *until, code=1).err
    assert "Name either one alert or" in fanal("mute", *until, code=1).err
    assert (
        "Name either one alert or" in fanal("mute", alert["id"], "--family", "conflict", *until, code=1).err
    )


def test_mail_and_webhook_leave_with_credentials_of_the_environment(
    fanal: Run, folder: Path, tmp_path: Path
) -> None:
    keys, post = servers.Keys(), servers.Post()
    authority = tmp_path / "authority.pem"
    keys.authority.cert_pem.write_to_path(str(authority))
    environment = {
        "SSL_CERT_FILE": str(authority),
        "FANAL_MAIL_PASSWORD": servers.PASSWORD,
        "FANAL_WEBHOOK_SECRET": SECRET,
    }
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    answers = [503, 200]
    with (
        servers.smtp(post, starttls=keys.server, log_in=True) as mail_port,
        servers.http(lambda _: answers.pop(0), tls=keys.server) as (hook_port, asked),
    ):
        configure(
            folder,
            mail_host="localhost",
            mail_port=mail_port,
            mail_user=servers.USER,
            mail_to=("one@example.org", servers.REFUSED),
            webhook_url=f"https://localhost:{hook_port}/in?token=T0K3N",
        )
        ended = fanal("send", "--mail", "--webhook", code=1, **environment)
        assert "2 deliveries failed. Run the same command again." in ended.err
        assert "nobody@example.org: refused (550" in ended.err
        assert "the server said 503" in ended.err
        again = fanal("send", "--mail", "--webhook", "--json", code=1, **environment).json
    assert again["mail"] == {"delivered": 0, "already": 1, "failed": 1}
    assert again["webhook"] == {"delivered": 1, "already": 0, "failed": 0}
    assert [to for to, _ in post.got] == ["one@example.org"]
    assert isinstance(post.got[0][1], EmailMessage)
    assert [one.headers["webhook-id"] for one in asked] == [f"{alert['id']}.1"] * 2
    assert Webhook(SECRET).verify(asked[1].body, asked[1].headers)["data"]["areas"] == ["pcode:T1A"]
    text = (folder / "desk.sqlite").read_bytes() + b"".join(
        path.read_bytes() for path in folder.glob("desk.sqlite-*")
    )
    for hidden in ("T0K3N", servers.PASSWORD, SECRET):
        assert hidden.encode() not in text
        assert hidden not in ended.out + ended.err


def test_a_run_killed_between_delivery_and_note_sends_again_under_the_same_id(
    fanal: Run, folder: Path
) -> None:
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    running: list[subprocess.Popen[bytes]] = []

    def kill_the_sender(_: servers.Asked) -> int:
        if running:
            running.pop().send_signal(signal.SIGKILL)
        return 200

    with servers.http(kill_the_sender) as (port, asked):
        configure(folder, webhook_url=f"http://127.0.0.1:{port}/in")
        environment = {**os.environ, "FANAL_WEBHOOK_SECRET": SECRET}
        running.append(
            subprocess.Popen([COMMAND, "-w", folder, "alerts", "send", "--webhook"], env=environment)
        )
        assert running[0].wait(300) == -signal.SIGKILL
        (left,) = fanal("show", alert["id"], "--json").json["deliveries"]
        assert (left["outcome"], left["tries"]) == ("started", 1)
        told = fanal("send", "--webhook", "--json", FANAL_WEBHOOK_SECRET=SECRET).json
    again = fanal("send", "--webhook", "--json", FANAL_WEBHOOK_SECRET=SECRET).json  # the server is gone
    assert (told["webhook"]["delivered"], again["webhook"]["already"]) == (1, 1)
    assert [one.headers["webhook-id"] for one in asked] == [f"{alert['id']}.1"] * 2
    assert asked[0].body == asked[1].body


@pytest.mark.parametrize(
    ("alerts", "way", "said"),
    [
        ({"sender": "me"}, "--cap", "alerts.sender must be an address"),
        ({"languages": ("en", "xx")}, "--cap", "alerts.languages must list some of en, fr, ar, not xx"),
        ({}, "--mail", "needs the settings alerts.mail_host and alerts.mail_to"),
        (
            {"mail_host": "x", "mail_to": ("a@b.c",), "mail_tls": "ssl"},
            "--mail",
            "must be one of starttls, tls, none",
        ),
        (
            {"mail_host": "x", "mail_to": ("a@b.c", "B <b@c.d>")},
            "--mail",
            "take plain addresses, not 'B <b@c.d>'",
        ),
        ({"mail_host": "x", "mail_to": ("a@b.c",), "mail_tls": "none"}, "--mail", "unencrypted"),
        ({"mail_host": "x", "mail_to": ("a@b.c",), "mail_user": "u"}, "--mail", "no password"),
        ({}, "--webhook", "needs the setting alerts.webhook_url"),
        ({"webhook_url": "https://example.org"}, "--webhook", "no secret for the webhook"),
        ({"webhook_url": "https://example.org", "webhook_secret_file": "open.txt"}, "--webhook", "chmod 600"),
        (
            {"webhook_url": "https://example.org", "webhook_secret_file": "none.txt"},
            "--webhook",
            "cannot be read",
        ),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence_and_nothing_leaves(
    fanal: Run, folder: Path, tmp_path: Path, alerts: dict[str, object], way: str, said: str
) -> None:
    (tmp_path / "open.txt").write_text(SECRET, encoding="utf-8")
    (tmp_path / "open.txt").chmod(0o644)
    if file := alerts.get("webhook_secret_file"):
        alerts = {**alerts, "webhook_secret_file": str(tmp_path / str(file))}
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    configure(folder, **alerts)
    target = (tmp_path / "cap",) if way == "--cap" else ()
    err = fanal("send", way, *target, code=1).err
    assert said in err
    assert "Traceback" not in err
    assert SECRET not in err
    assert (
        fanal("show", alert["id"], "--json").json["deliveries"] == [] if "languages" not in alerts else True
    )


def test_wrong_use_is_one_sentence(fanal: Run) -> None:
    assert "No alerts have an id that begins with 'zz'" in fanal("show", "zz", code=1).err
    assert "Say how to send" in fanal("send", code=1).err
    (alert,) = listed(fanal)
    until = ("--until", (TODAY + timedelta(days=9)).isoformat())
    assert "--reason needs a text" in fanal("mute", alert["id"], *until, "--reason", " ", code=1).err
    assert fanal("mute", alert["id"], *until, code=2).err  # nobody mutes without a reason


def test_an_empty_workspace_says_that_it_means_nothing(tmp_path: Path) -> None:
    make(tmp_path / "new", settings_file.template())
    ended = subprocess.run(
        [COMMAND, "-w", tmp_path / "new", "alerts"], capture_output=True, text=True, check=True, timeout=300
    )
    assert "This does not mean that any area is safe" in ended.stdout


def test_decisions_stay_when_all_else_changes(fanal: Run, folder: Path) -> None:
    (alert,) = listed(fanal)
    fanal("approve", alert["id"])
    release(folder, [])
    fanal("--all")
    desk = Desk.open(folder / "desk.sqlite")
    with desk.transaction() as connection:
        rows = connection.exec_driver_sql("SELECT act, who FROM decisions").all()
    desk.close()
    assert [tuple(row) for row in rows] == [("approve", ME)]
