"""A goal: a number that Fanal means to reach on one core, what was measured, and whether that reaches it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

POSTS_A_SECOND = 100_000
PLACES_A_SECOND = 50_000
TIMES_FASTTEXT = 5
OF_PARSING = 0.1
MODELS_MB = 40
START_SECONDS = 1.5
POINTS_A_SECOND = 5_000_000
SCAN_MB = 1_000
FORM_POSTS_A_SECOND = 300_000
FORM_OF_PARSING = 1 / 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Hold one goal and what was measured."""

    what: str
    wanted: float  # above 0
    measured: float | None  # None: it was not, since what it needs is not installed
    unit: str  # behind the numbers; empty: none
    at_most: bool = False  # less is better

    @property
    def share(self) -> float | None:
        """Return how far it got: from 1 on it is reached; 0.8 misses it by a fifth.

        >>> Goal(what="start", wanted=1.5, measured=3.0, unit="s", at_most=True).share
        0.5
        """
        if self.measured is None:
            return None
        return self.wanted / self.measured if self.at_most else self.measured / self.wanted

    def document(self) -> dict[str, Any]:
        """Return the goal for JSON."""
        share = self.share
        return {
            "what": self.what,
            "wanted": self.wanted,
            "at_most": self.at_most,
            "measured": None if self.measured is None else float(f"{self.measured:.4g}"),
            "unit": self.unit,
            "reached": None if share is None else share >= 1,
            "share": None if share is None else round(share, 3),
        }


def goals(
    *,
    parse: float,
    signals: float,
    whole: float,
    fasttext: float | None,
    models_mb: float,
    start_seconds: float,
    points: Mapping[str, float],
    places: float,
    scans: Sequence[Mapping[str, Any]] = (),
    gate: Mapping[str, Any] | None = None,
    forms: Sequence[Mapping[str, Any]] = (),
) -> tuple[Goal, ...]:
    """Return the goals of the line.

    Args:
        parse: posts a second of parsing alone, and so on for the next two.
        signals: of fold, language, indicators and classifier.
        whole: of the whole line.
        fasttext: of fastText's identification of languages alone; None: it is not installed.
        models_mb: size of the models that ship.
        start_seconds: of a command that loads the detector, with warm caches.
        points: points a second that are put into areas, by what areas.
        places: of recognition and resolution.
        scans: of `scans.measure`, on all cores.
        gate: of `gate.measure`, on all cores; None: it was not measured.
        forms: of `report.forms_told`.
    """
    return (
        Goal(what="signals", wanted=POSTS_A_SECOND, measured=signals, unit="posts/s"),
        Goal(
            what="signals, beside fastText's language alone",
            wanted=TIMES_FASTTEXT,
            measured=None if fasttext is None else signals / fasttext,
            unit="times",
        ),
        Goal(what="signals, beside parsing alone", wanted=OF_PARSING, measured=signals / parse, unit="of it"),
        Goal(
            what="the whole line, beside parsing alone",
            wanted=OF_PARSING,
            measured=whole / parse,
            unit="of it",
        ),
        Goal(what="places", wanted=PLACES_A_SECOND, measured=places, unit="posts/s"),
        Goal(what="models", wanted=MODELS_MB, measured=models_mb, unit="MB", at_most=True),
        Goal(
            what="start: `fanal explain` in a process of its own",
            wanted=START_SECONDS,
            measured=start_seconds,
            unit="s",
            at_most=True,
        ),
        *(
            Goal(what=what, wanted=POINTS_A_SECOND, measured=rate, unit="points/s")
            for what, rate in points.items()
        ),
        *(
            Goal(
                what=f"scan, {one['what']}",
                wanted=one["wanted_seconds"],
                measured=one["seconds"],
                unit="s",
                at_most=True,
            )
            for one in scans
        ),
        *(
            Goal(
                what="memory of the largest scan",
                wanted=SCAN_MB,
                measured=one["peak_rss_mb"],
                unit="MB",
                at_most=True,
            )
            for one in scans[-1:]
        ),
        *(
            Goal(
                what=f"the gate, {one['what']}",
                wanted=one["wanted_seconds"],
                measured=one["seconds"],
                unit="s",
                at_most=True,
            )
            for one in ([gate] if gate else [])
        ),
        *(
            Goal(what=f"reading {one['form']}", wanted=1.0, measured=_of_aim(one), unit="of the aim")
            for one in forms
        ),
    )


def _of_aim(form: Mapping[str, Any]) -> float:
    """Return how much of the aim a form reaches: so many posts a second, or such a share of parsing alone."""
    rate, share = float(form["posts_per_second"]), float(form["of_parsing_alone"])
    return max(rate / FORM_POSTS_A_SECOND, share / FORM_OF_PARSING)
