"""A simulated year in small: it repeats itself, its books add up, and its figures can be believed."""

import json
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from typer.testing import CliRunner

from infra.command_line.main import app
from infra.trial.arms import ByValue, FixedLead
from infra.trial.figures import TOTAL, expected_load, figures_of
from infra.trial.outlook import Outlooks
from infra.trial.paired import difference, t_quantile
from infra.trial.picture import picture
from infra.trial.run import ARMS, FIXED, PRICED, Result, Rules, run_seed
from infra.trial.world import World, drawn_world, mirrored
from infra.trial.year import year_of
from ownerloop.adapters.calendars import workdays
from ownerloop.adapters.lead_policies import lead_policy
from ownerloop.adapters.policy_files import forecast_policy

CARS, DAYS = 240, 84


@pytest.fixture(scope="module")
def result() -> Result:
    day = drawn_world(seed=5, cars=1, days=1, workdays=workdays()).starts_on
    rules = Rules(lead_policy(day), forecast_policy(day), workdays())
    return run_seed(5, cars=CARS, days=DAYS, rules=rules, tell=lambda _: None)


def test_the_same_seed_tells_the_same_year(result: Result) -> None:
    world = drawn_world(seed=5, cars=CARS, days=DAYS, workdays=workdays())
    again = year_of(world, FixedLead(FIXED), outlooks=Outlooks(world.cars, forecast_policy(world.starts_on)))

    assert again.messages == result.years[FIXED].messages
    assert again.done == result.years[FIXED].done


def test_no_day_of_any_arm_holds_more_than_its_workshop_has(result: Result) -> None:
    for year in result.years.values():
        for shop in year.shops:
            for day, held in shop.held.items():
                assert sum(one.minutes for one in held.bookings) <= shop.capacity[day]


def test_what_became_of_each_owner_adds_up(result: Result) -> None:
    for year in result.years.values():
        sent = [message.cycle for message in year.messages]

        assert len(sent) == len(set(sent))
        assert year.done | year.missed <= year.placed <= year.asked <= set(sent)
        assert not year.done & year.missed


def test_the_fixed_arm_speaks_thirty_days_before_the_median_as_it_knew_it(result: Result) -> None:
    leads = [message.due_on - message.sent_on for message in result.years[FIXED].messages]

    assert 20 < np.median(leads) < 40
    assert np.std(leads) > 5  # the truth lies about the median, not on it


def test_arms_differ_by_their_days_alone(result: Result) -> None:
    fixed, priced = (result.years[arm] for arm in (FIXED, PRICED))
    chances = {(m.cycle, m.sent_on): m.chance for m in fixed.messages}
    shared = [m for m in priced.messages if (m.cycle, m.sent_on) in chances and m.cycle[1] == 0]

    assert all(m.chance == chances[m.cycle, m.sent_on] for m in shared)
    assert all((m.cycle in fixed.asked) == (m.cycle in priced.asked) for m in shared)


def test_the_figures_of_the_stores_add_up_to_those_of_all(result: Result) -> None:
    for found in result.figures.values():
        for name in ("due", "messages", "booked", "overload_days", "turned_away", "earned_yuan", "expected_yuan"):
            parts = sum(getattr(figures, name) for store, figures in found.items() if store != TOTAL)

            assert parts == pytest.approx(getattr(found[TOTAL], name))


def test_the_expected_load_holds_every_message_and_walk_in(result: Result) -> None:
    world, year = result.world, result.years[FIXED]
    early = [m for m in year.messages if m.sent_on < world.first + 60]
    told = sum(expected_load(world, early, store).sum() for store in range(3))

    assert told == pytest.approx(sum(m.chance for m in early) + world.walk_in_mean.sum(), rel=1e-6)


def test_who_is_turned_away_is_neither_booked_nor_earned(result: Result) -> None:
    year, policy = result.years[PRICED], lead_policy(result.world.starts_on)
    found = figures_of(result.world, year, policy=policy)[TOTAL]
    free = figures_of(result.world, year, policy=replace(policy, message_fen=0, annoyance_fen=0))[TOTAL]

    assert found.booked + found.turned_away <= found.messages <= found.due
    assert free.earned_yuan - found.earned_yuan == pytest.approx(found.messages * policy.cost_fen / 100)


def test_a_learned_curve_of_a_year_moves_towards_the_hidden_one() -> None:
    world = drawn_world(seed=9, cars=700, days=60, workdays=workdays())
    sender = ByValue("curve", world, lead_policy(world.starts_on), has_prices=False)

    year_of(world, sender, outlooks=Outlooks(world.cars, forecast_policy(world.starts_on)))

    leads = np.array([7, 14, 21, 28, 35])
    for lead, hidden in zip(sender.leads[:1], world.hidden, strict=False):
        truth = hidden.mean_chance(leads.astype(np.float64))
        prior = sender.policy.curve.rates_at(leads) / 1e6
        learned = lead.curve.rates_at(leads) / 1e6
        assert np.abs(learned - truth).sum() < np.abs(prior - truth).sum()


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

    assert sum("overload days" in text for text in told) == 9


def test_the_command_writes_its_table_and_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("trial")
    arguments = ["trial", "lead-time", "--seed", "3", "--days", "28", "--cars", "60", "--json", "--out", str(folder)]

    ran = CliRunner().invoke(app, arguments)

    assert ran.exit_code == 0, ran.output
    told = json.loads((folder / "trial.json").read_text(encoding="utf-8"))
    assert told["seeds"] == [3]
    assert set(told["means"]) == set(ARMS)
    assert (folder / "load.svg").read_text(encoding="utf-8").startswith("<svg")


def test_the_years_around_the_trial_are_announced() -> None:
    world: World = drawn_world(seed=1, cars=3, days=365, workdays=workdays())

    assert workdays().knows(world.starts_on)
    assert workdays().knows(world.starts_on + timedelta(days=world.width))


def test_a_wish_within_a_holiday_is_mirrored_at_its_ends() -> None:
    is_open = np.array([True, True, True, True, False, False, False, True, True, False, True])

    earlier, later = mirrored(is_open)

    assert earlier.tolist() == [0, 1, 2, 3, 3, 2, 1, 7, 8, 8, 10]
    assert later.tolist() == [0, 1, 2, 3, 10, 8, 7, 7, 8, 10, 10]
