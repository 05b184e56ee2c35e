"""The demo: real layers week by week, a page on disk, and one JSON object that tells what came out."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

Fanal = Callable[..., Any]


def test_the_demo_writes_a_page_and_tells_its_leads(fanal: Fanal, tmp_path: Path) -> None:
    told = fanal("demo", "--no-serve", "--out", tmp_path / "out").json
    assert told["districts"] == 101
    assert told["weeks"] == 104
    assert told["lead_source"] == "layers"
    assert told["hotspots"] > 0
    assert told["seconds"] > 0
    sinjar = told["first_sinjar_alert"]
    if sinjar is None:
        assert told["days_before_sinjar"] is None
    else:
        assert told["days_before_sinjar"] == (date(2014, 8, 3) - date.fromisoformat(sinjar)).days
    for page in ("index.html", "fr.html", "ar.html"):
        assert (tmp_path / "out" / page).is_file()


def test_simulated_posts_are_marked_and_change_no_lead(fanal: Fanal, tmp_path: Path) -> None:
    told = fanal("demo", "--no-serve", "--with-posts", "--posts", 20_000, "--out", tmp_path / "out").json
    assert told["simulated_posts"] == 20_000
    assert told["simulated_signals"] > 0
    assert told["releases_from_simulated_posts"] >= told["weeks"]
    assert told["lead_source"] == "layers"
    plain = fanal("demo", "--no-serve", "--out", tmp_path / "plain").json
    leads = ["first_ninewa_alert", "first_sinjar_alert", "days_before_sinjar", "hotspots", "alerts"]
    assert [told[name] for name in leads] == [plain[name] for name in leads]
    assert "Simulated posts." in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert "Simulated posts." not in (tmp_path / "plain" / "index.html").read_text(encoding="utf-8")
