"""A simulated year in small: it repeats itself, its books add up, and its figures can be believed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from infra.command_line.main import app
from infra.trial.arms import ByValue, FixedLead
from infra.trial.figures import TOTAL, figures_of
from infra.trial.lives import ITEM, PLAN, Lives
from infra.trial.loads import expected_load, expected_overflow
from infra.trial.outlook import KEPT_DAYS, READ_AT_HOUR, Outlooks
from infra.trial.paired import difference, t_quantile
from infra.trial.picture import picture
from infra.trial.run import ARMS, FIXED, PRICED, Result, Rules, outlooks_of, run_seed, verdicts
from infra.trial.spans import STARTS_ON, WARM_DAYS, width_of
from infra.trial.world import CYCLES_MAX, World, drawn_world, mirrored
from infra.trial.year import Sent, year_of
from ownerloop.adapters.calendars import workdays
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.policy_files import forecast_policy
from ownerloop.domain.forecast import forecast
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Reading, ServiceDone, Vehicle

CARS, DAYS, LIVES = 600, 56, 60
RULES = Rules(lead_policy(STARTS_ON), forecast_policy(STARTS_ON), workdays())


@pytest.fixture(scope="module")
def outlooks() -> Outlooks:
    return outlooks_of(lives=LIVES, days=DAYS, rules=RULES)


@pytest.fixture(scope="module")
def result(outlooks: Outlooks) -> Result:
    return run_seed(5, cars=CARS, days=DAYS, outlooks=outlooks, rules=RULES, tell=lambda _: None)


def a_world(lives: Lives, *, seed: int = 5, cars: int = CARS) -> World:
    return drawn_world(seed=seed, cars=cars, days=DAYS, lives=lives, workdays=workdays())


def test_the_same_seed_tells_the_same_year(result: Result, outlooks: Outlooks) -> None:
    again = year_of(a_world(outlooks.lives), FixedLead(FIXED), outlooks=outlooks)

    assert np.array_equal(again.done, result.years[FIXED].done)
    assert [sent.day for sent in again.sent] == [sent.day for sent in result.years[FIXED].sent]


def test_the_trials_due_days_are_those_of_the_products_own_forecast(outlooks: Outlooks) -> None:
    lives, on = outlooks.lives, STARTS_ON.toordinal() + 100
    life = np.arange(LIVES)
    serviced_on = np.full(LIVES, STARTS_ON.toordinal() - 200)

    found = outlooks.due(life, serviced_on, on=on)

    for place in range(LIVES):
        done = int(serviced_on[place])
        read_on = [day for day in lives.read_on[place].tolist() if day <= on]
        read_on = [day for day in read_on if day >= read_on[-1] - KEPT_DAYS]
        car = Vehicle(
            vehicle_id=str(place),
            evidence=tuple(Reading(noon(day), read_m(lives, place, day)) for day in read_on),
            services=(ServiceDone(ITEM, date.fromordinal(done), int(lives.odometer_on(life, serviced_on)[place])),),
        )
        told = forecast(car, plan=PLAN, priors=Priors(), policy=RULES.forecast, as_of=date.fromordinal(on))
        assert told is not None
        item = told.items[0]
        days = [day.toordinal() for day in (item.due_p10, item.due_p50, item.due_p90)]
        assert found[place].tolist() == pytest.approx(days, abs=1)


def noon(day: int) -> datetime:
    return datetime.combine(date.fromordinal(day), time(READ_AT_HOUR), UTC)


def read_m(lives: Lives, life: int, day: int) -> int:
    column = day - lives.first_on
    return int(lives.odometer_m[life, column] + lives.odometer_m[life, column - 1]) // 2


def test_no_day_of_any_arm_holds_more_than_its_workshop_has(result: Result) -> None:
    for year in result.years.values():
        for shop in year.shops:
            for day, (places, walked_in) in enumerate(zip(shop.places, shop.walked_in.tolist(), strict=True)):
                assert len(shop.held[day]) + walked_in <= places


def test_what_became_of_each_owner_adds_up(result: Result) -> None:
    for year in result.years.values():
        sent = np.concatenate([message.cells for message in year.sent])
        was_sent = np.isin(np.arange(year.done.size), sent)

        assert len(sent) == len(set(sent.tolist()))
        assert not ((year.done | year.missed) & ~year.placed).any()
        assert not (year.placed & ~year.asked).any()
        assert not (year.asked & ~was_sent).any()
        assert not (year.done & year.missed).any()


def test_the_fixed_arm_speaks_thirty_days_before_the_median_as_it_knew_it(result: Result) -> None:
    leads = np.concatenate([message.leads for message in result.years[FIXED].sent])

    assert 20 < np.median(leads) < 40
    assert np.std(leads) > 5  # the truth lies about the median, not on it


def test_arms_differ_by_their_days_alone(result: Result) -> None:
    fixed, priced = (
        {int(cell): (message.day, chance) for message in result.years[arm].sent for cell, chance in each(message)}
        for arm in (FIXED, PRICED)
    )
    shared = [
        cell
        for cell in fixed
        if cell % CYCLES_MAX == 0 and cell in priced and fixed[cell][0] == priced[cell][0] < WARM_DAYS + DAYS
    ]

    assert shared
    for cell in shared:
        assert fixed[cell] == priced[cell]
        assert result.years[FIXED].asked[cell] == result.years[PRICED].asked[cell]


def each(message: Sent) -> Iterator[tuple[int, float]]:
    return zip(message.cells.tolist(), message.chances.tolist(), strict=True)


def test_the_figures_of_the_stores_add_up_to_those_of_all(result: Result) -> None:
    for found in result.figures.values():
        for name in ("due", "messages", "booked", "overload_days", "turned_away", "earned_yuan", "expected_yuan"):
            parts = sum(getattr(figures, name) for store, figures in found.items() if store != TOTAL)

            assert parts == pytest.approx(getattr(found[TOTAL], name))


def test_the_expected_load_holds_every_message_and_walk_in(result: Result) -> None:
    world, year = result.world, result.years[FIXED]
    early = [message for message in year.sent if message.day < 60]
    told = sum(expected_load(world, early, store).sum() for store in range(3))

    assert told == pytest.approx(sum(m.chances.sum() for m in early) + world.walk_in_mean.sum(), rel=1e-6)


def test_more_comes_than_a_day_holds_even_where_the_mean_is_what_it_holds() -> None:
    over = expected_overflow(np.array([0.0, 9.0, 30.0, 4.0]), np.array([9, 9, 9, 0]))

    assert over.tolist() == pytest.approx([0.0, 1.186, 21.0, 4.0], abs=0.001)


def test_who_is_turned_away_is_neither_booked_nor_earned(result: Result) -> None:
    year, policy = result.years[PRICED], RULES.lead
    found = figures_of(result.world, year, policy=policy)[TOTAL]
    free = figures_of(result.world, year, policy=replace(policy, message_fen=0, annoyance_fen=0))[TOTAL]

    assert found.booked + found.turned_away <= found.messages <= found.due
    assert free.earned_yuan - found.earned_yuan == pytest.approx(found.messages * policy.cost_fen / 100)


def test_a_learned_curve_moves_towards_the_hidden_one(outlooks: Outlooks) -> None:
    world = a_world(outlooks.lives, seed=9, cars=900)
    sender = ByValue("priced", world, RULES.lead)

    year_of(world, sender, outlooks=outlooks)

    leads = np.array([7, 14, 21, 28, 35])
    truth = world.hidden[0].mean_chance(leads.astype(np.float64))
    prior = sender.policy.curve.rates_at(leads) / 1e6
    learned = sender.leads[0].curve.rates_at(leads) / 1e6
    assert np.abs(learned - truth).sum() < np.abs(prior - truth).sum()


def test_a_figure_is_won_only_where_the_interval_leaves_no_doubt(result: Result) -> None:
    found = result.figures[PRICED][TOTAL]
    more = [
        {FIXED: {TOTAL: found}, PRICED: {TOTAL: replace(found, overload_days=found.overload_days - 5 - n)}}
        for n in range(4)
    ]

    assert verdicts(more)["overload_days"] == "won"
    assert verdicts(more[:1])["overload_days"] == "won in the mean, not proved"
    swapped = [{FIXED: one[PRICED], PRICED: one[FIXED]} for one in more]
    assert verdicts(swapped)["overload_days"] == "lost"


def test_a_pair_of_arms_is_compared_seed_by_seed() -> None:
    apart = difference([3.0, 5.0, 7.0, 9.0], [1.0, 2.0, 3.0, 4.0])

    assert apart.mean == 3.5
    assert apart.low == pytest.approx(3.5 - 3.182 * 1.2910 / 2, abs=0.02)
    assert difference([3.0], [1.0]).low is None


@pytest.mark.parametrize(("freedom", "quantile"), [(3, 3.182), (5, 2.571), (9, 2.262), (11, 2.201), (29, 2.045)])
def test_the_t_quantile_is_the_one_of_the_tables(freedom: int, quantile: float) -> None:
    assert t_quantile(freedom) == pytest.approx(quantile, abs=0.01)


def test_the_picture_shows_a_panel_for_each_store_and_arm(result: Result) -> None:
    root = ET.fromstring(picture(result, arms=ARMS))  # noqa: S314  # our own picture
    told = [text.text or "" for text in root.iter("{http://www.w3.org/2000/svg}text")]

    assert sum("overload days" in text for text in told) == 6


def test_the_command_writes_its_table_and_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("trial")
    sizes = ["--seed", "3", "--seeds", "1", "--days", "28", "--cars", "120"]

    ran = CliRunner().invoke(app, ["trial", "lead-time", *sizes, "--json", "--out", str(folder)])

    assert ran.exit_code == 0, ran.output
    told = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
    assert told["seeds"] == [3]
    assert set(told["means"]) == set(ARMS)
    assert (folder / "load.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_years_around_the_trial_are_announced() -> None:
    assert workdays().knows(STARTS_ON)
    assert workdays().knows(STARTS_ON + timedelta(days=width_of(365)))


def test_a_wish_within_a_holiday_is_mirrored_at_its_ends() -> None:
    is_open = np.array([True, True, True, True, False, False, False, True, True, False, True])

    earlier, later = mirrored(is_open)

    assert earlier.tolist() == [0, 1, 2, 3, 3, 2, 1, 7, 8, 8, 10]
    assert later.tolist() == [0, 1, 2, 3, 10, 8, 7, 7, 8, 10, 10]
