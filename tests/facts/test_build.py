"""The tool that makes the shipped facts: the same bytes on each run, and the same tables as those that ship."""

import doctest
import importlib.util
import subprocess
import sys
from importlib import resources
from pathlib import Path
from types import ModuleType

import pyarrow.parquet as pq
import pytest

from fanal.facts import manifest

CHECKOUT = Path(__file__).resolve().parents[2]
TOOL = CHECKOUT / "tools" / "build_facts.py"


@pytest.fixture(scope="module")
def names() -> ModuleType:
    """Return the crosswalk, which lies outside the package."""
    spec = importlib.util.spec_from_file_location("facts_names", TOOL.with_name("facts_names.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def run(shared: Path, out: Path) -> dict[str, bytes]:
    command = [sys.executable, str(TOOL), "--shared", str(shared), "--out", str(out)]
    subprocess.run(command, check=True, capture_output=True)
    return {path.name: path.read_bytes() for path in out.iterdir()}


@pytest.mark.shared
def test_tool_gives_the_same_bytes_again_and_what_ships(shared_data: Path, tmp_path: Path) -> None:
    first, second = run(shared_data, tmp_path / "one"), run(shared_data, tmp_path / "two")
    assert first == second
    shipped = resources.files("fanal.facts").joinpath("data")
    assert first["manifest.toml"] == shipped.joinpath("manifest.toml").read_bytes()
    for entry in manifest.read():
        made = pq.read_table(tmp_path / "one" / entry.file)
        with resources.as_file(shipped.joinpath(entry.file)) as path:
            assert made.equals(pq.read_table(path), check_metadata=True), f"make {entry.file} again"


def test_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    command = [sys.executable, str(TOOL), "--shared", str(tmp_path / "gone"), "--out", str(tmp_path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "is missing" in done.stderr
    assert "Traceback" not in done.stderr


def test_examples_of_the_crosswalk_hold(names: ModuleType) -> None:
    result = doctest.testmod(names)
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("table", ["GOVERNORATES", "DISTRICTS"])
def test_no_spelling_means_two_areas(names: ModuleType, table: str) -> None:
    meant: dict[str, str] = {}
    for code, listed in getattr(names, table).items():
        for spelling in names.spellings(listed):
            assert names.fold(spelling), f"{spelling!r} folds to nothing"
            assert meant.setdefault(names.fold(spelling), code) == code, f"{spelling!r} means two areas"
