"""What is read of a form, how an answer is packed, and how long it is."""

import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import tinyhtml5
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.area import AREA_SCHEMA
from fanal.model.error import UserError
from fanal.model.service import Need
from fanal.sources import service_list
from fanal.web.help.app import Answers
from fanal.web.help.copies import write
from fanal.web.help.drawn import draw
from fanal.web.help.found import MOST, finder
from fanal.web.help.listed import listed
from fanal.web.help.packed import STEP, pack
from fanal.web.help.question import Form, Question, question
from fanal.web.help.shown import Place
from fanal.web.help.site import MOST_PLACES, Site
from fanal.web.help.tongue import TONGUES

MOST_BYTES = 14 * 1024
Made = Callable[..., Any]


@given(st.binary(max_size=400))
def test_whatever_is_sent_only_choices_of_the_lists_are_read(body: bytes) -> None:
    asked = question(body, places={"pcode:T1"}, language="en")
    assert asked.language in TONGUES
    assert asked.area in {None, "pcode:T1"}


@given(st.fixed_dictionaries({}, optional={
    name: st.sampled_from(["", "shelter", "pcode:T1", "ckb", "copy", "x%3Cy", "%00"])
    for name in ("need", "area", "spoken", "lang", "as")
}))  # fmt: skip
def test_a_form_is_read_field_by_field(fields: dict[str, str]) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    asked = question(body, places={"pcode:T1"}, language="en")
    assert asked.need == (Need.SHELTER if fields.get("need") == "shelter" else None)
    assert asked.area == ("pcode:T1" if fields.get("area") == "pcode:T1" else None)
    assert asked.spoken == ("ckb" if fields.get("spoken") == "ckb" else None)
    assert asked.language == ("ckb" if fields.get("lang") == "ckb" else "en")
    assert asked.form == (Form.COPY if fields.get("as") == "copy" else Form.PAGE)


@given(st.text(max_size=3000))
def test_packed_is_what_was_packed_and_its_length_a_step(text: str) -> None:
    packed = pack(text)
    assert packed.plain() == gzip.decompress(packed.zipped) == text.encode()
    assert zlib.decompress(packed.zipped, 16 + zlib.MAX_WBITS) == text.encode()
    assert len(packed.zipped) % STEP == 0


@pytest.fixture(scope="module")
def heavy() -> Site:
    """Return the heaviest site that is taken: all places with long names, and as many long entries as a page has."""
    listed = service_list.read(Path(__file__).resolve().parents[3] / "examples" / "help.toml")
    one = listed.services[1]
    word = "abcdefghijklmnopqrstuvwxyzأبتثجحخدذرزسشصضطظعغفقكلمنهوي"
    places = tuple(
        Place(
            code=f"pcode:XQ{number:06d}",
            name=f"{word[number % 20 :][:9]} {number * 7919 % 1000}",
            parent=f"pcode:XQ{number % 18:06d}" if number >= 18 else None,
            names=dict.fromkeys(
                ("ar", "ckb", "fa"), f"{word[26 + number % 20 :][:9]} {number * 104729 % 1000}"
            ),
        )
        for number in range(MOST_PLACES)
    )
    services = [
        replace(
            one,
            id=str(number),
            name=f"{word[number:][:20]} centre {number}",
            areas=frozenset({places[0].code}),
        )
        for number in range(3 * MOST)
    ]
    return Site(places=places, find=finder([*listed.services, *services], places), emergency=listed.emergency)


@pytest.mark.parametrize("code", TONGUES)
def test_the_heaviest_page_is_under_14_kb(heavy: Site, today: date, code: str) -> None:
    for form in (Form.PAGE, Form.MESSAGES, Form.CARD):
        text = draw(heavy, Question(code, True, area=heavy.places[0].code, form=form), today)
        assert len(pack(text).zipped) <= MOST_BYTES, form
    assert len(pack(draw(heavy, Question(code), today)).zipped) <= MOST_BYTES


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("code", TONGUES)
def test_every_answer_is_plain_html(site: Site, today: date, code: str, form: Form) -> None:
    text = draw(site, Question(code, True, area="pcode:T1A", form=form), today)
    assert tinyhtml5.parse(text, namespace_html_elements=False) is not None
    lowered = text.lower()
    for modern in ("<img", "<link rel=\"stylesheet", "<iframe", "<svg", "grid", "flex", "var(--", "=>", "`",
                   "fetch(", "let ", "const ", "{{", "{%", "https://", "http://", "//cdn"):  # fmt: skip
        assert modern not in lowered.replace("#", ""), modern
    assert "fanal" not in lowered
    assert re.search(r"<title>[^<]{1,20}</title>", text)
    assert f'lang="{code}"' in text
    assert "199" in text
    assert "960001" in text.replace(" ", ""), "a helpline is always there"
    if form is not Form.COPY:
        body = text[text.index("<body>") :]
        assert body.index('id="exit"') == body.index("<a ") + 3 < body.index("<main"), "the exit is first"
    else:
        assert "<script" not in text
        assert "<form" not in text


def test_nothing_found_is_not_called_safe(site: Site, today: date) -> None:
    text = draw(site, Question("en", True, need=Need.WATER, area="pcode:T2"), today)
    assert "Nothing else in this list fits. There may still be help." in text
    assert "does not say where it is safe" in text


def test_names_are_text_and_never_markup(make_site: Made, tmp_path: Path, today: date) -> None:
    source = (Path(__file__).resolve().parents[3] / "examples" / "help.toml").read_text(encoding="utf-8")
    hostile = source.replace("Alder health centre", "<script>x</script>&\\u202e{{7*7}}").replace(
        '"Alder"', "'\"><b>y'"
    )
    path = tmp_path / "hostile.toml"
    path.write_text(hostile, encoding="utf-8")
    for form in Form:
        text = draw(make_site(path), Question("en", True, area="pcode:T1A", form=form), today)
        assert "<script>x" not in text
        assert "<b>y" not in text
        assert "\u202e" not in text
        assert "&lt;script&gt;x" in text


def test_answers_are_made_once_a_day(site: Site, today: date) -> None:
    days = [today]
    asked: list[Need | None] = []

    def find(**wanted: Any) -> Any:
        asked.append(wanted["need"])
        return site.find(**wanted)

    answers = Answers(replace(site, find=find), lambda: days[0], most=2)
    first = answers.of(Question("en", True))
    count = len(asked)
    assert count > 0
    assert answers.of(Question("en", True)) is first
    assert len(asked) == count
    days[0] += timedelta(days=1)
    assert answers.of(Question("en", True)) is not first
    for need in Need:
        answers.of(Question("en", True, need=need))
    assert len(answers._kept) == 2


def test_a_check_that_ended_over_night_is_not_shown_in_the_morning(site: Site, today: date) -> None:
    days = [today]
    answers = Answers(site, lambda: days[0])
    assert b"960001" in answers.of(Question("en")).plain().replace(b" ", b"")
    days[0] = date(2100, 1, 1)
    text = answers.of(Question("en")).plain().replace(b" ", b"")
    assert b"9600" not in text
    assert b"numbersofthislistarebeingchecked" in text


@pytest.mark.parametrize(("changed", "sentence"), [
    ({"path": "help"}, "help is no path"),
    ({"path": "/a/b"}, "/a/b is no path"),
    ({"path": "/"}, "/ is no path"),
    ({"exit": "http://example.org"}, "no way out"),
    ({"exit": "javascript:alert(1)"}, "no way out"),
    ({"exit": "https://example.org/\"><script>"}, "no way out"),
    ({"language": "xx"}, "no language xx"),
    ({"places": (Place(code="a", name="A", parent=None, names={}),) * 2}, "twice"),
    ({"places": tuple(Place(code=f"{n}", name="A", parent=None, names={}) for n in range(MOST_PLACES + 1))},
     "too many"),
    ({"find": lambda **_: ()}, "no helpline"),
])  # fmt: skip
def test_a_site_that_cannot_help_is_refused(
    site: Site, today: date, changed: dict[str, Any], sentence: str
) -> None:
    site.check(today)
    with pytest.raises(UserError, match=re.escape(sentence)):
        replace(site, **changed).check(today)


def test_copies_are_one_file_for_each_place_and_language(site: Site, today: date, tmp_path: Path) -> None:
    out = tmp_path / "copies"
    assert write(site, out, today) == len(list(out.iterdir())) == 5 * 7
    text = (out / "2.en.html").read_text(encoding="utf-8")
    assert "Alder health centre" in text
    assert "Ask again after 31 December 2099" in text
    assert "960040" not in "".join(path.read_text(encoding="utf-8") for path in out.iterdir()).replace(
        " ", ""
    )
    with pytest.raises(UserError, match="is not empty"):
        write(site, out, today)


def test_too_many_places_are_those_that_matter() -> None:
    rows = [
        {
            "area": f"pcode:N{number}",
            "parent": f"pcode:N{number // 100}" if number >= 100 else None,
            "level": 2 if number >= 100 else 1,
            "name": f"Place {number}",
            "name_fr": "Lieu" if number == 5 else None,
        }
        for number in range(1000)
    ]
    areas = pa.Table.from_pylist(rows, schema=AREA_SCHEMA)
    one = service_list.read(Path(__file__).resolve().parents[3] / "examples" / "help.toml").services[0]
    served = [replace(one, areas=frozenset({"N512", "pcode:N7", "pcode:elsewhere"}))]
    assert [place.code for place in listed(areas, served)] == ["pcode:N5", "pcode:N7", "pcode:N512"]
    assert listed(areas, served)[0].names == {"fr": "Lieu"}
    assert len(listed(areas.slice(0, MOST_PLACES), ())) == MOST_PLACES
    everywhere = [replace(one, areas=frozenset(row["area"] for row in rows))]
    assert len(listed(areas, everywhere)) == 100, "governorates alone"
