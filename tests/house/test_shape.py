"""Every source file keeps the shape of the house: a purpose, a length, a name, laws and imports in their place."""

import ast
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]
SOURCES = sorted((CHECKOUT / "src" / "fanal").rglob("*.py"))
PYTHON = SOURCES + sorted((CHECKOUT / "tests").rglob("*.py")) + sorted((CHECKOUT / "tools").rglob("*.py"))
MAX_LINES = 400
DRAWERS = {"utils", "util", "common", "helpers", "helper", "core", "base", "manager", "misc"}
SENTENCE_ENDS = (".", "?", "!")

# Imports inside a function, each with its reason: a file, and the module that it imports late.
LATE_IMPORTS: dict[tuple[str, str], str] = {
    ("src/fanal/sources/dictionary.py", "zstandard"): "extra `live`; only a compressed stream needs it",
    (
        "src/fanal/sources/websocket.py",
        "websockets.asyncio.client",
    ): "extra `live`; only such streams need it",
    ("src/fanal/sources/websocket.py", "websockets.exceptions"): "the same",
    ("src/fanal/text/phone.py", "phonenumbers"): "extra `services`; only a directory needs it",
    ("src/fanal/sources/hsds_schemas.py", "jsonschema"): "extra `services`, as above",
    ("src/fanal/sources/hsds_schemas.py", "jsonschema.Draft202012Validator"): "the same",
    ("src/fanal/sources/hsds_schemas.py", "jsonschema.exceptions"): "the same",
    ("src/fanal/sources/hsds_schemas.py", "jsonschema.exceptions.SchemaError"): "the same",
    ("src/fanal/sources/hsds_schemas.py", "referencing"): "the same",
    ("src/fanal/sources/hsds_schemas.py", "referencing.Registry"): "the same",
    ("src/fanal/sources/hsds_schemas.py", "referencing.jsonschema"): "the same",
    ("src/fanal/sources/hsds_schemas.py", "referencing.jsonschema.DRAFT202012"): "the same",
    ("src/fanal/sources/webhook.py", "fanal.sources.signed_rfc9421"): "extra `live`; only keys need it",
    ("src/fanal/sources/webhook.py", "fanal.sources.signed_rfc9421.verify"): "the same",
    ("src/fanal/sources/kafka_member.py", "confluent_kafka"): "optional: few workspaces read from a broker",
    ("src/fanal/sources/nats.py", "nats"): "optional, as above",
    ("src/fanal/sources/nats.py", "nats.js.api"): "optional, as above",
    ("src/fanal/sources/nats.py", "nats.js.errors"): "optional, as above",
}

# Modules whose parent is harmless and which the import contracts therefore cannot forbid by name.
NETWORK = {"urllib.request", "http.client", "http.server", "asyncio.streams", "pyarrow.flight"}
READS_OR_SENDS = {"sources", "outbox"}


def name_of(path: Path) -> str:
    """Return the name under which a file is shown in a report."""
    return path.relative_to(CHECKOUT).as_posix()


def purpose_of(text: str) -> str:
    """Return the first line of a file's docstring, or an empty text."""
    doc = ast.get_docstring(ast.parse(text), clean=True)
    return doc.splitlines()[0] if doc else ""


def imports_of(tree: ast.AST) -> list[str]:
    """Return the dotted names that a tree imports, a module and each name taken from it."""
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def late_imports_of(text: str) -> list[str]:
    """Return the names that are imported inside a function."""
    tree = ast.parse(text)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    return sorted({name for function in functions for name in imports_of(function)})


def undocumented_in(text: str) -> list[str]:
    """Return the public functions, methods and classes without a docstring."""
    missing: list[str] = []

    def visit(body: list[ast.stmt], inside: str) -> None:
        for node in body:
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            if node.name.startswith("_"):
                continue
            if ast.get_docstring(node) is None:
                missing.append(inside + node.name)
            if isinstance(node, ast.ClassDef):
                visit(node.body, f"{node.name}.")

    visit(ast.parse(text).body, "")
    return missing


@pytest.mark.parametrize("path", PYTHON, ids=name_of)
def test_first_line_says_the_purpose(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert purpose_of(text).endswith(SENTENCE_ENDS), f"{name_of(path)}: begin with a sentence and a full stop"
    assert text.lstrip().startswith(('"""', "#!")), f"{name_of(path)}: the purpose stands on the first line"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_file_is_one_word_of_the_field(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= MAX_LINES, f"{name_of(path)} has {lines} lines, more than {MAX_LINES}: it is two words"
    words = set(path.relative_to(CHECKOUT / "src").with_suffix("").parts)
    assert not words & DRAWERS, f"{name_of(path)} is a drawer: name it after what it holds"


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=name_of)
def test_package_file_holds_its_law_and_nothing_else(path: Path) -> None:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    assert len(body) == 1, f"{name_of(path)} holds more than a docstring"
    assert isinstance(body[0], ast.Expr)


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_stand_at_the_top(path: Path) -> None:
    late = late_imports_of(path.read_text(encoding="utf-8"))
    refused = [module for module in late if (name_of(path), module) not in LATE_IMPORTS]
    assert not refused, f"{name_of(path)} imports {', '.join(refused)} inside a function"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_network_is_read_and_written_in_two_folders(path: Path) -> None:
    folder = path.relative_to(CHECKOUT / "src" / "fanal").parts[0]
    taken = NETWORK.intersection(imports_of(ast.parse(path.read_text(encoding="utf-8"))))
    assert folder in READS_OR_SENDS or not taken, f"{name_of(path)} imports {taken}"


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_public_names_are_documented(path: Path) -> None:
    missing = undocumented_in(path.read_text(encoding="utf-8"))
    assert not missing, f"{name_of(path)}: no docstring on {', '.join(missing)}"


def test_every_folder_of_the_package_states_its_law() -> None:
    folders = {path.parent for path in SOURCES}
    lawless = [name_of(folder) for folder in folders if not (folder / "__init__.py").exists()]
    assert not lawless


def test_rules_see_what_breaks_them() -> None:
    assert purpose_of("x = 1\n") == ""
    assert late_imports_of("def f():\n    from a import b\n") == ["a", "a.b"]
    assert late_imports_of("import a\ndef f():\n    return a\n") == []
    assert undocumented_in("class A:\n    '''Say.'''\n    def f(self): ...\n    def _g(self): ...\n") == [
        "A.f"
    ]
    assert "urllib.request" in imports_of(ast.parse("from urllib import request"))
