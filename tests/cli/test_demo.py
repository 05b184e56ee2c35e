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
