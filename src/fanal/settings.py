"""One frozen Settings, read once from `fanal.toml` by a face; stages are handed plain values."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fanal.model.error import SettingError

FILE_NAME = "fanal.toml"


def _setting(default: Any, what: str) -> Any:
    """Return a dataclass field whose meaning goes into `fanal.toml` and the manual."""
    return field(default=default, metadata={"what": what})


@dataclass(frozen=True, slots=True, kw_only=True)
class Posts:
    """Where a Post's parts stand in JSON Lines and CSV. A dot goes into an object: `user.id`."""

    id: str = _setting("id", "field with the post's id")
    author: str = _setting(
        "author", "field with the author; it is replaced by a pseudonym of one week at once"
    )
    time: str = _setting("time", "field with the time of posting")
    text: str = _setting(
        "text", "field with the text; it is counted, kept encrypted if it shows a signal, else dropped"
    )
    language: str = _setting("lang", "field with the stream's own word for the language")
    lon: str = _setting("lon", "field with the longitude, degrees")
    lat: str = _setting("lat", "field with the latitude, degrees")
    timezone: str = _setting(
        "", "zone of times written without one, such as Asia/Baghdad; empty: such rows are rejected"
    )
    date_order: str = _setting(
        "", "dmy, mdy or ymd: for chats whose dates do not tell; empty: they are refused"
    )
    batch_rows: int = _setting(65_536, "posts that are read and committed together, 1 to 1,000,000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What signals are found with."""

    classifier: str = _setting("", "file of a classifier that `fanal train` made; empty: the one that ships")


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """How places are read, and which areas they lie in where the workspace has no layer of areas of its own."""

    gazetteer: str = _setting(
        "",
        "file of `fanal gazetteer build`; empty: the one in the workspace's cache, else that of what is installed",
    )

    home: tuple[str, ...] = _setting(
        (), "countries (ISO 3166-1 alpha-2) whose places are likelier than others"
    )
    boundaries: str = _setting(
        "", "Natural Earth first-level areas (.geojson or .geojson.gz); empty: looked for beside the checkout"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Risk:
    """How hotspots and the risk index are made."""

    event_delay_days: int = _setting(14, "days from the end of a conflict event until it is taken as known")
    displacement_delay_days: int = _setting(14, "days from an assessment round until it is taken as known")
    baseline_weeks: int = _setting(
        52, "weeks of an area's own past that say what is expected there, 4 to 520"
    )
    window_weeks: int = _setting(8, "longest window of a hotspot, in weeks, 1 to 52")
    max_share: float = _setting(0.1, "largest hotspot, as a share of all people, above 0 to 0.5")
    replicates: int = _setting(999, "Monte Carlo replicates, 99 to 99,999")
    stop_after: int = _setting(
        20, "stop a scan after so many replicates beat it (Besag and Clifford 1991); 0: never"
    )
    alert_recurrence_weeks: int = _setting(
        52, "a hotspot is an alert when chance alone makes one less often than this"
    )
    false_silences_a_year: float = _setting(
        1.0, "areas that chance alone may show as silent in a year, all areas and the stream together"
    )
    rank_draws: int = _setting(
        1000, "draws of the weights behind an area's rank interval, 0 to 10,000; 0: none"
    )
    seed: int = _setting(1, "seed of the scan's dice and of the draw of places; never of the gate's noise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What the gate lets out. Each Release states the numbers that it was made with."""

    epsilon: float = _setting(1.0, "privacy loss of one author in one ISO week, over all tables together")
    public_cells: int = _setting(2, "cells of the public table that an author-week may add 1 to")
    partner_cells: int = _setting(2, "of these, how many also count in one cell of the partners' table")
    threshold: int = _setting(35, "a noisy count below it is not shown")
    public_delay_days: int = _setting(28, "days after the end of its week before a number is public")
    partner_delay_days: int = _setting(0, "days after the end of its week before partners read a number")
    min_residents: int = _setting(1000, "an area with fewer residents gets no number from layers")
    partners: tuple[str, ...] = _setting(
        (), "names of partners under an agreement; empty: no partners' table is drawn"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long each class of data is kept, in days: from the end of its week or from its reading, the later one."""

    text_days: int = _setting(90, "text of posts in the vault, then its day's key is destroyed, 1 to 3650")
    rejects_days: int = _setting(90, "file, line and reason of rejected rows, from reading, 1 to 3650")
    rows_days: int = _setting(365, "signals and mentions of closed weeks, without pseudonyms, 30 to 3650")
    counts_days: int = _setting(
        1825, "exact counts of closed weeks; more weeks than risk.baseline_weeks, 364 to 7300"
    )
    seen_days: int = _setting(
        1825, "hashes that tell a row that was read; no shorter than counts_days, 364 to 7300"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where the page is served."""

    host: str = _setting("127.0.0.1", "address to listen on")
    port: int = _setting(8451, "port to listen on, 0 to 65535; 0: any free one")
    title: str = _setting("Fanal", "title of the page")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Where approved alerts are sent. Passwords and secrets never stand here: see docs/alerts.md."""

    sender: str = _setting("", "who sends: an address such as alerts@example.org; needed to send anything")
    languages: tuple[str, ...] = _setting(("en", "fr", "ar"), "languages of an alert: en, fr, ar")
    feed_url: str = _setting("", "folder address at which the written feeds will be read; empty: not stated")
    mail_host: str = _setting("", "mail server; empty: no mail is sent")
    mail_port: int = _setting(587, "port of the mail server, 1 to 65535")
    mail_tls: str = _setting(
        "starttls", "starttls, tls (from the first byte) or none (this machine's server only)"
    )
    mail_user: str = _setting("", "user at the mail server; empty: no log-in")
    mail_password_file: str = _setting(
        "", "file with the password, readable by its owner alone; FANAL_MAIL_PASSWORD goes before it"
    )
    mail_from: str = _setting("", "address that mail comes from; empty: the sender")
    mail_to: tuple[str, ...] = _setting((), "addresses that get mail, each a message of its own")
    webhook_url: str = _setting("", "https address that is told; http is for this machine only")
    webhook_secret_file: str = _setting(
        "",
        "file with the secret (whsec_...), readable by its owner alone; FANAL_WEBHOOK_SECRET goes before it",
    )
    timeout_seconds: int = _setting(20, "a server that is silent for so long has failed, 1 to 600")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Which texts are kept, encrypted with a key of the day. See docs/vault.md."""

    signals: bool = _setting(True, "keep the text of posts that show a signal; false: no text is kept for it")
    sample: int = _setting(
        0, "of 1,000 posts so many are kept whatever they show, 0 to 1,000; to look for misses"
    )
    rejects: bool = _setting(False, "keep rows that were rejected, to give them back; JSON Lines and CSV")


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """Where the keys lie and what wraps them. `fanal keys rotate` brings keys to what stands here."""

    folder: str = _setting(
        "", "folder of the keys, outside every copy; empty: keys in the workspace; FANAL_KEYS goes before it"
    )
    master: str = _setting("file", "how the master key is kept: file, passphrase or command")
    master_folder: str = _setting("", "folder of the master key's file; empty: the folder of the keys")
    passphrase_file: str = _setting(
        "",
        "file with the passphrase, readable by its owner alone; FANAL_PASSPHRASE goes before it; empty: asked for",
    )
    kms_wrap: tuple[str, ...] = _setting(
        (), "program and arguments that encrypt the master key from standard input to standard output"
    )
    kms_unwrap: tuple[str, ...] = _setting((), "program and arguments that decrypt it again")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a workspace.

    >>> Settings().privacy.threshold
    35
    """

    posts: Posts = field(default_factory=Posts)
    signals: Signals = field(default_factory=Signals)
    places: Places = field(default_factory=Places)
    risk: Risk = field(default_factory=Risk)
    privacy: Privacy = field(default_factory=Privacy)
    vault: Vault = field(default_factory=Vault)
    keys: Keys = field(default_factory=Keys)
    retention: Retention = field(default_factory=Retention)
    page: Page = field(default_factory=Page)
    alerts: Alerts = field(default_factory=Alerts)


RANGES: dict[str, tuple[float, float]] = {
    "posts.batch_rows": (1, 1_000_000),
    "risk.event_delay_days": (0, 3650),
    "risk.displacement_delay_days": (0, 3650),
    "risk.baseline_weeks": (4, 520),
    "risk.window_weeks": (1, 52),
    "risk.max_share": (1e-6, 0.5),
    "risk.replicates": (99, 99_999),
    "risk.stop_after": (0, 99_999),
    "risk.alert_recurrence_weeks": (1, 5_200),
    "risk.false_silences_a_year": (0.001, 52),
    "risk.rank_draws": (0, 10_000),
    "risk.seed": (0, 2**63 - 1),
    "privacy.epsilon": (1e-6, 10.0),
    "privacy.public_cells": (1, 100),
    "privacy.partner_cells": (0, 100),
    "privacy.threshold": (1, 1_000_000),
    "privacy.public_delay_days": (28, 36_500),
    "privacy.partner_delay_days": (0, 36_500),
    "privacy.min_residents": (1000, 1_000_000_000),
    "vault.sample": (0, 1000),
    "retention.text_days": (1, 3650),
    "retention.rejects_days": (1, 3650),
    "retention.rows_days": (30, 3650),
    "retention.counts_days": (364, 7300),
    "retention.seen_days": (364, 7300),
    "page.port": (0, 65_535),
    "alerts.mail_port": (1, 65_535),
    "alerts.timeout_seconds": (1, 600),
}
"""Lowest and highest value of each number. The gate's delay and residents can be raised, not lowered."""

CHOICES: dict[str, tuple[str, ...]] = {
    "posts.date_order": ("", "dmy", "mdy", "ymd"),
    "keys.master": ("file", "passphrase", "command"),
}
"""The texts that a setting may be, where there are few."""


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
    """Return one section with its values checked against the types and ranges above."""
    known = {f.name: f for f in fields(kind)}
    hints = get_type_hints(kind)
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name not in known:
            raise _wrong(path, text, section, name, f"is no setting; there are {', '.join(known)}")
        wanted = hints[name]
        if wanted == tuple[str, ...]:
            if not isinstance(value, list) or not all(isinstance(v, str) for v in value):
                raise _wrong(path, text, section, name, 'must be a list of texts, such as ["IQ"]')
            checked[name] = tuple(value)
            continue
        if wanted is float and isinstance(value, int) and not isinstance(value, bool):
            value = float(value)  # noqa: PLW2901 - TOML writes 1 where 1.0 is meant
        if type(value) is not wanted:
            words = {str: "a text in quotes", int: "a whole number", float: "a number", bool: "true or false"}
            raise _wrong(path, text, section, name, f"must be {words[wanted]}, not {value!r}")
        low, high = RANGES.get(f"{section}.{name}", (None, None))
        if low is not None and high is not None and not low <= value <= high:
            raise _wrong(path, text, section, name, f"must lie from {low:,} to {high:,}, not {value!r}")
        choices = CHOICES.get(f"{section}.{name}")
        if choices and value not in choices:
            named = f"must be one of {', '.join(c or 'empty' for c in choices)}, not {value!r}"
            raise _wrong(path, text, section, name, named)
        if name == "timezone" and value and not _is_zone(value):
            raise _wrong(
                path, text, section, name, f"must be a time zone such as Asia/Baghdad, not {value!r}"
            )
        checked[name] = value
    return kind(**checked)


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
    return "\n".join(lines) + "\n"


def _is_zone(name: str) -> bool:
    """Say whether the IANA database has a time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
