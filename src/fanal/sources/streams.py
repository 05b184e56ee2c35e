"""The catalogue of live sources: which kinds of streams can be followed."""

from fanal.model.consent import Consent
from fanal.model.error import SettingError
from fanal.sources import jetstream
from fanal.sources.live import LiveSource

LIVE_SOURCES: tuple[LiveSource, ...] = (
    LiveSource(
        name="jetstream",
        what_for="Bluesky and all other networks of the AT Protocol, through a Jetstream.",
        reference="https://github.com/bluesky-social/jetstream",
        terms="Bluesky's terms of service and developer guidelines (docs.bsky.app/docs/support/developer-guidelines): "
        "what somebody asks to be deleted is deleted (`fanal erase`), a contact is told, data are kept safe.",
        consents=frozenset({Consent.PUBLIC, Consent.PLATFORM}),
        options=jetstream.JetstreamOptions,
        listen=jetstream.listen,
        read=jetstream.read,
    ),
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
