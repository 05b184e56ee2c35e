"""Facebook's and Instagram's exports: what people wrote is read as they wrote it, and conversations are left alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanal.model.error import InputError
from fanal.model.post import Reading
from fanal.sources import facebook, instagram
from fanal.sources.catalogue import find, guess
from fanal.sources.mapping import FieldMapping

TIME = 1407042000


def written(tmp_path: Path, said: object) -> Path:
    """Write a file of an export as Meta does: each byte of UTF-8 as a letter."""
    text = json.dumps(said, ensure_ascii=False).encode().decode("latin-1")
    file = tmp_path / "export.json"
    file.write_text(json.dumps(json.loads(text)), encoding="ascii")
    return file


def reading_of(form: str, file: Path) -> Reading:
    """Return the one reading of a file."""
    (reading,) = find(form).read(file, mapping=FieldMapping())
    return reading


def post(text: str, **more: Any) -> dict[str, Any]:
    """Return a post of Facebook."""
    return {"timestamp": TIME, "data": [{"post": text}], "title": "A neighbour wrote.", **more}


def comment(text: str) -> dict[str, Any]:
    """Return a comment of Facebook."""
    said = {"timestamp": TIME + 5, "comment": text, "author": "Ayşe", "group": "Town"}
    return {"timestamp": TIME, "data": [{"comment": said}], "title": "Ayşe commented."}


@pytest.mark.parametrize(
    "whole",
    [
        [post("الطريق مغلق 😀")],
        {"group_posts_v2": [post("الطريق مغلق 😀")]},
        {"group_posts": {"activity_log_data": [post("الطريق مغلق 😀")]}},
    ],
)
def test_posts_of_facebook_are_read_under_every_name(tmp_path: Path, whole: object) -> None:
    file = written(tmp_path, whole)
    assert guess(file).name == "facebook"
    (made,) = reading_of("facebook", file).posts.to_pylist()
    assert (made["text"], made["author"], made["id"]) == ("الطريق مغلق 😀", None, None)
    assert int(made["time"].timestamp()) == TIME


@pytest.mark.parametrize("name", ["comments_v2", "group_comments_v2", "comments"])
def test_comments_of_facebook_have_their_author_and_time(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, {name: [comment("Açık.")]})
    (made,) = reading_of("facebook", file).posts.to_pylist()
    assert (made["text"], made["author"]) == ("Açık.", "Ayşe")
    assert int(made["time"].timestamp()) == TIME + 5


def test_polls_and_notes_are_text_and_what_a_link_says_is_not(tmp_path: Path) -> None:
    poll = {"question": "Which road?", "options": [{"option": "North"}, {"option": "South"}]}
    beside = [
        {"data": [{"poll": poll}, {"external_context": {"name": "A page", "url": "https://a.example"}}]}
    ]
    file = written(tmp_path, [post("Tell.", attachments=beside)])
    assert reading_of("facebook", file).posts["text"].to_pylist() == ["Tell.\nWhich road?\nNorth\nSouth"]


@pytest.mark.parametrize("form", ["facebook", "instagram"])
def test_conversations_are_left_alone(tmp_path: Path, form: str) -> None:
    talk = [{"sender_name": "A", "timestamp_ms": TIME * 1000, "content": "Left alone."}] * 3
    file = written(tmp_path, {"participants": [{"name": "A"}, {"name": "B"}], "messages": talk, "title": "B"})
    assert guess(file).name == "facebook"
    reading = reading_of(form, file)
    assert (len(reading.posts), reading.skipped.to_pylist()) == (0, [1, 2, 3])


@pytest.mark.parametrize("name", ["comments_media_comments", "comments_reels_comments", None])
def test_comments_of_instagram_are_read_in_every_language(tmp_path: Path, name: str | None) -> None:
    entries = [
        {"string_map_data": {"Comment": {"value": "Açık."}, "Time": {"timestamp": TIME}}},
        {"string_map_data": {"Yorum": {"value": "Açık."}, "Zaman": {"timestamp": TIME}}},
        {"title": "someone", "string_list_data": [{"href": "", "value": "Açık.", "timestamp": TIME}]},
    ]
    file = written(tmp_path, entries if name is None else {name: entries})
    assert guess(file).name == "instagram"
    posts = reading_of("instagram", file).posts
    assert posts["text"].to_pylist() == ["Açık."] * 3
    assert {int(time.timestamp()) for time in posts["time"].to_pylist()} == {TIME}
    assert posts["author"].null_count == 3


def test_a_post_of_several_pictures_is_one(tmp_path: Path) -> None:
    media = [{"creation_timestamp": TIME + n, "title": ["North", "South", "North"][n]} for n in range(3)]
    whole = {
        "ig_reels_media": [{"media": media}],
        "ig_stories": [{"creation_timestamp": TIME, "title": "Story."}],
    }
    assert reading_of("instagram", written(tmp_path, whole)).posts["text"].to_pylist() == [
        "North\nSouth",
        "Story.",
    ]


def test_where_a_camera_was_is_not_read(tmp_path: Path) -> None:
    exif = {"photo_metadata": {"exif_data": [{"latitude": 36.3, "longitude": 43.1}]}}
    media = [{"creation_timestamp": TIME, "title": "North.", "media_metadata": exif}]
    assert reading_of("instagram", written(tmp_path, [{"media": media}])).posts["lon"].to_pylist() == [None]


@pytest.mark.parametrize("form", ["facebook", "instagram"])
@pytest.mark.parametrize("whole", [[], {}, [1], {"friends_v2": [{"name": "A", "timestamp": 1}]}, [{"id": 1}]])
def test_files_of_an_export_without_posts_are_refused(tmp_path: Path, form: str, whole: object) -> None:
    with pytest.raises(InputError, match="that Fanal can read"):
        reading_of(form, written(tmp_path, whole))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["post", "comment", "timestamp", "author", "data", "place", "coordinate", "latitude", "longitude",
                 "poll", "options", "option", "note", "media", "title", "value", "Comment", "Time"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)  # fmt: skip


@pytest.mark.parametrize("form", ["facebook", "instagram"])
@settings(deadline=None, max_examples=200)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["timestamp", "data", "attachments", "title", "media", "creation_timestamp", "string_map_data",
                 "string_list_data", "post"]
            ),
            VALUES,
            max_size=5,
        ),
        max_size=5,
    )
)  # fmt: skip
def test_whatever_stands_in_an_entry_it_is_in_one_part(read_rows, form: str, entries: list) -> None:
    name = {"facebook": "group_posts_v2", "instagram": "ig_stories"}[form]
    found = read_rows(form, json.dumps({name: entries}).encode())
    assert [line for line, _, _ in found] == list(range(1, len(entries) + 1))


def test_entries_alone_are_no_posts_without_words() -> None:
    for entry in (facebook.entry, instagram.entry):
        assert not entry({})[0]["text"]
