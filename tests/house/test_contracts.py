"""Each import contract can fail: a module that breaks it is put into a copy of the package, and it is seen."""

import configparser
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

# The contract, and the files (with their text) that break it.
BREAKS: dict[str, tuple[str, Mapping[str, str]]] = {
    "a stage imports its sibling": ("layers", {"risk/breaker.py": "import fanal.places"}),
    "a low layer imports a high one": ("layers", {"geo/breaker.py": "import fanal.risk"}),
    "a stage reads the settings": ("layers", {"privacy/breaker.py": "import fanal.settings"}),
    "a page calls the scheduler": ("layers", {"web/breaker.py": "import fanal.workers"}),
    "the product imports its fakes": ("layers", {"cli/breaker.py": "import fanal.testing"}),
    "a folder stands outside the drawing": ("layers", {"drawer/__init__.py": ""}),
    "a page sees posts": ("posts", {"web/breaker.py": "import fanal.model.post"}),
    "the gate sees posts": ("posts", {"privacy/breaker.py": "from fanal.model import post"}),
    "a page sees exact numbers": ("estimates", {"web/breaker.py": "from fanal.model.estimate import VOLUME"}),
    "a campaign sees exact numbers": ("estimates", {"campaigns/breaker.py": "import fanal.model.estimate"}),
    "a page opens the vault": ("texts", {"web/breaker.py": "import fanal.store.vault"}),
    "a page opens a workspace": ("pages", {"web/breaker.py": "from fanal.store import workspace"}),
    "a stage calls out": ("network", {"risk/breaker.py": "import httpx"}),
    "the gate opens a socket": ("network", {"privacy/breaker.py": "import socket"}),
    "a source sends mail": ("sending", {"sources/breaker.py": "import smtplib"}),
    "a stage makes noise of its own": ("noise", {"risk/breaker.py": "import opendp.prelude"}),
    "a page opens the lake": ("disk", {"web/breaker.py": "import duckdb"}),
    "a noun reads the clock": ("nouns", {"model/breaker.py": "import time"}),
    "a stage draws on the terminal": ("faces", {"risk/breaker.py": "import rich"}),
    "two files go in a circle": (
        "circles",
        {"geo/breaker.py": "import fanal.geo.bent", "geo/bent.py": "import fanal.geo.breaker"},
    ),
}


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of the package's Python files with the contracts beside it."""
    folder = tmp_path_factory.mktemp("contracts")
    shutil.copy(CHECKOUT / ".importlinter", folder)
    source = CHECKOUT / "src" / "fanal"
    for path in source.rglob("*.py"):
        copy = folder / "fanal" / path.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


def lint(folder: Path, contract: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run import-linter over the copy, on one contract or on all."""
    program = Path(sys.executable).with_name("lint-imports")
    only = ["--contract", contract] if contract else []
    return subprocess.run(
        [program, "--no-cache", *only],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "NO_COLOR": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_contracts_are_kept(package: Path) -> None:
    done = lint(package)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("case", BREAKS)
def test_contract_sees_what_breaks_it(package: Path, case: str) -> None:
    contract, files = BREAKS[case]
    for name, text in files.items():
        path = package / "fanal" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'"""Break a contract."""\n{text}\n', encoding="utf-8")
    try:
        done = lint(package, contract)
    finally:
        for name in files:
            (package / "fanal" / name).unlink()
        shutil.rmtree(package / "fanal" / "drawer", ignore_errors=True)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Contracts: 0 kept, 1 broken." in done.stdout
    assert "breaker" in done.stdout or "drawer" in done.stdout, "another module broke it"


def test_every_contract_is_broken_once() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(CHECKOUT / ".importlinter", encoding="utf-8")
    named = {section.rpartition(":")[2] for section in contracts.sections() if ":contract:" in section}
    assert named == {contract for contract, _ in BREAKS.values()}


def test_forbidden_contracts_name_every_folder_but_those_meant() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(CHECKOUT / ".importlinter", encoding="utf-8")
    source = CHECKOUT / "src" / "fanal"
    children = {p.stem for p in source.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    everything = {f"fanal.{child}" for child in children - {"__init__"}}
    meant = {"network": {"sources", "outbox"}, "noise": {"privacy", "testing"}, "disk": {"store"}}
    for contract, free in meant.items():
        bound = contracts[f"importlinter:contract:{contract}"]["source_modules"].split()
        assert everything - set(bound) == {f"fanal.{name}" for name in free}, contract
