"""The words of the help page: each in each language, with the same places to fill."""

import re
from importlib import resources
from pathlib import Path

import pytest
from babel.messages.extract import extract
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.service import Need, Reach, Sex, Status
from fanal.web.help.named import LINES, REACH, SEXES, STATUSES
from fanal.web.help.tongue import TONGUES, catalogue, preferred, read
from fanal.web.needs import NEEDS

HELP = Path(str(resources.files("fanal.web.help")))
TRANSLATED = [code for code in TONGUES if code != "en"]
PLACE = re.compile(r"\{(\w+)\}")
ARABIC = re.compile(r"[\u0600-\u06ff]")
OWN_LETTERS = {"ckb": "ڕڵۆێە", "fa": "گچپی", "kmr": "êîûş", "tr": "ığşü", "fr": "éèàç", "ar": "ةىأإ"}
SAME = {("fr", "migrants")}


def messages() -> set[str]:
    """Return every message of templates and Python."""
    found = set(LINES)
    for pattern, method, keyword in (("templates/*.html", "jinja2", "_"), ("*.py", "python", "say")):
        for path in HELP.glob(pattern):
            with path.open("rb") as file:
                found |= {
                    str(message) for _, message, _, _ in extract(method, file, keywords={keyword: None})
                }
    return found - {""}


def test_messages_are_found() -> None:
    assert {"Find help", "Checked on {date}", "A place to stay", "Every day"} <= messages()


@pytest.mark.parametrize("code", TRANSLATED)
def test_each_message_is_translated_and_nothing_else_is(code: str) -> None:
    told = {message.id: str(message.string) for message in catalogue(code) if message.id}
    assert set(told) == messages()
    for message, text in told.items():
        assert sorted(PLACE.findall(message)) == sorted(PLACE.findall(text)), message
        assert text.strip() == text != "", message
        assert not set("<&") & set(text), message
        if read(code).direction == "rtl":
            assert ARABIC.search(text), message
        elif message != text:
            assert not ARABIC.search(text), message
        else:
            assert (code, message) in SAME
    letters = set("".join(told.values()))
    assert set(OWN_LETTERS[code]) <= letters, "letters of the language are there"


def test_every_member_of_a_closed_set_has_words() -> None:
    assert (set(NEEDS), set(REACH), set(SEXES), set(STATUSES)) == (
        set(Need),
        set(Reach),
        set(Sex),
        set(Status),
    )


def test_directions_are_those_of_the_scripts() -> None:
    assert {code for code in TONGUES if read(code).direction == "rtl"} == {"ar", "ckb", "fa"}


@pytest.mark.parametrize(("accepted", "code"), [
    ("", "en"),
    ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
    ("de;q=1.0, ar;q=0.5", "ar"),
    ("ku", "kmr"),
    ("ku-Arab-IQ", "ckb"),
    ("ckb-IQ", "ckb"),
    ("fa-AF", "fa"),
    ("prs", "fa"),
    ("tr;q=0, fr;q=0.1", "fr"),
    ("ar;q=2, tr;q=0.1", "tr"),
    ("AR", "ar"),
    (",,;q=1,;;", "en"),
    ("fr;q=abc", "en"),
])  # fmt: skip
def test_the_browser_chooses_the_language(accepted: str, code: str) -> None:
    assert preferred(accepted) == code


@given(st.text(max_size=300))
def test_no_header_breaks_the_choice(accepted: str) -> None:
    assert preferred(accepted, default="tr") in TONGUES


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(KeyError):
        read("xx")
