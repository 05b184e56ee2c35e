"""Alerts in the desk: what is written is read again, decisions cannot be changed, deliveries are noted once."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from fanal.model.alert import Act, Alert, AlertState, Channel, Decision, Delivery, Outcome, Sighting
from fanal.model.category import Family
from fanal.model.circle import Circle
from fanal.model.release import Basis
from fanal.store.alerts import DeskAlerts
from fanal.store.desk import Desk

NOW = datetime(2020, 6, 1, 9, 30, tzinfo=UTC)


def sighting(day: int, *areas: str) -> Sighting:
    return Sighting(
        ledger_id="release:layers:hotspots",
        content=f"sha256:{day}{''.join(areas)}",
        as_of=date(2020, 1, day),
        first_week=date(2019, 12, 30),
        last_week=date(2020, 1, 6),
        areas=frozenset(areas),
        recurrence_weeks=500.0,
    )


def alert(name: str, *sightings: Sighting) -> Alert:
    return Alert(
        id=name,
        circle=Circle.PUBLIC,
        basis=Basis.LAYERS,
        family=Family.CONFLICT,
        sightings=sightings,
        last=sightings[-1],
        state=AlertState.NEW,
        found_at=NOW,
    )


OLD = alert("aa", sighting(12, "D1"), sighting(19, "D1", 'D"2'))
NEW = alert("bb", sighting(26, "D3"))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    opened = Desk.open(tmp_path / "desk.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def kept(desk: Desk) -> DeskAlerts:
    alerts = DeskAlerts(desk)
    alerts.keep([OLD, NEW])
    return alerts


def test_alerts_are_read_as_they_were_written_newest_first(kept: DeskAlerts) -> None:
    assert kept.all() == [NEW, OLD]


def test_what_changed_takes_the_place_of_what_was(kept: DeskAlerts) -> None:
    gone = replace(OLD, sightings=())
    grown = replace(NEW, sightings=(*NEW.sightings, sighting(31, "D3")), last=sighting(31, "D3"))
    kept.keep([gone, grown])
    assert kept.all() == [grown, gone]
    kept.keep([])
    assert kept.all() == [grown, gone]


def test_a_sighting_can_go_to_another_alert(kept: DeskAlerts) -> None:
    moved = NEW.sightings[0]
    kept.keep([replace(NEW, sightings=()), replace(OLD, sightings=(*OLD.sightings, moved), last=moved)])
    assert {one.id: len(one.sightings) for one in kept.all()} == {"aa": 3, "bb": 0}


def test_decisions_are_kept_in_their_order_and_never_changed(kept: DeskAlerts, desk: Desk) -> None:
    made = [
        Decision(act=Act.APPROVE, alert="aa", who="A. Analyst", at=NOW, content="sha256:1"),
        Decision(
            act=Act.MUTE,
            alert=None,
            area="D1",
            family=Family.TRADE,
            who="محلّل",
            at=NOW,
            until=date(2020, 7, 1),
            reason="known",
        ),
    ]
    kept.decide(made[0], AlertState.APPROVED)
    kept.decide(made[1], None)
    assert kept.decisions() == made
    assert {one.id: one.state for one in kept.all()} == {"aa": "approved", "bb": "new"}
    for change in ("UPDATE decisions SET who = 'B'", "DELETE FROM decisions"):
        with pytest.raises(IntegrityError, match="never changed"), desk.transaction() as connection:
            connection.exec_driver_sql(change)
    assert kept.decisions() == made


def test_a_decision_on_an_alert_that_is_not_there_is_refused_whole(kept: DeskAlerts) -> None:
    with pytest.raises(IntegrityError):
        kept.decide(Decision(act=Act.ACKNOWLEDGE, alert="zz", who="A", at=NOW), AlertState.ACKNOWLEDGED)
    assert kept.decisions() == []


def test_the_first_delivery_makes_an_approved_alert_one_that_was_sent(kept: DeskAlerts) -> None:
    kept.decide(Decision(act=Act.APPROVE, alert="aa", who="A", at=NOW, content="x"), AlertState.APPROVED)
    trying = Delivery(
        message="aa.1", channel=Channel.MAIL, target="a@example.org", at=NOW, tries=1, outcome=Outcome.STARTED
    )
    kept.note(trying, alert="aa")
    failed = replace(trying, outcome=Outcome.FAILED, detail="no answer")
    kept.note(failed, alert="aa")
    assert kept.deliveries() == [failed]
    assert kept.all()[1].state is AlertState.APPROVED
    done = replace(trying, tries=2, outcome=Outcome.DELIVERED)
    kept.note(done, alert="aa")
    kept.note(replace(done, target="b@example.org"), alert="aa")
    assert kept.deliveries() == [done, replace(done, target="b@example.org")]
    assert kept.all()[1].state is AlertState.SENT


def test_a_delivery_does_not_bring_back_what_was_taken_back(kept: DeskAlerts) -> None:
    done = Delivery(
        message="bb.1", channel=Channel.FEED, target="out", at=NOW, tries=1, outcome=Outcome.DELIVERED
    )
    kept.note(done, alert="bb")
    assert kept.all()[0].state is AlertState.NEW
