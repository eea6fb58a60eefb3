"""Conditions: what a car reports becomes a service at once, is due by its severity, and is one cycle while it lasts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.condition_policies import condition_policy
from ownerloop.domain.condition_rules import Comparison, Severity
from ownerloop.domain.conditions import Condition, Found, with_conditions
from ownerloop.domain.observations import SIGNALS, Observation, merged
from tests.builders import TODAY, a_service, an_item_forecast
from tests.condition_builders import DAY, a_condition_policy, a_rule, codes, seen
from tests.domain.observed import GOOD, WEAK, a_car, found, the_one

SHIPPED = condition_policy(TODAY)


@pytest.mark.parametrize(
    ("observation", "item", "severity", "days"),
    [
        (seen("tyre_pressure_fl_kpa", 190), "tyres", "advise", 21),
        (seen("tyre_pressure_rr_kpa", 170), "tyres", "soon", 3),
        (seen("tyre_pressure_rl_kpa", 120), "tyres", "now", 0),
        (seen("pad_wear_fr_percent", 80), "brake_pads", "advise", 30),
        (seen("pad_wear_fr_percent", 90), "brake_pads", "soon", 14),
        (seen("pad_wear_fr_percent", 100), "brake_pads", "now", 0),
        (seen("low_voltage_mv", 11_700), "low_voltage_battery", "soon", 7),
        (seen("state_of_health_percent", 78), "traction_battery_check", "advise", 30),
        (seen("state_of_health_percent", 60), "traction_battery_check", "soon", 14),
        (seen("oil_life_s", 20 * 86_400), "oil", "advise", 30),
        (seen("oil_life_s", -1), "oil", "now", 0),
    ],
)
def test_the_shipped_rules_raise_each_signal_by_its_severity(
    observation: Observation, item: str, severity: str, days: int
) -> None:
    condition = the_one(a_car(observation), policy=SHIPPED)

    assert (condition.item, condition.severity, condition.due_on) == (item, severity, TODAY + days * DAY)


@pytest.mark.parametrize(
    ("code", "item", "severity"),
    [
        ("P0301", "engine_check", "soon"),
        ("P0420", "engine_check", "advise"),
        ("P0171", "engine_check", "soon"),
        ("P0522", "engine_check", "now"),
        ("P1234", "engine_check", "soon"),
        ("P0AA6", "traction_battery_check", "now"),
        ("P0A0F", "traction_battery_check", "soon"),
        ("P1A10", "traction_battery_check", "soon"),
        ("P0741", "transmission_check", "soon"),
        ("C0035", "brake_check", "soon"),
        ("C1201", "brake_check", "soon"),
        ("B0012", "body_check", "soon"),
        ("B1342", "body_check", "advise"),
        ("U0100", "network_check", "soon"),
        ("U1000", "network_check", "advise"),
    ],
)
def test_the_shipped_rules_raise_fault_codes_by_their_group(code: str, item: str, severity: str) -> None:
    condition = the_one(a_car(codes(code)), policy=SHIPPED)

    assert (condition.item, condition.severity, condition.signals) == (item, severity, ((f"dtc:{code}", severity),))


@pytest.mark.parametrize(
    "fine",
    [
        *(seen(f"tyre_pressure_{wheel}_kpa", 235) for wheel in ("fl", "fr", "rl", "rr")),
        seen("pad_wear_fl_percent", 74),
        seen("low_voltage_mv", GOOD),
        seen("state_of_health_percent", 80),
        seen("oil_life_s", 90 * 86_400),
        seen("dtc", 0),
    ],
)
def test_a_healthy_car_asks_for_nothing(fine: Observation) -> None:
    assert found(a_car(fine), policy=SHIPPED) == Found()


def test_the_placard_is_the_models() -> None:
    low_for_the_heavy = seen("tyre_pressure_fl_kpa", 200)

    assert not found(a_car(low_for_the_heavy), policy=SHIPPED).conditions
    heavy = replace(a_car(low_for_the_heavy), model="electric-suv")
    assert the_one(heavy, policy=SHIPPED).severity is Severity.ADVISE


def test_a_wheel_well_below_the_other_of_its_axle_is_told_even_above_the_placard() -> None:
    alone, twins = seen("tyre_pressure_fl_kpa", 250), seen("tyre_pressure_fr_kpa", 290)
    rear = seen("tyre_pressure_rr_kpa", 290)

    assert the_one(a_car(alone, twins), policy=SHIPPED).signals == (("tyre_pressure_fl_kpa", "advise"),)
    assert not found(a_car(alone, rear), policy=SHIPPED).conditions
    assert not found(a_car(alone, seen("tyre_pressure_fr_kpa", 290, day=1)), policy=SHIPPED).conditions


def test_what_is_urgent_is_due_on_the_day_it_was_read() -> None:
    car = a_car(seen("pad_wear_fl_percent", 99, day=4))

    assert the_one(car, policy=SHIPPED).due_on == TODAY + 4 * DAY


def test_a_code_is_gone_when_a_report_does_not_name_it() -> None:
    assert not found(a_car(codes("P0301"), codes("U0100", day=1), codes(day=2)), policy=SHIPPED).conditions
    back = a_car(codes("P0301"), codes(day=8), codes("P0301", day=15))
    assert the_one(back, policy=SHIPPED).due_cycle == f"condition#{(TODAY + 15 * DAY).isoformat()}"


def test_signals_of_one_item_are_one_condition_as_urgent_as_the_worst_and_due_as_the_first() -> None:
    car = a_car(codes("P0301", "P0420", "U0100"))

    engine, network = found(car, policy=SHIPPED).conditions

    assert (engine.item, engine.severity, engine.due_on) == ("engine_check", "soon", TODAY + 7 * DAY)
    assert engine.signals == (("dtc:P0301", "soon"), ("dtc:P0420", "advise"))
    assert network.item == "network_check"
    assert found(car, policy=SHIPPED).reasons == (
        "condition:dtc:P0301:soon",
        "condition:dtc:P0420:advise",
        "condition:dtc:U0100:soon",
    )


def test_of_many_fault_codes_the_worst_few_are_told() -> None:
    car = a_car(codes("P0420", "P0421", "P0301", "P0522", "P0171"))

    (engine,) = found(car, policy=SHIPPED).conditions

    assert len(engine.signals) == 5
    assert found(car, policy=SHIPPED).reasons == (
        "condition:dtc:P0522:now",
        "condition:dtc:P0171:soon",
        "condition:dtc:P0301:soon",
    )


def test_a_rule_may_ask_for_more_than_one_reading() -> None:
    twice = a_condition_policy(a_rule(readings_min=2))

    assert not found(a_car(seen("low_voltage_mv", WEAK)), policy=twice).conditions
    assert not found(a_car(seen("low_voltage_mv", GOOD), seen("low_voltage_mv", WEAK, day=7)), policy=twice).conditions
    assert found(a_car(seen("low_voltage_mv", WEAK), seen("low_voltage_mv", WEAK, day=7)), policy=twice).conditions


def test_a_service_of_the_item_closes_what_was_read_up_to_its_day() -> None:
    car = a_car(seen("low_voltage_mv", WEAK), seen("low_voltage_mv", WEAK, day=8))
    served = replace(car, services=(a_service(item="low_voltage_battery", on=TODAY + 8 * DAY),))

    assert not found(served).conditions
    other = replace(car, services=(a_service(item="oil", on=TODAY + 8 * DAY),))
    assert found(other).conditions
    again = replace(served, observations=merged(served.observations, [seen("low_voltage_mv", WEAK, day=15)]))
    assert the_one(again).due_cycle == f"condition#{(TODAY + 15 * DAY).isoformat()}"


def test_a_signal_that_fell_silent_long_before_the_newest_reading_says_nothing_and_that_is_told() -> None:
    car = a_car(seen("low_voltage_mv", WEAK))

    assert found(car, heard_on=60).conditions
    assert found(car, heard_on=61).conditions == ()
    assert found(car, heard_on=61).reasons == ("stale:low_voltage_mv",)


def test_a_report_whose_codes_are_not_all_kept_ends_no_episode() -> None:
    whole = a_car(codes("P0301", "P0302"), codes("P0301", "P0302", day=7))
    thinned = replace(whole, observations=tuple(o for o in whole.observations if o != seen("dtc:P0302", 1)))

    condition = the_one(thinned, policy=SHIPPED)

    assert condition.due_on == TODAY + 7 * DAY  # P0301 has both its weeks
    assert dict(condition.signals) == {"dtc:P0301": "soon", "dtc:P0302": "soon"}


def test_a_condition_takes_the_place_of_a_later_plan_and_leaves_an_earlier_one() -> None:
    oil = Condition("oil", "condition#2026-01-05", Severity.SOON, TODAY + 7 * DAY, ())
    late = an_item_forecast(due_p50=TODAY + 90 * DAY, due_p90=TODAY + 99 * DAY, remaining_m=5_000, basis="distance")
    early = replace(late, due_p10=TODAY, due_p50=TODAY + DAY)

    (replaced,) = with_conditions([late], [oil])
    (left,) = with_conditions([early], [oil])

    assert (replaced.basis, replaced.due_cycle, replaced.due_p10) == ("condition", oil.due_cycle, TODAY + 7 * DAY)
    assert (left.basis, left.due_cycle, left.due_p50) == ("distance", early.due_cycle, TODAY + DAY)
    assert left.due_p90 == TODAY + 7 * DAY
    assert replaced.severity == left.severity == "soon"


values = st.sampled_from([0, 1, 50, 78, 90, 100, 120, 180, 230, 11_000, 12_000, 12_800])

observations = st.lists(
    st.one_of(
        st.builds(seen, st.sampled_from([s for s in SIGNALS if s != "dtc"]), values, day=st.integers(0, 70)).map(
            lambda one: [one]
        ),
        st.builds(
            lambda named, day: codes(*named, day=day), st.sets(st.sampled_from(["P0301", "C0035"])), st.integers(0, 70)
        ),
    ),
    max_size=25,
)


@given(observations)
def test_whatever_is_observed_each_item_is_asked_for_once_and_not_before_it_was_seen(
    said: list[list[Observation]],
) -> None:
    car = a_car(*said)
    if not car.observations:
        return

    asked = found(car, policy=SHIPPED).conditions

    assert len({condition.item for condition in asked}) == len(asked)
    for condition in asked:
        assert condition.due_on >= TODAY
        assert condition.due_on <= TODAY + timedelta(days=70 + 30)
        assert (condition.severity is not Severity.NOW) or condition.due_on <= TODAY + 70 * DAY


@given(observations, st.randoms(use_true_random=False))
def test_the_order_in_which_a_car_is_heard_changes_nothing(said: list[list[Observation]], chance: object) -> None:
    shuffled = list(said)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    once, again = a_car(*said), a_car(*shuffled)

    if once.observations:
        assert found(once, policy=SHIPPED) == found(again, policy=SHIPPED)


def test_a_comparison_is_strict_where_it_says_below() -> None:
    below, at_least = a_rule(bound=100), a_rule(bound=100, comparison=Comparison.AT_LEAST)

    assert [below.holds(value, twin=None, placard=0) for value in (99, 100)] == [True, False]
    assert [at_least.holds(value, twin=None, placard=0) for value in (99, 100)] == [False, True]
