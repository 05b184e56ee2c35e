"""The words of a notice: whole in each language, plain, and honest about what they do not say."""

import re
from typing import Any

import pyarrow as pa
import pytest
from tests.web import conftest as small

from fanal.web.language import LANGUAGES, read
from fanal.web.notices import MOST_NAMES, names, shortened, wordings

NOT_SAFE = {"en": "not thereby safe", "fr": "n’est pas sûre pour autant", "ar": "ليست آمنة"}
HOSTILE = "<b>West</b> \u202e\x00{areas}"


def said(
    *, areas: pa.Table | None = None, simulated: bool = False, exercise: bool = False, **row: Any
) -> list[Any]:
    """Return the wordings of a hotspot of the small country."""
    hotspot = {**small.hotspots().to_pylist()[0], **row}
    table = small.country() if areas is None else areas
    return list(
        wordings(hotspot, areas=table, languages=list(LANGUAGES), simulated=simulated, exercise=exercise)
    )


def test_each_language_says_the_same_numbers_and_what_they_are_not() -> None:
    for one in said():
        whole = f"{one.event} {one.headline} {one.description} {one.instruction} {one.area}"
        assert not re.search(r"\{\w+\}", whole)
        assert NOT_SAFE[one.language] in one.instruction
        for number in (12, 1000):
            assert read(one.language, country="IQ").number(number) in one.description
    english, french, arabic = said()
    assert english.headline == "Conflict events: more than expected in Alder"
    assert (french.area, arabic.area) == ("Aulne", "النهر")
    assert [one.direction for one in (english, french, arabic)] == ["ltr", "ltr", "rtl"]
    assert not re.search("[0-9]", arabic.description)


def test_an_exercise_says_so_first() -> None:
    for one in said(exercise=True):
        mark = read(one.language).say(
            "Exercise: what this says is simulated or long past. Nobody may act on it."
        )
        assert one.description.startswith(mark)
        assert one.headline.partition(":")[0].strip() == mark.partition(":")[0].strip()


def test_simulated_posts_are_marked_and_layers_are_not() -> None:
    assert "(simulated)" in said(simulated=True, family="distress")[0].headline
    assert "(simulated)" not in said(simulated=True)[0].headline


def test_a_hostile_name_stays_a_name() -> None:
    areas = small.country(dict.fromkeys(("pcode:T1A",), HOSTILE))
    for one in said(areas=areas):
        assert one.area == "<b>West</b> {areas}"  # text: each channel escapes it; a place in it is not filled


def test_an_area_without_a_name_stands_under_its_code_and_many_are_counted() -> None:
    assert names(["own:x", "pcode:T2B"], small.country(), "fr") == ["own:x", "Damson"]
    many = [f"own:{number}" for number in range(MOST_NAMES + 3)]
    assert shortened(many, read("en")).endswith("own:11 and 3 more")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        wordings(
            small.hotspots().to_pylist()[0],
            areas=small.country(),
            languages=["xx"],
            simulated=False,
            exercise=False,
        )
