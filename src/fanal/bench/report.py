"""The report: the figures of one run, as one JSON object and as a page for people."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from statistics import median
from typing import Any

from jinja2 import Template

from fanal.bench.figure import Figure
from fanal.bench.goal import goals
from fanal.bench.peers import FASTTEXT
from fanal.bench.points import UNIT
from fanal.bench.process import Cost
from fanal.bench.scans import slope
from fanal.bench.stages import END_TO_END, PARSE, PLACES, SIGNALS

TEMPLATE = "performance.md.jinja"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold what one run measured."""

    figures: tuple[Figure, ...]
    process: Cost  # of `fanal read` over the same file, in a process of its own
    starts: tuple[
        Cost, ...
    ]  # of `fanal explain` over a short text, each in a process of its own, with warm caches
    models: int  # bytes of the models that ship
    posts: int
    bytes: int  # of the file
    rounds: int
    machine: str
    versions: dict[str, str]  # of Python and the libraries that carry the work
    scans: tuple[dict[str, Any], ...] = ()  # of `scans.measure`
    growth: tuple[dict[str, float], ...] = ()  # of `scans.growth`
    gate: dict[str, Any] | None = None  # of `gate.measure`
    forms: tuple[Figure, ...] = ()  # of `forms.works`

    def rate(self, name: str) -> float:
        """Return the posts a second of a figure.

        Raises:
            KeyError: there is none of this name.
        """
        return {one.name: one.posts_per_second for one in self.figures}[name]

    def document(self) -> dict[str, Any]:
        """Return the report for JSON: whole numbers a second; peers by the work that they stand beside."""
        own = [one for one in self.figures if one.peer_of is None]
        has_fasttext = any(one.name == FASTTEXT for one in self.figures)
        start = median(one.seconds for one in self.starts)
        wanted = goals(
            parse=self.rate(PARSE),
            signals=self.rate(SIGNALS),
            places=self.rate(PLACES),
            whole=self.rate(END_TO_END),
            fasttext=self.rate(FASTTEXT) if has_fasttext else None,
            models_mb=self.models / 1e6,
            start_seconds=start,
            points={f"points to areas, {one.what}": one.posts_per_second for one in own if one.unit == UNIT},
            scans=self.scans,
            gate=self.gate,
            forms=forms_told(self.forms),
        )
        return {
            "goals": [one.document() for one in wanted],
            "parse_only": round(self.rate(PARSE)),
            "end_to_end": round(self.rate(END_TO_END)),
            "end_to_end_to_parse": round(self.rate(END_TO_END) / self.rate(PARSE), 4),
            "posts_per_second": {one.name: round(one.posts_per_second) for one in own if one.unit != UNIT},
            "points_per_second": {one.name: round(one.posts_per_second) for one in own if one.unit == UNIT},
            "scans": list(self.scans),
            "gate": self.gate,
            "forms": forms_told(self.forms),
            "scan_growth": list(self.growth),
            "scan_growth_power": slope(list(self.growth)) if self.growth else None,
            "peak_rss_mb": round(self.process.peak_rss_mb),
            "process_seconds": round(self.process.seconds, 2),
            "start_seconds": round(start, 2),
            "start_rss_mb": round(max(one.peak_rss_mb for one in self.starts)),
            "models_mb": round(self.models / 1e6, 1),
            "peers": {
                one.name: {
                    "beside": one.peer_of,
                    f"{one.unit}_per_second": round(one.posts_per_second),
                    "ours_to_peer": round(self.rate(one.peer_of) / one.posts_per_second, 2),
                    "what": one.what,
                }
                for one in self.figures
                if one.peer_of is not None
            },
            "posts": self.posts,
            "bytes": self.bytes,
            "rounds": self.rounds,
            "machine": self.machine,
            "versions": self.versions,
        }


def forms_told(figures: Sequence[Figure]) -> list[dict[str, Any]]:
    """Return for each form of posts how fast it is read, and how fast it is parsed alone.

    >>> read = Figure(name="csv", posts=10, seconds=(2.0,), what="read")
    >>> alone = Figure(name="csv, parsed alone", posts=10, seconds=(1.0,), peer_of="csv", what="cut")
    >>> forms_told([read, alone])[0]["of_parsing_alone"]
    0.5
    """
    ours = {one.name: one for one in figures if one.peer_of is None}
    return [
        {
            "form": alone.peer_of,
            "posts_per_second": round(ours[alone.peer_of].posts_per_second),
            "parsed_alone": round(alone.posts_per_second),
            "of_parsing_alone": round(ours[alone.peer_of].posts_per_second / alone.posts_per_second, 2),
            "what": alone.what,
        }
        for alone in figures
        if alone.peer_of is not None
    ]


def said(goal: dict[str, Any]) -> str:
    """Say of a goal, as a report's document has it, whether it was reached and how far from it the figure is.

    >>> said({"share": 0.8}), said({"share": 1.25}), said({"share": None})
    ('missed by 20 %', 'reached, 25 % to spare', 'not measured')
    """
    share = goal["share"]
    if share is None:
        return "not measured"
    if share < 1:
        return f"missed by {100 * (1 - share):.0f} %"
    return f"reached, {100 * (share - 1):.0f} % to spare"


def page(document: dict[str, Any], what: dict[str, str]) -> str:
    """Return docs/performance.md for a report's document.

    Args:
        document: as `Report.document` made it.
        what: what was called for each figure of ours.
    """
    parse = document["parse_only"]
    stages = [
        (name, rate, f"1 / {parse / rate:.1f}" if rate < parse else f"{rate / parse:.1f}", what[name])
        for name, rate in document["posts_per_second"].items()
    ]
    points = [(name, rate, what[name]) for name, rate in document["points_per_second"].items()]
    text = files("fanal.bench").joinpath(TEMPLATE).read_text(encoding="utf-8")
    made = Template(text, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    return str(made.render(**document, stages=stages, points=points, said=said))
