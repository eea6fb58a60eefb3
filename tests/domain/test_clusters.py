"""A cluster that was replaced, or was not: what becomes of evidence, services and the next jump."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.cases import Case, CaseKind, answered, doubt_case, doubt_key, ended
from ownerloop.domain.cleaning import clean
from ownerloop.domain.clusters import Doubt, doubt_of, odometer_of
from ownerloop.domain.errors import CaseRefusedError
from ownerloop.domain.evidence import merge
from ownerloop.domain.forecast import forecast
from ownerloop.domain.observations import Observation
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Reading, Replacement, Vehicle
from tests.builders import DAY, KM, START, TODAY, a_plan, a_plan_item, a_reading, a_service, a_vehicle, readings
from tests.policy_builders import a_forecast_policy

POLICY = a_forecast_policy()
OLD = readings(days=range(-60, 0), from_km=10_000, km_per_day=40)
NEW = readings(days=range(1, 8), from_km=12, km_per_day=40)


def a_doubted_car(*, beyond: Iterable[Reading] = NEW, services: Iterable[object] = ()) -> Vehicle:
    return a_vehicle(evidence=(*OLD, *beyond), services=services)  # type: ignore[arg-type]


def the_case(car: Vehicle) -> Case:
    doubt = doubt_of(car, policy=POLICY)
    assert doubt is not None
    return doubt_case(car, doubt, at=START + 8 * DAY)


def answer(car: Vehicle, word: str, *, case: Case | None = None) -> Vehicle:
    _, left = answered(case or the_case(car), car, answer=word, at=START + 9 * DAY, policy=POLICY)
    return left


def flag_of(car: Vehicle) -> object:
    return clean(car.evidence, policy=POLICY, denied=car.denied).cluster_flag


def drive_on(car: Vehicle, *new: Reading) -> Vehicle:
    return replace(car, evidence=merge(car.evidence, new))


def test_a_case_shows_where_the_old_chain_ended_and_the_new_run_lies() -> None:
    case = the_case(a_doubted_car())

    assert case.kind is CaseKind.CLUSTER_REPLACED
    assert case.is_open
    assert case.doubt == Doubt(state_epoch=0, ended=OLD[-1], began=NEW[0], newest=NEW[-1])


def test_a_yes_starts_the_evidence_with_the_new_cluster_in_a_new_epoch() -> None:
    car = answer(a_doubted_car(), "yes")

    assert car.state_epoch == 1
    assert car.evidence == NEW
    assert flag_of(car) is None
    assert car.replacements == (Replacement(began=NEW[0], ended=OLD[-1]),)


def test_a_yes_starts_what_the_car_said_of_itself_anew() -> None:
    said = Observation("service_distance_m", read_at=NEW[0].read_at, value=3_000 * KM)
    car = replace(a_doubted_car(), observations=(said,))

    assert answer(car, "yes").observations == ()
    assert answer(car, "no").observations == (said,)


def test_after_a_yes_the_distance_since_the_last_service_goes_on() -> None:
    plan = a_plan(a_plan_item(every_km=10_000))
    before = a_vehicle(evidence=OLD, services=[a_service(on=TODAY - 50 * DAY, km=8_000)])
    doubted = replace(before, evidence=merge(OLD, NEW))

    then, now = (
        forecast(car, plan=plan, priors=Priors(), policy=POLICY, as_of=TODAY, zone=UTC)
        for car in (before, answer(doubted, "yes"))
    )

    assert then is not None
    assert now is not None
    driven_m = NEW[-1].odometer_m - NEW[0].odometer_m
    assert then.items[0].remaining_m is not None
    assert now.items[0].remaining_m == then.items[0].remaining_m - driven_m
    assert now.items[0].due_cycle == then.items[0].due_cycle


@pytest.mark.parametrize(
    ("day", "km", "expected_km"),
    [
        (-10, 9_000, 9_000 - (9_960 - 52)),  # long before: the old cluster counted it
        (3, 132, 132),  # after the exchange
        (0, 9_961, 53),  # between the two clusters: near the old one's end
        (0, 50, 50),  # near the new one's beginning
    ],
)
def test_a_service_counts_on_the_scale_of_its_own_day(day: int, km: int, expected_km: int) -> None:
    swap = Replacement(began=a_reading(day=1, km=52), ended=a_reading(day=-1, km=9_960))

    metres = odometer_of(a_service(on=TODAY + day * DAY, km=km), [swap], zone=UTC)

    assert metres == expected_km * KM


def test_two_replacements_move_an_old_service_twice() -> None:
    first = Replacement(began=a_reading(day=1, km=0), ended=a_reading(day=0, km=10_000))
    second = Replacement(began=a_reading(day=101, km=500), ended=a_reading(day=100, km=4_000))

    old, between = (
        odometer_of(a_service(on=TODAY + day * DAY, km=km), [first, second], zone=UTC)
        for day, km in ((-10, 9_000), (50, 2_000))
    )

    assert old == (9_000 - 10_000 + 500 - 4_000) * KM
    assert between == (2_000 + 500 - 4_000) * KM


def test_after_a_no_the_run_stays_dropped_and_asks_nothing_again() -> None:
    car = answer(a_doubted_car(), "no")
    on_and_on = readings(days=range(8, 40), from_km=12, km_per_day=40)

    assert car.state_epoch == 0
    for reading in on_and_on:
        car = drive_on(car, reading)
        assert flag_of(car) is None
        assert clean(car.evidence, policy=POLICY, denied=car.denied).kept[-1] == OLD[-1]


def test_after_a_no_the_true_odometer_is_believed_again() -> None:
    car = answer(a_doubted_car(), "no")
    back = a_reading(day=9, km=10_000 + 9 * 40)

    assert clean(drive_on(car, back).evidence, policy=POLICY, denied=car.denied).kept[-2:] == (OLD[-1], back)


def test_another_jump_after_a_no_is_another_case() -> None:
    denied = answer(a_doubted_car(), "no")
    other = readings(days=range(9, 20), from_km=700_000, km_per_day=40)
    car = drive_on(denied, *other)

    case = the_case(car)

    assert case.doubt is not None
    assert case.doubt.began == other[0]
    assert case.case_key not in {doubt_key(a_doubted_car()), doubt_key(replace(car, state_epoch=1))}
    assert answer(car, "yes").evidence == other


def test_the_name_of_a_doubt_does_not_move_with_its_readings() -> None:
    later = drive_on(a_doubted_car(), *readings(days=range(8, 80), from_km=12, km_per_day=40))

    assert doubt_key(later) == doubt_key(a_doubted_car())


def test_a_yes_to_a_jump_that_the_readings_no_longer_show_is_refused() -> None:
    car = a_doubted_car()
    gone = replace(car, evidence=OLD)

    with pytest.raises(CaseRefusedError, match="still show") as refused:
        answer(gone, "yes", case=the_case(car))

    assert refused.value.reason == "doubt_cleared"
    assert answer(gone, "no", case=the_case(car)).denied


def test_a_doubt_from_before_the_hand_over_says_nothing_about_the_new_owner_s_readings() -> None:
    case, handed = the_case(a_doubted_car()), replace(a_doubted_car(), state_epoch=1)

    assert answer(handed, "no", case=case) == handed
    with pytest.raises(CaseRefusedError):
        answer(handed, "yes", case=case)


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (Case(case_key="k_1", person_id=""), "unknown_case"),
        (Case(case_key="k_1", person_id="p_1", version=1, opened_at=START), "other_kind_of_case"),
        (ended(the_case(a_doubted_car()), answer="no", at=START + 9 * DAY), "case_closed"),
    ],
)
def test_an_answer_must_fit_its_case(case: Case, reason: str) -> None:
    with pytest.raises(CaseRefusedError) as refused:
        answer(a_doubted_car(), "yes", case=case)

    assert refused.value.reason == reason


@given(
    shuffled=st.randoms(use_true_random=False),
    hours=st.lists(st.integers(0, 24 * 30), min_size=1, max_size=20, unique=True),
)
def test_denied_or_not_the_same_readings_end_in_the_same_belief(shuffled: object, hours: list[int]) -> None:
    car = answer(a_doubted_car(), "no")
    new = [Reading(START + timedelta(hours=hour), (12 + hour * 2) * KM) for hour in hours]
    other = list(new)
    shuffled.shuffle(other)  # type: ignore[attr-defined]  # hypothesis's own random

    one = drive_on(car, *new)
    two = car
    for reading in other:
        two = drive_on(two, reading)

    assert one == two
    assert flag_of(one) == flag_of(two)
