"""Each form of posts that is measured is read as posts, and none is left out without a reason."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest

from fanal.bench import exports, forms
from fanal.bench.figure import Figure, measure
from fanal.bench.goal import goals
from fanal.bench.report import forms_told
from fanal.sources.catalogue import POST_SOURCES
from fanal.sources.streams import LIVE_SOURCES

POSTS = 2_000
ELSEWHERE = {"jsonl", "idrisi"}
"""JSON Lines are the stage `sources`, and IDRISI's tweets are such lines."""


def test_every_form_is_measured() -> None:
    assert {one.name for one in POST_SOURCES} - ELSEWHERE == set(exports.FILES)
    assert {one.name for one in LIVE_SOURCES} == set(exports.ROWS)


def test_the_figures_are_of_posts_that_were_read(tmp_path: Path) -> None:
    works = list(forms.works(tmp_path, posts=POSTS))
    assert len(works) == 2 * (len(exports.FILES) + len(exports.ROWS))
    told = forms_told(measure(works, rounds=1, clock=perf_counter, progress=lambda _: None))
    assert {one["form"] for one in told} == {*exports.FILES, *exports.ROWS}
    assert all(one["posts_per_second"] > 0 and one["of_parsing_alone"] > 0 for one in told)


def test_a_form_that_is_not_read_as_posts_has_no_figure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: dict[str, Callable[[int], bytes]] = {
        **exports.FILES,
        "telegram": lambda _: b'{"messages": [{}, {}]}',
    }
    monkeypatch.setattr(forms, "FILES", broken)
    with pytest.raises(ValueError, match="Of 2,000 posts as telegram only 0 are read"):
        list(forms.works(tmp_path, posts=POSTS))


def test_the_aim_is_posts_or_a_share_of_parsing() -> None:
    def figures(ours: float, alone: float) -> list[Figure]:
        return [
            Figure(name="a", posts=1, seconds=(1 / ours,)),
            Figure(name="a, parsed alone", posts=1, seconds=(1 / alone,), peer_of="a"),
        ]

    (told,) = forms_told(figures(150_000, 300_000))
    assert (told["posts_per_second"], told["parsed_alone"], told["of_parsing_alone"]) == (
        150_000,
        300_000,
        0.5,
    )
    assert _measured(told) == [pytest.approx(1.5)]
    (told,) = forms_told(figures(450_000, 9_000_000))
    assert _measured(told) == [pytest.approx(1.5)]


def _measured(told: dict[str, Any]) -> list[float | None]:
    """Return how much of the aim the goals say that a form reaches."""
    rates = dict.fromkeys(("parse", "signals", "whole", "models_mb", "start_seconds", "places"), 1.0)
    found = goals(**rates, fasttext=None, points={}, forms=[told])
    return [one.measured for one in found if one.what.startswith("reading ")]
