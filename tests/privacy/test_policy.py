"""The policy: its defaults are promises, and it cannot be made unsafe."""

import math

import pytest

from fanal.model.error import RefusedError, SettingError, UserError
from fanal.privacy.policy import Policy


def test_the_defaults_are_promises():
    policy = Policy()
    assert (policy.epsilon, policy.public_cells, policy.partner_cells, policy.max_cells) == (1.0, 2, 2, 4)
    assert (policy.scale, policy.threshold, policy.public_delay_days, policy.min_residents) == (
        4.0,
        35,
        28,
        1000,
    )


@pytest.mark.parametrize("epsilon", [math.nan, math.inf, -math.inf, "1", None, True])
def test_an_epsilon_that_is_no_number_is_a_wrong_setting(epsilon: object):
    with pytest.raises(SettingError, match=r"privacy\.epsilon"):
        Policy(epsilon=epsilon)  # type: ignore[arg-type]


@pytest.mark.parametrize("epsilon", [0.0, -1.0, 10.1, 1e300])
def test_an_epsilon_out_of_range_is_refused(epsilon: float):
    with pytest.raises(RefusedError, match=r"privacy\.epsilon"):
        Policy(epsilon=epsilon)


@pytest.mark.parametrize(
    "name", ["public_cells", "partner_cells", "threshold", "public_delay_days", "min_residents"]
)
@pytest.mark.parametrize("value", [-1, math.nan, math.inf, 2.5, "4", True, None])
def test_the_other_numbers_are_whole_and_not_negative(name: str, value: object):
    with pytest.raises(UserError, match=name):
        Policy(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value"),
    [("public_cells", 0), ("threshold", 0), ("public_delay_days", 27), ("min_residents", 999)],
)
def test_the_promises_cannot_be_lowered(name: str, value: int):
    with pytest.raises(RefusedError, match=name):
        Policy(**{name: value})  # type: ignore[arg-type]
