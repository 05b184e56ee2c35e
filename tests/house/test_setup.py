"""The set-up does again only what changed, and says in one sentence what is missing."""

import doctest
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    """Return a file of tools/ as a module."""
    spec = importlib.util.spec_from_file_location(f"tools_{name}", CHECKOUT / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


setup = load("setup")


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Return a small checkout whose commands are not run."""
    (tmp_path / "requirements").mkdir()
    for name in ("run", "all", "test", "build"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"{name}==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    source = tmp_path / "src" / "fanal" / "cli"
    source.mkdir(parents=True)
    (source / "warm.py").write_text('"""Warm."""\n')
    (source / "kernel.py").write_text('"""Count with numba."""\nfrom fanal.cli.step import STEP\n')
    (source / "step.py").write_text("STEP = 1\n")
    found = setup.Environment(checkout=tmp_path)

    def pretend(_command: list[object], _environment: object) -> None:
        found.python.parent.mkdir(parents=True, exist_ok=True)
        found.python.touch()

    monkeypatch.setattr(setup, "run_quietly", pretend)
    monkeypatch.setattr(setup, "has_ensurepip", lambda: True)
    monkeypatch.setattr(setup, "NEEDED_BYTES", 0)
    return found


def test_tools_examples_run() -> None:
    assert doctest.testmod(setup).failed == 0


def test_second_time_does_nothing(environment) -> None:
    assert setup.set_up(environment, tests=False) == ["venv", "run", "build", "fanal", "warm"]
    start = time.process_time()
    assert setup.set_up(environment, tests=False) == []
    assert time.process_time() - start < 0.5


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ("requirements/run.txt", ["run", "warm"]),
        ("requirements/build.txt", ["build"]),
        ("pyproject.toml", ["fanal"]),
        ("src/fanal/cli/kernel.py", ["warm"]),
        ("src/fanal/cli/step.py", ["warm"]),
        ("src/fanal/cli/other.py", []),
    ],
)
def test_only_what_changed_is_done_again(environment, changed: str, again: list[str]) -> None:
    setup.set_up(environment, tests=False)
    (environment.checkout / changed).write_text("# numba\n" if "kernel" in changed else "other==2\n")
    assert setup.set_up(environment, tests=False) == again


def test_tests_serve_a_run_and_not_the_other_way(environment) -> None:
    setup.set_up(environment, tests=False)
    assert setup.set_up(environment, tests=True) == ["test"]
    environment.stamp("run").unlink()
    assert setup.set_up(environment, tests=False) == []


def test_all_extras_serve_a_run_and_tests_serve_them(environment) -> None:
    assert "all" in setup.set_up(environment, tests=False, every=True)
    assert setup.set_up(environment, tests=False) == []
    setup.set_up(environment, tests=True)
    environment.stamp("all").unlink()
    assert setup.set_up(environment, tests=False, every=True) == []


def test_python_that_was_removed_is_seen(environment) -> None:
    setup.set_up(environment, tests=False)
    environment.python.unlink()
    assert "venv" in setup.set_up(environment, tests=False)


def test_moved_checkout_is_seen(environment) -> None:
    setup.set_up(environment, tests=False)
    record = environment.folder / "pyvenv.cfg"
    record.write_text("command = python -m venv /elsewhere/.venv\n")
    assert not setup.works(environment)


def test_step_that_fails_leaves_no_stamp(environment, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_command: list[object], _environment: object) -> None:
        raise setup.SetupError("no")

    monkeypatch.setattr(setup, "run_quietly", fail)
    with pytest.raises(setup.SetupError):
        setup.set_up(environment, tests=False)
    assert not environment.stamp("venv").exists()


def test_full_disk_is_said_before_anything_is_done(environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "NEEDED_BYTES", 10**18)
    with pytest.raises(
        setup.SetupError, match=r"^The disk has .* GB free and the set-up needs .*: make room\.$"
    ):
        setup.set_up(environment, tests=False)
    assert not environment.folder.exists()


def test_missing_ensurepip_names_the_package(environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "has_ensurepip", lambda: False)
    monkeypatch.setattr(setup, "add_ensurepip", lambda: None)
    with pytest.raises(setup.SetupError, match=r"apt-get install python3\.\d+-venv"):
        setup.set_up(environment, tests=False)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("[Errno -3] Temporary failure in name resolution", "cannot be reached"),
        (
            "ERROR: Could not find a version that satisfies x\nERROR: No matching distribution found",
            "no ready-made",
        ),
        (
            "WARNING: Retrying ... NewConnectionError\nERROR: No matching distribution found",
            "cannot be reached",
        ),
        ("THESE PACKAGES DO NOT MATCH THE HASHES", "is not the locked one"),
        ("OSError: [Errno 28] No space left on device", "disk is full"),
    ],
)
def test_known_cause_becomes_one_sentence(printed: str, said: str) -> None:
    sentence = setup.sentence_for(printed)
    assert said in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_unknown_cause_keeps_the_end_of_the_output(tmp_path: Path) -> None:
    environment = setup.Environment(checkout=tmp_path)
    command = [sys.executable, "-c", "print('something odd'); raise SystemExit(3)"]
    with pytest.raises(setup.SetupError, match="status 3") as caught:
        setup.run_quietly(command, environment)
    assert "something odd" in str(caught.value)


def shell(path: Path, **extra: str) -> subprocess.CompletedProcess[str]:
    """Run a copy of tools/setup.sh, alone in its folder, with nothing on its path but one folder."""
    copy = path.parent / "setup.sh"
    shutil.copy(CHECKOUT / "tools" / "setup.sh", copy)
    return subprocess.run(
        [shutil.which("sh") or "sh", copy],
        env={"PATH": str(path), **extra},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Return a folder for the path that holds dirname and no Python."""
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "dirname").symlink_to(shutil.which("dirname") or "dirname")
    return folder


def put_python(program: Path, version: str, *, good: bool = False) -> None:
    """Put a Python there that says it is of a version, and is good enough or not."""
    program.write_text(
        f'#!/bin/sh\n[ "$1" = -V ] && echo "Python {version}" && exit 0\n'
        f'[ "$1" = -c ] && exit {0 if good else 1}\necho "{program.name} runs $1"\n'
    )
    program.chmod(0o755)


def test_no_python_is_one_sentence(bare: Path) -> None:
    done = shell(bare)
    assert (done.returncode, done.stdout) == (1, "")
    assert re.fullmatch(r"Fanal needs Python 3\.11 to 3\.\d+ and found none: [^\n]+\.\n", done.stderr)


def test_old_python_is_one_sentence(bare: Path) -> None:
    put_python(bare / "python3", "3.9.2")
    done = shell(bare)
    assert done.returncode == 1
    assert re.fullmatch(r"Fanal needs [^\n]+ and found only Python 3\.9\.2: [^\n]+\.\n", done.stderr)


def test_newer_python_beside_an_old_one_is_found(bare: Path) -> None:
    put_python(bare / "python3", "3.9.2")
    put_python(bare / "python3.12", "3.12.1", good=True)
    assert shell(bare).stdout.startswith("python3.12 runs ")


def test_named_python_that_will_not_do_is_one_sentence(bare: Path) -> None:
    put_python(bare / "python3", "3.9.2")
    done = shell(bare, PYTHON=str(bare / "python3"))
    assert done.returncode == 1
    assert re.fullmatch(r"PYTHON=[^\n]+ is not a Python from 3\.11 to [^\n]+\.\n", done.stderr)


def test_make_help_lists_every_door() -> None:
    text = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
    doors = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split()
    done = subprocess.run(["make", "help"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    shown = [line.split()[1] for line in done.stdout.splitlines() if line.startswith("make ")]
    assert sorted(shown) == sorted(doors)


def test_ci_stops_at_a_failure(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(CHECKOUT / ".ci" / "run", tmp_path / ".ci" / "run")
    (tmp_path / "Makefile").write_text("lint:\n\t@exit 1\ntest:\n\t@echo 1 passed\n")
    command = ["bash", ".ci/run"]
    environment = {**os.environ, "CI": "true"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "1 passed" in done.stdout
    (tmp_path / "Makefile").write_text("lint:\n\t@true\ntest:\n\t@echo 1 passed\n")
    assert (
        subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False).returncode
        == 0
    )


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_missing_browser_fails_in_ci_and_is_said_elsewhere(
    ci: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = load("install_browser")
    monkeypatch.setattr(browser, "find", lambda: None)
    monkeypatch.setattr(browser, "install", lambda: None)
    monkeypatch.setenv("CI", ci)
    assert browser.main() == status
    printed = "".join(capsys.readouterr())
    assert printed.startswith("No Chromium was found")
    assert printed.count("\n") == 1


@pytest.mark.parametrize(("ci", "status"), [("true", 1), ("", 0)])
def test_missing_npm_fails_in_ci_and_is_said_elsewhere(
    ci: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    server = load("install_pds")
    monkeypatch.setattr(server, "find", lambda: None)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("CI", ci)
    assert server.main() == status
    printed = "".join(capsys.readouterr())
    assert printed.startswith("Node.js and npm were not found (install the packages nodejs and npm).")
    assert printed.count("\n") == 1
