"""Each hostile input ends as docs/input.md says: one sentence, nothing lost, no traceback."""

from pathlib import Path

import pytest

from fanal.testing import hostile
from fanal.testing.hostile import CannotRunError
from fanal.testing.hostile_page import CASES, SECTIONS, page

PAGE = Path(__file__).parents[2] / "docs" / "input.md"
PUBLISHED = PAGE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hostile.template(tmp_path_factory.mktemp("template"))


@pytest.mark.parametrize("name", CASES)
def test_hostile_input_ends_as_published(name: str, workspace: Path, tmp_path: Path) -> None:
    case = CASES[name]
    try:
        found = hostile.run(case, workspace, tmp_path)
    except CannotRunError as error:
        pytest.skip(str(error))
    assert not found.traceback
    assert found.code in (0, 1)
    assert (found.code == 0) or found.sentence.count(". ") >= 1, "a sentence, and what to do"
    assert found.row(case) in PUBLISHED.splitlines(), "docs/input.md says something else: run `make input`"


def test_the_page_holds_the_cases_and_nothing_else() -> None:
    assert len(CASES) == sum(map(len, SECTIONS.values()))
    rows = {
        line.split(" | ")[0].removeprefix("| "): line
        for line in PUBLISHED.splitlines()
        if line.startswith("| ")
    }
    assert page({name: rows[name] for name in CASES}) == PUBLISHED, "run `make input`"
