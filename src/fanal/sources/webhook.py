"""Webhook: any platform pushes signed ActivityStreams 2.0 to an inbox of ours; see `fanal.sources.mailbox`."""

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from fanal.model.consent import Consent
from fanal.model.error import MissingPackageError, SettingError, UserError
from fanal.model.secret import key_of
from fanal.sources.activities import read_activities
from fanal.sources.live import Inflow, LiveSource, Tools
from fanal.sources.mailbox import Checks, Mailbox
from fanal.sources.option import option
from fanal.sources.signed import Signed, keys_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Say where senders find the inbox, and whose deliveries are taken."""

    url: str = option(..., "public address of the inbox, as its senders know it", schemes=("https", "http"))
    keys: tuple[str, ...] = option((), "public keys of senders, each: the key's id, a blank, its PEM file")
    window_seconds: int = option(300, "how old a signature may be", between=(30, 3600))


def mailbox_of(
    options: Webhook, *, secrets: Mapping[str, str], clock: Callable[[], datetime], folder: Path
) -> Mailbox:
    """Return the mailbox of a stream.

    Args:
        options: of the stream.
        secrets: `secret`, where there is one.
        clock: UTC.
        folder: where the paths of key files begin.

    Raises:
        SettingError: no sender could sign, a key or the secret cannot be used, or the address has a query.
        UserError: keys are named, and the library that verifies with them is not installed.
    """
    if any(sign in options.url for sign in "?#"):
        raise SettingError(
            "The option `url` of a webhook can have no ? or #.", hint="See docs/sources/webhook.md."
        )
    if not options.keys and "secret" not in secrets:
        raise SettingError(
            "A webhook without keys and without a secret would take nothing.",
            hint="Set `keys` or the secret: see docs/sources/webhook.md.",
        )
    return Mailbox(
        Checks(
            url=options.url,
            keys=keys_of(options.keys, folder=folder),
            secret=key_of(secrets["secret"], whose="stream") if "secret" in secrets else None,
            window=timedelta(seconds=options.window_seconds),
            rfc9421=_rfc9421() if options.keys else None,
        ),
        clock=clock,
    )


def _rfc9421() -> Callable[..., Signed]:
    """Return what verifies HTTP Message Signatures."""
    try:
        # Optional and imported late: only a webhook whose senders have keys needs the library.
        from fanal.sources.signed_rfc9421 import verify  # noqa: PLC0415 - for the reason above
    except ImportError as error:
        raise MissingPackageError(
            "A webhook with keys needs the package http-message-signatures, which is not installed.",
            extra="live",
        ) from error
    return verify


async def listen(options: Webhook, *, cursor: str | None, tools: Tools) -> AsyncIterator[Inflow]:
    """Yield what is delivered to the stream's mailbox; a sender is answered once its rows are committed.

    There is no cursor: what was not committed was not answered, and its sender sends it again.

    Raises:
        UserError: nobody opened an inbox.
    """
    del options, cursor
    if not isinstance(tools.inbox, Mailbox):
        raise UserError("The stream is pushed to, and no inbox is open.", hint="See docs/sources/webhook.md.")
    async for one in tools.inbox.arrivals():
        yield one


WEBHOOK = LiveSource(
    name="webhook",
    what_for="A signed HTTP inbox to which a platform pushes ActivityStreams 2.0.",
    reference="https://www.w3.org/TR/activitypub; RFC 9421; RFC 9530; https://www.standardwebhooks.com",
    terms="Those between you and the platform that pushes, which must be entitled to hand the posts over.",
    consents=frozenset({Consent.PLATFORM, Consent.EXPORT}),
    options=Webhook,
    secrets=("secret",),
    listen=listen,
    read=read_activities,
    inbox=mailbox_of,
)
