"""Asking from everywhere sees a matching that knows where the shelter is, by an answer, by an order or by its time."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from fanal.evaluate.attacks import shelter
from fanal.evaluate.attacks.finding import Ending
from fanal.evaluate.attacks.target import Target
from fanal.help import doors as doors_file
from fanal.help.doors import Doors
from fanal.help.match import Match, match
from fanal.help.question import Question


def test_matching_as_it_is_tells_nothing(target: Callable[..., Target], found) -> None:
    told = found(shelter.attack, target(), 2_000)
    assert told["shelter_position"].ended is Ending.HELD, told["shelter_position"].facts()
    assert told["shelter_position"].more["questions"] > 1_000


def test_a_directory_that_is_not_cleared_is_seen(
    target: Callable[..., Target], found, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors_file, "cleared", lambda service, _: service)
    assert found(shelter.attack, target(), 2_000)["shelter_position"].ended is Ending.BROKEN


@pytest.mark.parametrize("what", ["point", "area", "openings"])
def test_each_thing_that_is_not_cleared_is_seen_alone(
    target: Callable[..., Target], found, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    own = doors_file.cleared

    def careless(service, ground):  # type: ignore[no-untyped-def]
        clear = own(service, ground)
        pairs = zip(clear.locations, service.locations, strict=True)
        places = tuple(replace(place, **{what: getattr(before, what)}) for place, before in pairs)
        return replace(clear, locations=places)

    monkeypatch.setattr(doors_file, "cleared", careless)
    assert found(shelter.attack, target(), 2_000)["shelter_position"].ended is Ending.BROKEN


def test_work_that_depends_on_the_place_is_seen(target: Callable[..., Target], found) -> None:
    weather = (0.001 * (n * 7919 % 101) for n in count())
    done, known = 0.0, {}

    def slow(doors: Doors, question: Question, **given: object) -> list[Match]:
        nonlocal done
        known.setdefault(id(doors), len(known))  # the west's comes first
        done += 1.0 if known[id(doors)] == 0 else 0.0
        return match(doors, question, **given)  # type: ignore[arg-type]

    told = found(shelter.attack, replace(target(match=slow), clock=lambda: done + next(weather)), 4_000)
    assert told["shelter_position"].ended is Ending.BROKEN
