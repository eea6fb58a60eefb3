"""What the intake takes: ages, bounds, check digits; and consent asked many times at once."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.policy_files import intake_policy
from ownerloop.contracts import hot
from ownerloop.domain.consent import ConsentHead, DataClass, Grant, Ownership, Withdrawal
from ownerloop.domain.consent_view import ConsentView
from ownerloop.domain.errors import MalformedEventError, TimeOutOfRangeError
from ownerloop.domain.intake import Use, check_values, use_of
from ownerloop.domain.report import VehicleReport
from ownerloop.domain.vehicle import Reading
from tests.builders import DAY, START, TODAY
from tests.messages import a_telemetry, body

POLICY = intake_policy(TODAY)
WRONG_DIGIT = "0DMDEMXX900000001"

persons = st.sampled_from(["p_1", "p_2"])
instants = st.integers(-6, 6).map(lambda days: START + days * DAY)
classes = st.frozensets(st.sampled_from(list(DataClass)), max_size=3).map(lambda some: frozenset(map(str, some)))
owners = st.builds(Ownership, since=instants, person_id=persons)
grants = st.builds(
    Grant, granted_at=instants, expires_at=instants, person_id=persons, purpose=st.just("maintenance"), classes=classes
)
withdrawals = st.builds(
    Withdrawal, withdrawn_at=instants, person_id=persons, purpose=st.just("maintenance"), classes=classes
)
heads = st.builds(
    ConsentHead,
    owners=st.lists(owners, max_size=3).map(tuple),
    grants=st.lists(grants, max_size=4).map(tuple),
    withdrawals=st.lists(withdrawals, max_size=3).map(tuple),
)
plain_heads = st.builds(ConsentHead, owners=st.tuples(owners), grants=st.tuples(grants))  # as nearly every car has


def a_report(**changes: object) -> VehicleReport:
    return replace(hot.read(body(a_telemetry())), **changes)  # type: ignore[arg-type]


@given(heads | plain_heads, instants, st.lists(st.integers(-7 * 48, 7 * 48), max_size=20))
def test_a_view_of_consent_answers_as_the_head_does(head: ConsentHead, now: datetime, half_hours: list[int]) -> None:
    view = ConsentView(head, now=now, purpose="maintenance")

    for half_hour in half_hours:
        read_at = START + timedelta(minutes=30 * half_hour)
        assert view.usable_classes(read_at) == head.usable_classes(read_at, now=now, purpose="maintenance")


@pytest.mark.parametrize(
    ("age", "use"),
    [
        (timedelta(minutes=-5), Use.STATE),
        (timedelta(0), Use.STATE),
        (timedelta(days=7), Use.STATE),
        (timedelta(days=7, microseconds=1), Use.HISTORY_ONLY),
        (timedelta(days=30), Use.HISTORY_ONLY),
    ],
)
def test_age_decides_what_a_report_is_good_for(age: timedelta, use: Use) -> None:
    assert use_of(START - age, received_at=START, policy=POLICY, now=START + 9 * DAY) is use


@pytest.mark.parametrize(
    ("age", "reason"),
    [(timedelta(minutes=-5, microseconds=-1), "future_time"), (timedelta(days=30, microseconds=1), "too_old")],
)
def test_an_instant_out_of_range_is_refused_with_its_age(age: timedelta, reason: str) -> None:
    with pytest.raises(TimeOutOfRangeError) as refused:
        use_of(START - age, received_at=START, policy=POLICY, now=START)

    assert refused.value.reason == reason


@pytest.mark.parametrize(("mode", "is_doubted"), [("off", False), ("warn", True)])
def test_a_wrong_check_digit_is_a_matter_of_policy(mode: str, is_doubted: bool) -> None:
    policy = replace(POLICY, vin_check_digit=mode)

    assert check_values(a_report(vin=WRONG_DIGIT), policy=policy) is is_doubted
    assert check_values(a_report(), policy=policy) is False


def test_a_wrong_check_digit_is_refused_where_policy_says_so() -> None:
    with pytest.raises(MalformedEventError) as refused:
        check_values(a_report(vin=WRONG_DIGIT), policy=replace(POLICY, vin_check_digit="refuse"))

    assert (refused.value.field, refused.value.reason) == ("subject", "bad_vin")


def test_an_odometer_beyond_policy_is_refused() -> None:
    assert not check_values(a_report(odometer_m=POLICY.odometer_max_m), policy=POLICY)
    with pytest.raises(MalformedEventError):
        check_values(a_report(odometer_m=POLICY.odometer_max_m + 1), policy=POLICY)


def test_a_report_is_limited_to_what_is_allowed() -> None:
    told = a_report(
        classes=frozenset(DataClass),
        distance_to_service_m=1,
        time_to_service_s=2,
        state_of_charge_percent=3.0,
        low_voltage_mv=4,
        fault_codes=("P0420",),
    )

    assert told.limited_to(frozenset(DataClass)) is told
    for kept in DataClass:
        left = told.limited_to(frozenset({kept}))
        assert left.classes == {kept}
        assert (left.odometer_m is not None) == (kept is DataClass.ODOMETER)
        assert (left.distance_to_service_m is not None) == (kept is DataClass.SERVICE)
        assert (left.time_to_service_s is not None) == (kept is DataClass.SERVICE)
        assert (left.low_voltage_mv is not None) == (kept is DataClass.BATTERY)
        assert (left.state_of_charge_percent is not None) == (kept is DataClass.BATTERY)
        assert (left.fault_codes is not None) == (kept is DataClass.DIAGNOSTICS)


def test_a_report_without_odometer_has_no_reading() -> None:
    assert a_report(odometer_m=None).reading is None
    assert a_report(odometer_m=0).reading == Reading(read_at=START, odometer_m=0)
