"""The sensitive list is in force from the first version, covers what lies inside, and ends when it says."""

from datetime import date

import pyarrow as pa
import pytest

from fanal.model.error import SettingError
from fanal.model.sensitive import SensitiveRule, Treatment
from fanal.privacy.sensitive import in_force, load, parse

DAY = date(2014, 8, 4)


def test_the_shipped_list_is_in_force(areas: pa.Table):
    found = in_force(load(), areas, DAY)
    assert {"faith", "ethnicity", "survivors", "unaccompanied_children"} <= found.group_never
    assert found.group_later == {"camp_residents": 28}


def test_a_rule_covers_the_areas_inside_and_the_strictest_holds(areas: pa.Table):
    rules = (
        SensitiveRule(area="G1", rule=Treatment.LATER, days=60, reason="a test"),
        SensitiveRule(area="D1", rule=Treatment.LATER, days=90, reason="a test"),
        SensitiveRule(area="D1", rule=Treatment.COARSER, reason="a test"),
    )
    found = in_force(rules, areas, DAY)
    assert found.later == {"G1": 60, "D1": 90, "D2": 60, "S1": 90}
    assert found.coarser == {"D1", "S1"}


def test_a_rule_ends_after_its_last_day(areas: pa.Table):
    rule = SensitiveRule(area="D1", rule=Treatment.NEVER, reason="a test", expires=DAY)
    assert in_force((rule,), areas, DAY).never == {"D1", "S1"}
    assert not in_force((rule,), areas, date(2014, 8, 5)).never


@pytest.mark.parametrize(
    "text",
    [
        "[[rule]]",
        'rule = "never"',
        '[[rule]]\nrule = "never"\nreason = "x"',
        '[[rule]]\narea = ""\nrule = "never"\nreason = "x"',
        '[[rule]]\narea = "A"\ngroup = "faith"\nrule = "never"\nreason = "x"',
        '[[rule]]\narea = "A"\nrule = "sometimes"\nreason = "x"',
        '[[rule]]\narea = "A"\nrule = "later"\nreason = "x"',
        '[[rule]]\narea = "A"\nrule = "later"\ndays = 0\nreason = "x"',
        '[[rule]]\narea = "A"\nrule = "later"\ndays = true\nreason = "x"',
        '[[rule]]\narea = "A"\nrule = "never"\ndays = 3\nreason = "x"',
        '[[rule]]\narea = "A"\nrule = "never"\nreason = " "',
        '[[rule]]\narea = "A"\nrule = "never"\nreason = "x"\nexpires = "2014-01-01"',
        '[[rule]]\narea = "A"\nrule = "never"\nreason = "x"\nother = 1',
        "[[rule]",
        "other = 1",
    ],
)
def test_a_list_that_cannot_be_used_raises(text: str):
    with pytest.raises(SettingError):
        parse(text)
