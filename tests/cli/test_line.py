"""A user's own stream, from a file to a Release, through the command itself."""

import csv
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

Fanal = Callable[..., Any]
START = datetime(2014, 8, 4, 9, tzinfo=UTC)


def post(number: int, text: str, *, author: str | None = None, hours: int = 0) -> dict[str, object]:
    time = (START + timedelta(hours=hours)).isoformat()
    return {"id": str(number), "author": author or f"author {number}", "time": time, "text": text}


def write(path: Path, rows: list[object]) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_posts_are_counted_and_their_text_is_nowhere(fanal: Fanal, workspace: Path, tmp_path: Path) -> None:
    marker = "xylophonequartz"
    file = write(
        tmp_path / "posts.jsonl",
        [
            post(1, f"We need water and food in Sinjar {marker}", author="someone-by-name"),
            post(2, "نحتاج ماء و طعام في سنجار"),
            post(3, "A quiet evening in Basrah"),
            post(4, "   "),
        ],
    )
    fanal("-w", workspace, "read", file)
    status = fanal("-w", workspace, "status", "--json").json
    assert status["posts_read"] == 3
    assert status["posts_skipped"] == 1
    assert status["posts_rejected"] == 0
    assert status["posts_located"] == 3
    assert status["signals"] >= 2
    kept = b"".join(path.read_bytes() for path in workspace.rglob("*") if path.is_file())
    for word in (marker, "someone-by-name", "evening"):
        assert word.encode() not in kept


def test_reading_again_changes_nothing(fanal: Fanal, workspace: Path, tmp_path: Path) -> None:
    rows = [post(n, f"Families fled from Sinjar, day {n}") for n in range(50)]
    file = write(tmp_path / "posts.jsonl", [*rows, "{not json", "{not json", post(99, "")])
    fanal("-w", workspace, "read", file)
    before = fanal("-w", workspace, "status", "--json").json
    assert (before["posts_read"], before["posts_skipped"], before["posts_rejected"]) == (50, 1, 2)
    again = fanal("-w", workspace, "read", file, "--json").json
    assert again["rows_known_already"] == 53
    assert fanal("-w", workspace, "status", "--json").json == before


def test_a_longer_export_adds_only_what_is_new(fanal: Fanal, workspace: Path, tmp_path: Path) -> None:
    rows = [post(n, "Families fled from Sinjar") for n in range(10)]
    fanal("-w", workspace, "read", write(tmp_path / "monday.jsonl", rows[:6]))
    fanal("-w", workspace, "read", write(tmp_path / "tuesday.jsonl", rows))
    assert fanal("-w", workspace, "status", "--json").json["posts_read"] == 10


def test_a_chat_in_a_zip_is_read_by_its_own_dates(fanal: Fanal, workspace: Path, tmp_path: Path) -> None:
    settings = workspace / "fanal.toml"
    settings.write_text('[posts]\ntimezone = "Asia/Baghdad"\n', encoding="utf-8")
    file = tmp_path / "WhatsApp Chat - North.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(
            "_chat.txt", "[31.12.20, 23:59:59] Ana: We need water in Sinjar\n[1.1.21, 00:05:00] Ben left\n"
        )
        archive.writestr("00000012-PHOTO.jpg", b"a picture")
    fanal("-w", workspace, "read", file)
    status = fanal("-w", workspace, "status", "--json").json
    assert (status["posts_read"], status["posts_skipped"], status["posts_located"]) == (1, 1, 1)
    doubtful = tmp_path / "_chat.txt"
    doubtful.write_text("[5/3/20, 10:00:00] Ana: We need water in Sinjar\n", encoding="utf-8")
    assert "date_order" in fanal("-w", workspace, "read", doubtful, code=1).err
    settings.write_text('[posts]\ntimezone = "Asia/Baghdad"\ndate_order = "dmy"\n', encoding="utf-8")
    fanal("-w", workspace, "read", doubtful)
    assert fanal("-w", workspace, "status", "--json").json["posts_read"] == 2


def test_bad_rows_are_kept_with_file_line_and_reason_and_without_text(
    fanal: Fanal, workspace: Path, tmp_path: Path
) -> None:
    file = write(
        tmp_path / "rough.jsonl",
        [
            post(1, "All is well in Erbil"),
            "{broken zebra",
            {**post(3, "no zone zebra"), "time": "2014-08-04 09:00:00"},
            {**post(4, "far away zebra"), "lat": 95.0, "lon": 200.0},
            {**post(5, "swapped zebra"), "lat": 143.0, "lon": 36.0},
            post(6, "Last line in Erbil"),
        ],
    )
    ended = fanal("-w", workspace, "read", file)
    assert "2 posts read" in ended.out
    assert "4 rejected" in ended.out
    listed = fanal("-w", workspace, "status", "--rejects").out
    for line in (2, 3, 4, 5):
        assert f"rough.jsonl, line {line}:" in listed
    assert "zebra" not in listed


def test_a_release_needs_many_authors_and_four_weeks(fanal: Fanal, workspace: Path, tmp_path: Path) -> None:
    crowd = [post(n, "We need water and food in Sinjar", hours=n % 100) for n in range(400)]
    loud = [
        post(1000 + n, "We need water and food in Basrah", author="loud", hours=n % 100) for n in range(400)
    ]
    fanal("-w", workspace, "read", write(tmp_path / "posts.jsonl", [*crowd, *loud]))
    fanal("-w", workspace, "update")
    fanal("-w", workspace, "release", "--out", tmp_path / "open")
    table = (tmp_path / "open" / "counts.csv").read_text(encoding="utf-8").splitlines()
    shown = list(csv.reader(table[2:]))
    named = {row[0]: row[3] for row in shown if row[2] == "distress" and row[3]}
    assert abs(int(named["pcode:IQG15"]) - 400) < 60
    assert "pcode:IQG02" not in named
    first = fanal("-w", workspace, "update", "--json").json
    fanal("-w", workspace, "release", "--out", tmp_path / "again")
    assert (tmp_path / "again" / "counts.csv").read_text(encoding="utf-8").splitlines() == table
    assert first["public_counts_shown"] == len([row for row in shown if row[3]])


def test_an_empty_workspace_says_what_to_do(fanal: Fanal, tmp_path: Path) -> None:
    fanal("init", tmp_path / "w")
    assert "Next: fanal read FILE" in fanal("-w", tmp_path / "w", "status").out
    ended = fanal("-w", tmp_path / "w", "serve", code=1)
    assert "Run `fanal update` first." in ended.err
    assert "Traceback" not in ended.err


def test_a_wrong_setting_names_itself_its_file_and_its_line(fanal: Fanal, workspace: Path) -> None:
    settings = workspace / "fanal.toml"
    settings.write_text("[risk]\nreplicates = 3\n", encoding="utf-8")
    ended = fanal("-w", workspace, "update", code=1)
    assert f"{settings}, line 2: the setting risk.replicates must lie from 99 to 99,999, not 3." in ended.err


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n" + b"\0" * 100, b"%PDF-1.7\n", b""])
def test_a_file_of_another_kind_is_one_sentence(
    fanal: Fanal, workspace: Path, tmp_path: Path, content: bytes
) -> None:
    file = tmp_path / "posts.jsonl"
    file.write_bytes(content)
    ended = fanal("-w", workspace, "read", file, code=1)
    assert str(file) in ended.err
    assert "Traceback" not in ended.err


def test_a_missing_file_and_no_workspace_are_one_sentence(
    fanal: Fanal, workspace: Path, tmp_path: Path
) -> None:
    assert "nowhere.jsonl" in fanal("-w", workspace, "read", tmp_path / "nowhere.jsonl", code=1).err
    assert "fanal init" in fanal("-w", tmp_path / "none", "status", code=1).err


@pytest.mark.shared
def test_tweets_that_nobody_here_wrote_reach_a_released_map(
    fanal: Fanal, tmp_path: Path, shared_data: Path
) -> None:
    fanal("init", tmp_path / "w")
    files = [shared_data / "idrisi_crisis_tweets" / f"dev_{language}.jsonl" for language in ("en", "ar")]
    fanal("--workspace", tmp_path / "w", "read", *files, "--format", "idrisi")
    status = fanal("--workspace", tmp_path / "w", "status", "--json").json
    assert status["posts_read"] == 12_760 + 3_377
    assert status["posts_skipped"] == status["posts_rejected"] == 0
    assert status["posts_located"] > 5_000
    report = fanal("-w", tmp_path / "w", "update", "--json").json
    assert report["public_counts_shown"] > 0
    fanal("-w", tmp_path / "w", "serve", "--out", tmp_path / "page")
    assert (tmp_path / "page" / "ar.html").is_file()
    fanal("-w", tmp_path / "w", "release", "--out", tmp_path / "open")
    assert (tmp_path / "open" / "provenance.json").is_file()
