"""Exports of networks are told by their files, read through the command, and count once however often they come."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Fanal = Callable[..., Any]
SAMPLES = Path(__file__).parents[1] / "sources" / "samples"
POSTS = {"telegram": 8, "activitystreams": 3, "facebook": 4, "instagram": 4}


def test_samples_are_told_by_their_files_and_count_once(fanal: Fanal, workspace: Path) -> None:
    files = [SAMPLES / f"{form}.json" for form in POSTS]
    fanal("-w", workspace, "read", *files)
    first = fanal("-w", workspace, "status", "--json").json
    assert first["posts_read"] == sum(POSTS.values())
    fanal("-w", workspace, "read", *files)
    assert fanal("-w", workspace, "status", "--json").json == first


def export(path: Path, chat: int, messages: list[dict[str, object]]) -> Path:
    """Write an export of one chat."""
    whole = {"name": "Town", "type": "public_supergroup", "id": chat, "messages": messages}
    path.write_text(json.dumps(whole, indent=1), encoding="utf-8")
    return path


def test_an_edit_and_an_older_form_of_a_message_are_the_post_that_is_known(
    fanal: Fanal, workspace: Path, tmp_path: Path
) -> None:
    now = {"id": 1, "type": "message", "date_unixtime": "1407042000", "from_id": "user5", "text": "Roads."}
    old = {**now, "from_id": 5, "text": ["Ro", {"type": "bold", "text": "ads."}]}
    edited = {**now, "text": "Roads are closed.", "edited_unixtime": "1407052000"}
    fanal("-w", workspace, "read", export(tmp_path / "now.json", 7, [now]))
    for name, chat, message in (("old", 7 + (1 << 33), old), ("edited", 7, edited)):
        answer = fanal(
            "-w", workspace, "read", export(tmp_path / f"{name}.json", chat, [message]), "--json"
        ).json
        assert (answer["posts_read"], answer["rows_known_already"]) == (0, 1)
