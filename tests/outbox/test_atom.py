"""Atom: a reader of feeds takes it, ids are permanent, and nothing in a name becomes markup."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import feedparser
import pytest
from tests.outbox.notices import HOSTILE, SENT, Asked, country, notice, release, wording

from fanal.model.error import RefusedError, UserError
from fanal.outbox.atom import MOST_ENTRIES, NAMESPACE, to_atom
from fanal.outbox.notices import write_cap, write_feeds

A = {"a": NAMESPACE}


def feed(*notices: Any, language: str = "en", **changed: Any) -> bytes:
    told = {
        "title": "Fanal",
        "sender": "alerts@example.org",
        "address": "",
        "require": Asked(),
        "now": SENT,
        **changed,
    }
    return to_atom(notices, language=language, **told)


def test_a_reader_takes_it() -> None:
    older, newer = notice("aa.1"), notice("bb.1", sent=SENT + timedelta(days=1))
    read = feedparser.parse(feed(older, newer, address="https://example.org/feeds/en.atom"))
    assert not read.bozo
    assert read.version == "atom10"
    assert (read.feed.title, read.feed.author, read.feed.updated) == (
        "Fanal",
        "alerts@example.org",
        "2014-08-21T09:30:00Z",
    )
    assert [link["href"] for link in read.feed.links if link["rel"] == "self"] == [
        "https://example.org/feeds/en.atom"
    ]
    assert [entry.updated for entry in read.entries] == ["2014-08-21T09:30:00Z", "2014-08-20T09:30:00Z"]
    assert read.entries[0].title == wording("en").headline
    assert [tag.term for tag in read.entries[0].tags] == ["conflict"]
    assert release().digest() in read.entries[0].content[0].value


def test_each_element_that_rfc_4287_asks_for_is_there_once() -> None:
    top = ET.fromstring(feed(notice()))  # noqa: S314 - our own
    for name in ("id", "title", "updated", "author"):
        assert len(top.findall(f"a:{name}", A)) == 1
    (entry,) = top.findall("a:entry", A)
    for name in ("id", "title", "updated", "content"):
        assert len(entry.findall(f"a:{name}", A)) == 1


def test_ids_are_permanent_and_of_each_notice_alone() -> None:
    ids = [entry.id for entry in feedparser.parse(feed(notice("aa.1"), notice("aa.2"))).entries]
    assert len(set(ids)) == 2
    assert sorted(ids) == sorted(
        entry.id for entry in feedparser.parse(feed(notice("aa.2"), notice("aa.1"), language="ar")).entries
    )
    assert feed(notice()) == feed(notice())


def test_an_exercise_says_so() -> None:
    read = feedparser.parse(feed(notice(of=release(sources=("simulated",)))))
    assert "exercise" in [tag.term for tag in read.entries[0].tags]


def test_a_hostile_name_stays_text() -> None:
    top = ET.fromstring(feed(notice(wordings=(wording("en", HOSTILE),))))  # noqa: S314 - our own
    title = top.find("a:entry/a:title", A)
    assert title is not None
    assert title.text == HOSTILE.replace("\x00", "").replace("\x1b", "")
    assert not list(title)


def test_a_feed_without_a_notice_is_a_feed() -> None:
    read = feedparser.parse(feed(now=SENT + timedelta(days=3)))
    assert not read.bozo
    assert (read.feed.updated, read.entries) == ("2014-08-23T09:30:00Z", [])


def test_a_feed_has_an_end() -> None:
    many = [notice(f"{number:010x}.1") for number in range(MOST_ENTRIES + 5)]
    assert len(feedparser.parse(feed(*many)).entries) == MOST_ENTRIES


def test_folders_are_written_whole(tmp_path: Path) -> None:
    one = notice()
    told: dict[str, Any] = {
        "title": "Fanal",
        "sender": "alerts@example.org",
        "require": Asked(),
        "languages": ("en", "ar"),
        "now": SENT,
    }
    write_feeds([one], tmp_path / "feeds", address="https://example.org/a/", **told)
    assert sorted(path.name for path in (tmp_path / "feeds").iterdir()) == [
        "ar.atom",
        "en.atom",
        "manifest.json",
    ]
    assert b"https://example.org/a/ar.atom" in (tmp_path / "feeds" / "ar.atom").read_bytes()
    write_cap([one, notice("bb.1")], tmp_path / "cap", areas=country(), require=Asked())
    write_cap([one], tmp_path / "cap", areas=country(), require=Asked())
    assert sorted(path.name for path in (tmp_path / "cap").iterdir()) == ["0a1b2c3d4e.1.xml", "manifest.json"]


def test_a_folder_of_others_and_a_refusal_leave_all_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UserError, match="not all of it is Fanal's"):
        write_cap([notice()], tmp_path, areas=country(), require=Asked())

    def refuse(_: object) -> None:
        raise RefusedError("Too early.")

    with pytest.raises(RefusedError):
        write_cap([notice()], tmp_path / "new", areas=country(), require=refuse)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
