"""Synthetic VINs: recognisable, well-formed, and right in their check digit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.fleet.vins import SYNTHETIC_WMI, check_digit, synthetic_vin
from ownerloop.domain import vin as rules


@pytest.mark.parametrize(("vin", "digit"), [("1M8GDM9AXKP042788", "X"), ("5GZCZ43D13S812715", "1")])
def test_the_check_digit_agrees_with_published_examples(vin: str, digit: str) -> None:
    assert check_digit(vin) == digit


@given(st.integers(0, 99_999_999))
def test_a_synthetic_vin_is_well_formed_and_says_that_it_is_synthetic(number: int) -> None:
    vin = synthetic_vin(number)

    assert len(vin) == 17
    assert not set(vin) & set("IOQ")
    assert vin[8] == check_digit(vin)
    assert vin.startswith(SYNTHETIC_WMI)


def test_two_numbers_never_share_a_vin() -> None:
    vins = {synthetic_vin(number) for number in range(2_000)}

    assert len(vins) == 2_000


def test_the_intake_agrees_with_the_fleet_on_the_check_digit() -> None:
    vin = synthetic_vin(7)

    assert rules.has_valid_check_digit(vin)
    assert not rules.has_valid_check_digit(vin[:8] + ("1" if vin[8] != "1" else "2") + vin[9:])
