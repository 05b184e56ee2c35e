"""The promised defaults, and the sentence for each way in which `fanal.toml` can be wrong."""

from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal import settings_file
from fanal.model.error import SettingError
from fanal.settings import LayerAddress, Settings

PROMISED = {
    "posts.id": '"id"',
    "posts.author": '"author"',
    "posts.time": '"time"',
    "posts.text": '"text"',
    "posts.language": '"lang"',
    "posts.lon": '"lon"',
    "posts.lat": '"lat"',
    "posts.timezone": '""',
    "posts.date_order": '""',
    "posts.sheet": '""',
    "posts.batch_rows": "65536",
    "signals.classifier": '""',
    "places.home": "[]",
    "places.gazetteer": '""',
    "places.boundaries": '""',
    "risk.event_delay_days": "14",
    "risk.displacement_delay_days": "14",
    "risk.baseline_weeks": "52",
    "risk.window_weeks": "8",
    "risk.max_share": "0.1",
    "risk.replicates": "999",
    "risk.stop_after": "20",
    "risk.alert_recurrence_weeks": "52",
    "risk.false_silences_a_year": "1.0",
    "risk.rank_draws": "1000",
    "risk.seed": "1",
    "privacy.epsilon": "1.0",
    "privacy.public_cells": "2",
    "privacy.partner_cells": "2",
    "privacy.threshold": "35",
    "privacy.public_delay_days": "28",
    "privacy.partner_delay_days": "0",
    "privacy.min_residents": "1000",
    "privacy.partners": "[]",
    "vault.signals": "true",
    "vault.sample": "0",
    "vault.rejects": "false",
    "keys.folder": '""',
    "keys.master": '"file"',
    "keys.master_folder": '""',
    "keys.passphrase_file": '""',
    "keys.kms_wrap": "[]",
    "keys.kms_unwrap": "[]",
    "retention.text_days": "90",
    "retention.rejects_days": "90",
    "retention.rows_days": "365",
    "retention.counts_days": "1825",
    "retention.seen_days": "1825",
    "page.host": '"127.0.0.1"',
    "page.port": "8451",
    "page.title": '"Fanal"',
    "services.verified_days": "90",
    "services.soon_days": "14",
    "services.capacity_days": "90",
    "services.host": '"127.0.0.1"',
    "services.port": "8454",
    "alerts.sender": '""',
    "alerts.languages": '["en", "fr", "ar"]',
    "alerts.feed_url": '""',
    "alerts.mail_host": '""',
    "alerts.mail_port": "587",
    "alerts.mail_tls": '"starttls"',
    "alerts.mail_user": '""',
    "alerts.mail_password_file": '""',
    "alerts.mail_from": '""',
    "alerts.mail_to": "[]",
    "alerts.webhook_url": '""',
    "alerts.webhook_secret_file": '""',
    "alerts.timeout_seconds": "20",
    "follow.commit_seconds": "1.0",
    "follow.commit_rows": "16384",
    "follow.compact_batches": "1000",
    "follow.dead_after_minutes": "15",
    "follow.metrics_port": "0",
    "follow.inbox_host": '"127.0.0.1"',
    "follow.inbox_port": "8452",
    "follow.contact": '""',
}


def write(folder: Path, text: str) -> Path:
    path = folder / "fanal.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_defaults_are_promises() -> None:
    assert {
        f"{section}.{name}": default for section, name, default, _ in settings_file.described()
    } == PROMISED


def test_every_setting_stands_in_the_manual() -> None:
    manual = (Path(__file__).parents[1] / "docs" / "settings.md").read_text(encoding="utf-8")
    for section, name, default, what in settings_file.described():
        assert f"| `{section}.{name}` | `{default}` | {what} |" in manual


def test_the_template_holds_the_defaults_and_reads_back(tmp_path: Path) -> None:
    assert settings_file.read(write(tmp_path, settings_file.template())) == Settings()
    loud = "\n".join(
        line[2:] if line.startswith("# ") and " = " in line else line
        for line in settings_file.template().splitlines()
    )
    assert settings_file.read(write(tmp_path, loud)) == Settings()


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("[risk]\nreplicates = 5\n", 2, "risk.replicates must lie from 99 to 99,999, not 5"),
        ("[risk]\n\nseed = 'one'\n", 3, "risk.seed must be a whole number"),
        ("[posts]\n[risk]\nsede = 1\n", 3, "risk.sede is no setting"),
        ("[rsik]\nseed = 1\n", 1, "rsik is no section"),
        ("risk = 3\n", 1, "must be a section"),
        ("[privacy]\nepsilon = nan\n", 2, "privacy.epsilon must lie"),
        ("[privacy]\nepsilon = inf\n", 2, "privacy.epsilon must lie"),
        ("[privacy]\npublic_delay_days = 7\n", 2, "privacy.public_delay_days must lie from 28"),
        ("[privacy]\nthreshold = true\n", 2, "privacy.threshold must be a whole number"),
        ("[retention]\n\nseen_days = 400\n", 3, "retention.seen_days must be at least counts_days (1825)"),
        ("[retention]\ncounts_days = 364\n", 2, "retention.counts_days must hold the weeks of risk.baseline"),
        ("[places]\nhome = 'IQ'\n", 2, "places.home must be a list of texts"),
        ("[posts]\ndate_order = 'ydm'\n", 2, "posts.date_order must be one of empty, dmy, mdy, ymd"),
    ],
)
def test_a_wrong_setting_names_itself_its_file_and_its_line(
    tmp_path: Path, text: str, line: int, part: str
) -> None:
    path = write(tmp_path, text)
    with pytest.raises(SettingError) as caught:
        settings_file.read(path)
    assert f"{path}, line {line}:" in str(caught.value)
    assert part in str(caught.value)


def test_a_file_that_is_not_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="line 2"):
        settings_file.read(write(tmp_path, "[risk]\nseed = = 1\n"))


def test_a_file_that_is_not_utf8_says_so(tmp_path: Path) -> None:
    path = tmp_path / "fanal.toml"
    path.write_bytes(b"[risk]\n# \xff\n")
    with pytest.raises(SettingError, match="not UTF-8"):
        settings_file.read(path)


SECTIONS = st.sampled_from(["posts", "signals", "places", "risk", "privacy", "page", "rsik", ""])
NAMES = st.sampled_from(
    [
        "seed",
        "epsilon",
        "home",
        "timezone",
        "text",
        "partners",
        "boundaries",
        "port",
        "max_share",
        "classifier",
        "x",
    ]
)
PLAIN = st.text(st.characters(exclude_characters='"\\', exclude_categories=("Cs", "Cc")), max_size=8)
VALUES = st.recursive(
    st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(st.characters(exclude_characters='"\\\n\r', exclude_categories=("Cs", "Cc")), max_size=8).map(
        lambda t: f'"{t}"'
    )
    | st.sampled_from(["2014-08-03", "nan", "''", "{}", "="]),
    lambda inner: st.lists(inner, max_size=3).map(lambda many: "[" + ", ".join(map(_toml, many)) + "]"),
    max_leaves=5,
)


def _toml(value: object) -> str:
    """Write a value as TOML does."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@given(st.lists(st.tuples(SECTIONS, NAMES, VALUES), max_size=4))
def test_any_settings_are_read_or_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, lines: list[tuple[str, str, object]]
) -> None:
    text = "".join(f"[{section}]\n{name} = {_toml(value)}\n" for section, name, value in lines)
    path = write(tmp_path_factory.getbasetemp(), text)
    try:
        settings_file.read(path)
    except SettingError as error:
        assert str(path) in error.sentence  # noqa: PT017 - many examples raise nothing
        assert error.hint  # noqa: PT017


@given(st.binary(max_size=60))
def test_any_bytes_are_settings_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "fanal.toml"
    path.write_bytes(content)
    try:
        settings_file.read(path)
    except SettingError as error:
        assert str(path) in error.sentence  # noqa: PT017 - many examples raise nothing


ADDRESS = '[layer_sources.dtm]\nkind = "displacement"\nurl = "https://a.example/x.csv"\nsource = "P"\nlicence = "CC0"\n'


def test_addresses_of_layers_are_read(tmp_path: Path) -> None:
    more = 'hosts = ["b.example"]\nevery_hours = 6\nmap = { date = "DATUM" }\n'
    ckan = (
        '[layer_sources.w3]\nkind = "services"\nckan = "https://c.example"\npackage = "w3"\npublic = true\n'
    )
    found = settings_file.read(write(tmp_path, ADDRESS + more + ckan)).layer_sources
    assert (found["dtm"].kind.value, found["dtm"].every_hours, found["dtm"].hosts) == (
        "displacement",
        6,
        ("b.example",),
    )
    assert dict(found["dtm"].map) == {"date": "DATUM"}
    assert (found["w3"].package, found["w3"].public) == ("w3", True)


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        (
            'kind = "displacement"',
            'kind = "rumours"',
            "layer_sources.dtm.kind must be given, as one of areas",
        ),
        ('kind = "displacement"\n', "", "kind must be given"),
        ("https://", "http://", "must be an https address"),
        ("https://", "https://u:p@", "must be an https address"),
        ('source = "P"\n', "", "needs source and licence"),
        ('source = "P"', "source = 5", "must be a text in quotes"),
        ('source = "P"', 'source = "P"\nckan = "https://c.example"', "and not both"),
        ('url = "https://a.example/x.csv"', 'ckan = "https://c.example"', "needs a package or a resource"),
        ('source = "P"', 'source = "P"\nevery_hours = 0', "must lie from 1 to 8,760"),
        ('source = "P"', 'source = "P"\nhosts = "b"', "must be a list of texts"),
        ('source = "P"', 'source = "P"\nmap = { date = 5 }', "must name columns"),
        ('source = "P"', 'source = "P"\ncolour = 5', "is no setting"),
        ("[layer_sources.dtm]", '[layer_sources."D T"]', "must be named by small letters"),
    ],
)
def test_a_wrong_address_of_a_layer_names_its_line(tmp_path: Path, old: str, new: str, part: str) -> None:
    path = write(tmp_path, ADDRESS.replace(old, new))
    with pytest.raises(SettingError, match=f"{path}, line ") as caught:
        settings_file.read(path)
    assert part in str(caught.value)


def test_every_setting_of_an_address_stands_in_the_manual() -> None:
    manual = (Path(__file__).parents[1] / "docs" / "layers.md").read_text(encoding="utf-8")
    for one in fields(LayerAddress):
        what = one.metadata.get("what", "")
        assert f"| `{one.name}` |" in manual
        assert what in manual
