"""The reply says hello, one contact, and nothing that somebody who watches the phone must not read."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from fanal.help.reply import TELLING, can_be_given, draft, languages
from fanal.model.error import InputError

SOURCE = Path(__file__).resolve().parents[2] / "src" / "fanal"
PHONE, PAGE = "+9647701234567", "https://example.org/a"
TELLING_ELSEWHERE = (
    "traite",
    "esclav",
    "victime",
    "secours",
    "اتجار",
    "عبيد",
    "ضحي",
    "إنقاذ",
    "بازرگانی",
    "قوربانی",
    "ڕزگار",
    "قاچاق",
    "قربانی",
    "نجات",
    "bazirgan",
    "qurban",
    "rizgar",
    "kaçak",
    "köle",
    "mağdur",
    "kurtar",
)


@pytest.mark.parametrize("language", sorted(languages()))
@pytest.mark.parametrize("given", [{"phone": PHONE}, {"page": PAGE}])
def test_a_draft_gives_one_contact_and_tells_nothing(language: str, given: dict[str, str]) -> None:
    reply = draft(language, **given)
    (contact,) = given.values()
    assert reply.known
    assert reply.language == language
    assert reply.text.endswith(contact)
    assert not re.search(r"\d|@|http", reply.text.removesuffix(contact))
    assert not [word for word in (*TELLING, *TELLING_ELSEWHERE) if word in reply.text.lower()]
    assert "{" not in reply.text
    assert 1 <= reply.size.segments <= 2


def test_words_are_there_for_each_language_of_the_help_page() -> None:
    own = {path.stem for path in (SOURCE / "web" / "help" / "locale").glob("*.po")} | {"en"}
    kinds = tomllib.loads((SOURCE / "help" / "reply.toml").read_text(encoding="utf-8"))
    assert {kind: set(words) for kind, words in kinds.items()} == {"phone": own, "page": own}


@pytest.mark.parametrize(
    ("asked", "language"),
    [("ara", "ar"), ("ku-Latn", "en"), ("und", "en"), ("es", "en"), ("", "en"), ("FA", "fa")],
)
def test_a_language_without_words_gets_english_and_it_is_said(asked: str, language: str) -> None:
    reply = draft(asked, phone="104")
    assert (reply.language, reply.known) == (language, language != "en")


def test_a_number_keeps_its_order_where_lines_run_from_the_right() -> None:
    assert draft("ar", phone=PHONE).text.endswith(f"\u200e{PHONE}")
    assert "\u200e" not in draft("tr", phone=PHONE).text


@pytest.mark.parametrize(
    "page",
    [
        "http://example.org",
        "https://",
        "https://example",
        "https://a.example.org/?who=7",
        "https://a.example.org/#x",
        "https://me@example.org/",
        "https://example.org/a b",
        "https://example.org/\u202eabc",
        "https://example.org/{contact}",
        "https://example.org/stop-Trafficking",
        "https://refuge.example.org/",
        "https://example.org/" + "a" * 120,
        "javascript:alert(1)",
        "https://example.org\n",
    ],
)
def test_an_address_that_tells_or_carries_more_is_refused(page: str) -> None:
    with pytest.raises(InputError):
        draft("en", page=page)


@pytest.mark.parametrize(
    "phone", ["0770 123 4567", "+0123456789", "1", "٠٧٧٠١٢٣", "+964\n7701234567", "104\n", "x"]
)
def test_what_no_phone_dials_is_refused(phone: str) -> None:
    assert not can_be_given(phone)
    with pytest.raises(InputError):
        draft("en", phone=phone)


def test_a_draft_gives_a_number_or_an_address() -> None:
    for given in ({}, {"phone": PHONE, "page": PAGE}):
        with pytest.raises(InputError):
            draft("en", **given)


def test_nothing_that_sends_serves_or_runs_by_itself_knows_pleas_or_replies() -> None:
    own = {
        "fanal.help.reply",
        "fanal.review.pleas",
        "fanal.store.pleas",
        "fanal.cli.plea_show",
        "fanal.cli.pleas",
    }
    takers = set()
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module:
                named = {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                named = {one.name for one in node.names}
            else:
                continue
            if named & own:
                takers.add(path.relative_to(SOURCE).as_posix())
    assert takers == {"cli/pleas.py", "cli/plea_show.py", "store/workspace.py"}
