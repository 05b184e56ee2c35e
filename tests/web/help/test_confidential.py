"""The attack on a confidential place through the page: whoever sends every form learns no more than its region."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, timedelta
from itertools import product
from urllib.parse import urlencode

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.help.conftest import MOMENT, drawn

from fanal.evaluate.attacks import shelter
from fanal.help.danger import NOWHERE, Danger
from fanal.help.doors import Doors
from fanal.help.ground import Ground
from fanal.model.service import Need, Phone, Reach, Service, Sex, Verification
from fanal.web.help.found import find
from fanal.web.help.known import Known
from fanal.web.help.packed import pack
from fanal.web.help.question import STANDINGS, Age, Far, Form, Question, question
from fanal.web.help.shown import Place
from fanal.web.help.site import Site

REGION = ("d1", "d2")
CODES = {"c": None, "g": "c", "d1": "g", "d2": "g", "far": "c", "d3": "far"}
GATE = "+44 1632 960030"

FIELDS: dict[str, tuple[str, ...]] = {
    "need": ("", *Need),
    "area": ("", *CODES),
    "spoken": ("", "ar", "ckb", "tr"),
    "sex": ("", *Sex),
    "age": ("", *Age),
    "status": ("", *STANDINGS),
    "way": ("", *Reach),
    "far": ("", *Far),
    "free": ("", "1"),
    "open": ("", "1"),
    "as": ("page", "messages", "card", "copy"),
    "lang": ("en", "ar", "ckb"),
}
AMONG = ("area", "far", "way", "open", "free", "age", "need")
"""Fields of which every combination is sent."""

DANGERS = (
    NOWHERE,
    *(Danger(blocked=frozenset({code})) for code in CODES),
    *(Danger(hotspots=frozenset({code})) for code in CODES),
    *(Danger(crossings=frozenset({pair})) for pair in (("d1", "d3"), ("d2", "d3"), ("d1", "d2"))),
)


def services(side: str) -> list[Service]:
    """Return a shelter on one side, as a careless import leaves it, and an open service on each; all have phones."""
    checked = Verification(
        who="desk", at=MOMENT - timedelta(days=9), until=date(2100, 1, 1), digest="sha256:0"
    )
    phone = Phone(id="p", number=GATE, e164="+441632960030", extension="", kind="", languages=frozenset())
    return [
        replace(one, verification=checked, phones=(phone,), openings=one.locations[0].openings)
        for one in shelter._services(side)
    ]


def site(side: str, danger: Danger = NOWHERE) -> Site:
    """Return the page of a country whose shelter is on one side of its region."""
    known = Known(
        doors=Doors(services(side), Ground(pa.table(shelter._AREAS)), shown_until=lambda _: date(2100, 1, 1)),
        danger=danger,
    )
    places = tuple(Place(code=code, name=code, parent=parent, names={}) for code, parent in CODES.items())
    return Site(places=places, known=lambda _: known, zone=UTC)


def read(form: dict[str, str]) -> Question:
    """Return what the page reads of a form."""
    body = urlencode(form).encode()
    return question(body, places=CODES, language="en", far=tuple(Far), timed=True)


def forms() -> Iterator[dict[str, str]]:
    """Give every combination of the fields that matching weighs by place, and each value of every other field."""
    values = {name: FIELDS[name] if name != "need" else ("", Need.SHELTER) for name in AMONG}
    for chosen in product(*values.values()):
        yield dict(zip(AMONG, chosen, strict=True))
    for name, area in product(FIELDS, CODES):
        for value in FIELDS[name]:
            yield {"need": Need.SHELTER, "area": area, name: value}


def test_every_form_has_the_same_answer_wherever_in_its_region_the_place_is() -> None:
    west, east = (site(side).known(MOMENT) for side in shelter.PLACES)
    asked = {read(form) for form in forms()}
    assert len(asked) > 2_000
    seen = 0
    for one in asked:
        found = [find(known, one.meant(), moment=MOMENT, zone=UTC) for known in (west, east)]
        assert found[0] == found[1], one
        seen += any(entry.confidential for entry in found[0])
    assert seen > 500, "it is among what is found, else this tells nothing"


@settings(max_examples=200)
@given(
    st.fixed_dictionaries({name: st.sampled_from(of) for name, of in FIELDS.items()}),
    st.sampled_from(DANGERS),
)
def test_whole_pages_are_the_same_byte_by_byte_and_so_are_their_lengths(
    form: dict[str, str], danger: Danger
) -> None:
    texts = [drawn(site(side, danger), read(form)) for side in shelter.PLACES]
    assert texts[0] == texts[1]
    assert pack(texts[0]).zipped == pack(texts[1]).zipped


def test_each_district_of_the_region_is_told_the_same_of_it() -> None:
    known = site("west").known(MOMENT)
    asked = (Question("en", True, need=need, way=way, far=far, open_now=open_now) for need, way, far, open_now in
             product((None, Need.SHELTER), (None, *Reach), (None, Far.HERE), (False, True)))  # fmt: skip
    for one in asked:
        told = []
        for area in REGION:
            found = find(known, replace(one, area=area).meant(), moment=MOMENT, zone=UTC)
            told.append([entry for entry in found if entry.confidential])
        assert told[0] == told[1], one


def test_nothing_of_the_place_is_on_any_page() -> None:
    for area, form, danger in product(CODES, Form, DANGERS[:5]):
        text = drawn(site("west", danger), Question("en", True, need=Need.SHELTER, area=area, form=form))
        for secret in ("hidden", "42.2", "33.4"):
            assert secret not in text[text.index("<body>") :].replace('hidden"', "")


def test_the_attack_sees_a_page_that_forgets_to_clear_an_area() -> None:
    """Tell the place as an open one's: then answers differ, so that sameness above means something."""
    careless = []
    for side in shelter.PLACES:
        told = [replace(one, confidential=False, locations=(replace(one.locations[0], confidential=False),))
                for one in services(side)]  # fmt: skip
        doors = Doors(told, Ground(pa.table(shelter._AREAS)), shown_until=lambda _: date(2100, 1, 1))
        careless.append(Known(doors=doors))
    asked = Question("en", True, area="d1", far=Far.NEAR).meant()
    found = [find(known, asked, moment=MOMENT, zone=UTC) for known in careless]
    assert found[0] != found[1]
