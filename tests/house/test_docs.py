"""The documents say what is so: the drawing is the contract's, each name exists, each link leads somewhere."""

import configparser
import importlib
import re
import unicodedata
from pathlib import Path

import pytest
from typer.main import get_command

from fanal.cli.main import app
from fanal.model.category import Category, Family
from fanal.model.circle import Circle
from fanal.model.group import Group
from fanal.model.layer import LayerKind
from fanal.model.person import Role
from fanal.model.release import Basis, ReleaseKind
from fanal.model.sensitivity import Sensitivity

CHECKOUT = Path(__file__).resolve().parents[2]
ARCHITECTURE = CHECKOUT / "docs" / "architecture.md"
GLOSSARY = CHECKOUT / "docs" / "glossary.md"
ADRS = sorted((CHECKOUT / "docs" / "adr").glob("[0-9]*.md"))
DOCUMENTS = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "changelog/*.md", "examples/**/*.md")
    for path in CHECKOUT.glob(pattern)
)
FOLDER = re.compile(r"(?<![\w/.])([a-z_]+)(?:/|\.py)(?=[\s]|$)")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
DOTTED = re.compile(r"`(fanal(?:\.\w+)+)(?<!\.toml)`")


def layers() -> list[list[str]]:
    """Return the layers of the import contract, from the highest down, in the order they are written."""
    contracts = configparser.ConfigParser()
    contracts.read(CHECKOUT / ".importlinter", encoding="utf-8")
    rows = contracts["importlinter:contract:layers"]["layers"].split("\n")
    return [re.split(r"\s*[|:]\s*", row.strip()) for row in rows if row.strip()]


def drawing(text: str) -> list[list[str]]:
    """Return the folders of the drawing's lines, from the first fenced block under the heading The line."""
    block = text.split("## The line", 1)[1].split("```", 2)[1]
    rows = [FOLDER.findall(line) for line in block.splitlines()]
    return [row for row in rows if row]


def slug_of(heading: str) -> str:
    """Return the anchor that a heading gets."""
    kept = "".join(c for c in heading.strip().lower() if c.isalnum() or c in " -_")
    return unicodedata.normalize("NFC", kept).replace(" ", "-")


def anchors_of(text: str) -> set[str]:
    """Return the anchors of a document's headings."""
    return {slug_of(heading.replace("`", "")) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def words_of(text: str) -> list[str]:
    """Return the first cell of each row of the glossary's tables."""
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    cells = [row.split("|")[1].strip().strip("`") for row in rows]
    return [cell for cell in cells if cell != "word" and not set(cell) <= {"-", " "}]


def test_drawing_is_the_contract() -> None:
    drawn = drawing(ARCHITECTURE.read_text(encoding="utf-8"))
    contract = layers()
    assert [name for row in drawn for name in row] == [name for layer in contract for name in layer]
    for row in drawn:
        assert any(set(row) <= set(layer) for layer in contract), f"{row} mixes two layers"


def test_every_contract_is_explained() -> None:
    contracts = configparser.ConfigParser()
    contracts.read(CHECKOUT / ".importlinter", encoding="utf-8")
    named = [section["name"] for name, section in contracts.items() if ":contract:" in name]
    text = ARCHITECTURE.read_text(encoding="utf-8")
    assert [name for name in named if f"| {name} |" not in text] == []


def test_folders_on_disk_are_those_drawn() -> None:
    source = CHECKOUT / "src" / "fanal"
    there = {p.stem for p in source.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert there - {"__init__"} == {name for layer in layers() for name in layer}


def test_glossary_gives_each_word_once() -> None:
    words = words_of(GLOSSARY.read_text(encoding="utf-8"))
    assert len(words) > 40
    folded = [word.lower() for word in words]
    assert not {word for word in folded if folded.count(word) > 1}


@pytest.mark.parametrize(
    "closed_set", [Category, Family, Group, Circle, LayerKind, ReleaseKind, Basis, Role, Sensitivity]
)
def test_glossary_holds_every_member_of_a_closed_set(closed_set: type) -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    assert not [member.value for member in closed_set if f"`{member.value}`" not in text]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(CHECKOUT).as_posix())
def test_every_name_in_code_exists(path: Path) -> None:
    for dotted in DOTTED.findall(path.read_text(encoding="utf-8")):
        assert resolves(dotted), f"{path.name} names {dotted}, which does not exist"


def resolves(dotted: str) -> bool:
    """Say whether a dotted name is a module, or a name in one."""
    try:
        importlib.import_module(dotted)
    except ModuleNotFoundError as error:
        if error.name is None or not dotted.startswith(error.name):
            raise
    else:
        return True
    module, _, name = dotted.rpartition(".")
    return resolves(module) and hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: p.relative_to(CHECKOUT).as_posix())
def test_every_link_leads_somewhere(path: Path) -> None:
    for link in LINK.findall(path.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        assert target.exists(), f"{path.name} links to {link}"
        if anchor:
            assert anchor in anchors_of(target.read_text(encoding="utf-8")), f"{path.name} links to {link}"


@pytest.mark.parametrize("path", ADRS, ids=lambda p: p.stem)
def test_decision_is_short_dated_and_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60, "a decision fits on one page"
    assert re.search(r"^Status: (proposed|accepted|replaced by \d{4}), \d{4}-\d{2}$", text, re.MULTILINE)
    for heading in ("Why", "Decision", "What follows"):
        assert f"\n## {heading}\n" in text, f"{path.name} has no section {heading}"


def test_decisions_are_numbered_without_gaps_and_listed() -> None:
    assert [int(path.name[:4]) for path in ADRS] == list(range(1, len(ADRS) + 1))
    index = (CHECKOUT / "docs" / "adr" / "README.md").read_text(encoding="utf-8")
    assert not [path.name for path in ADRS if f"({path.name})" not in index]


def test_every_verb_stands_in_the_readme() -> None:
    told = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    verbs = get_command(app).commands  # type: ignore[attr-defined]
    assert len(verbs) > 10
    assert not [verb for verb in verbs if f"| `fanal {verb}` |" not in told]


def test_rules_see_what_breaks_them() -> None:
    assert drawing("## The line\n```\n cli/   faces\n a/ b/\n c.py  x\n```\n") == [["cli"], ["a", "b"], ["c"]]
    assert not resolves("fanal.model.nothing")
    assert not resolves("fanal.model.circle.Square")
    assert resolves("fanal.model.circle.Circle")
    assert anchors_of("## What `it` is, now\n") == {"what-it-is-now"}
    assert words_of("| word | means |\n| --- | --- |\n| Post | x |\n") == ["Post"]
