"""An activity gives the parts of a post, or nothing where it is not for everybody, whatever else stands in it."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.sources.judge import judge
from fanal.sources.note import PUBLIC, note
from fanal.sources.parts import SKIP, columns
from fanal.sources.reason import Reason

EVERYBODY = "https://www.w3.org/ns/activitystreams#Public"
FOLLOWERS = "https://a.example/users/b/followers"
NOTE: dict[str, Any] = {
    "id": "https://a.example/users/b/statuses/1",
    "type": "Note",
    "attributedTo": "https://a.example/users/b",
    "published": "2014-08-03T05:00:00Z",
    "to": [EVERYBODY],
    "cc": [FOLLOWERS],
    "content": "<p>The road to the north is closed.</p>",
    "contentMap": {"en": "<p>The road to the north is closed.</p>"},
}
CREATE: dict[str, Any] = {
    "id": "https://a.example/users/b/statuses/1/activity",
    "type": "Create",
    "actor": "https://a.example/users/b",
    "published": "2014-08-03T05:00:00Z",
    "to": [EVERYBODY],
    "cc": [FOLLOWERS],
    "object": NOTE,
}
PARTS = {
    "id": "https://a.example/users/b/statuses/1",
    "author": "https://a.example/users/b",
    "time": "2014-08-03T05:00:00Z",
    "text": "The road to the north is closed.",
    "language": "en",
}


def test_a_note_alone_and_in_its_activity_is_the_same_post() -> None:
    assert note(NOTE) == note(CREATE) == note({**CREATE, "object": [NOTE]}) == (PARTS, None)


def test_an_edit_is_a_post_of_its_own_where_it_says_when_it_was_made() -> None:
    edited = {**NOTE, "content": "<p>It is open.</p>", "updated": "2014-08-03T06:00:00Z", "contentMap": None}
    parts, _ = note({**CREATE, "type": "Update", "published": "2014-08-03T06:00:00Z", "object": edited})
    version = {"id": f"{PARTS['id']}#edited-2014-08-03T06:00:00Z", "time": "2014-08-03T06:00:00Z"}
    assert parts == PARTS | version | {"text": "It is open.", "language": None}
    for updated in (None, "on Monday", 7.5):
        parts, _ = note({**CREATE, "type": "Update", "object": {**edited, "updated": updated}})
        assert parts == PARTS | {"text": "It is open.", "language": None}
    made, _ = note({**CREATE, "object": edited})  # an archive hands over the newest words as the post itself
    assert made == PARTS | {"text": "It is open.", "language": None}


def test_what_is_passed_on_is_a_post_of_who_passes_it_on() -> None:
    boost = {
        **CREATE,
        "type": "Announce",
        "actor": "https://c.example/d",
        "published": "2014-08-04T05:00:00Z",
    }
    assert note({**boost, "object": NOTE["id"]}) == SKIP
    parts, _ = note(boost)
    assert parts == PARTS | {
        "id": CREATE["id"],
        "author": "https://c.example/d",
        "time": "2014-08-04T05:00:00Z",
    }


@pytest.mark.parametrize("everybody", sorted(PUBLIC))
@pytest.mark.parametrize("name", ["to", "cc", "audience"])
def test_everybody_is_known_in_each_spelling(everybody: str, name: str) -> None:
    plain = {key: value for key, value in NOTE.items() if key not in ("to", "cc")}
    for value in (everybody, [FOLLOWERS, everybody], {"id": everybody}):
        assert note({**plain, name: value})[0]


PRIVATE = {
    "for followers": {"to": [FOLLOWERS], "cc": []},
    "for one person": {"to": ["https://c.example/d"], "cc": []},
    "for nobody": {"to": [], "cc": []},
    "null": {"to": None, "cc": None},
    "odd": {"to": 5, "cc": {"name": EVERYBODY}},
    "hidden": {"to": [], "cc": [], "bto": [EVERYBODY]},
}


@pytest.mark.parametrize("audience", PRIVATE.values(), ids=PRIVATE.keys())
def test_what_is_not_for_everybody_is_left_alone(audience: dict[str, Any]) -> None:
    private = {**NOTE, **audience}
    for kind in ("Create", "Update", "Announce"):
        assert note({**CREATE, "type": kind, "object": private}) == SKIP, kind
        assert note({**CREATE, **audience, "type": kind}) == SKIP, kind
        assert note({**CREATE, **audience, "type": kind, "object": private}) == SKIP, kind
    assert note(private) == SKIP


def test_what_says_nowhere_whom_it_is_for_is_left_alone() -> None:
    bare = {key: value for key, value in NOTE.items() if key not in ("to", "cc")}
    assert note(bare) == SKIP
    assert note({"type": "Create", "object": bare}) == SKIP
    assert note({**CREATE, "object": bare})[0]
    assert note({"type": "Create", "object": NOTE})[0]


@pytest.mark.parametrize(
    "activity",
    [
        {**CREATE, "type": "Delete", "object": {"type": "Tombstone", "id": NOTE["id"]}},
        {**CREATE, "object": {**NOTE, "type": "Tombstone"}},
        {**CREATE, "type": "Like"},
        {**CREATE, "type": "Undo", "object": CREATE},
        {**CREATE, "object": {**NOTE, "type": "Person"}},
        {**CREATE, "type": None},
        {**CREATE, "type": ["Follow"]},
        {**CREATE, "object": None},
        {},
    ],
)
def test_what_is_no_post_is_skipped(activity: dict[str, Any]) -> None:
    assert note(activity) == SKIP


def test_a_question_is_read_with_its_answers() -> None:
    question = {**NOTE, "type": "Question", "oneOf": [{"type": "Note", "name": "North"}, {"name": "South"}]}
    assert note(question)[0]["text"] == "The road to the north is closed.\nNorth\nSouth"


def test_title_and_warning_stand_before_the_words() -> None:
    article = {**NOTE, "type": ["Article"], "name": "Roads & bridges", "summary": "News &amp; more"}
    assert note(article)[0]["text"] == "Roads & bridges\nNews & more\nThe road to the north is closed."


def test_words_that_are_no_markup_are_left_as_they_are() -> None:
    for media in ("text/plain", "text/markdown; charset=utf-8"):
        assert note({**NOTE, "content": "a <b> &lt;", "mediaType": media})[0]["text"] == "a <b> &lt;"
    for media in ("text/html", None, 5, [], "Text/HTML; charset=utf-8"):
        assert note({**NOTE, "content": "a <b> &lt;", "mediaType": media})[0]["text"] == "a <"


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ({"content": "a", "contentMap": {"ar": "a"}}, "ar"),
        ({"content": "a", "contentMap": {"ar": "b", "ku": "a"}}, "ku"),
        ({"content": "a", "contentMap": {"ar": "b", "ku": "c"}}, None),
        ({"content": "a", "contentMap": {"und": "a"}}, None),
        ({"content": "a", "contentMap": ["ar"]}, None),
        ({"content": None, "contentMap": {"fr": "a", "ar": "b"}}, "fr"),
        ({"content": "a", "contentMap": None, "@context": ["https://x.example", {"@language": "tr"}]}, "tr"),
    ],
)
def test_the_language_is_that_of_the_words(said: dict[str, Any], language: str | None) -> None:
    parts, _ = note({**NOTE, **said})
    assert (parts["text"], parts["language"]) == ("a", language)


def test_a_place_with_coordinates_is_taken() -> None:
    place = {"type": "Place", "longitude": 43.12, "latitude": 36.34, "units": "m"}
    for location in (place, [{"type": "Place", "name": "A"}, place]):
        parts, _ = note({**CREATE, "object": {**NOTE, "location": location}})
        assert (parts["lon"], parts["lat"]) == (43.12, 36.34)
    assert "lon" not in note({**NOTE, "location": {"type": "Place", "name": "A"}})[0]


@pytest.mark.parametrize("wrong", [5, ["a"], {"en": "a"}, True])
@pytest.mark.parametrize("name", ["content", "summary", "name"])
def test_words_that_are_no_text_are_rejected(name: str, wrong: object) -> None:
    assert note({**NOTE, name: wrong}) == ({}, Reason.TEXT_NOT_TEXT)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.sampled_from(
        [EVERYBODY, "Note", "Create", "Announce", "en", "2014-08-03T05:00:00Z", "<p>a</p>", ""]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [*NOTE, "actor", "object", "oneOf", "name", "location", "longitude", "latitude", "@context"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from([NOTE, CREATE]), st.sampled_from([*CREATE, *NOTE, "location", "summary"]), VALUES, VALUES
)
def test_whatever_stands_in_it_the_row_is_in_one_part(
    sound: dict[str, Any], name: str, value: object, inner: object
) -> None:
    activities = [{**sound, name: value}, {**CREATE, "object": {**NOTE, name: inner}}]
    reading = judge(columns([note(a) for a in activities], np.arange(1, 3)), timezone=None, position=2)
    assert len(reading.posts) + len(reading.skipped) + len(reading.rejected) == 2
