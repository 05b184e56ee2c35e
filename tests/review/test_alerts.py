"""Which hotspots are alerts and which are one alert: examples, properties, and a slow obvious reference."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanal.model.alert import Act, Alert, AlertState, Decision
from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.error import UserError
from fanal.model.hotspot import HOTSPOT_SCHEMA
from fanal.model.release import Basis, Release, ReleaseKind, Statement
from fanal.review.alerts import content, decided, gather, mute_of, sightings, signed

NOW = datetime(2020, 6, 1, 9, tzinfo=UTC)
FIRST = date(2020, 1, 6)
BUDGET = 52.0
STATEMENT = Statement(
    mechanism="none: public layers",
    unit="none: layers hold no posts",
    epsilon=None,
    scale=None,
    threshold=None,
    max_cells=None,
    delay_days=0,
    sources=(),
)
HOLDERS = {"D1": "G1", "D2": "G1", "D3": "G2", "G1": None, "G2": None}


def row(known: int, start: int, end: int, areas: Sequence[str], **changed: Any) -> dict[str, Any]:
    """Return a hotspot; weeks are counted from FIRST."""
    return {
        "family": "conflict",
        "as_of": FIRST + timedelta(weeks=known, days=6),
        "start": FIRST + timedelta(weeks=start),
        "end": FIRST + timedelta(weeks=end),
        "rank": 1,
        "areas": list(areas),
        "observed": 9,
        "expected": 1.5,
        "relative_risk": 6.0,
        "llr": 7.0,
        "p_value": 0.001,
        "recurrence_weeks": 500.0,
        "replicates": 999,
        **changed,
    }


def release(rows: Sequence[dict[str, Any]], name: str = "release:layers:hotspots", **changed: Any) -> Release:
    """Return a Release of hotspots."""
    made: dict[str, Any] = {
        "ledger_id": name,
        "kind": ReleaseKind.HOTSPOTS,
        "basis": Basis.LAYERS,
        "circle": Circle.PUBLIC,
        "table": pa.Table.from_pylist(list(rows), schema=HOTSPOT_SCHEMA),
        "statement": STATEMENT,
        "made_at": NOW,
    }
    return Release(**{**made, **changed})


def gathered(rows: Sequence[dict[str, Any]], known: Sequence[Alert] = ()) -> list[Alert]:
    """Gather one Release of rows."""
    return gather(known, [release(rows)], at_least_weeks=BUDGET, now=NOW)


def test_a_hotspot_that_chance_makes_often_is_no_alert() -> None:
    rows = [row(0, 0, 0, ["D1"], recurrence_weeks=51.9), row(0, 0, 0, ["D3"], recurrence_weeks=52.0)]
    assert [alert.last.areas for alert in gathered(rows)] == [{"D3"}]


def test_other_releases_are_passed_over() -> None:
    assert sightings(release([row(0, 0, 0, ["D1"])], kind=ReleaseKind.INDEX), at_least_weeks=1.0) == []


@pytest.mark.parametrize(
    ("later", "one"),
    [
        (row(1, 0, 1, ["D1"]), True),
        (row(1, 1, 1, ["D1", "D2"]), True),  # windows adjoin
        (row(3, 2, 3, ["D1"]), False),  # a week lies between
        (row(1, 0, 1, ["D2"]), False),  # no area is shared
        (row(1, 0, 1, ["D1"], family="displacement"), False),
        (row(0, 0, 0, ["D1", "D2"], rank=2), False),  # two of one day are two
    ],
)
def test_what_goes_on_an_alert(later: dict[str, Any], one: bool) -> None:
    assert len(gathered([row(0, 0, 0, ["D1"]), later])) == (1 if one else 2)


def test_alerts_of_other_circles_and_bases_stay_apart() -> None:
    first = release([row(0, 0, 0, ["D1"])])
    others = [
        release([row(1, 0, 1, ["D1"])], "release:a", basis=Basis.POSTS),
        release([row(1, 0, 1, ["D1"])], "release:b", circle=Circle.PARTNERS),
    ]
    assert len(gather([], [first, *others], at_least_weeks=BUDGET, now=NOW)) == 3


def test_a_hotspot_goes_on_the_alert_with_which_it_shares_most() -> None:
    rows = [
        row(0, 0, 0, ["D1"]),
        row(0, 0, 0, ["D2", "D3"], rank=2),
        row(1, 0, 1, ["D1", "D2", "D3"]),
    ]
    assert sorted((min(a.last.areas), len(a.sightings)) for a in gathered(rows)) == [("D1", 1), ("D1", 2)]


def test_an_acknowledged_alert_with_a_new_area_is_new_again() -> None:
    (first,) = gathered([row(0, 0, 0, ["D1"])])
    seen = replace(first, state=AlertState.ACKNOWLEDGED)
    rows = [row(0, 0, 0, ["D1"]), row(1, 0, 1, ["D1"])]
    assert gathered(rows, [seen])[0].state is AlertState.ACKNOWLEDGED
    rows.append(row(2, 0, 2, ["D1", "D2"]))
    assert gathered(rows, [seen])[0].state is AlertState.NEW
    sent = replace(first, state=AlertState.SENT)
    assert gathered(rows, [sent])[0].state is AlertState.SENT


def test_an_alert_outlives_its_release_and_is_found_again() -> None:
    rows = [row(0, 0, 0, ["D1"]), row(1, 0, 1, ["D1"])]
    (alert,) = gathered(rows)
    (alone,) = gathered([], [alert])
    assert (alone.id, alone.sightings, alone.last) == (alert.id, (), alert.last)
    revised = [row(0, 0, 0, ["D1"]), row(1, 0, 1, ["D1"], observed=10)]
    (again,) = gathered(revised, [alone])
    assert (again.id, len(again.sightings)) == (alert.id, 2)
    assert again.last.content != alert.last.content


def test_ids_can_be_repeated_and_never_meet() -> None:
    rows = [row(0, 0, 0, ["D1"])]
    (alert,) = gathered(rows)
    assert gathered(rows)[0].id == alert.id
    elsewhere = replace(
        alert, family=Family.DISPLACEMENT, sightings=()
    )  # has the id that the row's alert would get
    assert len({one.id for one in gathered(rows, [elsewhere])}) == 2


def test_content_names_every_value() -> None:
    one = row(0, 0, 0, ["D1"])
    assert content("a", one) == content("a", dict(reversed(one.items())))
    for name, value in {"observed": 10, "areas": ["D2"], "relative_risk": float("inf")}.items():
        assert content("a", {**one, name: value}) != content("a", one)
    assert content("b", one) != content("a", one)


rows_of_a_year = st.lists(
    st.builds(
        lambda known, back, length, areas, family, recurrence: row(
            known,
            known - back - length,
            known - back,
            sorted(areas),
            family=family,
            recurrence_weeks=recurrence,
        ),
        st.integers(0, 9),
        st.integers(0, 2),
        st.integers(0, 3),
        st.sets(st.sampled_from(["D1", "D2", "D3", "G1"]), min_size=1),
        st.sampled_from(["conflict", "displacement"]),
        st.sampled_from([10.0, 52.0, 500.0]),
    ),
    max_size=14,
).map(lambda rows: [{**one, "rank": rank} for rank, one in enumerate(rows, start=1)])


def reference(rows: Sequence[dict[str, Any]]) -> list[set[int]]:
    """Return the ranks of each alert's hotspots, slowly: windows are sets of weeks, and all is looked at."""

    def weeks(one: dict[str, Any], wider: int) -> set[int]:
        first = (one["start"] - FIRST).days // 7 - wider
        return set(range(first, (one["end"] - FIRST).days // 7 + 1 + wider))

    alerts: list[list[dict[str, Any]]] = []
    for one in sorted(rows, key=lambda one: (one["as_of"], one["family"], one["rank"])):
        if one["recurrence_weeks"] < BUDGET:
            continue
        best, most = None, 0
        for alert in sorted(alerts, key=lambda alert: alert[0]["as_of"]):
            touching = [
                other
                for other in alert
                if other["family"] == one["family"]
                and weeks(other, 1) & weeks(one, 0)
                and set(other["areas"]) & set(one["areas"])
            ]
            taken = any(other["as_of"] == one["as_of"] for other in alert)
            shared = max((len(set(other["areas"]) & set(one["areas"])) for other in alert), default=0)
            if touching and not taken and shared > most:
                best, most = alert, shared
        if best is None:
            alerts.append([one])
        else:
            best.append(one)
    return [{one["rank"] for one in alert} for alert in alerts]


def groups(alerts: Sequence[Alert], rows: Sequence[dict[str, Any]]) -> set[frozenset[int]]:
    """Return the ranks of each alert's hotspots."""
    rank = {content("release:layers:hotspots", one): one["rank"] for one in release(rows).table.to_pylist()}
    return {frozenset(rank[one.content] for one in alert.sightings) for alert in alerts}


@given(rows_of_a_year)
def test_gathering_is_as_the_reference_says(rows: list[dict[str, Any]]) -> None:
    found, told = groups(gathered(rows), rows), reference(rows)
    firsts = [min((rows[rank - 1]["as_of"], rows[rank - 1]["family"]) for rank in one) for one in told]
    if len(set(firsts)) == len(firsts):  # of equally old alerts with as much in common the id decides
        assert found == {frozenset(one) for one in told}
    assert sorted(rank for one in found for rank in one) == [
        one["rank"] for one in rows if one["recurrence_weeks"] >= BUDGET
    ]


@given(rows_of_a_year)
def test_week_by_week_gives_the_same_alerts_as_all_at_once(rows: list[dict[str, Any]]) -> None:
    known: list[Alert] = []
    for day in sorted({one["as_of"] for one in rows}):
        known = gathered([one for one in rows if one["as_of"] <= day], known)
    at_once = gathered(rows)
    assert {one.id: one.sightings for one in known} == {one.id: one.sightings for one in at_once}
    assert gathered(rows, known) == known


@given(rows_of_a_year)
def test_an_alert_has_one_sighting_a_day_and_one_family(rows: list[dict[str, Any]]) -> None:
    for alert in gathered(rows):
        days = [one.as_of for one in alert.sightings]
        assert days == sorted(set(days))
        assert alert.last == alert.sightings[-1]


def muting(**changed: Any) -> Decision:
    """Return a mute until 1 March 2020."""
    made = {
        "act": Act.MUTE,
        "alert": None,
        "who": "A",
        "at": NOW,
        "until": date(2020, 3, 1),
        "reason": "known",
    }
    return Decision(**{**made, **changed})


@pytest.mark.parametrize(
    ("mute", "holds"),
    [
        (muting(alert="this"), True),
        (muting(alert="other"), False),
        (muting(area="G1"), True),
        (muting(area="D1"), False),  # D2 lies outside of it and stays heard
        (muting(area="G2"), False),
        (muting(family=Family.CONFLICT), True),
        (muting(family=Family.TRADE), False),
        (muting(area="G1", family=Family.TRADE), False),
        (muting(area="G1", until=date(2020, 2, 1)), False),
    ],
)
def test_what_is_muted(mute: Decision, holds: bool) -> None:
    (alert,) = gathered([row(0, 0, 0, ["D1", "D2"])])
    alert = replace(alert, id="this")
    found = mute_of(alert, [mute], above=HOLDERS, day=date(2020, 2, 1))
    assert (found == mute) is holds
    assert mute_of(alert, [mute], above=HOLDERS, day=date(2020, 3, 1)) is None


def test_the_last_mute_of_a_target_holds_and_a_circle_of_holders_ends() -> None:
    (alert,) = gathered([row(0, 0, 0, ["D1"])])
    day = date(2020, 2, 1)
    ended = [muting(area="G1"), muting(area="G1", until=date(2020, 1, 1))]
    assert mute_of(alert, ended, above=HOLDERS, day=day) is None
    assert mute_of(alert, [*ended, muting(family=Family.CONFLICT)], above=HOLDERS, day=day) is not None
    assert mute_of(alert, [muting(area="G9")], above={"D1": "X", "X": "D1"}, day=day) is None


def act(kind: Act, alert: Alert) -> AlertState:
    """Return the state after a decision."""
    return decided(alert, Decision(act=kind, alert=alert.id, who="A", at=NOW))


def test_states_go_as_people_decide() -> None:
    (alert,) = gathered([row(0, 0, 0, ["D1"])])
    state = {name: replace(alert, state=name) for name in AlertState}
    assert act(Act.ACKNOWLEDGE, alert) is AlertState.ACKNOWLEDGED
    for name in (AlertState.ACKNOWLEDGED, AlertState.APPROVED, AlertState.SENT):
        with pytest.raises(UserError, match=f"is {name} already"):
            act(Act.ACKNOWLEDGE, state[name])
    assert {act(Act.APPROVE, one) for one in state.values()} == {AlertState.APPROVED}
    assert act(Act.MUTE, state[AlertState.APPROVED]) is AlertState.ACKNOWLEDGED
    assert act(Act.MUTE, state[AlertState.SENT]) is AlertState.SENT
    with pytest.raises(UserError, match="stands in no Release"):
        act(Act.APPROVE, replace(alert, sightings=()))


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\u202eb", "\x1b[31m", "n" * 201])
def test_a_name_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(UserError, match="--by needs"):
        signed(text, "--by")
