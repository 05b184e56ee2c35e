"""The file `fanal.toml`: read into Settings with the line of whatever is wrong, and written for a new workspace."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanal.model.consent import Consent
from fanal.model.error import SettingError
from fanal.model.layer import LayerKind
from fanal.model.typed import typed
from fanal.settings import CHOICES, FREE, RANGES, STREAM_KEYS, LayerAddress, Settings, StreamSettings
from fanal.text.host import is_local

FILE_NAME = "fanal.toml"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")


def read(path: Path) -> Settings:
    """Read the settings of a workspace from its `fanal.toml`.

    Raises:
        SettingError: names the setting, the file and the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingError(
            f"{path} is not UTF-8 text (byte {error.start}).", hint="Save it as UTF-8."
        ) from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingError(f"{path} is not TOML: {error}.", hint="Mend that line.") from error
    except RecursionError as error:
        raise SettingError(
            f"{path} is nested too deeply to be read.", hint="Settings are sections with values."
        ) from error
    sections: dict[str, Any] = {}
    known = {f.name: f for f in fields(Settings)}
    for name, values in document.items():
        if name not in known:
            raise _wrong(path, text, name, "", f"is no section; there are {', '.join(known)}")
        if not isinstance(values, dict):
            raise _wrong(path, text, "", name, f"must be a section: write [{name}]")
        if name in FREE:
            one_of = _stream if name == "streams" else _layer_address
            sections[name] = {one: one_of(one, said, path, text) for one, said in values.items()}
            continue
        factory = known[name].default_factory
        assert factory is not MISSING  # noqa: S101 - every section of Settings has one
        sections[name] = _section(type(factory()), name, values, path, text)
    settings = Settings(**sections)
    _together(settings, path, text)
    return settings


def _together(settings: Settings, path: Path, text: str) -> None:
    """Refuse settings that are good alone and wrong together."""
    kept = settings.retention
    if kept.seen_days < kept.counts_days:
        sentence = f"must be at least counts_days ({kept.counts_days}), or a file read again is counted again"
        raise _wrong(path, text, "retention", "seen_days", sentence)
    if kept.counts_days < 7 * (settings.risk.baseline_weeks + settings.risk.window_weeks):
        sentence = "must hold the weeks of risk.baseline_weeks and risk.window_weeks"
        raise _wrong(path, text, "retention", "counts_days", sentence)


def _section(kind: type, section: str, values: Mapping[str, Any], path: Path, text: str) -> Any:
    """Return one section with its values checked against their types and ranges."""
    return kind(**_values(kind, section, values, path, text))


def _values(kind: type, section: str, values: Mapping[str, Any], path: Path, text: str) -> dict[str, Any]:
    """Return the values of a section, each checked against its type and range."""
    known = {f.name: f for f in fields(kind)}
    hints = get_type_hints(kind)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise _wrong(path, text, section, name, f"is no setting; there are {', '.join(known)}")
        try:
            checked[name] = typed(value, hints[name], RANGES.get(f"{section.partition('.')[0]}.{name}"))
        except ValueError as error:
            raise _wrong(path, text, section, name, str(error)) from None
        choices = CHOICES.get(f"{section}.{name}")
        if choices and value not in choices:
            named = ", ".join(choice or "empty" for choice in choices)
            raise _wrong(path, text, section, name, f"must be one of {named}, not {value!r}")
        if name == "timezone" and value and not _is_zone(value):
            raise _wrong(
                path, text, section, name, f"must be a time zone such as Asia/Baghdad, not {value!r}"
            )
    return checked


def _stream(stream: str, values: Any, path: Path, text: str) -> StreamSettings:
    """Return one section `[streams.NAME]`; the options of its source are looked at later."""
    section = f"streams.{stream}"
    if not isinstance(values, dict):
        raise _wrong(path, text, "streams", stream, f"must be a section: write [{section}]")
    if not _NAME.fullmatch(stream):
        raise _wrong(path, text, section, "", "must be named by small letters, digits, - and _, 40 at most")
    for name in STREAM_KEYS:
        if name in values and not isinstance(values[name], str):
            raise _wrong(path, text, section, name, f"must be a text in quotes, not {values[name]!r}")
    if "source" not in values:
        raise _wrong(path, text, section, "", 'needs a source, such as source = "jetstream"')
    grounds = [one.value for one in Consent]
    if values.get("consent") not in grounds:
        said = f"must say on what ground the stream may be read: one of {', '.join(grounds)}"
        raise _wrong(path, text, section, "consent", said)
    zone = values.get("timezone", "")
    if zone and not _is_zone(zone):
        raise _wrong(
            path, text, section, "timezone", f"must be a time zone such as Asia/Baghdad, not {zone!r}"
        )
    return StreamSettings(
        source=values["source"],
        consent=Consent(values["consent"]),
        terms=values.get("terms", ""),
        timezone=zone,
        options={name: value for name, value in values.items() if name not in STREAM_KEYS},
    )


def _layer_address(layer: str, values: Any, path: Path, text: str) -> LayerAddress:
    """Return one section `[layer_sources.NAME]`."""
    section = f"layer_sources.{layer}"
    if not isinstance(values, dict):
        raise _wrong(path, text, "layer_sources", layer, f"must be a section: write [{section}]")
    if not _NAME.fullmatch(layer):
        raise _wrong(path, text, section, "", "must be named by small letters, digits, - and _, 40 at most")
    if values.get("kind") not in list(LayerKind):
        raise _wrong(path, text, section, "kind", f"must be given, as one of {', '.join(LayerKind)}")
    columns = values.get("map", {})
    if not isinstance(columns, dict) or not all(isinstance(one, str) for one in columns.values()):
        raise _wrong(path, text, section, "map", 'must name columns, such as { date = "DATUM" }')
    plain = {name: value for name, value in values.items() if name not in ("kind", "map")}
    made = LayerAddress(
        kind=LayerKind(values["kind"]), map=columns, **_values(LayerAddress, section, plain, path, text)
    )
    _check_address(made, section, path, text)
    return made


def _check_address(made: LayerAddress, section: str, path: Path, text: str) -> None:
    """Refuse a layer of which it is not said where it stands, or whose it is."""
    if bool(made.url) == bool(made.ckan):
        raise _wrong(path, text, section, "url", "or ckan must be given, and not both")
    if made.ckan and not (made.package or made.resource):
        raise _wrong(path, text, section, "ckan", "needs a package or a resource of the site")
    if made.url and not (made.source and made.licence):
        raise _wrong(path, text, section, "url", "needs source and licence beside it: nobody else says them")
    for name, said in (("url", made.url), ("ckan", made.ckan)):
        if said and not _is_address(said):
            raise _wrong(path, text, section, name, "must be an https address; http is for this machine only")


def _is_address(said: str) -> bool:
    """Tell whether a text is an https address that holds no password; http is for this machine only."""
    try:
        parts = urlsplit(said)
        host = parts.hostname
    except ValueError:
        return False
    local = parts.scheme == "http" and is_local(host)
    return bool(host) and (parts.scheme == "https" or local) and "@" not in parts.netloc


def _wrong(path: Path, text: str, section: str, name: str, sentence: str) -> SettingError:
    """Return the error for one setting, with the line on which it stands."""
    label = ".".join(part for part in (section, name) if part)
    return SettingError(
        f"{path}, line {_line_of(text, section, name)}: the setting {label} {sentence}.",
        hint="`fanal init` writes a file with every setting and its default.",
    )


def _line_of(text: str, section: str, name: str) -> int:
    """Return the line of a key under its section, or of the section's head, from 1; 1 when not found."""
    inside = not section
    head_line = 1
    for number, line in enumerate(text.splitlines(), start=1):
        head = re.match(r"\s*\[\s*([\w.\"-]+)\s*\]", line)
        if head:
            inside = head[1].strip('"') == section
            if inside:
                head_line = number
                if not name:
                    return number
        elif inside and name and re.match(rf"\s*\"?{re.escape(name)}\"?\s*[=.]", line):
            return number
    return head_line


def _toml(value: object) -> str:
    """Return a default as TOML writes it."""
    if isinstance(value, str):
        return '"' + value + '"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(v) for v in value) + "]"
    return str(value)


def described() -> list[tuple[str, str, str, str]]:
    """Return for each setting its section, name, default as TOML, and meaning, in the file's order.

    >>> described()[0]
    ('posts', 'id', '"id"', "field with the post's id")
    """
    rows: list[tuple[str, str, str, str]] = []
    for section in fields(Settings):
        if section.name in FREE:
            continue
        factory = section.default_factory
        assert factory is not MISSING  # noqa: S101 - every section of Settings has one
        rows += [(section.name, f.name, _toml(f.default), f.metadata["what"]) for f in fields(factory())]
    return rows


def template(**chosen: Mapping[str, object]) -> str:
    """Return the text of a new `fanal.toml`: every setting, commented out at its default but for those chosen.

    >>> print(template(places={"home": ("IQ",)}).splitlines()[0])
    # Settings of this workspace. Behind # stands a default; take the # away to change it.
    """
    lines = ["# Settings of this workspace. Behind # stands a default; take the # away to change it."]
    last = ""
    for section, name, default, what in described():
        if section != last:
            lines += ["", f"[{section}]"]
            last = section
        value = chosen.get(section, {}).get(name)
        lines.append(f"# {what}")
        lines.append(f"# {name} = {default}" if value is None else f"{name} = {_toml(value)}")
    lines += ["", "# Streams stand below, each as a section [streams.NAME]: see docs/streams.md."]
    lines += ["# Layers that are fetched stand below too, as [layer_sources.NAME]: see docs/layers.md."]
    return "\n".join(lines) + "\n"


def _is_zone(name: str) -> bool:
    """Say whether the IANA database has a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
