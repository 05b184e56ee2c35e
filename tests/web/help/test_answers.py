"""What is read of a form, how an answer is packed, and how long it is."""

import gzip
import re
import zlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pytest
import tinyhtml5
from hypothesis import given
from hypothesis import strategies as st
from tests.web.help.conftest import MOMENT, drawn

from fanal import directories
from fanal.help.danger import Danger
from fanal.help.doors import Doors
from fanal.help.ground import Ground
from fanal.model.area import AREA_SCHEMA
from fanal.model.error import UserError
from fanal.model.service import Need, Reach, Sex, Status
from fanal.sources import service_list
from fanal.sources.service_list import ListedPlace
from fanal.web.help.app import Answers
from fanal.web.help.copies import write
from fanal.web.help.found import MOST
from fanal.web.help.known import Known
from fanal.web.help.listed import listed
from fanal.web.help.packed import STEP, pack
from fanal.web.help.question import STANDINGS, Age, Far, Form, Question, question
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
    assert not asked.open_now, "where it is not known what time it is"


CHOICES = st.builds(
    Question,
    language=st.sampled_from(list(TONGUES)),
    asked=st.just(True),
    need=st.none() | st.sampled_from(Need),
    area=st.just("pcode:T1"),
    spoken=st.none() | st.sampled_from(list(TONGUES)),
    sex=st.none() | st.sampled_from(Sex),
    age=st.none() | st.sampled_from(Age),
    status=st.none() | st.sampled_from(STANDINGS),
    way=st.none() | st.sampled_from(Reach),
    far=st.none() | st.sampled_from(Far),
    free=st.booleans(),
    open_now=st.booleans(),
    form=st.sampled_from([Form.PAGE, Form.MESSAGES, Form.CARD]),
)


@given(CHOICES)
def test_what_was_chosen_is_carried_on_whole(asked: Question) -> None:
    body = urlencode({**asked.chosen(), "lang": asked.language, "as": asked.form.value}).encode()
    assert question(body, places={"pcode:T1"}, language="en", far=tuple(Far), timed=True) == asked


def test_nobody_can_choose_to_have_been_harmed() -> None:
    asked = question(b"need=&status=survivor", places=(), language="en")
    assert (asked.asked, asked.status) == (True, None)
    assert set(STANDINGS) == set(Status) - {Status.SURVIVOR}


def test_a_distance_needs_a_place_and_a_measure() -> None:
    assert question(b"area=&far=here", places=(), language="en", far=tuple(Far)).far is None
    near = question(b"area=pcode%3AT1&far=10", places={"pcode:T1"}, language="en", far=(Far.HERE,))
    assert near.far is None


def test_a_file_is_the_same_whatever_was_asked() -> None:
    asked = question(b"need=legal&area=pcode%3AT1&open=1&free=1&as=copy", places={"pcode:T1"}, language="en")
    assert asked == Question("en", True, area="pcode:T1", form=Form.COPY)


@given(st.fixed_dictionaries({}, optional={
    name: st.sampled_from(["", "shelter", "pcode:T1", "ckb", "copy", "x%3Cy", "%00"])
    for name in ("need", "area", "spoken", "lang", "as")
}))  # fmt: skip
def test_a_form_is_read_field_by_field(fields: dict[str, str]) -> None:
    body = "&".join(f"{name}={value}" for name, value in fields.items()).encode()
    asked = question(body, places={"pcode:T1"}, language="en")
    copy = fields.get("as") == "copy"
    assert asked.need == (Need.SHELTER if fields.get("need") == "shelter" and not copy else None)
    assert asked.area == ("pcode:T1" if fields.get("area") == "pcode:T1" else None)
    assert asked.spoken == ("ckb" if fields.get("spoken") == "ckb" and not copy else None)
    assert asked.language == ("ckb" if fields.get("lang") == "ckb" else "en")
    assert asked.form == (Form.COPY if copy else Form.PAGE)


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
            areas=frozenset({places[number % 2].code}),
            reach=frozenset(Reach),
            languages=frozenset({"ar", "ku"}),
            serves=replace(
                one.serves, statuses=frozenset(Status), sexes=frozenset({Sex.FEMALE}), least_age=9.0
            ),
            openings=tuple(
                replace(listed.services[0].openings[0], days=(day,)) for day in ("MO", "TU", "TH", "SA")
            ),
            costs=(),
        )
        for number in range(3 * MOST)
    ]
    rows = (ListedPlace(code=one.code, name=one.name, parent=one.parent, names=one.names) for one in places)
    every = replace(listed, places=tuple(rows), services=(*listed.services, *services))
    known = Known(
        doors=directories.of_list(every), danger=Danger(hotspots=frozenset({places[0].code, places[1].code}))
    )
    return Site(places=places, known=lambda _: known, emergency=listed.emergency, zone=UTC)


@pytest.mark.parametrize("code", TONGUES)
def test_the_heaviest_page_is_under_14_kb(heavy: Site, code: str) -> None:
    full = Question(
        code, True, need=Need.HEALTH, area=heavy.places[0].code, spoken="ckb", sex=Sex.FEMALE, age=Age.CHILD,
        way=Reach.IN_PERSON, far=Far.HERE,
    )  # fmt: skip
    for form, asked in product(
        (Form.PAGE, Form.MESSAGES, Form.CARD), (Question(code, True, area=full.area), full)
    ):
        text = drawn(heavy, replace(asked, form=form))
        assert len(pack(text).zipped) <= MOST_BYTES, form
    assert len(pack(drawn(heavy, Question(code))).zipped) <= MOST_BYTES


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("code", TONGUES)
def test_every_answer_is_plain_html(site: Site, code: str, form: Form) -> None:
    text = drawn(site, Question(code, True, area="pcode:T1A", form=form))
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


def test_the_form_stands_as_it_was_sent(site: Site) -> None:
    asked = Question(
        "en", True, need=Need.LEGAL, area="pcode:T1A", spoken="ar", sex=Sex.MALE, age=Age.CHILD,
        status=Status.MIGRANT, way=Reach.PHONE, far=Far.HERE, free=True, open_now=True,
    )  # fmt: skip
    form = drawn(site, asked).rsplit("<form", 1)[1]
    assert set(re.findall(r'value="([^"]*)" selected', form)) == {
        *("legal", "pcode:T1A", "ar", "male", "child", "migrant", "phone", "here"),
    }
    assert form.count(" checked>") == 2
    assert "<details open>" in form
    untouched = drawn(site, Question("en")).rsplit("<form", 1)[1]
    assert " selected" not in untouched
    assert " checked" not in untouched
    assert "<details>" in untouched
    assert 'name="open"' not in drawn(replace(site, zone=None), Question("en")), (
        "it is not known what time it is"
    )


def test_nothing_found_is_not_called_safe(site: Site) -> None:
    text = drawn(site, Question("en", True, need=Need.WATER, area="pcode:T2"))
    assert "Nothing else in this list fits. There may still be help." in text
    assert "does not say where it is safe" in text


def test_names_are_text_and_never_markup(make_site: Made, tmp_path: Path) -> None:
    source = (Path(__file__).resolve().parents[3] / "examples" / "help.toml").read_text(encoding="utf-8")
    hostile = source.replace("Alder health centre", "<script>x</script>&\\u202e{{7*7}}").replace(
        '"Alder"', "'\"><b>y'"
    )
    path = tmp_path / "hostile.toml"
    path.write_text(hostile, encoding="utf-8")
    for form in Form:
        text = drawn(make_site(path), Question("en", True, area="pcode:T1A", form=form))
        assert "<script>x" not in text
        assert "<b>y" not in text
        assert "\u202e" not in text
        assert "&lt;script&gt;x" in text


class Clock:
    """Hold the moment, and count how often a page asks what is known and how often a site was asked for its urgent."""

    def __init__(self, site: Site) -> None:
        self.now = MOMENT
        self.known = site.known(MOMENT)
        self.site = replace(site, known=lambda _: self.known)

    def __call__(self) -> datetime:
        return self.now


def test_answers_are_made_once_a_day(site: Site) -> None:
    clock = Clock(site)
    answers = Answers(clock.site, clock, most=2)
    first = answers.of(Question("en", True))
    assert answers.of(Question("en", True)) is first
    clock.now += timedelta(hours=3)
    assert answers.of(Question("en", True)) is first
    clock.now += timedelta(days=1)
    assert answers.of(Question("en", True)) is not first
    for need in Need:
        answers.of(Question("en", True, need=need))
    assert len(answers._kept) == 2


def test_a_day_ends_by_the_clock_of_the_place(site: Site) -> None:
    clock = Clock(site)
    answers = Answers(clock.site, clock)
    first = answers.of(Question("en"))
    clock.now = datetime(2026, 11, 29, 20, 59, tzinfo=UTC)
    assert answers.of(Question("en")) is first
    clock.now += timedelta(minutes=1)  # midnight in Baghdad
    assert answers.of(Question("en")) is not first


def test_what_changed_takes_all_answers_with_it(site: Site) -> None:
    clock = Clock(site)
    answers = Answers(clock.site, clock)
    asked = Question("en", True, need=Need.HEALTH, area="pcode:T1A")
    assert b"Market street" in answers.of(asked).plain()
    clock.known = Known(doors=clock.known.doors, danger=Danger(blocked=frozenset({"pcode:T1A"})))
    text = answers.of(asked).plain()
    assert b"Market street" not in text, "nobody is sent there"
    assert b"locked" not in text


def test_what_is_open_now_is_asked_anew_each_time(site: Site) -> None:
    clock = Clock(site)
    answers = Answers(clock.site, clock)
    asked = Question("en", True, need=Need.HEALTH, area="pcode:T1A", open_now=True)
    assert b"Alder health centre" in answers.of(asked).plain()
    assert b"open now" in answers.of(asked).plain()
    assert not answers._kept
    clock.now += timedelta(hours=2)  # 15 o'clock: it closes
    assert b"Alder health centre" not in answers.of(asked).plain()


def test_where_danger_could_not_be_read_phones_alone_are_told(site: Site) -> None:
    clock = Clock(site)
    clock.known = Known(doors=clock.known.doors, afar=True)
    answers = Answers(clock.site, clock)
    for way in (None, Reach.IN_PERSON):
        text = answers.of(Question("en", True, area="pcode:T1A", way=way)).plain()
        assert b"Market street" not in text
        assert b"Court square" not in text
        assert b"960001" in text.replace(b" ", b"")


def test_a_check_that_ended_over_night_is_not_shown_in_the_morning(site: Site) -> None:
    clock = Clock(site)
    answers = Answers(clock.site, clock)
    assert b"960001" in answers.of(Question("en")).plain().replace(b" ", b"")
    clock.now = datetime(2100, 1, 1, tzinfo=UTC)
    text = answers.of(Question("en")).plain().replace(b" ", b"")
    assert b"9600" not in text
    assert b"numbersofthislistarebeingchecked" in text


NOBODY = Doors((), Ground(AREA_SCHEMA.empty_table()), shown_until=lambda _: None)


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
    ({"known": lambda _: Known(doors=NOBODY)}, "no helpline"),
])  # fmt: skip
def test_a_site_that_cannot_help_is_refused(site: Site, changed: dict[str, Any], sentence: str) -> None:
    site.check(MOMENT)
    with pytest.raises(UserError, match=re.escape(sentence)):
        replace(site, **changed).check(MOMENT)


def test_copies_are_one_file_for_each_place_and_language(site: Site, tmp_path: Path) -> None:
    out = tmp_path / "copies"
    assert write(site, out, MOMENT) == len(list(out.iterdir())) == 5 * 7
    text = (out / "2.en.html").read_text(encoding="utf-8")
    assert "Alder health centre" in text
    assert "Ask again after 31 December 2099" in text
    assert "960040" not in "".join(path.read_text(encoding="utf-8") for path in out.iterdir()).replace(
        " ", ""
    )
    with pytest.raises(UserError, match="is not empty"):
        write(site, out, MOMENT)


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
