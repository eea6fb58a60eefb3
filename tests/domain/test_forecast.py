"""The forecast: design §5.1-4 and 9, checked against the formulas written out again without columns."""

from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from math import exp, sqrt
from zoneinfo import ZoneInfo

import pytest

from ownerloop.domain.evidence import merge
from ownerloop.domain.forecast import forecast
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Reading
from tests.builders import DAY, START, TODAY, a_plan, a_plan_item, a_reading, a_service, a_vehicle, readings
from tests.domain.forecasts import FLEET, POLICY, made, the_item


def by_hand(points: list[tuple[float, float]], *, target_km: float, prior_km: float) -> tuple[int, int, int, float]:
    """Return the days to P10, P50, P90 after the last point and the rate, from (day, km) points, as design §5 says."""
    last_day, last_km = points[-1]
    driven = weight = 0.0
    for (day, km), (next_day, next_km) in pairwise(points):
        w = (next_day - day) * 2 ** (-(last_day - (day + next_day) / 2) / 90)
        driven += w * (next_km - km) / (next_day - day)
        weight += w
    mu = (driven + 30 * prior_km) / (weight + 30)
    p = (target_km - last_km) / mu
    s = sqrt(0.06 + 1.5 / p + 3 / weight)
    p10, p50, p90 = (round(p * exp(z * s)) for z in (-1.2816, 0.0, 1.2816))
    return p10, p50, p90, mu


@pytest.mark.parametrize(
    "points",
    [
        [(0, 10_000), (30, 11_000), (45, 11_900), (80, 12_400)],
        [(0, 3), (9, 50), (18, 80), (250, 18_000)],
        [(0, 19_000), (400, 19_900)],
    ],
)
def test_the_forecast_follows_the_formulas(points: list[tuple[float, float]]) -> None:
    car = a_vehicle(evidence=[a_reading(day=day, km=km) for day, km in points])

    found = made(car)

    p10, p50, p90, mu = by_hand(points, target_km=(points[-1][1] // 10_000 + 1) * 10_000, prior_km=35)
    last_on = TODAY + points[-1][0] * DAY
    (item,) = found.items
    assert (item.due_p10 - last_on, item.due_p50 - last_on, item.due_p90 - last_on) == (p10 * DAY, p50 * DAY, p90 * DAY)
    assert found.metres_per_day == round(mu * 1_000)


def test_a_worked_example() -> None:
    """60 days at 40 km a day, prior 35: n = 48.04, mu = 38.08, R = 7,600 km, p = 199.6, s = 0.3605."""
    car = a_vehicle(evidence=readings(days=range(0, 61, 10)))

    found = made(car, as_of=TODAY + 70 * DAY)

    (item,) = found.items
    assert (found.metres_per_day, found.rate_days, found.reading_age_days) == (38_078, 48, 10)
    assert (found.last_odometer_m, item.remaining_m, item.basis) == (12_400_000, 7_600_000, "distance")
    assert item.due_p10 == TODAY + (60 + 126) * DAY
    assert item.due_p50 == TODAY + (60 + 200) * DAY
    assert item.due_p90 == TODAY + (60 + 317) * DAY


def test_the_forecast_counts_from_the_last_reading_and_not_from_today() -> None:
    car = a_vehicle(evidence=readings(days=range(0, 60, 10)))

    early, late = made(car, as_of=TODAY + 60 * DAY), made(car, as_of=TODAY + 400 * DAY)

    assert early.items == late.items
    assert late.items[0].due_p50 < late.as_of
    assert late.reading_age_days == early.reading_age_days + 340


def test_without_history_the_next_multiple_is_due() -> None:
    item = the_item(a_vehicle(evidence=[a_reading(km=19_999.999)]))
    after = the_item(a_vehicle(evidence=[a_reading(km=20_000)]))

    assert (item.due_cycle, item.remaining_m) == ("start#20000000", 1)
    assert (after.due_cycle, after.remaining_m) == ("start#30000000", 10_000_000)


def test_a_finished_service_rebases_the_plan_and_opens_a_new_cycle() -> None:
    car = a_vehicle(evidence=readings(days=range(0, 60, 10)))

    served = replace(car, services=(a_service(on=TODAY + 40 * DAY, km=11_600),))

    item = the_item(served)
    assert item.due_cycle == "2026-02-14#11600000"
    assert item.remaining_m == 11_600_000 + 10_000_000 - 12_000_000
    assert item.due_cycle != the_item(car).due_cycle


def test_the_newest_service_of_an_item_counts_and_others_do_not() -> None:
    old, new = a_service(on=TODAY - 300 * DAY, km=2_000), a_service(on=TODAY - 10 * DAY, km=9_900)
    other = a_service(item="inspection", on=TODAY, km=10_000)

    item = the_item(a_vehicle(evidence=[a_reading()], services=[new, other, old]))

    assert item.remaining_m == 9_900_000


def test_a_service_without_an_odometer_takes_the_odometer_of_its_day() -> None:
    car = a_vehicle(evidence=readings(days=range(0, 60, 10)), services=[a_service(on=TODAY + 25 * DAY, km=None)])

    item = the_item(car)

    # 10,000 km + 40 km a day; the day ends 25.8 days after the first reading.
    assert item.due_cycle == "2026-01-30#"
    assert item.remaining_m == pytest.approx(11_033_333 + 10_000_000 - 12_000_000, abs=1_000)


@pytest.mark.parametrize(
    ("served_on", "months", "due_on"),
    [
        (date(2025, 8, 31), 6, date(2026, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_are_clamped_to_the_end_of_the_month(served_on: date, months: int, due_on: date) -> None:
    plan = a_plan(a_plan_item(item="brake_fluid", every_km=None, every_months=months))
    car = a_vehicle(evidence=[a_reading()], services=[a_service(item="brake_fluid", on=served_on)])

    item = the_item(car, plan=plan)

    assert (item.due_p10, item.due_p50, item.due_p90, item.basis) == (due_on, due_on, due_on, "time")


def test_the_earlier_of_distance_and_time_is_due() -> None:
    plan = a_plan(a_plan_item(every_months=12))
    car = a_vehicle(evidence=readings(days=range(0, 60, 10)), in_service_on=TODAY - 180 * DAY)

    item = the_item(car, plan=plan)

    limit_on = date(2026, 7, 9)
    assert item.basis == "both"
    assert item.due_p10 < limit_on
    assert (item.due_p50, item.due_p90) == (limit_on, limit_on)


def test_the_time_limit_counts_from_the_last_service_and_else_from_the_first_day_on_the_road() -> None:
    plan = a_plan(a_plan_item(every_km=None, every_months=24))
    car = a_vehicle(evidence=[a_reading()], in_service_on=date(2025, 3, 1))

    served = replace(car, services=(a_service(on=date(2025, 6, 1)),))

    assert the_item(car, plan=plan).due_p50 == date(2027, 3, 1)
    assert the_item(served, plan=plan).due_p50 == date(2027, 6, 1)


def test_an_electric_car_without_a_distance_limit_is_due_by_time_alone() -> None:
    plan = a_plan(a_plan_item(item="coolant", every_km=None, every_months=48))

    item = the_item(a_vehicle(evidence=readings(days=range(9)), in_service_on=date(2025, 1, 1)), plan=plan)

    assert (item.remaining_m, item.basis, item.due_p50) == (None, "time", date(2029, 1, 1))


def test_a_car_with_neither_a_reading_nor_a_time_limit_has_no_forecast() -> None:
    nothing = forecast(a_vehicle(), plan=a_plan(), priors=FLEET, policy=POLICY, as_of=TODAY)

    assert nothing is None


def test_a_car_without_a_reading_is_forecast_by_time_and_says_so() -> None:
    found = made(a_vehicle(in_service_on=TODAY), plan=a_plan(a_plan_item(every_months=12)))

    assert "no_reading" in found.reasons
    assert found.items[0].due_cycle == "start#10000000"


def test_an_overdue_distance_is_due_on_the_day_the_odometer_passed_it() -> None:
    car = a_vehicle(
        evidence=[a_reading(day=0, km=19_000), a_reading(day=10, km=21_000), a_reading(day=40, km=25_000)],
        services=[a_service(on=TODAY - 200 * DAY, km=10_000)],
    )

    item = the_item(car)

    assert item.remaining_m == -5_000_000
    assert item.due_p10 == item.due_p50 == item.due_p90 == TODAY + 5 * DAY


def test_a_jump_does_not_move_the_forecast_and_is_named_in_it() -> None:
    car = a_vehicle(evidence=readings(days=range(10)))

    jumped = replace(car, evidence=merge(car.evidence, readings(days=[11, 12, 13], from_km=90_000)))

    found = made(jumped)
    assert (found.items, found.last_odometer_m) == (made(car).items, made(car).last_odometer_m)
    assert {"cluster_in_doubt", "dropped:3"} <= set(found.reasons)


def test_the_prior_of_the_same_model_and_store_rules_before_the_fleets() -> None:
    car = a_vehicle(evidence=[a_reading()])
    kin = Priors(version=1, metres_per_day={"petrol-sedan#sh-pudong": 80_000, "*": 20_000})

    assert made(car, priors=kin).metres_per_day == 80_000
    assert made(replace(car, store_id="cd-gaoxin"), priors=kin).metres_per_day == 20_000
    assert made(car, priors=Priors()).metres_per_day == 35_000


def test_the_fleets_own_quantiles_replace_the_normal_ones() -> None:
    car = a_vehicle(evidence=readings(days=range(0, 60, 10)))
    narrow = replace(FLEET, version=8, z_quantiles=(-0.5, 0.1, 0.6))

    normal, calibrated = the_item(car), the_item(car, priors=narrow)

    assert normal.due_p10 < calibrated.due_p10 < normal.due_p50 < calibrated.due_p50 < calibrated.due_p90
    assert calibrated.due_p90 < normal.due_p90
    assert "quantiles:fleet" in made(car, priors=narrow).reasons


def test_a_forecast_names_its_rules_and_its_inputs() -> None:
    found = made(a_vehicle(evidence=readings(days=range(9))), plan=a_plan(version="plans-9"))

    assert (found.rule_version, found.plan_version, found.priors_version) == ("forecast-1", "plans-9", 7)


def test_days_are_those_of_the_store() -> None:
    late = Reading(read_at=datetime(2026, 1, 5, 20, tzinfo=UTC), odometer_m=10_000_000)

    def due_on(zone: str) -> date:
        found = forecast(
            a_vehicle(evidence=[late]), plan=a_plan(), priors=FLEET, policy=POLICY, as_of=TODAY, zone=ZoneInfo(zone)
        )
        assert found is not None
        return found.items[0].due_p50

    assert due_on("Asia/Shanghai") - due_on("UTC") == DAY


def test_a_car_that_hardly_moves_has_a_due_day_all_the_same() -> None:
    """The prior keeps the rate above zero, and a hundred years are the end."""
    still = a_vehicle(evidence=[a_reading(day=day, km=1) for day in range(0, 560, 7)])
    plan = a_plan(a_plan_item(every_km=1_999_000))

    item = the_item(still, plan=plan)

    assert item.due_p90 == TODAY + 553 * DAY + 36_500 * DAY


def test_the_first_instant_of_a_drive_is_not_a_rate() -> None:
    """One reading says where a car is, not how fast it goes: the prior alone speaks, for a day's worth of evidence."""
    found = made(a_vehicle(evidence=[a_reading(km=12_000)]))

    assert (found.metres_per_day, found.rate_days) == (35_000, 0)
    assert found.items[0].due_p50 == START.date() + round(8_000 / 35) * DAY
