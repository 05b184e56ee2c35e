"""The Timeline: public statuses of a Mastodon server page by page, forwards from one of them, within its rate limit.

Reference: docs.joinmastodon.org/methods/timelines, docs.joinmastodon.org/api/rate-limits.
"""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import httpx
import orjson

from fanal.sources.answer import ask
from fanal.sources.live import Inflow, LostError, Tools
from fanal.sources.parts import json_of
from fanal.sources.refusal import refusal, wait_asked
from fanal.sources.status import EDIT, LONGEST_ID, NEW, row, server_of

PAGE = 40
"""Statuses of a page, the most that a server gives."""

MAX_PAGE_BYTES = 8 << 20

LATE = timedelta(minutes=2)
"""A status of another server may arrive so long after it was made, with an id that lies so far back."""

MOST_KNOWN = 50_000
"""Of so many statuses the ids are kept, and when they were edited, so that looking back gives none twice."""

BEAT = 30.0
"""Seconds: a longer wait is cut into such, with a word after each."""

LONGEST_WAIT = 900.0
"""Seconds between two pages at most, whatever the server asks; its limits last five minutes."""

_PAGE_SECONDS = 60.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SNOWFLAKES_FROM = 10**15
_SEQUENCE_BITS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """Hold a status as a page lists it."""

    number: str  # its id on this server
    edited: str | None  # when its words were changed last; None: never, or the server does not say
    payload: bytes  # JSON


class Timeline:
    """Ask one server for one timeline."""

    def __init__(
        self,
        requests: httpx.AsyncClient,
        address: str,
        *,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        what: str,
        hint: str,
        tools: Tools,
    ) -> None:
        """Take where it is; nothing is asked yet.

        Args:
            requests: as `fanal.sources.answer.client` makes it.
            address: of the timeline.
            params: which part of it.
            headers: such as a token.
            what: who is asked, as a sentence begins with it.
            hint: what to do where it is refused for good.
            tools: for the clock and for waiting.
        """
        self._requests, self._address, self._params, self._headers = requests, address, params, headers
        self._what, self._hint, self._tools = what, hint, tools
        self._server = server_of(address)
        self._known: dict[str, str | None] = {}  # by id: when it was edited
        self._wait = 0.0

    async def since(self, cursor: str | None) -> AsyncGenerator[Inflow, None]:
        """Yield the statuses after one and a little before it, oldest page first, until there are no more.

        Without one the newest page is all. A status that was yielded before is not yielded again, unless it was edited:
        what lies behind the cursor and says so is an edit, since it was read before or arrived late with its new words.

        Raises:
            LostError: no answer, or no timeline.
            UserError: it is refused for good.
        """
        read, after = cursor, None if cursor is None else back(cursor)
        while True:
            async for beat in self.waiting(self._wait):
                yield beat
            statuses = await self._page(after)
            newest = max((one.number for one in statuses), key=order, default=None)
            if newest is None or (after is not None and order(newest) <= order(after)):
                return
            now = self._tools.clock()
            fresh = [(kind, one) for one in statuses if (kind := self._kind(one, read)) is not None]
            self._keep(statuses)
            reached = held(newest, now=now)
            cursor = reached if cursor is None else max(cursor, reached, key=order)
            rows = [row(kind, one.payload, seen=now, server=self._server) for kind, one in fresh]
            yield Inflow(rows=rows, cursor=cursor)
            if after is None:
                return
            after = newest

    async def waiting(self, seconds: float) -> AsyncGenerator[Inflow, None]:
        """Wait, with a word now and then: the server answered, and is not lost."""
        while seconds > 0:
            await self._tools.sleep(min(seconds, BEAT))
            seconds -= BEAT
            yield Inflow()

    def _kind(self, one: _Listed, read: str | None) -> str | None:
        """Return what a status is the event of; None: it was yielded as it is.

        Args:
            one: as a page lists it.
            read: the cursor before this look; None: nothing was read.
        """
        if one.number in self._known:
            return None if one.edited in (None, self._known[one.number]) else EDIT
        before = read is not None and order(one.number) <= order(read)
        return EDIT if before and one.edited is not None else NEW

    async def _page(self, after: str | None) -> list[_Listed]:
        """Return the statuses next to one, or the newest, oldest first."""
        params = {**self._params, "limit": str(PAGE), **({"min_id": after} if after is not None else {})}
        answer = await ask(
            self._requests,
            self._address,
            what=self._what,
            most=MAX_PAGE_BYTES,
            seconds=_PAGE_SECONDS,
            headers=self._headers,
            params=params,
        )
        now = self._tools.clock()
        if answer.status != httpx.codes.OK:
            raise refusal(answer.status, answer.headers, what=self._what, now=now, hint=self._hint)
        self._wait = min(wait_asked(answer.headers, now=now) or 0.0, LONGEST_WAIT)
        said = json_of(answer.body)
        if not isinstance(said, list):
            raise LostError(f"{self._what} answers with no timeline.")
        statuses = [
            _Listed(number=number, edited=_edited(one), payload=_payload(one))
            for one in said
            if isinstance(one, dict)
            and isinstance(number := one.get("id"), str)
            and 0 < len(number) <= LONGEST_ID
        ]
        return sorted(statuses, key=lambda one: order(one.number))

    def _keep(self, statuses: Sequence[_Listed]) -> None:
        """Keep ids, and let the oldest go."""
        self._known.update({one.number: one.edited for one in statuses})
        for number in list(islice(self._known, max(0, len(self._known) - MOST_KNOWN))):
            del self._known[number]


def _edited(status: dict[str, Any]) -> str | None:
    """Return when a status was edited."""
    edited = status.get("edited_at")
    return edited if isinstance(edited, str) and 0 < len(edited) <= LONGEST_ID else None


def _payload(status: dict[str, Any]) -> bytes:
    """Return a status as JSON; one that is nested deeper than can be written is none, and rejected as that."""
    try:
        return orjson.dumps(status)
    except orjson.JSONEncodeError:
        return b"null"


def order(number: str) -> tuple[int, str]:
    """Return what ids are ordered by: their length, then their signs (docs.joinmastodon.org/api/guidelines).

    >>> sorted(["10", "9", "100"], key=order)
    ['9', '10', '100']
    """
    return len(number), number


def back(number: str) -> str:
    """Return the id that one made so much earlier would have; the same where ids hold no time.

    >>> back("109348684737626801"), back("7"), back("AbCd")
    ('109348676873306801', '7', 'AbCd')
    """
    if not _is_snowflake(number):
        return number
    return str(int(number) - (int(LATE.total_seconds() * 1000) << _SEQUENCE_BITS))


def held(number: str, *, now: datetime) -> str:
    """Return an id that is not ahead of now: behind one that is, nothing would come for as long.

    >>> held("109348684737626801", now=datetime(2014, 8, 3, tzinfo=UTC))
    '92210724864000000'
    """
    if not _is_snowflake(number):
        return number
    latest = ((now - _EPOCH) // timedelta(milliseconds=1)) << _SEQUENCE_BITS
    return str(min(int(number), latest))


def _is_snowflake(number: str) -> bool:
    """Tell whether an id holds the milliseconds since 1970 above its lowest 16 bits, as Mastodon's do."""
    return number.isascii() and number.isdigit() and len(number) < 20 and int(number) >= _SNOWFLAKES_FROM
