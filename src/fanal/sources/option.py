"""Options: what the settings of a stream may say, as the fields of a frozen dataclass, each with its meaning."""

from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from typing import Any, get_type_hints
from urllib.parse import urlsplit

from fanal.model.error import SettingError
from fanal.model.typed import typed
from fanal.text.host import is_local


def option(
    default: Any, what: str, *, between: tuple[float, float] | None = None, schemes: tuple[str, ...] = ()
) -> Any:
    """Return a field of a source's options.

    Args:
        default: `...` for an option that must be given.
        what: its meaning, for the manual.
        between: lowest and highest value of a number.
        schemes: of an address or of each of a list, such as https; the first is safe, others are for this machine only.
    """
    metadata = {"what": what, "between": between, "schemes": schemes}
    return field(metadata=metadata) if default is ... else field(default=default, metadata=metadata)


def options_of(kind: type, values: Mapping[str, Any], *, stream: str) -> Any:
    """Return the options of a stream, each checked for its type and range.

    Args:
        kind: a dataclass whose fields are made by `option`.
        values: as `fanal.toml` has them.
        stream: its name, for the sentence when one is wrong.

    Raises:
        SettingError: names the setting.

    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, kw_only=True)
    ... class Feed:
    ...     url: str = option(..., "address of the feed", schemes=("https", "http"))
    ...     every_seconds: int = option(900, "seconds between two looks", between=(60, 86_400))
    >>> options_of(Feed, {"url": "https://example.org/feed"}, stream="news").every_seconds
    900
    >>> options_of(Feed, {}, stream="news")
    Traceback (most recent call last):
    fanal.model.error.SettingError: The setting streams.news.url is missing: address of the feed. See docs/streams.md.
    """
    known = {one.name: one for one in fields(kind)}
    hints = get_type_hints(kind)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise _wrong(stream, name, f"is no option; there are {', '.join(known) or 'none'}")
        checked[name] = _checked(value, hints[name], known[name].metadata, stream, name)
    for name, one in known.items():
        if name not in checked and one.default is MISSING:
            raise SettingError(
                f"The setting streams.{stream}.{name} is missing: {one.metadata['what']}.",
                hint="See docs/streams.md.",
            )
    return kind(**checked)


def _checked(value: Any, wanted: Any, metadata: Mapping[str, Any], stream: str, name: str) -> Any:
    """Return a value as its option wants it."""
    try:
        found = typed(value, wanted, metadata["between"])
    except ValueError as error:
        raise _wrong(stream, name, str(error)) from None
    if metadata["schemes"] and found:
        for one in found if isinstance(found, tuple) else (found,):
            _check_address(one, metadata["schemes"], stream, name)
    return found


def _check_address(value: str, schemes: tuple[str, ...], stream: str, name: str) -> None:
    """Refuse an address that is none, that others on the way could read, or that holds a password."""
    try:
        parts = urlsplit(value)
        host = parts.hostname
    except ValueError as error:
        raise _wrong(stream, name, f"is no address: {error}") from error
    if parts.scheme not in schemes or not host:
        raise _wrong(stream, name, f"must be an address that begins with {schemes[0]}://")
    if parts.scheme != schemes[0] and not is_local(host):
        raise _wrong(
            stream, name, f"must begin with {schemes[0]}://; {parts.scheme} is for this machine only"
        )
    if "@" in parts.netloc:
        raise _wrong(stream, name, "must hold no user and password")


def _wrong(stream: str, name: str, sentence: str) -> SettingError:
    """Return the error for one option."""
    return SettingError(f"The setting streams.{stream}.{name} {sentence}.", hint="See docs/streams.md.")
