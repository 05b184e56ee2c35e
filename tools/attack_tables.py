"""Print the tables of docs/privacy.md from the last line that `fanal evaluate privacy` prints, piped into this."""

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

SMALL = 0.01


def main() -> None:
    """Read the last line of standard input and print what is promised, then what is only measured."""
    found = json.loads(sys.stdin.read().splitlines()[-1])
    write(promised(found["attacks"]))
    print()
    write(measured(found["limits"]))


def promised(attacks: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the rows of what has a bound."""
    yield ["attack", "the attacker knows", "gains", "at least", "at most", "may gain", "trials", ""]
    for name, one in attacks.items():
        numbers = (number(one[part]) for part in ("advantage", "low", "high", "bound"))
        yield [f"`{name}`", one["knows"], *numbers, f"{one['rounds']:,}", one["ended"]]


def measured(limits: Mapping[str, Any]) -> Iterator[list[str]]:
    """Yield the rows of what has none."""
    yield ["attack", "the attacker knows", "gains", "at least", "at most", "trials"]
    for name, one in limits.items():
        numbers = (number(one[part]) for part in ("advantage", "low", "high"))
        yield [f"`{name}`", one["knows"], *numbers, f"{one['rounds']:,}"]


def write(rows: Iterator[list[str]]) -> None:
    """Print rows as a Markdown table."""
    for place, row in enumerate(rows):
        print(f"| {' | '.join(row)} |")
        if not place:
            print(f"| {' | '.join('---' for _ in row)} |")


def number(value: float) -> str:
    """Return a figure with as many digits as it needs."""
    return f"{value:.5f}" if 0 < abs(value) < SMALL else f"{value:.3f}"


if __name__ == "__main__":
    main()
