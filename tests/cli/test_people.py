"""Roles as people meet them: each command asks for one, the log says who, and what must lie in two hands does."""

import os
import re
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from tests.cli.conftest import COMMAND
from tests.cli.said import DONE, FAILED, REFUSED, run
from tests.cli.small import hotspot, small
from typer.main import get_command

from fanal import settings_file
from fanal.cli.dice import secret
from fanal.cli.duties import MAY, OPEN
from fanal.cli.main import app
from fanal.model.duty import APART
from fanal.model.estimate import COUNT_SCHEMA, SILENCE_SCHEMA
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.person import Deed, Purpose, Role
from fanal.store.workspace import opened

CHECKOUT = Path(__file__).resolve().parents[2]
LOCATION = "ac148810-d857-441c-9679-408f346de14b"
PARTNER = "A partner | by agreement"


def staffed(folder: Path) -> dict[Role, str]:
    """Name one person for each role, the administrator first, and return their tokens."""
    tokens: dict[Role, str] = {}
    for role in (Role.ADMINISTRATOR, *(role for role in Role if role is not Role.ADMINISTRATOR)):
        told = run(
            folder,
            "people",
            "add",
            f"The {role}",
            "--role",
            role,
            "--json",
            token=tokens.get(Role.ADMINISTRATOR, ""),
        ).json
        tokens[role] = told["token"]
    return tokens


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Role, str]]:
    """Return a small workspace with partners and one person for each role, and their tokens."""
    folder = small(tmp_path_factory.mktemp("office") / "w")
    text = settings_file.template(alerts={"sender": "alerts@example.org"}, privacy={"partners": (PARTNER,)})
    (folder / "fanal.toml").write_text(text, encoding="utf-8")
    return folder, staffed(folder)


@pytest.fixture(scope="module")
def used(
    office: tuple[Path, dict[Role, str]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[Role, str]]:
    """Return a copy of the office in which every command is given once."""
    folder, tokens = office
    return Path(shutil.copytree(folder, tmp_path_factory.mktemp("used") / "w")), tokens


@pytest.fixture
def copied(office: tuple[Path, dict[Role, str]], tmp_path: Path) -> tuple[Path, dict[Role, str]]:
    """Return a copy of the office, to be changed."""
    folder, tokens = office
    return Path(shutil.copytree(folder, tmp_path / "w")), tokens


def commands() -> Iterator[str]:
    """Give the name of every command, and of each group that does something by itself."""
    for name, verb in get_command(app).commands.items():  # type: ignore[attr-defined]
        found = verb or get_command(app).get_command(None, name)  # type: ignore[attr-defined]
        below = getattr(found, "commands", None)
        if not below:
            yield name
            continue
        if found.invoke_without_command:
            yield name
        for part, one in below.items():
            yield from [f"{name} {part} {deeper}" for deeper in getattr(one, "commands", ())] or [
                f"{name} {part}"
            ]


ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "alerts acknowledge": ("alerts", "acknowledge", "zz"),
    "alerts approve": ("alerts", "approve", "zz"),
    "alerts mute": ("alerts", "mute", "zz", "--until", "2026-01-05", "--reason", "known"),
    "alerts send": ("alerts", "send", "--cap", "OUT"),
    "alerts send --circle partners": ("alerts", "send", "--cap", "OUT", "--circle", "partners"),
    "alerts show": ("alerts", "show", "zz"),
    "brief": ("brief", "--out", "OUT"),
    "brief --circle partners": ("brief", "--out", "OUT", "--circle", "partners", "--to", PARTNER),
    "erase": ("erase", "--before", "2000-01-03", "--yes"),
    "incident note": ("incident", "note", "A test", "--kind", "other", "--severity", "low"),
    "layers add": ("layers", "add", "nowhere.csv", "--kind", "events"),
    "people add": ("people", "add", "Somebody new", "--role", "analyst"),
    "people end": ("people", "end", "Nobody"),
    "people renew": ("people", "renew", "Nobody"),
    "people roles": ("people", "roles", "Nobody", "--role", "analyst"),
    "pleas close": ("pleas", "close", "0" * 16, "--as", "answered"),
    "pleas list": ("pleas", "list", "--purpose", "outreach"),
    "pleas reopen": ("pleas", "reopen", "0" * 16),
    "pleas show": ("pleas", "show", "0" * 16, "--purpose", "outreach"),
    "pleas take": ("pleas", "take", "0" * 16),
    "read": ("read", "nowhere.jsonl"),
    "records export": ("records", "export", "--out", "OUT"),
    "rejects show --purpose": ("rejects", "show", "1", "--purpose", "quality"),
    "release": ("release", "--out", "OUT"),
    "release --circle partners": ("release", "--out", "OUT", "--circle", "partners", "--to", PARTNER),
    "sensitive agree": ("sensitive", "agree", "1"),
    "sensitive end": ("sensitive", "end", "1", "--reason", "A test"),
    "sensitive hold": ("sensitive", "hold", "--area", "pcode:none", "--rule", "never", "--reason", "A test"),
    "sensitive propose": (
        "sensitive",
        "propose",
        "--area",
        "pcode:none",
        "--rule",
        "never",
        "--reason",
        "A test",
    ),
    "sensitive withdraw": ("sensitive", "withdraw", "1"),
    "services block add": ("services", "block", "add", "pcode:none", "--reason", "A test"),
    "services block end": ("services", "block", "end", "1"),
    "services place erase": ("services", "place", "erase", LOCATION),
    "services place set": ("services", "place", "set", LOCATION, "--file", "nowhere.json"),
    "services place show": ("services", "place", "show", LOCATION, "--purpose", "outreach"),
    "serve": ("serve", "--out", "OUT"),
    "services end": ("services", "end", "--source", "none"),
    "services export": ("services", "export", "--out", "OUT"),
    "services export --whole": ("services", "export", "--whole", "--out", "OUT"),
    "services gap --out": ("services", "gap", "--out", "OUT"),
    "services gap --out --circle partners": (
        "services",
        "gap",
        "--out",
        "OUT",
        "--circle",
        "partners",
        "--to",
        PARTNER,
    ),
    "services import": ("services", "import", "nowhere.csv", "--source", "none"),
    "services show": ("services", "show", "none"),
    "services verify": ("services", "verify", "none"),
}
"""How each command is given; those that need nothing more are given by their name."""


def test_every_command_says_who_may_give_it() -> None:
    there = set(commands())
    named = {re.sub(" --.*", "", command) for command in MAY}
    free = {command for command in there if command in OPEN or command.split()[0] in OPEN}
    assert there - named - free == set(), "name its roles in fanal.cli.duties, or why it needs none"
    assert named - there == set()
    assert not named & free


@pytest.mark.parametrize("command", MAY)
def test_a_command_is_for_its_roles_alone(
    used: tuple[Path, dict[Role, str]], tmp_path: Path, command: str
) -> None:
    folder, tokens = used
    given = ARGUMENTS.get(command, tuple(command.split()))
    for number, role in enumerate(Role):
        if role in MAY[command][1:]:
            continue  # one that may is enough
        arguments = [str(tmp_path / str(number)) if one == "OUT" else one for one in given]
        ended = run(folder, *arguments, token=tokens[role], code=None)
        if role not in MAY[command]:
            assert ended.code == REFUSED, (role, ended)
            assert f"The {role} may not do this: it needs the role" in ended.err
            assert not (tmp_path / str(number)).exists()
            assert ended.out == ""
        else:
            assert ended.code in (DONE, FAILED), (role, ended)  # what it names may not be there
    for token, said in (("", "no token was given"), ("fanal_" + "A" * 43, "nobody holds the token")):
        assert said in run(folder, *given, token=token, code=REFUSED).err


def test_what_was_done_and_refused_stands_in_the_log(
    copied: tuple[Path, dict[Role, str]], tmp_path: Path
) -> None:
    folder, tokens = copied
    alert = run(folder, "alerts", "--json", token=tokens[Role.ANALYST]).json["alerts"][0]["id"]
    run(folder, "alerts", "approve", alert, token=tokens[Role.ANALYST], code=REFUSED)
    run(folder, "alerts", "approve", alert, token=tokens[Role.REVIEWER])
    run(folder, "alerts", "send", "--cap", tmp_path / "cap", token=tokens[Role.ANALYST])
    to = ("--circle", "partners", "--to", PARTNER)
    run(folder, "release", "--out", tmp_path / "for-them", *to, token=tokens[Role.REVIEWER])
    run(folder, "release", "--out", tmp_path / "open", token=tokens[Role.ANALYST])
    run(folder, "update", token=tokens[Role.ANALYST])
    rows = run(folder, "audit", "list", "--json", token=tokens[Role.AUDITOR]).json["rows"]
    told = [(row["who"], row["act"], row["about"]) for row in rows]
    assert told[-9:] == [
        ("The analyst", "refused", "a command"),
        ("The reviewer", "decided", alert),
        ("The analyst", "sent", f"{alert}.1"),
        ("The analyst", "sent", f"{alert}.1"),
        ("The reviewer", "release_written", "release"),
        ("The analyst", "release_written", "release"),
        ("The analyst", "release_made", "update"),
        ("The analyst", "release_made", "update"),
        ("The auditor", "audit_read", "audit"),
    ]
    facts = {row["id"]: row["facts"] for row in rows}
    written = [row for row in rows if row["act"] == "release_written"]
    assert [row["facts"]["to"] for row in written] == [PARTNER, "public"]
    assert "release:layers:hotspots" in written[1]["facts"]["ids"].split()
    assert [row["facts"]["outcome"] for row in rows if row["act"] == "sent"] == ["started", "delivered"]
    for hidden in ("pcode:", "conflict", "Alder", str(tmp_path)):
        assert hidden not in str(facts), hidden
    assert run(folder, "audit", "verify", "--json", token=tokens[Role.ADMINISTRATOR]).json["holds"]
    (decision,) = run(folder, "alerts", "show", alert, "--json", token=tokens[Role.ANALYST]).json["decisions"]
    assert decision["by"] == "The reviewer"


def test_a_partner_is_named_and_is_one(office: tuple[Path, dict[Role, str]], tmp_path: Path) -> None:
    folder, tokens = office
    reviewer = tokens[Role.REVIEWER]
    for verb in ("release", "brief"):
        out = ("--out", tmp_path / "out")
        partners = ("--circle", "partners")
        assert "Say which partner" in run(folder, verb, *out, *partners, token=reviewer, code=FAILED).err
        wrong = run(folder, verb, *out, *partners, "--to", "X", token=reviewer, code=FAILED)
        assert "X is no partner" in wrong.err
        assert (
            "--to names a partner"
            in run(folder, verb, *out, "--to", PARTNER, token=reviewer, code=FAILED).err
        )
        inside = run(folder, verb, *out, "--circle", "inside", token=reviewer, code=FAILED)
        assert "for the public or for partners" in inside.err
    assert not (tmp_path / "out").exists()


def test_the_first_person_is_an_administrator_and_the_owner_is_nobody_then(tmp_path: Path) -> None:
    folder = small(tmp_path / "w")
    assert run(folder, "people").out.startswith("Nobody is named")
    assert (
        "must be an administrator" in run(folder, "people", "add", "A", "--role", "analyst", code=FAILED).err
    )
    file = tmp_path / "amal.token"
    told = run(folder, "people", "add", "Amal A.", "--role", "administrator", "--token-file", file)
    token = file.read_text(encoding="ascii").strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert token.startswith("fanal_")
    assert token not in told.out + told.err
    assert run(folder, "status", code=REFUSED).out == ""
    assert run(folder, "status", token=token).out
    kept = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert token.encode() not in kept
    ended = subprocess.run(
        [COMMAND, "-w", folder, "people", "--json"],
        env={**os.environ, "FANAL_TOKEN_FILE": str(file)},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    assert '"Amal A."' in ended.stdout
    again = run(
        folder, "people", "add", "B", "--role", "analyst", "--token-file", file, token=token, code=FAILED
    )
    assert "cannot be made" in again.err
    assert len(run(folder, "people", "--json", token=token).json["people"]) == 1


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("THE ANALYST", "is named here already"),
        ("the analyst", "is named here already"),
        ("Ｔｈｅ analyst", "is named here already"),
        ("The  analyst ", "is named here already"),
        ("", "A name is 1 to 100 letters"),
        ("a" * 101, "A name is 1 to 100 letters"),
        ("The\nanalyst", "all of which show"),
        ("The\x1b[31m analyst", "all of which show"),
        ("The analyst\u200b", "all of which show"),
        ("The \u202eanalyst", "all of which show"),
        ("The\u3164analyst", "all of which show"),
        ("The analyst\ufe0f", "all of which show"),
        ("owner:root", "holds no colon"),
    ],
)
def test_a_name_that_could_pass_for_another_is_refused(
    office: tuple[Path, dict[Role, str]], name: str, said: str
) -> None:
    folder, tokens = office
    admin = tokens[Role.ADMINISTRATOR]
    assert said in run(folder, "people", "add", name, "--role", "analyst", token=admin, code=FAILED).err


def test_names_of_many_scripts_are_kept_as_they_are(copied: tuple[Path, dict[Role, str]]) -> None:
    folder, tokens = copied
    admin = tokens[Role.ADMINISTRATOR]
    for name in ("أمل", "Şîlan Kurdî", "Ève O'Neil-Ruiz", "Ἀθηνᾶ"):
        run(folder, "people", "add", name, "--role", "analyst", token=admin)
        assert name in run(folder, "people", token=admin).out


@pytest.mark.parametrize(("one", "other", "why"), APART)
def test_what_must_lie_in_two_hands_is_refused(
    office: tuple[Path, dict[Role, str]], one: Role, other: Role, why: str
) -> None:
    folder, tokens = office
    admin = tokens[Role.ADMINISTRATOR]
    both = ("--role", one, "--role", other)
    assert why in run(folder, "people", "add", "Both", *both, token=admin, code=FAILED).err
    assert why in run(folder, "people", "roles", "The analyst", *both, token=admin, code=FAILED).err


def test_roles_change_end_and_a_lost_token_is_renewed(copied: tuple[Path, dict[Role, str]]) -> None:
    folder, tokens = copied
    admin = tokens[Role.ADMINISTRATOR]
    analyst = tokens[Role.ANALYST]
    run(folder, "people", "roles", "The analyst", "--role", "analyst", "--role", "reviewer", token=admin)
    run(folder, "alerts", "approve", "zz", token=analyst, code=FAILED)  # no such alert, and no refusal
    told = run(folder, "people", "renew", "The analyst", "--json", token=admin).json
    run(folder, "status", token=analyst, code=REFUSED)
    run(folder, "status", token=told["token"])
    run(folder, "people", "end", "The analyst", token=admin)
    run(folder, "status", token=told["token"], code=REFUSED)
    assert (
        "Nobody is named The analyst"
        in run(folder, "people", "end", "The analyst", token=admin, code=FAILED).err
    )
    again = run(folder, "people", "add", "The analyst", "--role", "analyst", token=admin, code=FAILED)
    assert "is named here already" in again.err
    assert ", ended 20" in run(folder, "people", token=admin).out
    rows = run(folder, "audit", "list", "--json", token=tokens[Role.AUDITOR]).json["rows"]
    changes = [row["act"] for row in rows if row["about"] == "The analyst"]
    assert changes == ["person_added", "roles_changed", "token_renewed", "person_ended"]
    assert run(folder, "audit", "verify", "--json", token=tokens[Role.AUDITOR]).json["holds"]


def test_one_administrator_stays_and_none_raises_themselves(copied: tuple[Path, dict[Role, str]]) -> None:
    folder, tokens = copied
    admin, own = tokens[Role.ADMINISTRATOR], "The administrator"
    assert "is the last administrator" in run(folder, "people", "end", own, token=admin, code=FAILED).err
    both = ("--role", "administrator", "--role", "analyst")
    assert (
        "Nobody changes their own roles"
        in run(folder, "people", "roles", own, *both, token=admin, code=FAILED).err
    )
    other = run(folder, "people", "add", "Another", "--role", "administrator", "--json", token=admin).json[
        "token"
    ]
    run(folder, "people", "roles", own, *both, token=other)
    run(folder, "people", "end", own, token=other)
    assert (
        "is the last administrator" in run(folder, "people", "end", "Another", token=other, code=FAILED).err
    )


def test_when_no_administrator_has_a_token_the_owner_renews_one_and_the_log_says_so(
    copied: tuple[Path, dict[Role, str]],
) -> None:
    folder, tokens = copied
    recover = ("people", "renew", "--recover", "--json")
    assert "is no administrator" in run(folder, *recover, "The analyst", code=FAILED).err
    token = run(folder, *recover, "The administrator").json["token"]
    run(folder, "people", token=token)
    row = run(folder, "audit", "list", "--json", token=tokens[Role.AUDITOR]).json["rows"][-2]
    assert (row["act"], row["about"]) == ("token_renewed", "The administrator")
    assert row["who"].startswith("owner:")


def changed(folder: Path, *statements: str) -> None:
    """Do to the desk what somebody does who can write its file."""
    with sqlite3.connect(folder / "desk.sqlite") as raw:
        for statement in statements:
            raw.execute(statement)
    raw.close()


def test_somebody_who_writes_themselves_into_the_desk_may_nothing_and_is_named(
    copied: tuple[Path, dict[Role, str]],
) -> None:
    folder, tokens = copied
    auditor, outreach = tokens[Role.AUDITOR], tokens[Role.OUTREACH]
    run(folder, "status", token=outreach)
    changed(folder, "UPDATE people SET roles = '[\"administrator\"]' WHERE name = 'The outreach'")
    for command in (("people",), ("status",)):
        assert (
            "does not know The outreach as the desk has them"
            in run(folder, *command, token=outreach, code=FAILED).err
        )
    said = run(folder, "audit", "verify", token=auditor, code=FAILED).err
    assert "other people than the audit log names: The outreach" in said
    changed(
        folder,
        "INSERT INTO people SELECT 'Ghost', roles, token || 'x', added_at, added_by, ended_at FROM people LIMIT 1",
        "INSERT INTO audit SELECT (SELECT max(id) + 1 FROM audit), at, who, act, purpose, 'Ghost', facts, previous, "
        "digest FROM audit WHERE about = 'The administrator' LIMIT 1",
    )
    run(folder, "status", token=auditor)  # a row without the key's digest names nobody, and disturbs nobody
    assert "does not hold" in run(folder, "audit", "verify", token=auditor, code=FAILED).err
    changed(folder, "DELETE FROM people")
    ended = run(folder, "status", code=FAILED)
    assert "were taken out of its desk by other means" in ended.err


def test_where_the_key_of_the_log_is_lost_the_owner_renews_an_administrator_and_they_the_others(
    copied: tuple[Path, dict[Role, str]],
) -> None:
    folder, tokens = copied
    (folder / "keys" / "audit.key").unlink()
    assert "does not know The auditor" in run(folder, "status", token=tokens[Role.AUDITOR], code=FAILED).err
    admin = run(folder, "people", "renew", "The administrator", "--recover", "--json").json["token"]
    auditor = run(folder, "people", "renew", "The auditor", "--json", token=admin).json["token"]
    said = run(folder, "audit", "verify", token=auditor, code=FAILED).err
    assert "Row 1: it was changed, or written without the log's key" in said


def test_a_log_that_does_not_hold_is_a_sentence_and_a_code(copied: tuple[Path, dict[Role, str]]) -> None:
    folder, tokens = copied
    auditor = tokens[Role.AUDITOR]
    head = run(folder, "audit", "head", token=auditor).out.strip()
    assert "The audit log holds" in run(folder, "audit", "verify", "--head", head, token=auditor).out
    wrong = head[:-1] + ("0" if head[-1] != "0" else "1")
    assert "does not hold" in run(folder, "audit", "verify", "--head", wrong, token=auditor, code=FAILED).err
    assert "is no head" in run(folder, "audit", "verify", "--head", "x", token=auditor, code=FAILED).err
    changed(folder, "DROP TRIGGER audit_update", "UPDATE audit SET who = 'Somebody else' WHERE id = 2")
    said = run(folder, "audit", "verify", "--json", token=auditor, code=FAILED)
    assert "Row 2: it was changed" in said.err
    assert said.json["flaws"][0]["row"] == 2


def counted(folder: Path) -> Path:
    """Make a workspace with exact counts of one week, one of them small."""
    small(folder)
    weights = {"weight": 1.0, "weight_low": 0.0, "weight_high": 2.0}
    cells = [
        {"area": area, "week": date(2014, 8, 4), "category": "need", "author_weeks": count, **weights}
        for area, count in (("pcode:T1A", 40), ("pcode:T1B", 9))
    ]
    with opened(folder, dice=secret, writing=True) as workspace:
        workspace.lake.overwrite("counts", pa.Table.from_pylist(cells, schema=COUNT_SCHEMA))
        found = [
            hotspot(0, [area], family="need", observed=count)
            for area, count in (("pcode:T1A", 40), ("pcode:T1B", 9))
        ]
        workspace.lake.overwrite("hotspots", pa.Table.from_pylist(found, schema=HOTSPOT_SCHEMA))
        workspace.lake.overwrite("silence", SILENCE_SCHEMA.empty_table())
    return folder


def test_what_cannot_be_logged_is_neither_shown_nor_written(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=20m", "tmpfs", disk], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("A disk cannot be mounted here: this test needs the right to mount a tmpfs.")
    try:
        folder = counted(disk / "w")
        run(folder, "inside")
        head = run(folder, "audit", "head").out
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        for command in (("inside",), ("audit", "list"), ("release", "--out", tmp_path / "open")):
            ended = run(folder, *command, code=FAILED)
            assert "is written into the audit log first, and that cannot be" in ended.err
            assert ended.out == ""
        assert not (tmp_path / "open").exists()
        assert head.strip() in run(folder, "audit", "verify").out
        assert run(folder, "status").out
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_exact_numbers_are_shown_under_a_purpose_and_small_cells_are_not(tmp_path: Path) -> None:
    folder = counted(tmp_path / "w")
    tokens = staffed(folder)
    shown = run(folder, "inside", "--purpose", "quality", "--json", token=tokens[Role.ANALYST]).json
    assert [row["author_weeks"] for row in shown["counts"]] == [40, None]
    assert [(row["observed"], row["llr"]) for row in shown["hotspots"]] == [(40, 9.0), (None, None)]
    text = run(folder, "inside", token=tokens[Role.ANALYST]).out
    assert "Birch (pcode:T1B)  need  *" in text
    assert ": * where" in text
    assert (
        "Nothing was counted in the week"
        in run(folder, "inside", "--week", "2020-01-06", token=tokens[Role.ANALYST], code=FAILED).err
    )
    rows = run(folder, "audit", "list", "--json", token=tokens[Role.AUDITOR]).json["rows"]
    looks = [(row["who"], row["purpose"], row["facts"]) for row in rows if row["act"] == Deed.NUMBERS_READ]
    assert looks == [
        ("The analyst", Purpose.QUALITY, {"week": "2014-08-04"}),
        ("The analyst", Purpose.ANALYSIS, {"week": "2014-08-04"}),
    ]


def test_the_page_of_roles_says_what_the_code_does() -> None:
    text = (CHECKOUT / "docs" / "people.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `fanal ([^`]+)` \| ([^|]+) \|$", text, re.MULTILINE))
    assert rows == {
        command: "anybody who is named" if len(roles) == len(Role) else ", ".join(sorted(roles))
        for command, roles in MAY.items()
    }
    for one, other, why in APART:
        assert f"| {one} | {other} | {why} |" in text
    for closed in (Role, Purpose, Deed):
        assert not [
            member
            for member in closed
            if f"`{member.value}`" not in text + (CHECKOUT / "docs" / "audit.md").read_text(encoding="utf-8")
        ]
