"""The report: the figures of one run, as one JSON object and as a page for people."""

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from jinja2 import Template

from fanal.bench.figure import Figure
from fanal.bench.process import Cost
from fanal.bench.stages import END_TO_END, PARSE

TEMPLATE = "performance.md.jinja"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Hold what one run measured."""

    figures: tuple[Figure, ...]
    process: Cost  # of `fanal read` over the same file, in a process of its own
    posts: int
    bytes: int  # of the file
    rounds: int
    machine: str
    versions: dict[str, str]  # of Python and the libraries that carry the work

    def rate(self, name: str) -> float:
        """Return the posts a second of a figure.

        Raises:
            KeyError: there is none of this name.
        """
        return {one.name: one.posts_per_second for one in self.figures}[name]

    def document(self) -> dict[str, Any]:
        """Return the report for JSON: posts a second, whole numbers; peers by the work that they stand beside."""
        own = [one for one in self.figures if one.peer_of is None]
        return {
            "parse_only": round(self.rate(PARSE)),
            "end_to_end": round(self.rate(END_TO_END)),
            "end_to_end_to_parse": round(self.rate(END_TO_END) / self.rate(PARSE), 4),
            "posts_per_second": {one.name: round(one.posts_per_second) for one in own},
            "peak_rss_mb": round(self.process.peak_rss_mb),
            "process_seconds": round(self.process.seconds, 2),
            "peers": {
                one.name: {
                    "beside": one.peer_of,
                    "posts_per_second": round(one.posts_per_second),
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
    text = files("fanal.bench").joinpath(TEMPLATE).read_text(encoding="utf-8")
    made = Template(text, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)
    return str(made.render(**document, stages=stages, behind=f"{parse / document['end_to_end']:.1f}"))
