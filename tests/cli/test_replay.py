"""`fanal index --as-of`: a past day is replayed with the layers as they were known here then."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.cli.said import REFUSED, run
from tests.cli.small import AREAS, areas, layer

from fanal import settings_file
from fanal.cli.dice import secret
from fanal.model.layer import EVENTS_SCHEMA, POPULATION_SCHEMA, Layer, LayerKind
from fanal.store.workspace import make, opened

FIRST, CORRECTED, NEWER = date(2014, 9, 1), date(2014, 10, 1), date(2014, 11, 1)
"""Days on which versions of the events became known."""


def events(at_alder: int, at_birch: int) -> Layer:
    rows = [
        {
            "area": area,
            "id": f"{area}-{n}",
            "start": date(2014, 5, 5) + timedelta(days=n),
            "end": date(2014, 5, 5) + timedelta(days=n),
            "violence": "one_sided",
            "deaths": 1,
            "precision": 1,
        }
        for area, count in (("pcode:T1A", at_alder), ("pcode:T1B", at_birch))
        for n in range(count)
    ]
    return layer(LayerKind.EVENTS, pa.Table.from_pylist(rows, schema=EVENTS_SCHEMA))


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Return a workspace whose events were published, corrected, and published anew."""
    folder = tmp_path / "w"
    make(folder, settings_file.template())
    people = [{"area": code, "group": "residents", "year": 2014, "people": 90_000} for code, *_ in AREAS]
    population = layer(LayerKind.POPULATION, pa.Table.from_pylist(people, schema=POPULATION_SCHEMA))
    with opened(folder, dice=secret, writing=True) as open_workspace:
        open_workspace.layers.add(layer(LayerKind.AREAS, areas()))
        open_workspace.layers.add(population)
        for day, counts in ((FIRST, (60, 5)), (CORRECTED, (5, 60)), (NEWER, (90, 90))):
            known = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            open_workspace.layers.add(events(*counts), known_at=known)
    return folder


def held_back(folder: Path, area: str) -> str:
    """Name two people, hold an area back, and return the token of one who may see the index."""
    administrator = run(folder, "people", "add", "Amal", "--role", "administrator", "--json").json["token"]
    people = run(folder, "people", "add", "Bahar", "--role", "analyst", "--json", token=administrator)
    token = str(people.json["token"])
    run(folder, "sensitive", "hold", "--area", area, "--rule", "never", "--reason", "asked for", token=token)
    return token


def ranked(folder: Path, day: date, *, token: str = "") -> dict[str, Any]:
    told = run(folder, "index", "--as-of", day, "--week", "2014-07-14", "--json", token=token).json
    assert told["as_of"] == day.isoformat()
    return {row["name"]: row["rank"] for row in told["ranked"]}


def test_each_day_has_the_versions_of_then(workspace: Path) -> None:
    assert ranked(workspace, FIRST) == {"Alder": 1, "Birch": 2}
    assert ranked(workspace, CORRECTED - timedelta(days=1)) == {"Alder": 1, "Birch": 2}
    assert ranked(workspace, CORRECTED) == {"Birch": 1, "Alder": 2}
    assert ranked(workspace, NEWER) == {"Alder": 1, "Birch": 1}
    said = run(workspace, "index", "--as-of", CORRECTED, "--week", "2014-07-14").out
    assert "as they were known here on 2014-10-01. This is no Release." in said


def test_before_anything_was_known_there_is_nothing(workspace: Path) -> None:
    ended = run(workspace, "index", "--as-of", FIRST - timedelta(days=1), code=1)
    assert "Nothing that an index needs was known here at 2014-08-31 23:59 UTC." in ended.err
    assert "layers list --versions" in ended.err


def test_a_replay_stores_and_releases_nothing(workspace: Path) -> None:
    run(workspace, "index", "--as-of", CORRECTED, "--week", "2014-07-14")
    assert "none was released" in run(workspace, "index", code=1).err
    with opened(workspace, dice=secret, writing=False) as open_workspace:
        assert open_workspace.ledger.all() == []


def test_the_week_is_one_that_was_over(workspace: Path) -> None:
    told = run(workspace, "index", "--as-of", "2014-09-10", "--json").json
    assert told["week"] == "2014-09-01"
    assert (
        "was not over on"
        in run(workspace, "index", "--as-of", "2014-09-10", "--week", "2014-09-08", code=1).err
    )
    assert "still to come" in run(workspace, "index", "--as-of", "2999-01-01", code=1).err


def test_what_is_no_longer_public_is_not_replayed(workspace: Path) -> None:
    withdrawn = events(1, 1)
    private = Layer(
        name=withdrawn.name, kind=withdrawn.kind, table=withdrawn.table, source="", licence="", public=False
    )
    with opened(workspace, dice=secret, writing=True) as open_workspace:
        open_workspace.layers.add(private, known_at=datetime(2014, 12, 1, tzinfo=UTC))
    ended = run(workspace, "index", "--as-of", FIRST, "--week", "2014-07-14", code=REFUSED)
    assert "Not public: events" in ended.err


def test_what_is_held_back_now_is_held_back_in_a_replay(workspace: Path) -> None:
    text = (workspace / "fanal.toml").read_text(encoding="utf-8")
    fewer = text.replace("# min_residents = 1000", "min_residents = 1000000")
    assert fewer != text
    (workspace / "fanal.toml").write_text(fewer, encoding="utf-8")
    ended = run(workspace, "index", "--as-of", FIRST, "--week", "2014-07-14", code=1)
    assert "No area has an index" in ended.err


def test_an_area_that_is_on_the_list_now_is_in_no_replay(workspace: Path) -> None:
    token = held_back(workspace, "pcode:T1A")
    assert ranked(workspace, FIRST, token=token) == {"Birch": 1}
    # While an area is on the list, one that today's boundaries do not know stays away too.
    newer = areas().filter(pc.not_equal(areas()["area"], "pcode:T1B"))
    with opened(workspace, dice=secret, writing=True) as open_workspace:
        open_workspace.layers.add(layer(LayerKind.AREAS, newer), known_at=datetime(2014, 12, 1, tzinfo=UTC))
    ended = run(workspace, "index", "--as-of", FIRST, "--week", "2014-07-14", token=token, code=1)
    assert "No area has an index" in ended.err


def test_a_rule_for_an_area_that_was_not_known_then_stops_the_replay(workspace: Path) -> None:
    with opened(workspace, dice=secret, writing=True) as open_workspace:
        other = areas().filter(pc.equal(areas()["area"], "pcode:T1A"))
        renamed = other.set_column(0, other.schema.field("area"), pa.array(["pcode:T7"]))
        table = pa.concat_tables([areas(), renamed])
        open_workspace.layers.add(layer(LayerKind.AREAS, table), known_at=datetime(2014, 12, 1, tzinfo=UTC))
    token = held_back(workspace, "pcode:T7")
    ended = run(workspace, "index", "--as-of", FIRST, "--week", "2014-07-14", token=token, code=REFUSED)
    assert "names pcode:T7, which no layer of areas knows" in ended.err
