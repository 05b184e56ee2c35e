"""Dispatch: send each notice to each target once, and note how it ended so that a later run goes on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fanal.model.alert import Channel, Delivery, Outcome
from fanal.model.error import RetryableError
from fanal.outbox.notice import Notice

MOST_IN_A_ROW = 3
"""Failures in a row after which a target is left alone until the next run: a run holds the workspace."""

Note = Callable[[Notice, Delivery], None]
"""Writes down how a delivery stands; when it returns, that is on the disk."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Count how deliveries ended."""

    delivered: int = 0
    already: int = 0  # delivered by an earlier run
    failed: tuple[str, ...] = ()  # a sentence each


def dispatch(
    notices: Sequence[Notice],
    *,
    channel: Channel,
    posts: Mapping[str, Callable[[Notice], None]],
    before: Iterable[Delivery],
    note: Note,
    clock: Callable[[], datetime],
) -> Tally:
    """Send notices to targets, oldest first; what was delivered before is not sent again.

    A delivery is noted as started, then made, then noted as ended. A run that dies between the last two
    leaves it started, and the next one sends it again under the same id: at least once, and a receiver can tell.

    Args:
        notices: what may leave; the sender asks once more.
        channel: which way.
        posts: for each target what sends to it, raising RetryableError when it did not arrive.
        before: deliveries that were noted.
        note: writes them down.
        clock: gives the time of a try.
    """
    known = {(one.message, one.target): one for one in before if one.channel is channel}
    ordered = sorted(notices, key=lambda one: (one.sent, one.id))
    delivered = already = 0
    failed: list[str] = []
    for target, post in posts.items():
        in_a_row = 0
        for notice in ordered:
            last = known.get((notice.id, target))
            if last is not None and last.outcome is Outcome.DELIVERED:
                already += 1
                continue
            if in_a_row == MOST_IN_A_ROW:
                failed.append(f"{notice.id} waits: {target} failed {MOST_IN_A_ROW} times in a row.")
                continue
            trying = Delivery(
                message=notice.id,
                channel=channel,
                target=target,
                at=clock(),
                tries=last.tries + 1 if last else 1,
                outcome=Outcome.STARTED,
            )
            note(notice, trying)
            try:
                post(notice)
            except RetryableError as error:
                note(notice, replace(trying, outcome=Outcome.FAILED, detail=str(error)))
                failed.append(str(error))
                in_a_row += 1
            else:
                note(notice, replace(trying, outcome=Outcome.DELIVERED))
                delivered += 1
                in_a_row = 0
    return Tally(delivered=delivered, already=already, failed=tuple(failed))
