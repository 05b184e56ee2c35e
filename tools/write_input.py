"""Run every hostile input and write docs/input.md anew."""

import tempfile
from pathlib import Path

from rich.progress import track

from fanal.testing import hostile
from fanal.testing.hostile_page import CASES, page

PAGE = Path(__file__).parents[1] / "docs" / "input.md"


def main() -> None:
    """Write the page; every case must be runnable here."""
    rows: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="fanal-input-") as scratch:
        workspace = hostile.template(Path(scratch))
        for number, case in enumerate(track(CASES.values(), "Hostile input")):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            rows[case.name] = hostile.run(case, workspace, folder).row(case)
    PAGE.write_text(page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
