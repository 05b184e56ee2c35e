"""A post that its author deleted on the platform loses its text with the next retention, in all its versions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from tests.retention.conftest import QUICK, WHO, areas, held
from tests.retention.found import found

from fanal.cli.detector import detector
from fanal.cli.dice import batch_id, generator
from fanal.cli.locator import shared
from fanal.erasure import Request, erase, posts_in
from fanal.facts import iraq
from fanal.intake import Intake, by_content
from fanal.model.person import Deed
from fanal.places.locate import make_locator
from fanal.retention import apply
from fanal.sources import status as mastodon
from fanal.sources.jetstream import POSTS, read
from fanal.sources.live import ReadRows
from fanal.store.erasures import Asked
from fanal.store.withdrawn import KEPT
from fanal.store.workspace import Workspace

NOW = datetime(2014, 8, 3, 6, tzinfo=UTC)
MICROS = 1_407_042_000_000_000


def event(number: int, *, operation: str = "create", collection: str = POSTS) -> bytes:
    """Return an event of a post, or of its deletion."""
    commit: dict[str, Any] = {"operation": operation, "collection": collection, "rkey": f"3k{number}"}
    if operation == "create":
        commit["record"] = {"text": f"We need water in Sinjar, note {number}."}
    return orjson.dumps(
        {"did": f"did:plc:{number % 3}", "time_us": MICROS + number, "kind": "commit", "commit": commit}
    )


@pytest.fixture(scope="module")
def take() -> Callable[..., None]:
    """Return a function that takes events into a workspace."""
    found_with, found_where = detector(None), make_locator(shared(), iraq.areas(), home=("IQ",))

    def taken(workspace: Workspace, *rows: bytes, form: str = "jetstream", by: ReadRows = read) -> None:
        intake = Intake(
            workspace, detector=found_with, locator=found_where, new_batch=batch_id, clock=lambda: NOW
        )
        reading = by(rows, first=1, timezone=None)
        intake.take(reading, file="bluesky", form=form, name=by_content(rows, first=1))

    return taken


def texts(workspace: Workspace) -> list[str]:
    """Return the texts of the vault."""
    return sorted(
        row.content.text.decode() for day in workspace.vault.days() for row in workspace.vault.of_day(day)
    )


def expire(workspace: Workspace, now: datetime = NOW) -> None:
    """Do what `fanal retention --apply` does."""
    apply(workspace, QUICK, areas=areas(), who=WHO, now=now, new_id=batch_id)


def test_the_text_goes_and_what_was_counted_stays(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, *(event(n) for n in range(6)))
        signals = workspace.lake.read("signals").num_rows
        take(
            workspace,
            event(2, operation="delete"),
            event(4, operation="delete", collection="app.bsky.feed.like"),
        )
        assert len(texts(workspace)) == 6
        assert workspace.withdrawn.waiting() == 1
        expire(workspace)
        assert texts(workspace) == [f"We need water in Sinjar, note {n}." for n in (0, 1, 3, 4, 5)]
        assert workspace.lake.read("signals").num_rows == signals
        (row,) = [one for one in workspace.audit.all() if one.act is Deed.WITHDRAWN]
        assert row.facts == {"texts": 1}
        expire(workspace)
        assert len([one for one in workspace.audit.all() if one.act is Deed.WITHDRAWN]) == 1


def test_a_deletion_that_comes_with_or_before_its_post_counts(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, event(1, operation="delete"), event(2), event(2, operation="delete"))
        take(workspace, event(1), event(3))
        expire(workspace)
        assert texts(workspace) == ["We need water in Sinjar, note 3."]


def test_a_mark_is_of_its_stream_and_author_and_is_forgotten(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, event(1))
        take(workspace, event(1, operation="delete"), form="mastodon")
        take(workspace, event(1, operation="delete").replace(b"did:plc:1", b"did:plc:2"))
        expire(workspace)
        assert len(texts(workspace)) == 1
        assert workspace.withdrawn.waiting() == 2
        expire(workspace, NOW + KEPT + timedelta(hours=1))
        assert workspace.withdrawn.waiting() == 0


def test_days_whose_key_is_gone_are_left(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, event(1), event(1, operation="delete"))
        workspace.keyring.destroy_day(NOW.date())
        assert workspace.withdrawn.texts(damaged=lambda _fault: None) == []


def test_a_damaged_segment_stops_neither_the_others_nor_what_is_due(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, event(1))
        damaged = next((workspace.folder / "vault").glob("*/*.seal"))
        take(workspace, event(2), event(2, operation="delete"))
        damaged.write_bytes(damaged.read_bytes()[:40])
        expire(workspace, NOW + KEPT + timedelta(hours=1))
        assert workspace.withdrawn.waiting() == 1  # as long as a segment could not be looked at
        assert workspace.vault.count(damaged=lambda _fault: None) == 0


def toot(number: int, *, host: str = "there.example") -> bytes:
    """Return the row of a status that a server has under a number, and its author's server under another."""
    said = {
        "id": f"9{number}",
        "uri": f"https://{host}/users/road/statuses/{number}",
        "account": {"uri": f"https://{host}/users/road"},
        "visibility": "public",
        "created_at": "2014-08-03T05:00:00.000Z",
        "content": f"<p>We need water in Sinjar, note {number}.</p>",
    }
    return mastodon.row("update", orjson.dumps(said), seen=NOW, server="here.example")


def gone(number: int, *, server: str = "here.example") -> bytes:
    """Return the row of a deletion, which a server names by its own number."""
    return mastodon.row("delete", b"9%d" % number, seen=NOW, server=server)


def test_a_status_that_its_server_deletes_by_number_loses_its_text(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, *(toot(n) for n in range(5)), form="mastodon", by=mastodon.read)
        kept = [row.content.named for day in workspace.vault.days() for row in workspace.vault.of_day(day)]
        assert sorted(filter(None, kept)) == [f"here.example/9{n}" for n in range(5)]
        take(workspace, gone(1), gone(3), gone(2, server="other.example"), form="mastodon", by=mastodon.read)
        take(workspace, toot(1), toot(6), form="mastodon", by=mastodon.read)  # as a look back brings it
        assert workspace.withdrawn.waiting() == 3
        expire(workspace)
        assert texts(workspace) == [f"We need water in Sinjar, note {n}." for n in (0, 2, 4, 6)]
        (row,) = [one for one in workspace.audit.all() if one.act is Deed.WITHDRAWN]
        assert row.facts == {"texts": 2}


def test_the_number_of_a_status_stands_in_no_file_unsealed(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, toot(1_234_567), gone(7_654_321), form="mastodon", by=mastodon.read)
        needles = {"number": b"91234567", "deleted": b"97654321", "server": b"here.example"}
    assert found(workspace.folder, needles) == []


def edit(number: int, text: str, at: str) -> bytes:
    """Return the row of an edit."""
    said = orjson.loads(toot(number))["payload"] | {"content": f"<p>{text}</p>", "edited_at": at}
    return mastodon.row("status.update", orjson.dumps(said), seen=NOW, server="here.example")


FIRST_EDIT = edit(1, "We need water in Mosul.", "2014-08-03T05:20:00.000Z")
LAST_EDIT = edit(1, "All is well.", "2014-08-03T05:40:00.000Z")


def test_an_edit_is_looked_at_once_and_the_first_words_stay(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        for rows in ([toot(1)], [FIRST_EDIT], [FIRST_EDIT, LAST_EDIT], [LAST_EDIT, toot(1)]):
            take(workspace, *rows, form="mastodon", by=mastodon.read)
        assert workspace.desk.totals().posts_read == 3
        assert texts(workspace) == ["We need water in Mosul.", "We need water in Sinjar, note 1."]
        for table in ("signals", "mentions"):
            rows = workspace.lake.read(table)
            assert len(set(rows["post"].to_pylist())) == 2  # both places, one for each version
            assert len(set(rows["pseudonym"].to_pylist())) == 1  # of one author in one week


def test_a_deletion_and_an_erasure_take_all_versions(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    for name in ("number", "address", "version"):
        with held(new_workspace(name)) as workspace:
            take(workspace, toot(1), FIRST_EDIT, toot(2), form="mastodon", by=mastodon.read)
            first = "https://there.example/users/road/statuses/1"
            if name == "number":
                take(workspace, gone(1), form="mastodon", by=mastodon.read)
                expire(workspace)
            else:
                asked = first if name == "address" else f"{first}#edited-2014-08-03T05:20:00.000Z"
                receipt = erase(
                    workspace,
                    QUICK,
                    Request(asked=Asked.POST, name=asked),
                    posts=None,
                    areas=areas(),
                    who=WHO,
                    clock=lambda: NOW,
                    new_id=batch_id,
                    dice=generator,
                )
                assert receipt.posts == (2 if name == "address" else 1)
                take(workspace, toot(1), FIRST_EDIT, form="mastodon", by=mastodon.read)
            left = {"We need water in Sinjar, note 2."}
            left |= {"We need water in Sinjar, note 1."} if name == "version" else set()
            assert set(texts(workspace)) == left


def test_an_export_names_all_versions_that_it_holds(
    new_workspace: Callable[..., Path], take: Callable[..., None]
) -> None:
    with held(new_workspace()) as workspace:
        take(workspace, toot(1), form="mastodon", by=mastodon.read)
        reading = mastodon.read([toot(1), FIRST_EDIT, toot(2), toot(11)], first=1, timezone=None)
        for asked, many in ((Asked.POST, 2), (Asked.AUTHOR, 0)):
            request = Request(asked=asked, name="https://there.example/users/road/statuses/1")
            assert len(posts_in(workspace, [reading], request, file="f", form="mastodon")) == many
