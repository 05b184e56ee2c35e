"""CAP: valid by the schema of OASIS whatever names hold, honest in what it says, outlines of released areas only."""

from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pytest
import shapely
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from tests.outbox.notices import HOSTILE, SENT, Asked, country, notice, release, wording

from fanal.model.circle import Circle
from fanal.model.error import RefusedError
from fanal.model.release import ReleaseKind
from fanal.outbox.cap import NAMESPACE, TOLERANCE, polygons, to_cancel, to_cap
from fanal.outbox.notice import Notice, Reference, Withdrawal

C = {"c": NAMESPACE}


@pytest.fixture(scope="module")
def schema(shared_data: Path) -> Any:
    return xmlschema.XMLSchema(shared_data / "schemas" / "cap_1_2" / "CAP-v1.2.xsd")


def made(one: Notice) -> ET.Element:
    return ET.fromstring(to_cap(one, areas=country(), require=Asked()))  # noqa: S314 - our own


def texts(top: ET.Element, path: str) -> list[str | None]:
    return [found.text for found in top.findall(path, C)]


@pytest.mark.shared
@pytest.mark.parametrize(
    "one",
    [
        notice(),
        notice(of=release(Circle.PARTNERS)),
        notice(of=release(sources=("posts read as simulated stream",))),
        notice(replaces=(Reference(id="0a1b2c3d4e.1", sent=SENT), Reference(id="0a1b2c3d4e.2", sent=SENT))),
        notice(wordings=(wording("en", HOSTILE), replace(wording("fr"), area=HOSTILE, description=HOSTILE))),
    ],
)
def test_it_is_valid_by_the_schema(schema: Any, one: Notice) -> None:
    schema.validate(to_cap(one, areas=country(), require=Asked()).decode())


WITHDRAWALS = [
    Withdrawal(
        id="0a1b2c3d4e.2.cancel",
        sender="alerts@example.org",
        sent=SENT,
        circle=circle,
        exercise=exercise,
        withdraws=(Reference(id="0a1b2c3d4e.1", sent=SENT), Reference(id="0a1b2c3d4e.2", sent=SENT)),
    )
    for circle, exercise in ((Circle.PUBLIC, False), (Circle.PARTNERS, True))
]


@pytest.mark.shared
@pytest.mark.parametrize("one", WITHDRAWALS)
def test_a_withdrawal_is_a_valid_cancel_that_names_messages_alone(schema: Any, one: Withdrawal) -> None:
    document = to_cancel(one).decode()
    schema.validate(document)
    top = ET.fromstring(document)  # noqa: S314 - our own
    assert top.findtext("c:msgType", namespaces=C) == "Cancel"
    assert top.findtext("c:status", namespaces=C) == ("Exercise" if one.exercise else "Actual")
    assert (top.findtext("c:scope", namespaces=C) == "Public") is (one.circle is Circle.PUBLIC)
    moment = "2014-08-20T09:30:00-00:00"
    assert top.findtext("c:references", namespaces=C) == (
        f"alerts@example.org,0a1b2c3d4e.1,{moment} alerts@example.org,0a1b2c3d4e.2,{moment}"
    )
    assert top.findall("c:info", C) == []


@pytest.mark.shared
def test_the_schema_sees_what_is_wrong(schema: Any) -> None:
    document = to_cap(notice(), areas=country(), require=Asked()).decode()
    for right, wrong in (("-00:00<", "Z<"), (">Unknown<", ">Soon<"), ("<msgType>Alert</msgType>", "")):
        assert right in document
        with pytest.raises(xmlschema.XMLSchemaValidationError):
            schema.validate(document.replace(right, wrong))


@pytest.mark.shared
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_name_gives_a_valid_document(schema: Any, headline: str, area: str) -> None:
    one = notice(wordings=(replace(wording("en"), headline=headline, area=area),))
    schema.validate(to_cap(one, areas=country(), require=Asked()).decode())


def test_it_says_what_is_known_and_no_more() -> None:
    top = made(notice())
    assert texts(top, "c:status") == ["Actual"]
    assert texts(top, "c:msgType") == ["Alert"]
    assert texts(top, "c:scope") == ["Public"]
    assert set(texts(top, "c:info/c:urgency") + texts(top, "c:info/c:severity")) == {"Unknown"}
    assert texts(top, "c:info/c:certainty") == ["Likely", "Likely"]
    assert texts(top, "c:info/c:language") == ["en", "ar"]
    assert texts(top, "c:info/c:expires") == []  # that it is old does not mean that it is over
    numbers = dict(
        zip(
            texts(top, "c:info[1]/c:parameter/c:valueName"),
            texts(top, "c:info[1]/c:parameter/c:value"),
            strict=True,
        )
    )
    assert (numbers["observed"], numbers["pValue"], numbers["recurrenceWeeks"]) == ("10", "0.001", "500")
    assert numbers["releaseDigest"] == release().digest()


def test_a_hotspot_that_chance_makes_more_often_is_only_possible() -> None:
    assert texts(made(notice(of=release(recurrence_weeks=259.0))), "c:info/c:certainty")[0] == "Possible"


@pytest.mark.parametrize(
    "one",
    [
        notice(of=release(sources=("UCDP GED", "posts read as Simulated stream"))),
        notice(sent=SENT.replace(year=2015)),  # nobody can act on what was known a year ago
    ],
)
def test_what_nobody_may_act_on_is_an_exercise(one: Notice) -> None:
    top = made(one)
    assert texts(top, "c:status") == ["Exercise"]
    assert "Nobody may act on it" in str(texts(top, "c:note")[0])


def test_partners_only_is_restricted() -> None:
    top = made(notice(of=release(Circle.PARTNERS)))
    assert texts(top, "c:scope") == ["Restricted"]
    assert len(texts(top, "c:restriction")) == 1


def test_an_update_names_what_it_replaces() -> None:
    top = made(notice("0a1b2c3d4e.2", replaces=(Reference(id="0a1b2c3d4e.1", sent=SENT),)))
    assert texts(top, "c:msgType") == ["Update"]
    assert texts(top, "c:references") == ["alerts@example.org,0a1b2c3d4e.1,2014-08-20T09:30:00-00:00"]


def test_outlines_are_those_of_the_released_areas_without_holes() -> None:
    top = made(notice())
    assert len(texts(top, "c:info[1]/c:area/c:polygon")) == 2  # the two parts of West; the ring has a hole
    assert texts(top, "c:info[1]/c:area/c:geocode/c:valueName") == ["P-code", "GeoNames", "own"]
    assert texts(top, "c:info[1]/c:area/c:geocode/c:value") == ["T1", "US.TX", "a"]


shapes = st.lists(
    st.tuples(st.floats(-170, 160), st.floats(-80, 70), st.floats(0.05, 9), st.floats(0.05, 9)),
    min_size=1,
    max_size=3,
).map(lambda boxes: shapely.union_all([shapely.box(x, y, x + w, y + h) for x, y, w, h in boxes]))


@given(shapes)
def test_an_outline_is_the_area_to_within_the_tolerance(shape: Any) -> None:
    found = polygons(shapely.to_wkb(shape))
    parts = []
    for text in found:
        points = [tuple(map(float, pair.split(","))) for pair in text.split()]
        assert len(points) >= 4
        assert points[0] == points[-1]
        parts.append(shapely.Polygon([(lon, lat) for lat, lon in points]))
    if found:
        assert shape.buffer(2 * TOLERANCE).covers(shapely.union_all(parts))


@pytest.mark.parametrize(
    "geometry", [None, b"no geometry", shapely.to_wkb(shapely.Point(1, 1)), shapely.to_wkb(shapely.Polygon())]
)
def test_no_outline_gives_no_polygon(geometry: bytes | None) -> None:
    assert polygons(geometry) == []


def test_nothing_is_read_before_it_is_asked_for() -> None:
    def refuse(_: object) -> None:
        raise RefusedError("No.")

    with pytest.raises(RefusedError, match=r"^No\.$"):
        to_cap(notice(of="no Release"), areas=country(), require=refuse)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "one",
    [
        notice(row=2),
        notice(row=-1),
        notice(of=replace(release(), kind=ReleaseKind.INDEX)),
        notice(of=release(family="plea")),  # a category never leaves as an alert
        notice(of=release(areas=[])),
    ],
)
def test_what_is_no_released_hotspot_does_not_leave(one: Notice) -> None:
    with pytest.raises(RefusedError):
        to_cap(one, areas=country(), require=Asked())


def test_the_numbers_are_those_of_the_release() -> None:
    with pytest.raises(TypeError):
        Notice(observed=1)  # type: ignore[call-arg]  # there is no place for a number of its own
    assert isinstance(notice().hotspot["areas"], list)
    assert isinstance(country(), pa.Table)
