"""What the help page knows of a workspace follows what staff block within a minute, and sends nobody in the dark."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.said import run
from tests.cli.small import small

from fanal.cli.known_of_directory import EVERY, KnownOfDirectory
from fanal.cli.session import Session
from fanal.model.error import UserError
from fanal.web.help.found import find
from fanal.web.help.known import Known
from fanal.web.help.question import Question

LIST = """organization,services,phone,pcode,lat,lon
Near House,Health,+964 770 123 4567,T1B,30.5,41.5
Lantern,Helpline,+964 770 111 2222,,,
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a workspace with a hotspot in one district and a verified service with a place in the other."""
    base = tmp_path_factory.mktemp("known")
    made = small(base / "w")
    (base / "list.csv").write_text(LIST, encoding="utf-8")
    run(made, "services", "import", base / "list.csv", "--source", "List")
    run(
        made,
        "services",
        "verify",
        *(one["id"] for one in run(made, "services", "list", "--json").json["services"]),
    )
    return made


def goes(known: Known, moment: datetime) -> list[str]:
    """Return the names of those that somebody in the district is sent to."""
    asked = Question("en", True, area="pcode:T1B").meant()
    return [one.organization for one in find(known, asked, moment=moment, zone=UTC) if one.goes]


def test_a_block_holds_after_a_minute_and_ends_after_a_minute(workspace: Path) -> None:
    moment = datetime.now(UTC)  # noqa: TID251 - the commands below read the machine's clock
    known = KnownOfDirectory(Session(workspace), UTC)
    first = known(moment)
    assert first.danger.hotspots == {"pcode:T1A"}
    assert goes(first, moment) == ["Near House"]
    run(workspace, "services", "block", "add", "pcode:T1B", "--reason", "Fighting")
    assert known(moment + EVERY / 2) is first
    later = known(moment + EVERY)
    assert later is not first
    assert later.doors is first.doors, "the directory is not read again for it"
    assert later.danger.hotspots == {"pcode:T1A"}
    assert goes(later, moment) == []
    assert known(moment + 2 * EVERY) is later
    run(workspace, "services", "block", "end", "1")
    assert goes(known(moment + 3 * EVERY), moment) == ["Near House"]


def test_a_new_day_reads_the_directory_again(workspace: Path) -> None:
    moment = datetime.now(UTC)  # noqa: TID251 - as above
    known = KnownOfDirectory(Session(workspace), UTC)
    first = known(moment)
    assert known(moment + timedelta(days=1)).doors is not first.doors


def test_where_the_workspace_cannot_be_read_nobody_is_sent_anywhere(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    moment = datetime.now(UTC)  # noqa: TID251 - as above
    known = KnownOfDirectory(Session(workspace), UTC)
    known(moment)
    settings = workspace / "fanal.toml"
    settings.rename(workspace / "away.toml")
    try:
        for minutes in (1, 2):
            dark = known(moment + minutes * EVERY)
            assert dark.afar
            assert goes(dark, moment) == []
            asked = Question("en", True, area="pcode:T1B").meant()
            assert find(dark, asked, moment=moment, zone=UTC), "phones are told"
        with pytest.raises(UserError, match="is no workspace"):
            KnownOfDirectory(Session(workspace), UTC)(moment)
    finally:
        (workspace / "away.toml").rename(settings)
    assert " ".join(capsys.readouterr().err.split()).count("tells only what is reached from afar") == 1
    assert goes(known(moment + 3 * EVERY), moment) == ["Near House"]
