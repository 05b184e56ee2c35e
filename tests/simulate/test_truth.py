"""The truth of a simulated stream says row by row what its posts show, where, and which plant they belong to."""

import json
import math
import sys
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import shapely

from fanal.facts import iraq
from fanal.simulate.ground import ground
from fanal.simulate.sentences import LANGUAGES, load_grammars

SEED = 7
SIGMAS = 5


@pytest.fixture(scope="module")
def rows(made):
    """Return each post with its truth."""
    posts = [json.loads(line) for line in made.stream.read_text(encoding="utf-8").splitlines()]
    return list(zip(posts, pq.read_table(made.truth).to_pylist(), strict=True))


@pytest.fixture(scope="module")
def plants(made):
    return json.loads(made.plants.read_text())


def monday(post):
    day = date.fromisoformat(post["time"][:10])
    return (day - timedelta(days=day.weekday())).isoformat()


def test_every_post_says_that_it_is_simulated(rows):
    tags = {grammar.language: grammar.tag for grammar in load_grammars()}
    assert not [post["id"] for post, truth in rows if tags[truth["language"]] not in post["text"]]


def test_languages_kinds_and_authors_are_all_there(rows):
    assert {truth["language"] for _, truth in rows} == set(LANGUAGES)
    assert {truth["author_kind"] for _, truth in rows} == {"person", "bot", "loud"}
    shown = {(truth["language"], truth["category"]) for _, truth in rows if truth["category"]}
    assert len(shown) == 7 * 6


def test_no_post_is_of_a_category_that_offers_a_person_or_a_weapon(rows):
    assert {truth["category"] for _, truth in rows} == {
        None, "need", "plea", "flight", "attack", "lure", "control",
    }  # fmt: skip
    assert not {truth["kind"] for _, truth in rows} & {"offer", "arms"}
    assert all(truth["category"] in (None, truth["kind"]) for _, truth in rows)


def test_named_area_stands_in_the_text(rows):
    found = ground(iraq.layers())
    place = {code: number for number, code in enumerate(found.codes)}
    for post, truth in rows:
        assert (truth["area"] is None) == (not truth["named"] and not truth["point"])
        if truth["named"]:
            names = found.names[LANGUAGES.index(truth["language"])][place[truth["area"]]]
            assert any(name in post["text"] for name in names), (post, truth)


def test_points_lie_in_their_area(rows):
    shapes = {row["area"]: shapely.from_wkb(row["geometry"]) for row in iraq.areas().to_pylist()}
    points = [(post, truth) for post, truth in rows if truth["point"]]
    assert 0.01 < len(points) / len(rows) < 0.03
    for post, truth in points:
        assert shapes[truth["area"]].contains(shapely.Point(post["lon"], post["lat"])), (post, truth)


def test_rate_is_the_stated_one(rows, plants):
    signals = sum(truth["category"] is not None for _, truth in rows)
    # A repost repeats a post of its week, so the count varies more than a binomial: by at most twice as much here.
    error = 2 * math.sqrt(len(rows) * 0.05 * 0.95)
    sys.stdout.write(
        f"seed {SEED}: {signals} signals of {len(rows)} posts, expected {0.05 * len(rows):.0f} +- {error:.0f}\n"
    )
    assert abs(signals - 0.05 * len(rows)) < SIGMAS * error
    assert plants["rate"] == 0.05
    assert plants["rate_outside_hotspots"] < 0.05


def test_hotspots_lie_in_their_area_and_weeks_and_hold_more_signals(rows, plants):
    hotspots = {plant["id"]: plant for plant in plants["hotspots"]}
    assert len(hotspots) == 8
    assert len({plant["area"] for plant in hotspots.values()}) == 8
    told = [(monday(post), truth) for post, truth in rows if truth["area"]]
    observed = expected = 0.0
    for plant in hotspots.values():
        mine = [(week, truth) for week, truth in told if truth["plant"] == plant["id"]]
        assert len(mine) == plant["posts"]
        for week, truth in mine:
            assert plant["first_week"] <= week <= plant["last_week"]
            assert (truth["area"], truth["category"]) == (plant["area"], plant["category"])
        inside = [
            truth
            for week, truth in told
            if truth["area"] == plant["area"] and plant["first_week"] <= week <= plant["last_week"]
        ]
        usual = np.mean([truth["category"] == plant["category"] for _, truth in told])
        observed += sum(truth["category"] == plant["category"] for truth in inside)
        expected += usual * len(inside)
    sys.stdout.write(f"seed {SEED}: {observed:.0f} signals in the hotspots, {expected:.1f} as elsewhere\n")
    assert observed > 3 * expected


def test_templates_are_near_duplicates_by_many_authors(rows, plants):
    for plant in plants["templates"]:
        mine = [(post, truth) for post, truth in rows if truth["plant"] == plant["id"]]
        assert len(mine) == plant["posts"]
        for post, truth in mine:
            assert plant["first_week"] <= monday(post) <= plant["last_week"]
            assert (truth["kind"], truth["language"]) == (plant["kind"], plant["language"])
        if len(mine) < 20:
            continue
        assert len({post["author"] for post, _ in mine}) > len(mine) / 4
        words = [set(post["text"].split()) for post, truth in mine if not truth["named"]]
        alike = [len(one & two) / len(one | two) for one, two in pairwise(words)]
        assert np.median(alike) > 0.5
        assert len({post["text"] for post, _ in mine}) > 5


def test_reposts_and_edits_follow_an_earlier_post(rows):
    first = {}
    reposts = edits = 0
    for post, truth in rows:
        source = truth["repost_of"] or truth["edit_of"]
        assert not (truth["repost_of"] and truth["edit_of"])
        if source is None:
            assert post["id"] not in first
            first[post["id"]] = (post, truth)
            continue
        earlier, was = first[source]
        assert post["time"] > earlier["time"]
        assert (truth["kind"], truth["language"]) == (was["kind"], was["language"])
        if truth["edit_of"]:
            edits += 1
            assert (post["id"], post["author"]) == (earlier["id"], earlier["author"])
            assert post["text"] != earlier["text"]
        else:
            reposts += 1
            assert post["id"] != earlier["id"]
            assert earlier["text"] in post["text"] or all(
                word in post["text"] for word in earlier["text"].split()
            )
    assert reposts > 5000
    assert edits > 500


def test_bots_keep_to_the_clock_and_a_few_authors_are_loud(rows):
    minutes, texts, loud = {}, {}, {}
    for post, truth in rows:
        if truth["author_kind"] == "bot":
            minutes.setdefault(post["author"], set()).add(post["time"][14:])
            texts.setdefault(post["author"], []).append(post["text"])
        elif truth["author_kind"] == "loud" and not truth["repost_of"]:
            loud[post["author"]] = loud.get(post["author"], 0) + 1
    assert len(minutes) == 40
    assert all(len(times) == 1 for times in minutes.values())
    counts = sorted(loud.values(), reverse=True)
    assert len(counts) == 12
    assert counts[0] > 5 * counts[-1]


def test_author_keeps_one_language(rows):
    languages = {}
    for post, truth in rows:
        if not truth["repost_of"] and truth["plant"] is None and not truth["edit_of"]:
            languages.setdefault(post["author"], set()).add(truth["language"])
    assert max(len(one) for one in languages.values()) == 1


def test_volume_follows_people(made):
    truth = pq.read_table(made.truth)
    counted = {row["values"]: row["counts"] for row in pc.value_counts(truth["area"]).to_pylist()}
    found = ground(iraq.layers())
    share = np.array([counted.get(code, 0) for code in found.codes], float)
    assert np.corrcoef(share, found.share)[0, 1] > 0.98
