"""The words of the page: each message is in each language, with the same places to fill and the same numbers."""

import re
from collections.abc import Callable
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from babel.messages.extract import extract
from babel.messages.plurals import get_plural

from fanal.model.category import Category, Family
from fanal.model.circle import Circle
from fanal.model.gap import Shortage
from fanal.model.group import Group
from fanal.model.release import Basis, ReleaseKind
from fanal.model.service import Need
from fanal.web.language import LANGUAGES, catalogue, read
from fanal.web.rendered import render
from fanal.web.words import LABELS

WEB = Path(str(resources.files("fanal.web")))
TRANSLATED = [code for code in LANGUAGES if code != "en"]
FROM_OUTSIDE = {"Iraq 2014-2015"}  # titles that a caller of the page gives
SAME_IN_FRENCH = {"Pause", "Protection", "Nutrition", "Services"}
PLACE = re.compile(r"\{(\w+)\}")
NUMBER = re.compile(r"[0-9]+")
Made = Callable[..., Any]


def messages() -> dict[str, str]:
    """Return every message of templates, scripts and Python, with the file that says it."""
    found: dict[str, str] = {}
    for pattern, method, keyword in (
        ("templates/*.html", "jinja2", "_"),
        ("assets/*.js", "javascript", "t"),
        ("*.py", "python", "say"),
    ):
        options = {"template_string": "true"} if method == "javascript" else {}
        for path in sorted(WEB.glob(pattern)):
            with path.open("rb") as file:
                for _, message, _, _ in extract(method, file, keywords={keyword: None}, options=options):
                    if message:
                        found.setdefault(str(message), path.name)
    for kind, labels in LABELS.items():
        for label in labels.values():
            found.setdefault(label, f"words.py: {kind}")
    return found


def test_messages_are_found_in_each_kind_of_file() -> None:
    places = messages()
    assert places["Colour the areas by"] == "page.html"
    assert places["No figure: not known, which does not mean safe"] == "app.js"
    assert places["Recurrence, weeks"] == "rendered.py"
    assert places["Displaced people"] == "words.py: group"
    assert len(places) > 150


@pytest.mark.parametrize("code", TRANSLATED)
def test_each_message_is_translated_and_nothing_else_is(code: str) -> None:
    told = {message.id: message for message in catalogue(code) if message.id}
    wanted = messages()
    missing = [f"{where}: {message}" for message, where in wanted.items() if message not in told]
    assert missing == [], f"{code}.po does not have them"
    assert set(told) - set(wanted) == FROM_OUTSIDE
    assert [name for name, message in told.items() if not message.string or message.fuzzy] == []


@pytest.mark.parametrize("code", TRANSLATED)
def test_a_translation_has_the_same_places_and_numbers(code: str) -> None:
    for message in catalogue(code):
        if not message.id:
            continue
        assert isinstance(message.id, str), f"{message.id}: plural forms are not read"
        assert sorted(PLACE.findall(message.id)) == sorted(PLACE.findall(str(message.string))), message.id
        written = re.sub(r"([0-9]+) ألف", r"\g<1>000", str(message.string))  # 100 thousand
        numbers = [
            NUMBER.findall(re.sub(r"(?<=\d)[,. \u00a0\u202f٬](?=\d{3})", "", text))
            for text in (message.id, written)
        ]
        assert not set(numbers[1]) - set(numbers[0]), message.id
        assert "<" not in str(message.string), message.id
        assert "&" not in str(message.string), message.id


@pytest.mark.parametrize("code", TRANSLATED)
def test_plural_forms_are_those_of_the_language(code: str) -> None:
    forms = get_plural(code)
    assert catalogue(code).num_plurals == forms.num_plurals
    text = (WEB / "locale" / f"{code}.po").read_text(encoding="utf-8")
    assert re.search(rf'"Plural-Forms: nplurals={forms.num_plurals}; plural=', text)


def test_arabic_is_written_in_arabic_and_french_is_not_english() -> None:
    for message in catalogue("ar"):
        if message.id:
            assert re.search(r"[\u0600-\u06ff]", str(message.string)), message.id
    same = {message.id for message in catalogue("fr") if message.id and message.id == message.string}
    assert same <= SAME_IN_FRENCH


def test_every_member_of_a_closed_set_has_a_name() -> None:
    sets = {
        "category": Category,
        "group": Group,
        "kind": ReleaseKind,
        "basis": Basis,
        "circle": Circle,
        "need": Need,
        "shortage": Shortage,
    }
    for kind, members in sets.items():
        assert set(LABELS[kind]) >= {member.value for member in members}, kind
    assert set(LABELS["family"]) >= {family.value for family in Family}


def test_an_arabic_page_has_one_kind_of_digits(make_page: Made) -> None:
    language = read("ar", country="IQ")
    assert (language.number(0.25), language.number(-3)[-1], language.day(date(2014, 8, 3))) == (
        "٠٫٢٥", "٣", "٣ آب ٢٠١٤",
    )  # fmt: skip
    html = render(make_page(), language)
    body = html[html.index("<main>") : html.index('<section class="sources"')]
    text = re.sub(r"<[^>]+>", " ", body)
    assert NUMBER.findall(text.replace("95 %", "")) == []
    assert read("ar", country="MA").number(12) == "12"


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        read("xx")


def test_a_value_in_a_message_is_never_filled_again() -> None:
    said = read("en").say("{from} to {to}", **{"from": "{to}", "to": "9"})
    assert said == "{to} to 9"
