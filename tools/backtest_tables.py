"""Print the tables of docs/backtest.md from the last line that `fanal evaluate warning` prints, piped into this."""

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

NAMES = {
    "scan": "scan",
    "product": "product",
    "product_conflict": "product, conflict alone",
    "count": "count",
    "zscore": "z-score",
    "ranking": "ranking",
    "zscore_own_best": "z-score, own best",
    "ranking_own_best": "ranking, own best",
}
"""In the order of the tables; the count's own best is the count."""
AMONG_ONSETS = [name for name in NAMES if not name.endswith("own_best")]
LATE_DAYS = 28

Row = list[str]


def main() -> None:
    """Read the last line of standard input and print the tables."""
    found = json.loads(sys.stdin.read().splitlines()[-1])
    if found["onsets"]:
        write(onsets(found))
    for outcome, described in found["outcomes"].items():
        print(
            f"Outcome by {outcome}: {described['weeks']} weeks, {described['districts_and_weeks']:,} districts and "
            f"weeks, base rate {described['base_rate']:.3f}\n"
        )
        write(figures(found, outcome))


def onsets(found: Mapping[str, Any]) -> Iterator[Row]:
    """Yield the rows of the onsets, then how many there are and how many chance would give."""
    yield ["onset", "day", *(NAMES[name] for name in AMONG_ONSETS), "product's coverage that day"]
    for onset in found["onsets"]:
        told = [lead(onset, name) for name in AMONG_ONSETS]
        yield [onset["name"], onset["date"], *told, f"{onset['coverage_that_day']['product']:.2f}"]
    methods = [found["methods"][name] for name in AMONG_ONSETS]
    yield ["**with a lead**", "", *(str(method["onsets_with_lead"]) for method in methods), ""]
    yield ["under a warning", "", *(str(method["onsets_under_standing_warning"]) for method in methods), ""]
    chance = [sum(onset["coverage_that_day"][name] for onset in found["onsets"]) for name in AMONG_ONSETS]
    yield ["warnings put anywhere would cover", "", *(f"{number:.1f}" for number in chance), ""]


def lead(onset: Mapping[str, Any], name: str) -> str:
    """Return the days of a lead, or why there is none."""
    days, since, after = (onset[part][name] for part in ("lead_days", "standing_since", "first_after"))
    if days is not None or since is not None:
        return "over 90" if days is None else str(days)
    late = (date.fromisoformat(after) - date.fromisoformat(onset["date"])).days if after else None
    return "none" if late is None or late > LATE_DAYS else f"none ({late} late)"


def figures(found: Mapping[str, Any], outcome: str) -> Iterator[Row]:
    """Yield the rows of one outcome."""
    yield [
        "method",
        "precision",
        "recall",
        "recall less the scan's",
        "false alarms a month",
        "a 100 quiet district-months",
        "coverage",
        "warnings, unjudged",
    ]
    for name, title in NAMES.items():
        told = found["methods"][name][outcome]
        low, high = told["recall_less_the_scans_95"] or (0.0, 0.0)
        yield [
            title,
            share(told["precision"], told["precision_95"]),
            share(told["recall"], told["recall_95"]),
            "" if name == "scan" else f"{low:.2f} to {high:.2f}",
            f"{told['false_alarms_a_month']:.1f}",
            f"{told['false_alarms_per_100_quiet_district_months']:.1f}",
            f"{told['coverage']:.3f}",
            f"{told['warnings']}, {told['unjudged']}",
        ]


def share(value: float | None, ends: list[float] | None) -> str:
    """Return a share with its interval."""
    return "none" if value is None or ends is None else f"{value:.3f} ({ends[0]:.3f}-{ends[1]:.3f})"


def write(rows: Iterator[Row]) -> None:
    """Print rows as a table of Markdown, the first of them as its head."""
    for number, row in enumerate(rows):
        print(f"| {' | '.join(row)} |")
        if not number:
            print("|---" * len(row) + "|")
    print()


if __name__ == "__main__":
    main()
