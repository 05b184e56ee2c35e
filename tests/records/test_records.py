"""The records say what the system holds: all of it has a class, both forms have the same facts, nothing is markup."""

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.estimate import COUNT_SCHEMA, SILENCE_SCHEMA
from fanal.model.held import Held, Part
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.incident import Incident, IncidentKind
from fanal.model.layer import LAYER_SCHEMAS
from fanal.model.person import Role
from fanal.model.sensitivity import Sensitivity
from fanal.records.assessment import System, assessment
from fanal.records.incidents import incidents
from fanal.records.inventory import NOT_CLASSED, groups, inventory, sensitivity_of, unclassed
from fanal.records.record import BLANK, Record, Section, escaped, to_json, to_markdown
from fanal.records.retention import retention
from fanal.records.sharing import Shared, sharing
from fanal.store.closings import SCHEMAS
from fanal.store.lake import BATCHED
from fanal.store.tables import SCHEMA

AT = datetime(2026, 1, 5, 9, 12, tzinfo=UTC)


def known_tables() -> dict[tuple[Part, str], set[str]]:
    """Return every table that the code makes, with its columns."""
    lake = {name: schema.names for name, schema in BATCHED.items()}
    lake |= {"counts": COUNT_SCHEMA.names, "hotspots": HOTSPOT_SCHEMA.names, "silence": SILENCE_SCHEMA.names}
    lake |= {name: schema.names for name, schema in SCHEMAS.items()}
    lake |= {f"layer of {kind}": schema.names for kind, schema in LAYER_SCHEMAS.items()}
    desk = {table.name: [column.name for column in table.columns] for table in SCHEMA.sorted_tables}
    desk["alembic_version"] = ["version_num"]
    return {
        **{(Part.LAKE, name): set(columns) for name, columns in lake.items()},
        **{(Part.DESK, name): set(columns) for name, columns in desk.items()},
    }


def test_every_table_and_column_that_the_code_makes_has_one_class_and_no_other_has_one() -> None:
    classed: dict[tuple[Part, str], list[str]] = {}
    for group in groups():
        if group.part is not Part.FILES:
            assert group.columns
            classed.setdefault((group.part, group.name), []).extend(group.columns)
    assert {name: sorted(columns) for name, columns in classed.items()} == {
        name: sorted(columns) for name, columns in known_tables().items()
    }, "class it in fanal/records/inventory.toml"


def test_what_stands_in_no_group_is_named_as_severe() -> None:
    odd = [
        Held(part=Part.DESK, name="people", kind="people", columns=("name", "shoe_size")),
        Held(part=Part.LAKE, name="new", kind="new", columns=("x",)),
        Held(part=Part.FILES, name="notes.txt", kind="notes.txt", columns=()),
        Held(part=Part.FILES, name="lock", kind="lock", columns=()),
    ]
    assert [(one.name, column) for one, column in unclassed(odd, groups())] == [
        ("people", "shoe_size"),
        ("new", "x"),
        ("notes.txt", None),
    ]
    text = to_markdown(inventory(odd, made_at=AT))
    assert text.count(NOT_CLASSED) == 3


def test_a_layer_that_its_owner_did_not_publish_is_high_at_least() -> None:
    (group,) = [one for one in groups() if one.name == "layer of areas"]
    held = {
        public: Held(part=Part.LAKE, name="layer-x", kind="layer of areas", columns=("area",), public=public)
        for public in (True, False)
    }
    assert sensitivity_of(group, held[True]) is Sensitivity.LOW
    assert sensitivity_of(group, held[False]) is Sensitivity.HIGH
    severe = next(one for one in groups() if one.sensitivity is Sensitivity.SEVERE)
    assert sensitivity_of(severe, held[False]) is Sensitivity.SEVERE


CELL = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20))


@given(rows=st.lists(st.tuples(CELL, CELL), max_size=4), text=st.text(max_size=40))
def test_both_forms_say_the_same_and_nothing_becomes_markup(
    rows: list[tuple[str | int | bool | None, ...]], text: str
) -> None:
    section = Section(heading="What", text=text, columns=("a", "b"), rows=tuple(rows))
    record = Record(name="r", title="T", about=text, made_at=AT.isoformat(), sections=(section,))
    told = to_json(record)
    assert [tuple(row.values()) for row in told["sections"][0]["rows"]] == rows
    page = to_markdown(record)
    table = page.split("## What", 1)[1].rstrip("\n").split("\n")
    lines = [line for line in table if line.startswith("| ")][2:]
    assert len(lines) == len(rows)
    for line, row in zip(lines, rows, strict=True):
        cells = re.split(r"(?<!\\)(?:\\\\)*\|", line)
        assert len(cells) == 4
        for value in row:
            told_as = {"None": "-", "True": "yes", "False": "no"}.get(repr(value), str(value))
            assert escaped(told_as) in line
    assert not re.search(r"<[a-z/!?]", page)


def test_a_row_that_does_not_fit_is_a_bug() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        Section(heading="What", columns=("a",), rows=((1, 2),))


SYSTEM = System(
    formats=("posts read as jsonl",),
    layers=(("events", "A publisher", "CC BY 4.0", True),),
    partners=("A partner",),
    ways=("webhook",),
    people=dict.fromkeys(Role, 1),
    gate=(("privacy.epsilon", "1.0", "privacy loss"),),
    weeks=3,
    posts=1200,
    releases=9,
)


def test_the_assessment_is_filled_where_the_system_knows_and_blank_with_a_name_elsewhere() -> None:
    page = to_markdown(assessment(SYSTEM, made_at=AT))
    for fact in (
        "posts read as jsonl",
        "A publisher",
        "partner A partner",
        "privacy.epsilon",
        "1200",
        "webhook",
    ):
        assert escaped(fact) in page
    blanks = re.findall(rf"{BLANK} ([^|]+) \|", page)
    assert len(blanks) > 20
    assert all(who.strip() for who in blanks)


def test_the_logs_list_all_and_say_what_is_open() -> None:
    entries = [
        Incident(
            id=number,
            follows=follows,
            at=AT,
            who="Amal",
            kind=IncidentKind.LOSS,
            severity=Sensitivity.HIGH,
            what=f"thing {number}",
            done=done,
        )
        for number, follows, done in (
            (1, None, ""),
            (2, None, "called"),
            (3, 1, ""),
            (4, None, ""),
            (5, 4, "found"),
        )
    ]
    told = to_json(incidents(entries, made_at=AT))["sections"]
    assert [row["number"] for row in told[0]["rows"]] == [1, 3, 2, 4, 5]
    assert [row["number"] for row in told[1]["rows"]] == [1]
    left = Shared(
        row=7, at=AT, who="Amal", how="release", to="public", outcome="written", releases="a b", digest="d"
    )
    (row,) = to_json(sharing([left], made_at=AT))["sections"][0]["rows"]
    assert (row["row"], row["to"], row["releases"]) == (7, "public", "a b")
    kept = to_json(retention([("retention.x_days", "7", "days")], made_at=AT))["sections"]
    assert kept[1]["rows"] == [{"setting": "retention.x_days", "value": "7", "meaning": "days"}]
    assert len(kept[0]["rows"]) == len(groups())
