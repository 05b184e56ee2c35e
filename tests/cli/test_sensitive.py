"""`fanal sensitive` as two persons use it, and every face after it: a rule holds for what was released before, too."""

import ast
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner as Runner
from tests.cli.small import MONDAY, NOW, areas, hotspot, layer
from tests.outbox import servers
from typer.main import get_command

from fanal import pipeline, settings_file
from fanal.cli import main
from fanal.cli.dice import secret
from fanal.cli.main import app
from fanal.model.alert import Act, AlertState, Decision
from fanal.model.circle import Circle
from fanal.model.error import FanalError, RefusedError
from fanal.model.estimate import INDEX_SCHEMA
from fanal.model.group import PEOPLE_SCHEMA, Group
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.layer import SERVICES_SCHEMA, LayerKind
from fanal.model.person import Deed, Person, Role
from fanal.model.release import RELEASED_COUNT_SCHEMA, Basis, Release, ReleaseKind, Statement
from fanal.model.week import WEEK, week_of
from fanal.risk.index_parts import PARTS
from fanal.store.workspace import make, opened

HIDDEN, SHOWN = "pcode:T1A", "pcode:T1B"
WORDS = (HIDDEN, "T1A", "Alder", "النهر")
SECRET = "whsec_" + "QUJD" * 8
CLI = Path(main.__file__).parent
C = {"c": "urn:oasis:names:tc:emergency:cap:1.2"}


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
def fanal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Return a function that runs `fanal` as somebody by their token, in this process: it starts at once."""
    monkeypatch.setenv("HOME", str(tmp_path))

    def run(*arguments: object, who: str = "", code: int = 0, **environment: str) -> Said:
        token = {"FANAL_TOKEN": f"token of {who}"} if who else {}
        ended = Runner(env={"NO_COLOR": "1", "COLUMNS": "120", **token, **environment}).invoke(
            get_command(app), ["-w", str(tmp_path / "w"), *map(str, arguments)]
        )
        error = ended.exception
        if error is not None and not isinstance(error, SystemExit | FanalError):
            raise error
        failed = main.EXIT_REFUSED if isinstance(error, RefusedError) else main.EXIT_ERROR
        said = Said(
            code=failed if isinstance(error, FanalError) else ended.exit_code,
            out=ended.stdout,
            err=ended.stderr + (str(error) if isinstance(error, FanalError) else ""),
        )
        assert said.code == code, said
        return said

    return run


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a workspace with a Release of each kind, made without any rule of its own, and nobody named."""
    folder = tmp_path / "w"
    make(folder, settings_file.template(**SETTINGS))
    with held(folder) as workspace:
        workspace.layers.add(layer(LayerKind.AREAS, areas()))
        workspace.ledger.replace(list(releases()))
    return folder


@pytest.fixture
def named(folder: Path) -> Path:
    """Return the workspace with four people who may change the list, an auditor, and one who left."""
    with held(folder) as workspace, workspace.desk.transaction() as connection:
        for name, roles in ROLES.items():
            person = Person(name=name, roles=frozenset(roles))
            workspace.people.add(connection, person, token=f"token of {name}", at=NOW, by="dora")
        workspace.people.end(connection, "left", at=NOW, by="dora")
    return folder


ROLES = {
    "dora": (Role.ADMINISTRATOR,),
    "amal": (Role.ANALYST, Role.REVIEWER),
    "bela": (Role.OUTREACH,),
    "cora": (Role.ANALYST,),
    "left": (Role.ANALYST,),
    "audit": (Role.AUDITOR,),
}
PARTNER = "Partner"
SETTINGS: dict[str, dict[str, object]] = {
    "alerts": {"sender": "alerts@example.org"},
    "privacy": {"partners": (PARTNER,)},
}


def held(folder: Path) -> Any:
    """Open a workspace to write."""
    return opened(folder, dice=secret, writing=True)


def releases() -> Iterator[Release]:
    """Give Releases that name the area which is hidden later, one beside it, and both together."""
    old = week_of(NOW.date()) - 8 * WEEK
    facts = {"mechanism": "a test", "unit": "one author in one ISO week", "sources": ("posts read as jsonl",)}
    numbers = {"epsilon": 1.0, "scale": 4.0, "threshold": 35, "max_cells": 4}
    statement = Statement(**facts, **numbers, delay_days=28)  # type: ignore[arg-type]
    counts = [
        {"area": area, "week": old, "signal": "trade", "author_weeks": 40, "low": 28.0, "high": 52.0}
        for area in (HIDDEN, SHOWN)
    ]
    hotspots = [hotspot(0, [HIDDEN]), hotspot(0, [SHOWN, HIDDEN], rank=2), hotspot(0, [SHOWN], rank=3)]
    of_posts = [{**row, "family": "trade"} for row in hotspots]
    index = [
        {
            "area": area,
            "group": "residents",
            "week": MONDAY,
            "index": 5.0,
            "low": 1.0,
            "high": 9.0,
            "parts": [
                {
                    "name": part.name,
                    "dimension": part.dimension,
                    "unit": "",
                    "raw": 1.0,
                    "scaled": 5.0,
                    "share": 0.1,
                }
                for part in PARTS
                if Group.RESIDENTS in part.weights
            ],
            "missing": [],
            "silent": ["events"],
        }
        for area in (HIDDEN, SHOWN)
    ]
    services = [{"area": area, "sector": "health", "agencies": 2, "date": MONDAY} for area in (HIDDEN, SHOWN)]
    people = [
        {"area": area, "group": "displaced", "people": 500, "families": None, "date": MONDAY}
        for area in (HIDDEN, SHOWN)
    ]
    label = f"release:{old.isocalendar().year}-W{old.isocalendar().week:02}"
    for name, kind, basis, circle, rows, schema in (
        (f"{label}:public", "counts", "posts", "public", counts, RELEASED_COUNT_SCHEMA),
        (f"{label}:partners", "counts", "posts", "partners", counts, RELEASED_COUNT_SCHEMA),
        (f"{label}:public:hotspots", "hotspots", "posts", "public", of_posts, HOTSPOT_SCHEMA),
        ("release:layers:hotspots", "hotspots", "layers", "public", hotspots, HOTSPOT_SCHEMA),
        ("release:layers:index", "index", "layers", "public", index, INDEX_SCHEMA),
        ("release:layers:services", "services", "layers", "public", services, SERVICES_SCHEMA),
        ("release:layers:people", "people", "layers", "public", people, PEOPLE_SCHEMA),
    ):
        yield Release(
            ledger_id=name,
            kind=ReleaseKind(kind),
            basis=Basis(basis),
            circle=Circle(circle),
            table=pa.Table.from_pylist(rows, schema=schema),
            statement=statement,
            made_at=NOW,
        )


HIDE = ("--area", HIDDEN, "--rule", "never", "--reason", "a shelter")


def hide(fanal: Run) -> None:
    """Hide the area, by two persons."""
    number = fanal("sensitive", "propose", *HIDE, "--json", who="amal").json["number"]
    fanal("sensitive", "agree", number, who="bela")


def approve_all(folder: Path) -> list[str]:
    """Approve every alert as it is, and return their ids."""
    with held(folder) as workspace:
        found = pipeline.gather_alerts(workspace, settings_file.read(folder / "fanal.toml"), now=NOW)
        for alert in found:
            decision = Decision(
                act=Act.APPROVE, alert=alert.id, who="amal", at=NOW, content=alert.last.content
            )
            workspace.alerts.decide(decision, AlertState.APPROVED)
    return [alert.id for alert in found]


def content(path: Path) -> str:
    """Return all that a file says."""
    if path.suffix == ".parquet":
        table = pq.read_table(path)
        return str(table.to_pylist()) + str(table.schema.metadata)
    return path.read_text(encoding="utf-8", errors="replace")


def all_of(folder: Path) -> str:
    """Return all that the files of a folder say."""
    return "\n".join(content(path) for path in sorted(folder.rglob("*")) if path.is_file())


def without_map(page: Path) -> str:
    """Return a page's document without names and outlines of areas, which are public, its areas by their code."""
    text = (page / "data.js").read_text(encoding="utf-8").partition("= ")[2].rstrip(";\n")
    document = json.loads(text)
    codes = document.pop("areas")["code"]
    named = {
        *(code for row in document.get("hotspots", {"rows": []})["rows"] for code in row[6]),
        *(row[0] for row in document["index"]["series"]),
        *(row[0] for row in document["index"].get("raw_series", [])),
        *(row[0] for row in document["services"]["rows"]),
        *(row[2] for row in document["counts"]["rows"]),
        *document["counts"]["areas"],
    }
    return " ".join(codes[number] for number in named)


def write_page(fanal: Run, out: Path) -> str:
    fanal("serve", "--out", out, who="amal")
    return without_map(out)


def write_open_data(fanal: Run, out: Path) -> str:
    fanal("release", "--out", out, who="amal")
    return all_of(out)


def write_for_partners(fanal: Run, out: Path) -> str:
    fanal("release", "--out", out, "--circle", "partners", "--to", PARTNER, who="amal")
    return all_of(out)


def write_brief(fanal: Run, out: Path) -> str:
    out.mkdir()
    week = MONDAY.isoformat()
    fanal(
        "brief",
        "--out",
        out / "brief.html",
        "--week",
        week,
        "--circle",
        "partners",
        "--to",
        PARTNER,
        who="amal",
    )
    page = (out / "brief.html").read_text(encoding="utf-8")
    return (
        page[: page.find("<svg")] + page[page.rfind("</svg>") :]
    )  # the map has every area, with a number or not


def ask_index(fanal: Run, _: Path) -> str:
    return fanal("index", "--json", who="amal").out + fanal("index", who="amal").out


def write_gap(fanal: Run, out: Path) -> str:
    out.mkdir()
    day = NOW.date().isoformat()
    listed = f"organization,services,phone,pcode,capacity,available,unit,as_of\nA House,Shelter,,T1B,9,9,bed,{day}\n"
    (out / "list.csv").write_text(listed, encoding="utf-8")
    fanal("services", "import", out / "list.csv", "--source", "List", who="bela")
    (one,) = fanal("services", "list", "--json", who="bela").json["services"]
    fanal("services", "verify", one["id"], who="bela")
    fanal("services", "gap", "--out", out / "gap.csv", who="amal")
    told = fanal("services", "gap", "--json", who="amal").json
    # Areas without a count are named, whether they are held back or nobody counted: so none stands out.
    assert told.pop("not_counted").keys() == {"displaced"}
    return f"{(out / 'gap.csv').read_text('utf-8')} {json.dumps(told)} {fanal('services', 'gap', who='amal').out}"


def send_to_folders(fanal: Run, out: Path) -> str:
    fanal("alerts", "send", "--feed", out / "feeds", "--cap", out / "cap", who="amal")
    return all_of(out)


def send_by_mail_and_webhook(fanal: Run, out: Path) -> str:
    """Send to real servers on this machine, and return all that arrived."""
    post = servers.Post()
    with servers.smtp(post) as mail_port, servers.http(lambda _: 200) as (hook_port, asked):
        text = settings_file.template(
            alerts={
                **SETTINGS["alerts"],
                "mail_host": "127.0.0.1",
                "mail_port": mail_port,
                "mail_tls": "none",
                "mail_to": ("one@example.org",),
                "webhook_url": f"http://127.0.0.1:{hook_port}/in",
            }
        )
        (out.parent / "w" / "fanal.toml").write_text(text, encoding="utf-8")
        fanal("alerts", "send", "--mail", "--webhook", who="amal", FANAL_WEBHOOK_SECRET=SECRET)
    assert post.got
    assert asked
    mails = [part.get_content() for _, mail in post.got for part in mail.walk() if not part.is_multipart()]
    texts = [part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part) for part in mails]
    return "\n".join([*texts, *(one.body.decode() for one in asked)])


FACES: dict[str, Callable[[Run, Path], str]] = {
    "serve": write_page,
    "release": write_open_data,
    "release for partners": write_for_partners,
    "brief": write_brief,
    "index": ask_index,
    "service_gap": write_gap,
    "alerts to folders": send_to_folders,
    "alerts by mail and webhook": send_by_mail_and_webhook,
}
INSIDE = {
    "status": "counts the Releases",
    "update": "counts what may be read; nothing leaves",
    "demo": "makes its own workspace, which has no list of its own",
    "notices": "of alerts",
    "alert_desk": "of alerts",
    "alerts": "sends",
    "ledger": "lists ids and digests, for auditors",
    "records": "names ids and who got them, for auditors",
    "service_find": "keeps people from released hotspots; hands out no number",
    "known_of_directory": "keeps people from released hotspots on the help page; hands out no number",
    "plea_show": "keeps people from released hotspots; tells helpers whether a plea is in one",
}
"""Files of the command line that read Releases and are no face of their own, or are walked as `alerts`."""


@pytest.mark.parametrize("face", FACES)
def test_no_face_hands_out_what_was_put_on_the_list_after_its_release(
    fanal: Run, named: Path, tmp_path: Path, face: str
) -> None:
    approve_all(named)
    before = FACES[face](fanal, tmp_path / "before")
    assert HIDDEN in before or "Alder" in before  # the walk sees what it looks for
    hide(fanal)
    approve_all(named)
    after = FACES[face](fanal, tmp_path / "after")
    assert [word for word in WORDS if word in after] == []
    assert SHOWN in after or "Birch" in after  # the rest still leaves


def test_every_reader_of_releases_is_walked() -> None:
    """A command that reads Releases and is not walked above fails here."""
    readers = set()
    for path in CLI.glob("*.py"):
        names = {
            node.attr
            for node in ast.walk(ast.parse(path.read_text("utf-8")))
            if isinstance(node, ast.Attribute)
        }
        if names & {"ledger", "readable", "requirement", "no_go"}:
            readers.add(path.stem)
    assert readers == {face.partition(" ")[0] for face in FACES} | set(INSIDE)


def test_the_ledger_keeps_the_whole_and_the_copies_say_that_they_are_narrowed(
    fanal: Run, named: Path, tmp_path: Path
) -> None:
    hide(fanal)
    fanal("release", "--out", tmp_path / "out", "--circle", "partners", "--to", PARTNER, who="amal")
    told = json.loads((tmp_path / "out" / "provenance.json").read_text(encoding="utf-8"))["releases"]
    assert all(one["narrowed"] for one in told)
    with held(named) as workspace:
        whole = {one.ledger_id: one for one in workspace.ledger.all()}
    assert {one.ledger_id: one.digest() for one in releases()} == {
        name: one.digest() for name, one in whole.items()
    }
    # A digest of the whole would let whoever has all other rows try the few values of the missing ones.
    text = all_of(tmp_path / "out")
    assert not [one for one in whole.values() if one.digest() in text]


def test_an_alert_on_the_list_leaves_the_feed_and_its_words_are_not_shown(
    fanal: Run, named: Path, tmp_path: Path
) -> None:
    approve_all(named)
    feeds = tmp_path / "feeds"
    fanal("alerts", "send", "--feed", feeds, who="amal")
    assert len(feedparser.parse((feeds / "en.atom").read_bytes()).entries) == 6
    hide(fanal)
    ended = fanal("alerts", "send", "--feed", feeds, who="amal")
    assert ended.err.count("names an area that the sensitive list holds back") == 4
    assert len(feedparser.parse((feeds / "en.atom").read_bytes()).entries) == 2
    rows = fanal("alerts", "--all", "--json", who="amal").json["alerts"]
    assert sorted(row["held_back"] for row in rows) == [False] * 2 + [True] * 4
    held_back = next(row for row in rows if row["held_back"])
    assert fanal("alerts", "show", held_back["id"], "--json", who="amal").json["texts"] == {}
    assert "held back by the sensitive list" in fanal("alerts", "--all", who="amal").out


def test_nobody_alone_and_nobody_without_a_name_changes_the_list(fanal: Run, folder: Path) -> None:
    for words in (
        ("propose", *HIDE),
        ("hold", *HIDE),
        ("agree", 1),
        ("end", 1, "--reason", "x"),
        ("withdraw", 1),
    ):
        assert "fanal people add" in fanal("sensitive", *words, code=4).err
    shipped = fanal("sensitive", "--json").json  # the owner may look
    assert {row["group"] for row in shipped["in_force"]} >= {"faith", "survivors"}
    assert shipped["waiting"] == []
    assert "no rule of its own" in fanal("sensitive").out
    with held(folder) as workspace:
        assert workspace.sensitive.steps() == []


def test_two_persons_put_a_rule_in_force_and_end_it(fanal: Run, named: Path) -> None:
    assert "waits for another person" in fanal("sensitive", "propose", *HIDE, who="amal").out
    assert not own(fanal)
    assert "another person has to agree" in fanal("sensitive", "agree", 1, who="amal", code=4).err
    assert "by amal alone" in fanal("sensitive", "withdraw", 1, who="bela", code=4).err
    told = fanal("sensitive", "agree", 1, who="bela").out
    assert "Number 1 is in force" in told
    assert "write them again" in told
    (row,) = own(fanal)
    assert (row["area"], row["rule"], row["reason"], row["proposed_by"], row["answered_by"]) == (
        HIDDEN,
        "never",
        "a shelter",
        "amal",
        "bela",
    )
    fanal("sensitive", "end", 1, "--reason", "it moved", who="bela")
    assert len(own(fanal)) == 1
    assert "another person has to agree" in fanal("sensitive", "agree", 3, who="bela", code=4).err
    assert "end of number 1" in fanal("sensitive", who="cora").out
    assert "Number 1 ended" in fanal("sensitive", "agree", 3, who="cora").out
    assert not own(fanal)
    over = fanal("sensitive", "--all", "--json", who="amal").json["over"]
    assert [(row["number"], row["standing"]) for row in over] == [(1, "ended"), (3, "ended")]
    assert "ended" in fanal("sensitive", "--all", who="amal").out
    with held(named) as workspace:
        rows = workspace.audit.all()
    assert [(one.who, one.act) for one in rows if one.about.startswith("sensitive:")] == [
        ("amal", Deed.RULE_PROPOSED),
        ("bela", Deed.RULE_DECIDED),
        ("bela", Deed.RULE_PROPOSED),
        ("cora", Deed.RULE_DECIDED),
    ]


def own(fanal: Run) -> list[dict[str, Any]]:
    """Return the rules of the workspace's own list that are in force."""
    return [row for row in fanal("sensitive", "--json", who="cora").json["in_force"] if row["number"]]


def test_who_is_not_here_with_a_role_does_not_change_the_list(fanal: Run, named: Path) -> None:
    fanal("sensitive", "propose", *HIDE, who="amal")
    for who, said in (
        ("", "no token"),
        ("nobody", "nobody holds"),
        ("left", "nobody holds"),
        ("audit", "may not"),
    ):
        assert said in fanal("sensitive", "agree", 1, who=who, code=4).err
        assert said in fanal("sensitive", who=who, code=4).err
    with held(named) as workspace, workspace.desk.transaction() as connection:
        workspace.people.end(connection, "amal", at=NOW, by="dora")
    assert "does not work here any more" in fanal("sensitive", "agree", 1, who="bela", code=4).err
    assert not own(fanal)


def test_one_person_holds_something_back_at_once_for_some_days(
    fanal: Run, named: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert named.is_dir()
    assert "in force until" in fanal("sensitive", "hold", *HIDE, who="amal").out
    assert HIDDEN not in write_open_data(fanal, tmp_path / "held")
    (row,) = own(fanal)
    assert row["standing"] == "held"
    assert "already" in fanal("sensitive", "hold", *HIDE, who="amal", code=4).err
    with monkeypatch.context() as later:
        for name in ("sensitive", "release"):
            later.setattr(f"fanal.cli.{name}.now", lambda: datetime.now(UTC) + timedelta(days=8))  # noqa: TID251
        assert not own(fanal)
        assert HIDDEN in write_open_data(fanal, tmp_path / "lapsed")
        assert "lapsed" in fanal("sensitive", "agree", 1, who="bela", code=4).err
    fanal("sensitive", "agree", 1, who="bela")
    assert own(fanal)[0]["standing"] == "in_force"


def test_a_hold_does_not_wait_for_a_run_that_holds_the_workspace(fanal: Run, named: Path) -> None:
    with held(named):
        assert "is in use by" in fanal("alerts", who="amal", code=1).err
        fanal("sensitive", "hold", *HIDE, who="amal")
        fanal("sensitive", "agree", 1, who="bela")
    assert own(fanal)


def test_a_rule_that_would_hold_nothing_back_is_refused_with_what_is_near(fanal: Run, named: Path) -> None:
    assert named
    other = ("--rule", "never", "--reason", "x")
    for code, near in (("pcode:T1a", "pcode:T1A (Alder)"), ("Aldr", "pcode:T1A (Alder)"), ("zzzz", "scheme")):
        assert near in fanal("sensitive", "propose", "--area", code, *other, who="amal", code=1).err
    for wrong in (
        (*other, "--area", HIDDEN, "--group", "displaced"),
        other,
        (*other, "--area", HIDDEN, "--days", 3),
        ("--area", HIDDEN, "--rule", "later", "--reason", "x"),
        ("--area", HIDDEN, "--rule", "never", "--reason", " "),
    ):
        assert fanal("sensitive", "propose", *wrong, who="amal", code=1).err
    assert fanal("sensitive", "propose", *other, "--group", "displacd", who="amal", code=2).err
    assert (
        "over on" in fanal("sensitive", "propose", *HIDE, "--expires", "2020-01-01", who="amal", code=4).err
    )
    assert (
        "never or later"
        in fanal(
            "sensitive", "hold", "--area", HIDDEN, "--rule", "coarser", "--reason", "x", who="amal", code=4
        ).err
    )
    assert "has no number 9" in fanal("sensitive", "agree", 9, who="amal", code=1).err


def test_a_rule_whose_area_is_no_layer_s_any_longer_stops_everything(
    fanal: Run, named: Path, tmp_path: Path
) -> None:
    hide(fanal)
    left = areas().filter(pa.array([True, False, True]))
    with held(named) as workspace:
        workspace.layers.add(layer(LayerKind.AREAS, left))
    for words in (("release", "--out", tmp_path / "out"), ("index",), ("update",), ("alerts",)):
        assert "which no layer of areas knows" in fanal(*words, who="amal", code=4).err
    assert not (tmp_path / "out").exists()
    assert "which no layer of areas knows" in fanal("sensitive", who="amal").out
    fanal("sensitive", "end", 1, "--reason", "new codes", who="amal")
    fanal("sensitive", "agree", 3, who="bela")
    fanal("release", "--out", tmp_path / "out", who="amal")


def test_a_list_that_was_changed_by_hand_stops_everything(fanal: Run, named: Path, tmp_path: Path) -> None:
    hide(fanal)
    with held(named) as workspace, workspace.desk.transaction() as connection:
        connection.exec_driver_sql("DROP TRIGGER sensitive_update")
        connection.exec_driver_sql("UPDATE sensitive SET area = 'pcode:T1B' WHERE id = 1")
    for words in (
        ("release", "--out", tmp_path / "out"),
        ("serve", "--out", tmp_path / "out"),
        ("sensitive",),
    ):
        assert "changed by hand" in fanal(*words, who="amal", code=4).err
    assert not (tmp_path / "out").exists()


def test_what_was_sent_as_cap_is_cancelled_and_comes_back_by_a_new_approval_alone(
    fanal: Run, named: Path, tmp_path: Path
) -> None:
    ids, cap = approve_all(named), tmp_path / "cap"
    fanal("alerts", "send", "--cap", cap, who="amal")
    assert cap_documents(cap) == {f"{one}.1.xml": "Alert" for one in ids}
    hide(fanal)
    told = fanal("alerts", "send", "--cap", cap, "--json", who="amal").json
    assert (told["notices"], told["withdrawn"]) == (2, 4)
    documents = cap_documents(cap)
    assert sorted(str(kind) for kind in documents.values()) == ["Alert"] * 2 + ["Cancel"] * 4
    cancelled = [name for name, kind in documents.items() if kind == "Cancel"]
    for name in cancelled:
        text = (cap / name).read_text(encoding="utf-8")
        assert not [word for word in (*WORDS, "sensitive") if word in text]
        assert "This does not mean that an area is safe." in text
    texts = all_of(cap)
    fanal("alerts", "send", "--cap", cap, who="amal")
    assert all_of(cap) == texts  # the same the next day: a reader has each of them once

    fanal("sensitive", "end", 1, "--reason", "it moved", who="amal")
    fanal("sensitive", "agree", 3, who="bela")
    ended = fanal("alerts", "send", "--cap", cap, who="amal")
    assert ended.err.count("was withdrawn: show it, then approve it again") == 4
    fanal("alerts", "approve", cancelled[0].partition(".")[0], who="amal")
    fanal("alerts", "send", "--cap", cap, who="amal")
    again = cancelled[0].replace(".1.cancel", ".2")
    assert cap_documents(cap)[again] == "Alert"


def cap_documents(folder: Path) -> dict[str, str | None]:
    """Return the kind of each CAP document of a folder, by name."""
    return {
        path.name: ET.fromstring(path.read_bytes()).findtext("c:msgType", namespaces=C)  # noqa: S314 - our own
        for path in folder.glob("*.xml")
    }
