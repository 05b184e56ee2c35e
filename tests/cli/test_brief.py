"""`fanal brief` as a person uses it: a page a language, for a circle and a week, and a sentence where it cannot be."""

from datetime import timedelta
from pathlib import Path

from tests.cli.conftest import Fanal
from tests.cli.small import MONDAY, small

from fanal import settings_file
from fanal.store.workspace import make


def test_a_brief_is_written_for_a_week_in_a_language(fanal: Fanal, tmp_path: Path) -> None:
    folder, out, pdf = small(tmp_path / "w"), tmp_path / "brief.html", tmp_path / "brief.pdf"
    week = MONDAY + timedelta(days=4)
    told = fanal(
        "-w", folder, "brief", "--out", out, "--pdf", pdf, "--language", "ar", "--week", week, "--json"
    ).json  # fmt: skip
    assert (told["week"], told["language"], told["circle"]) == (MONDAY.isoformat(), "ar", "public")
    assert told["hotspots"] == 2
    assert 'dir="rtl"' in out.read_text(encoding="utf-8")
    assert pdf.read_bytes().startswith(b"%PDF")
    first = out.read_bytes()
    (folder / "fanal.toml").write_text(
        settings_file.template(privacy={"partners": ("They",)}), encoding="utf-8"
    )
    fanal("-w", folder, "brief", "--out", out, "--circle", "partners", "--to", "They", "--language", "fr")
    assert out.read_bytes() != first
    assert sorted(path.name for path in tmp_path.glob("*brief*")) == ["brief.html", "brief.pdf"]
    for wrong, said in (
        (("--circle", "inside"), "for the public or for partners"),
        (("--week", "2999-01-01"), "is not over"),
        (("--out", tmp_path / "none" / "brief.html"), "cannot be written: No such file or directory"),
    ):
        err = fanal("-w", folder, "brief", "--out", out, *wrong, code=1).err
        assert said in err
        assert "Traceback" not in err


def test_without_a_release_there_is_nothing_to_tell(fanal: Fanal, tmp_path: Path) -> None:
    make(tmp_path / "w", settings_file.template())
    assert (
        "Run `fanal update`" in fanal("-w", tmp_path / "w", "brief", "--out", tmp_path / "b.html", code=1).err
    )
    assert not (tmp_path / "b.html").exists()
