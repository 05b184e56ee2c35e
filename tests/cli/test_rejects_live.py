"""Rejected rows of a stream are kept, and read again from the vault once the stream's settings are mended."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.cli.said import run

from fanal import pipeline, settings_file
from fanal.cli.clock import now
from fanal.cli.detector import detector
from fanal.cli.dice import batch_id, secret
from fanal.cli.locator import shared
from fanal.intake import Intake, by_content
from fanal.model.consent import Consent
from fanal.model.stream import Moved
from fanal.places.locate import make_locator
from fanal.sources.nats import NATS
from fanal.sources.option import options_of
from fanal.store.choice import Choice
from fanal.store.workspace import opened

STREAM = (
    '[streams.bus]\nsource = "nats"\nconsent = "platform"\nurl = "nats://127.0.0.1:4222"\nstream = "POSTS"\n'
    'text = "said"\n'
)
ROWS = [
    b'{"id":"1","author":"a","time":"2014-08-04T09:00:00","said":"We need water in Sinjar."}',
    b'{"id":"2","author":"b","time":"soon","said":"The road is closed."}',
    b"{broken",
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a workspace whose stream brought rows without a zone."""
    run(tmp_path, "init", str(tmp_path / "w"))
    folder = tmp_path / "w"
    (folder / "fanal.toml").write_text(STREAM, encoding="utf-8")
    take(folder, ROWS)
    return folder


def take(folder: Path, rows: Sequence[bytes]) -> None:
    """Commit rows as `fanal follow` does."""
    said = settings_file.read(folder / "fanal.toml").streams["bus"]
    read = NATS.reader(options_of(NATS.options, said.options, stream="bus"))
    with opened(folder, dice=secret, writing=True) as workspace:
        found = make_locator(shared(), pipeline.areas_of(workspace, None))
        intake = Intake(workspace, detector=detector(None), locator=found, new_batch=batch_id, clock=now)
        begun = workspace.streams.begin("bus", source="nats", consent=Consent.PLATFORM, terms="", now=now())
        first = begun.rows + 1
        intake.take(
            read(rows, first=first, timezone=said.timezone or None),
            file="bus",
            form="nats",
            choice=Choice(lines=lambda lines: {line: rows[line - first] for line in lines}),
            consent=Consent.PLATFORM,
            moved=Moved(stream="bus", cursor="3", rows=first + len(rows) - 1),
            name=by_content(rows, first=first),
        )


def test_what_is_mended_is_committed_once_and_leaves_the_list(folder: Path) -> None:
    told = run(folder, "rejects", "list", "--json").json
    assert told["rows"] == 3
    (folder / "fanal.toml").write_text(STREAM + 'timezone = "Asia/Baghdad"\n', encoding="utf-8")
    again = run(folder, "rejects", "replay", "--json").json
    (one,) = again["files"]
    assert (one["listed"], one["posts"], one["rejected"], one["missing"]) == (3, 1, 2, 0)
    state = run(folder, "status", "--json").json
    assert (state["posts_read"], state["posts_rejected"], state["texts"]) == (1, 2, 3)
    assert run(folder, "rejects", "replay", "--json").json["files"][0]["posts"] == 0
    take(folder, ROWS)  # the server gives all of it once more
    state = run(folder, "status", "--json").json
    assert state["posts_read"] == 1


def test_a_row_is_shown_as_it_came(folder: Path) -> None:
    rows = run(folder, "rejects", "show", "--json").json["rows"]
    shown = run(folder, "rejects", "show", rows[2]["number"], "--purpose", "quality", "--json").json
    assert shown["row"] == "{broken"
    assert shown["file"] == "bus"


def test_a_stream_that_the_settings_have_no_more_is_read_by_its_source_alone(folder: Path) -> None:
    (folder / "fanal.toml").write_text("[posts]\n", encoding="utf-8")
    (one,) = run(folder, "rejects", "replay", "--json").json["files"]
    assert one["posts"] == 0
    shutil.rmtree(folder)
