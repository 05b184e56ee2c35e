"""One frozen Settings, read once by a face; stages are handed plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fanal.model.consent import Consent
from fanal.model.layer import LayerKind


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
    date_order: str = _setting("", "dmy, mdy or ymd: for chats whose dates do not tell; empty: refused")
    sheet: str = _setting("", "sheet of an Excel file; empty: the first that is shown")
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
class Services:
    """How long a verification of the directory of services counts, and a count of beds; where its API is served."""

    verified_days: int = _setting(90, "days for which a verification counts, 1 to 730")
    soon_days: int = _setting(14, "days before its end from which the worklist names an entry, 0 to 365")
    capacity_days: int = _setting(
        90, "days after which the worklist names a count of how much there is, 1 to 730"
    )
    host: str = _setting("127.0.0.1", "address that the API listens on")
    port: int = _setting(8454, "port of the API, 0 to 65535; 0: any free one")


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
    rejects: bool = _setting(
        False, "keep rows of files that were rejected, to give them back; JSON Lines and CSV"
    )


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
class Follow:
    """How `fanal follow` works. See docs/streams.md."""

    commit_seconds: float = _setting(1.0, "rows of a stream wait no longer for their commit, 0.1 to 60")
    commit_rows: int = _setting(
        16_384, "rows of a stream that are committed together at most, 1 to 1,000,000"
    )
    compact_batches: int = _setting(
        1000, "after so many batches the lake's small files are written into few, 0 to 100,000; 0: never"
    )
    dead_after_minutes: int = _setting(
        15,
        "a stream that is silent or lost for so long is dead, which `fanal status` and alerts say, 1 to 10080",
    )
    metrics_port: int = _setting(
        0, "port of this machine at which Prometheus finds the metrics, 0 to 65535; 0: there are none"
    )
    inbox_host: str = _setting("127.0.0.1", "address at which webhooks are listened for")
    inbox_port: int = _setting(8452, "port at which webhooks are listened for, 1 to 65535")
    contact: str = _setting("", "address of whoever runs this, told to servers that ask for one")


STREAM_KEYS = ("source", "consent", "terms", "timezone")
"""What every `[streams.NAME]` may say beside the options of its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSettings:
    """Hold one section `[streams.NAME]`; its source's options are checked by whoever follows it."""

    source: str  # a live source, as docs/streams.md lists them
    consent: Consent
    terms: str = ""  # what was noted of the terms under which it may be read
    timezone: str = ""  # of times without a zone
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerAddress:
    """Hold one section `[layer_sources.NAME]`: a layer that is fetched. See docs/layers.md."""

    kind: LayerKind
    url: str = _setting("", "address of the file: CSV with HXL tags or with map, GeoJSON, GeoPackage")
    ckan: str = _setting("", "in place of url, a CKAN site such as https://data.humdata.org")
    package: str = _setting("", "name or id of its data set")
    resource: str = _setting("", "id or name of its resource; empty: the only one that fits")
    every_hours: int = _setting(24, "hours between two looks, 1 to 8760")
    source: str = _setting("", "who published it, and as what; empty: as CKAN says")
    licence: str = _setting("", "its licence or terms; empty: as CKAN says")
    public: bool = _setting(False, "its owner has published it at this level; only then it may leave")
    hosts: tuple[str, ...] = _setting((), "hosts that a redirect or a resource may lead to, beside its own")
    map: Mapping[str, str] = field(
        default_factory=dict, metadata={"what": 'columns of the file, such as { date = "DATUM" }'}
    )


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
    services: Services = field(default_factory=Services)
    alerts: Alerts = field(default_factory=Alerts)
    follow: Follow = field(default_factory=Follow)
    streams: Mapping[str, StreamSettings] = field(default_factory=dict)
    layer_sources: Mapping[str, LayerAddress] = field(default_factory=dict)


FREE = frozenset({"streams", "layer_sources"})
"""Sections of which each subsection has a name of its own: `[streams.bluesky]`."""

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
    "services.verified_days": (1, 730),
    "services.soon_days": (0, 365),
    "services.capacity_days": (1, 730),
    "services.port": (0, 65_535),
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
    "follow.commit_seconds": (0.1, 60.0),
    "follow.commit_rows": (1, 1_000_000),
    "follow.compact_batches": (0, 100_000),
    "follow.dead_after_minutes": (1, 10_080),
    "follow.metrics_port": (0, 65_535),
    "follow.inbox_port": (1, 65_535),
    "layer_sources.every_hours": (1, 8760),
}
"""Lowest and highest value of each number. The gate's delay and residents can be raised, not lowered."""

CHOICES: dict[str, tuple[str, ...]] = {
    "posts.date_order": ("", "dmy", "mdy", "ymd"),
    "keys.master": ("file", "passphrase", "command"),
}
"""The texts that a setting may be, where there are few."""
