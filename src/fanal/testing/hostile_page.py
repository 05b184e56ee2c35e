"""The page of hostile input: docs/input.md, one row for each case, as it was run."""

from collections.abc import Mapping

from fanal.testing.hostile import Case
from fanal.testing.hostile_places import LAYERS, SETTINGS, WORKSPACES
from fanal.testing.hostile_posts import POSTS

SECTIONS: Mapping[str, tuple[Case, ...]] = {
    "Posts": POSTS,
    "Layers": LAYERS,
    "Settings": SETTINGS,
    "Workspaces": WORKSPACES,
}

CASES: Mapping[str, Case] = {case.name: case for cases in SECTIONS.values() for case in cases}

_HEAD = """# Input that fights back

Made by `make input`; do not edit by hand. Each row is a run of the real command on a real file, and a test of its own:
the exit code, how many posts the workspace holds afterwards, how many rows were rejected (each is kept with its file,
line and reason, never its text), and what the user is told. Sound lines around a bad one are always read; that is in
the counts.

The commands read in one pass: time grows with the length of the input and memory does not. What happens to a workspace
under Ctrl-C, `kill -9` and a full disk, and how much memory a long stream needs, stands in
[workspace.md](workspace.md); what a fuzzer gave the parsers, in [fuzzing.md](fuzzing.md).
"""

_TABLE = """
## {section}

| input | command | exit | posts kept | rows rejected | what is said |
| --- | --- | --- | --- | --- | --- |
"""


def page(rows: Mapping[str, str]) -> str:
    """Return docs/input.md.

    Args:
        rows: the row of each case by the case's name.

    Raises:
        KeyError: a case has no row.
    """
    parts = [_HEAD]
    for section, cases in SECTIONS.items():
        parts.append(_TABLE.format(section=section))
        parts.append("".join(f"{rows[case.name]}\n" for case in cases))
    return "".join(parts)
