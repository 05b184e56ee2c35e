"""The catalogue of live sources: which kinds of streams can be followed."""

from fanal.model.error import SettingError
from fanal.sources.feed import FEED
from fanal.sources.gdelt import GDELT
from fanal.sources.jetstream import JETSTREAM
from fanal.sources.kafka import KAFKA
from fanal.sources.live import LiveSource
from fanal.sources.mastodon import MASTODON
from fanal.sources.nats import NATS
from fanal.sources.telegram_bot import TELEGRAM_BOT
from fanal.sources.webhook import WEBHOOK

LIVE_SOURCES: tuple[LiveSource, ...] = (
    FEED,
    GDELT,
    JETSTREAM,
    KAFKA,
    MASTODON,
    NATS,
    TELEGRAM_BOT,
    WEBHOOK,
)


def live_source(name: str, *, stream: str) -> LiveSource:
    """Return the kind of stream with this name.

    Raises:
        SettingError: there is none.
    """
    for source in LIVE_SOURCES:
        if source.name == name:
            return source
    raise SettingError(
        f"The setting streams.{stream}.source names no source: {name!r}.",
        hint=f"There are {', '.join(source.name for source in LIVE_SOURCES)}.",
    )
