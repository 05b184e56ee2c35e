"""Dispatch: once where it can, at least once where a run dies, and a failure is tried again."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.outbox.notices import SENT, notice

from fanal.model.alert import Channel, Delivery, Outcome
from fanal.model.error import RetryableError
from fanal.outbox.dispatch import Tally, dispatch
from fanal.outbox.notice import Notice

NOW = datetime(2020, 6, 1, tzinfo=UTC)


class Killed(BaseException):
    """End a run as a kill would."""


class Book:
    """Keep deliveries as the desk does, and end the run at a note that is named."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Delivery] = {}
        self.dies_at: Outcome | None = None

    def note(self, _: Notice, delivery: Delivery) -> None:
        if delivery.outcome is self.dies_at:
            raise Killed
        self.kept[delivery.message, delivery.target] = delivery


class Receiver:
    """Keep the ids that arrived."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.down = False

    def take(self, one: Notice) -> None:
        if self.down:
            raise RetryableError("It is down.")
        self.got.append(one.id)


def run(book: Book, *receivers: Receiver, notices: tuple[Notice, ...] = (notice("aa.1"),)) -> Tally:
    return dispatch(
        notices,
        channel=Channel.MAIL,
        posts={f"r{number}": receiver.take for number, receiver in enumerate(receivers)},
        before=list(book.kept.values()),
        note=book.note,
        clock=lambda: NOW,
    )


def test_what_was_delivered_is_not_sent_again() -> None:
    book, receiver = Book(), Receiver()
    assert run(book, receiver) == Tally(delivered=1)
    assert run(book, receiver) == Tally(already=1)
    assert receiver.got == ["aa.1"]


def test_a_failure_holds_back_nobody_else_and_is_tried_again() -> None:
    book, down, up = Book(), Receiver(), Receiver()
    down.down = True
    assert run(book, down, up) == Tally(delivered=1, failed=("It is down.",))
    down.down = False
    assert run(book, down, up) == Tally(delivered=1, already=1)
    assert (down.got, up.got) == (["aa.1"], ["aa.1"])
    last = book.kept["aa.1", "r0"]
    assert (last.tries, last.outcome, last.detail) == (2, Outcome.DELIVERED, "")


def test_a_run_that_dies_before_the_delivery_sent_nothing() -> None:
    book, receiver = Book(), Receiver()
    book.dies_at = Outcome.STARTED
    with pytest.raises(Killed):
        run(book, receiver)
    assert (receiver.got, book.kept) == ([], {})


def test_a_run_that_dies_between_delivery_and_note_sends_again_under_the_same_id() -> None:
    book, receiver = Book(), Receiver()
    book.dies_at = Outcome.DELIVERED
    with pytest.raises(Killed):
        run(book, receiver)
    assert book.kept["aa.1", "r0"].outcome is Outcome.STARTED
    book.dies_at = None
    assert run(book, receiver) == Tally(delivered=1)
    assert receiver.got == ["aa.1", "aa.1"]  # a receiver tells by the id


def test_the_oldest_leaves_first_and_other_channels_do_not_count() -> None:
    book, receiver = Book(), Receiver()
    book.kept["aa.1", "r0"] = Delivery(
        message="aa.1", channel=Channel.FEED, target="r0", at=NOW, tries=1, outcome=Outcome.DELIVERED
    )
    run(book, receiver, notices=(notice("bb.1", sent=SENT + timedelta(days=1)), notice("aa.1")))
    assert receiver.got == ["aa.1", "bb.1"]


def test_a_target_that_keeps_failing_is_left_alone_until_the_next_run() -> None:
    book, down, up = Book(), Receiver(), Receiver()
    down.down = True
    five = tuple(notice(f"{number}a.1") for number in range(5))
    tally = run(book, down, up, notices=five)
    assert tally.delivered == len(up.got) == 5
    assert [one.startswith("It is down") for one in tally.failed] == [True, True, True, False, False]
    assert {target for (_, target), one in book.kept.items() if one.outcome is Outcome.FAILED} == {"r0"}
    down.down = False
    assert run(book, down, up, notices=five) == Tally(delivered=5, already=5)
    assert down.got == [one.id for one in five]
