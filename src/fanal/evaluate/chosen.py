"""What was chosen on Iraq's ISO years 2004-2013, before 2014-2015 was run; never tuned again (docs/backtest.md)."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """Hold how conflict events are scanned, and from which recurrence interval on a hotspot is an alarm."""

    baseline_weeks: int
    window_weeks: int
    max_share: float  # of all residents
    level: float  # weeks


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """Hold how many events of how many last weeks are an alarm."""

    window_weeks: int
    level: float  # events


@dataclass(frozen=True, slots=True, kw_only=True)
class ZScore:
    """Hold how far above its own past a district must be."""

    window_weeks: int
    baseline_weeks: int
    level: float  # standard deviations


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Hold how many of last week's first districts are alarms."""

    first_k: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """Hold the three baselines."""

    count: Count
    zscore: ZScore
    ranking: Ranking


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Hold the scan at its best, the baselines at no more false alarms than the scan, and each at its own best."""

    scan: Scan
    at_equal_budget: Plain
    own_best: Plain


CHOSEN = Chosen(
    scan=Scan(baseline_weeks=520, window_weeks=26, max_share=0.005, level=104.0),
    at_equal_budget=Plain(
        count=Count(window_weeks=12, level=4.0),
        zscore=ZScore(window_weeks=12, baseline_weeks=52, level=2.5),
        ranking=Ranking(first_k=2),
    ),
    own_best=Plain(
        count=Count(window_weeks=12, level=4.0),
        zscore=ZScore(window_weeks=12, baseline_weeks=26, level=1.5),
        ranking=Ranking(first_k=3),
    ),
)
"""Of tools/choose_warning.py; the count is its own best at equal budget too. Where the layer of events begins later
than a baseline would, there is so much less of a baseline."""
