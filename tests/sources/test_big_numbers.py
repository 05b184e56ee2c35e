"""Numbers that are too big for a computer's are JSON: they cost the row whose part they are, and nothing around it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fanal.model.layer import LayerKind
from fanal.sources.activities import cut_activities
from fanal.sources.catalogue import find, guess, layer_source
from fanal.sources.flat import SINGLY
from fanal.sources.mapping import FieldMapping
from fanal.sources.reason import Reason

BIG = ("1e999", "-1e999", "1" + "0" * 400, "1" + "0" * 5000)
MANY = 3 * SINGLY
AT = MANY // 2
HOLE = "@hole@"


def telegram(text: str, more: dict[str, Any]) -> dict[str, Any]:
    given = {"id": 1, "type": "message", "date_unixtime": "1407042000", "from_id": "user5", "text": text}
    return {**given, **more}


def facebook(text: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"timestamp": 1407042000, "data": [{"post": text}], "title": "", **more}


def instagram(text: str, more: dict[str, Any]) -> dict[str, Any]:
    return {"media": [{"uri": "a.jpg", "creation_timestamp": 1407042000, "title": text}], **more}


def activitystreams(text: str, more: dict[str, Any]) -> dict[str, Any]:
    to = "https://www.w3.org/ns/activitystreams#Public"
    note = {"type": "Note", "to": to, "published": "2014-08-03T05:00:00Z", "content": text}
    return {"type": "Create", "to": to, "object": note, **more}


AROUND: dict[str, Any] = {
    "telegram": (
        telegram,
        lambda rows: {"name": "T", "type": "public_supergroup", "id": 7, "messages": rows},
    ),
    "facebook": (facebook, lambda rows: rows),
    "instagram": (instagram, lambda rows: rows),
    "activitystreams": (activitystreams, lambda rows: {"type": "OrderedCollection", "orderedItems": rows}),
}


def written(folder: Path, document: object, number: str) -> Path:
    """Write a document with a number in its hole."""
    file = folder / "export.json"
    file.write_text(json.dumps(document, indent=1).replace(f'"{HOLE}"', number), encoding="utf-8")
    return file


def fates(form: str, file: Path) -> Iterator[tuple[int, str]]:
    """Yield what became of each row: the text of a post, or the reason."""
    for reading in find(form).read(file, mapping=FieldMapping()):
        yield from ((one["line"], one["text"]) for one in reading.posts.to_pylist())
        yield from ((one["line"], one["reason"]) for one in reading.rejected.to_pylist())


@pytest.mark.parametrize("form", AROUND)
@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number[:6]} of {len(number)}")
def test_a_number_that_is_no_part_of_a_post_costs_nothing(tmp_path: Path, form: str, number: str) -> None:
    make, around = AROUND[form]
    rows = [make(f"Road {at}.", {"more": {"x": [HOLE]}} if at == AT else {}) for at in range(MANY)]
    found = dict(fates(form, written(tmp_path, around(rows), number)))
    assert found == {at + 1: f"Road {at}." for at in range(MANY)}


@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number[:6]} of {len(number)}")
@pytest.mark.parametrize(
    ("part", "reason"),
    [
        ("date_unixtime", Reason.TIME_UNREADABLE),
        ("text", Reason.TEXT_NOT_TEXT),
        ("location_information", Reason.COORDINATES_UNREADABLE),
        ("id", None),
        ("from_id", None),
        ("poll", None),
    ],
)
@pytest.mark.parametrize("odd", [False, True], ids=["among good ones", "beside an odd one"])
def test_in_a_part_of_a_message_it_costs_that_message_at_most(
    tmp_path: Path, part: str, reason: Reason | None, number: str, odd: bool
) -> None:
    hole = {"latitude": HOLE, "longitude": 43} if part == "location_information" else HOLE
    rows = [telegram(f"Road {at}.", {part: hole} if at == AT else {}) for at in range(MANY)]
    if odd:
        rows[AT + 1] = telegram(f"Road {AT + 1}.", {"text_entities": [], "x": {"text": 5}, "poll": 5})
    found = dict(fates("telegram", written(tmp_path, AROUND["telegram"][1](rows), number)))
    allowed = {f"Road {AT}."} if reason is None else {reason.value}
    if part == "location_information":
        allowed.add(Reason.COORDINATES_OUT_OF_RANGE.value)
    assert found.pop(AT + 1) in allowed
    assert found == {at + 1: f"Road {at}." for at in range(MANY) if at != AT}


@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number[:6]} of {len(number)}")
@pytest.mark.parametrize("where", ["x", "id", "name"])
def test_in_what_is_said_of_a_chat_it_hides_no_message(tmp_path: Path, where: str, number: str) -> None:
    chat = {"name": "Market", "type": "public_supergroup", "id": 7, where: HOLE}
    private = {"name": "A", "type": "personal_chat", "id": 8, where: HOLE}
    told = [{**one, "messages": [telegram("Open.", {})]} for one in (chat, private)]
    file = written(tmp_path, {"chats": {"list": told}}, number)
    assert list(fates("telegram", file)) == [(1, "Open.")]


@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number[:6]} of {len(number)}")
def test_a_stream_that_begins_with_it_is_told_by_its_file(tmp_path: Path, number: str) -> None:
    rows = [{"text": "Open.", "time": 1407042000, "x": HOLE}, {"text": "Open.", "time": 1407042000}]
    file = tmp_path / "posts.json"
    lines = "\n".join(map(json.dumps, rows)).replace(f'"{HOLE}"', number)
    file.write_text(lines, encoding="utf-8")
    assert guess(file).name == "jsonl"
    assert len(list(fates("jsonl", file))) == 2


def test_a_collection_is_cut_around_it() -> None:
    assert (
        len(list(cut_activities(b'{"type": "Collection", "items": [{"x": 1e999}, {"type": "Note"}]}'))) == 2
    )


@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number[:6]} of {len(number)}")
@pytest.mark.parametrize("where", ["property", "point"])
def test_of_boundaries_it_costs_one_area_at_most(tmp_path: Path, where: str, number: str) -> None:
    def area(name: str, west: float, **more: object) -> dict[str, Any]:
        corners: list[list[Any]] = [[west, 36], [west + 1, 36], [west + 1, 37], [west, 36]]
        if more.get("point"):
            corners[1][0] = HOLE
        return {
            "type": "Feature",
            "properties": {"name": name, "area": HOLE if more.get("property") else 5},
            "geometry": {"type": "Polygon", "coordinates": [corners]},
        }

    whole = {"type": "FeatureCollection", "features": [area("A", 40), area("B", 42, **{where: True})]}
    layer, _ = layer_source(LayerKind.AREAS).read(
        written(tmp_path, whole, number),
        areas=None,
        mapping={},
        name="a",
        source="",
        licence="",
        public=False,
    )
    names = layer.table["name"].to_pylist()
    assert names == (["A", "B"] if where == "property" else ["A"])
