"""What is in the repository is fit to be public: no machine, no index, no data set, a licence, whole locks."""

import re
import subprocess
import sys
import tempfile
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CHECKOUT = Path(__file__).resolve().parents[2]
LOCKS = ("run", "all", "test", "build")
DATA = {
    ".csv", ".db", ".feather", ".geojson", ".gpkg", ".gz", ".jsonl", ".ndjson", ".parquet", ".shp", ".sqlite",
    ".tsv", ".xlsx", ".xz", ".zip", ".zst",
}  # fmt: skip
MAX_SAMPLE_BYTES = 20_000  # a file that a test or an example reads is written by hand
MAX_FACTS_BYTES = 5_000_000  # what the package ships
MAX_MODEL_BYTES = 8_000_000  # a table of weights that the package ships
MODELS = {".model"}
MAX_FILE_BYTES = 1_000_000  # anything else
MAX_INSTALLED_BYTES = 1_200_000_000  # what a run needs, on disk

# Written in two parts, so that this file does not name what it forbids.
KNOWN_HOSTS = ("pypi" + ".org", "python" + "hosted.org", "npm" + "js.org", "registry.yarn" + "pkg.com")
INDEX_OPTIONS = re.compile(
    r"--(?:extra-)?index" + r"-url[ =]|--find" + r"-links[ =]|PIP_(?:EXTRA_)?INDEX" + "_URL="
)


def configured_hosts() -> set[str]:
    """Return the hosts of the indexes that this machine's pip is set to."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    addresses = re.findall(r"https?://[^\s'\"\\]+", done.stdout)
    return {host for address in addresses if (host := urlsplit(address).hostname)} - {
        "localhost",
        "127.0.0.1",
    }


def machine_paths() -> list[str]:
    """Return the folders of this machine that no file may name."""
    common = {Path("/"), Path(tempfile.gettempdir())}
    return [f"{folder}/" for folder in (CHECKOUT.parent, Path.home()) if folder not in common]


def pins_of(text: str) -> dict[str, list[tuple[str, str]]]:
    """Return for each package of a lock its versions and markers.

    The universal form locks a package more than once where the systems differ.
    """
    pins: dict[str, list[tuple[str, str]]] = {}
    for line in text.splitlines():
        found = re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+))?", line)
        if found:
            pins.setdefault(canonicalize_name(found[1]), []).append((found[2], (found[3] or "").strip()))
    return pins


@pytest.fixture(scope="module")
def locks() -> dict[str, str]:
    """Return the text of each lock file."""
    return {name: (CHECKOUT / "requirements" / f"{name}.txt").read_text(encoding="utf-8") for name in LOCKS}


def test_no_file_names_a_package_index(texts: dict[Path, str]) -> None:
    hosts = {*KNOWN_HOSTS, *configured_hosts()}
    named = [f"{path}: {host}" for path, text in texts.items() for host in hosts if host in text]
    named += [f"{path}: an index option" for path, text in texts.items() if INDEX_OPTIONS.search(text)]
    assert not named


def test_no_file_names_a_place_of_this_machine(texts: dict[Path, str]) -> None:
    patterns = [(folder, re.compile(rf"(?<![\w./-]){re.escape(folder)}")) for folder in machine_paths()]
    named = [f"{path}: {folder}" for path, text in texts.items() for folder, p in patterns if p.search(text)]
    assert not named


def test_texts_are_utf8_with_unix_lines(texts: dict[Path, str]) -> None:
    assert not [str(path) for path, text in texts.items() if "\ufffd" in text and path.suffix != ".py"]
    assert not [
        str(path) for path, text in texts.items() if "\r\n" in text and path.suffix in {".py", ".md", ".sh"}
    ]


def test_data_sets_are_only_the_facts(listed: tuple[Path, ...]) -> None:
    facts = Path("src/fanal/facts/data")
    strange: list[str] = []
    for path in listed:
        size = (CHECKOUT / path).stat().st_size
        if path.is_relative_to(facts):
            continue
        shipped_model = path.suffix in MODELS and path.is_relative_to("src/fanal/signals")
        most = MAX_MODEL_BYTES if shipped_model else MAX_FILE_BYTES
        hand_made = path.parts[0] in {"tests", "examples"} and size <= MAX_SAMPLE_BYTES
        if (path.suffix in DATA and not hand_made) or size > most:
            strange.append(f"{path}: {size:,} bytes")
    assert not strange
    shipped = sum((CHECKOUT / path).stat().st_size for path in listed if path.is_relative_to(facts))
    assert shipped <= MAX_FACTS_BYTES, f"the facts take {shipped:,} bytes"


def test_licence_is_apache_2() -> None:
    text = (CHECKOUT / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:5] == ["Apache", "License", "Version", "2.0,", "January"]
    assert "END OF TERMS AND CONDITIONS" in text
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["license"] == "Apache-2.0"


@pytest.mark.parametrize("name", LOCKS)
def test_lock_has_hashes_and_no_address(locks: dict[str, str], name: str) -> None:
    text = locks[name]
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE), "an option of pip stands in the lock"
    blocks = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    pinned = [block for block in blocks if "==" in block.partition("\n")[0]]
    assert pinned
    assert not [block.partition("\n")[0] for block in pinned if "--hash=sha256:" not in block]


def holds(larger: list[tuple[str, str]], pins: list[tuple[str, str]]) -> bool:
    """Say whether each pin stands in a larger lock with the same version, under its conditions or fewer of them."""
    there = {version: set(condition.split(" and ")) for version, condition in larger}
    return all(
        version in there and there[version] - {""} <= set(condition.split(" and "))
        for version, condition in pins
    )


def test_locks_agree(locks: dict[str, str]) -> None:
    run, every, test, build = (pins_of(locks[name]) for name in LOCKS)
    for smaller, larger in ((run, every), (every, test)):
        missing = [name for name, pins in smaller.items() if not holds(larger.get(name, []), pins)]
        assert not missing, "requirements/all.txt must hold all of run.txt, and test.txt all of all.txt"
    for name in build.keys() & test.keys():
        assert {v for v, _ in build[name]} == {v for v, _ in test[name]}, name


def test_locks_hold_what_the_project_asks_for(locks: dict[str, str]) -> None:
    project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = {
        "run": project["project"]["dependencies"],
        "all": [*extras["live"], *extras["services"]],
        "test": project["dependency-groups"]["dev"],
        "build": project["build-system"]["requires"],
    }
    for lock, requirements in asked.items():
        pins = pins_of(locks[lock])
        for requirement in map(Requirement, requirements):
            versions = pins.get(canonicalize_name(requirement.name), [])
            assert versions, f"{requirement.name} is not in requirements/{lock}.txt: run make lock"
            assert all(requirement.specifier.contains(v) for v, _ in versions), (
                f"{requirement}: run make lock"
            )


def test_what_a_run_installs_is_small_enough(locks: dict[str, str]) -> None:
    total = 0
    for name in pins_of(locks["run"]):
        try:
            files = distribution(name).files or []
        except PackageNotFoundError:
            continue  # locked for another system
        paths = (Path(str(file.locate())) for file in files if file.suffix != ".pyc")
        total += sum(path.stat().st_size for path in paths if path.is_file())
    assert 0 < total <= MAX_INSTALLED_BYTES, f"{total:,} bytes"


def test_rules_see_what_breaks_them() -> None:
    assert INDEX_OPTIONS.search("pip install --index" + "-url=x")
    assert pins_of("a==1 ; os_name == 'nt' \\\n    --hash=sha256:0\nB.c==2 \\\n") == {
        "a": [("1", "os_name == 'nt'")],
        "b-c": [("2", "")],
    }
