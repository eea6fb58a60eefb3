"""The trial over seeds: each arm's figures, what they differ by, and the years of the first seed for the picture."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from infra.trial.arms import ByValue, FixedLead, Sender
from infra.trial.figures import TOTAL, Figures, figures_of, told
from infra.trial.lives import drawn_lives
from infra.trial.outlook import Outlooks, drawn_outlooks
from infra.trial.paired import Difference, difference
from infra.trial.spans import STARTS_ON, width_of
from infra.trial.stores import STORES
from infra.trial.world import World, drawn_world
from infra.trial.year import Year, year_of
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.workdays import Workdays

FIXED, PRICED = "fixed", "priced"
ARMS = (FIXED, PRICED)
MUST_WIN = (("booking_rate", True), ("expected_yuan", True), ("overload_days", False))  # and whether more is better


@dataclass(frozen=True, slots=True)
class Rules:
    """The product's own rules that the trial runs with."""

    lead: LeadPolicy
    forecast: ForecastPolicy
    workdays: Workdays


@dataclass(frozen=True, slots=True)
class Result:
    """One seed: its world, and each arm's year and figures by store."""

    world: World
    years: dict[str, Year]
    figures: dict[str, dict[str, Figures]]


def outlooks_of(*, lives: int, days: int, rules: Rules) -> Outlooks:
    """Return so many lives and what the product's forecast says of them, which every seed shares."""
    width = width_of(days)
    drawn = drawn_lives(count=lives, days=width)
    return drawn_outlooks(drawn, starts_on=STARTS_ON.toordinal(), days=width, policy=rules.forecast)


def run_seed(
    seed: int, *, cars: int, days: int, outlooks: Outlooks, rules: Rules, tell: Callable[[str], None]
) -> Result:
    """Return what the arms made of the world of a seed; `tell` hears of each arm that is done."""
    world = drawn_world(seed=seed, cars=cars, days=days, lives=outlooks.lives, workdays=rules.workdays)
    senders: list[Sender] = [
        FixedLead(FIXED),
        ByValue(PRICED, world, rules.lead),
    ]
    years: dict[str, Year] = {}
    for sender in senders:
        years[sender.name] = year_of(world, sender, outlooks=outlooks)
        tell(sender.name)
    figures = {name: figures_of(world, year, policy=rules.lead) for name, year in years.items()}
    return Result(world, years, figures)


def mean_figures(figures: Sequence[dict[str, dict[str, Figures]]], *, arm: str, store: str) -> dict[str, float]:
    """Return each figure's mean over the seeds."""
    found = [asdict(one[arm][store]) for one in figures]
    return {name: sum(one[name] for one in found) / len(found) for name in found[0]}


def differences(
    figures: Sequence[dict[str, dict[str, Figures]]], *, arm: str, other: str, store: str = TOTAL
) -> dict[str, Difference]:
    """Return what one arm has more of each figure than the other, seed by seed."""
    return {
        field.name: difference(
            [getattr(one[arm][store], field.name) for one in figures],
            [getattr(one[other][store], field.name) for one in figures],
        )
        for field in fields(Figures)
    }


def verdicts(figures: Sequence[dict[str, dict[str, Figures]]], *, store: str = TOTAL) -> dict[str, str]:
    """Return of each figure that priced must win whether it did; proved is what an interval without 0 says."""
    found = differences(figures, arm=PRICED, other=FIXED, store=store)
    return {name: _verdict(found[name], sign=1 if is_more else -1) for name, is_more in MUST_WIN}


def _verdict(apart: Difference, *, sign: int) -> str:
    won = "won" if sign * apart.mean > 0 else "lost"
    if apart.low is None or apart.high is None:
        return f"{won} in the mean, not proved"
    is_proved = apart.low > 0 or apart.high < 0
    return won if is_proved else f"{won} in the mean, not proved"


def report(
    worlds: Sequence[dict[str, Any]], figures: Sequence[dict[str, dict[str, Figures]]], *, days: int, cars: int
) -> dict[str, Any]:
    """Return the whole trial as plain data."""
    places = (*(kind.store_id for kind in STORES), TOTAL)
    return {
        "days": days,
        "cars": cars,
        "seeds": [world["seed"] for world in worlds],
        "means": {
            arm: {store: _rounded(mean_figures(figures, arm=arm, store=store)) for store in places} for arm in ARMS
        },
        "differences": {
            f"{arm}-{FIXED}": {
                store: {
                    name: asdict(apart)
                    for name, apart in differences(figures, arm=arm, other=FIXED, store=store).items()
                }
                for store in places
            }
            for arm in (PRICED,)
        },
        "verdicts": {store: verdicts(figures, store=store) for store in places},
        "by_seed": [
            {**world, "arms": {arm: told(found) for arm, found in one.items()}}
            for world, one in zip(worlds, figures, strict=True)
        ],
    }


def world_told(world: World) -> dict[str, Any]:
    """Return what was hidden in a world, by store."""
    return {
        "seed": world.seed,
        "hidden": {kind.store_id: of.told() for kind, of in zip(STORES, world.hidden, strict=True)},
        "places_a_day": {kind.store_id: int(places.max()) for kind, places in zip(STORES, world.places, strict=True)},
    }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}
