"""The cars of the simulated fleet: how each is driven, and when its services fall due."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import accumulate

from infra.fleet.parts import Part, part_of
from infra.fleet.people import Person, Temper, falls_due_on
from infra.fleet.vins import synthetic_vin
from ownerloop.domain.calendar import add_months
from ownerloop.domain.plans import PlanItem, ServicePlan

_NEAR_M = 1_500_000  # a reminder starts at this distance at the latest (design §5.8)
_NEAR_DAYS = 30
_DAYS_A_YEAR = 365
_SATURDAY = 5
_REST_SHARE = 0.08  # of the days a car stands still
_POOLED = frozenset({Temper.POOL, Temper.SECOND})
_VISIT_SHARE = 0.3  # of the cars are serviced within the run


class Style(StrEnum):
    """How a car is driven."""

    COMMUTER = "commuter"
    TAXI = "taxi"
    WEEKEND = "weekend"
    POOL = "pool"


# Metres on a working day and on a day of the weekend.
_DAILY_M = {
    Style.COMMUTER: (42_000, 18_000),
    Style.TAXI: (290_000, 310_000),
    Style.WEEKEND: (3_000, 95_000),
    Style.POOL: (14_000, 4_000),
}
_STYLES = (Style.COMMUTER, Style.COMMUTER, Style.TAXI, Style.COMMUTER, Style.WEEKEND)


@dataclass(frozen=True, slots=True)
class Car:
    """One car: `odometers_m` has what its counter truly says at the start of each day of the run, and one day more."""

    vin: str
    owner_key: str
    store_id: str
    style: Style
    plan: ServicePlan
    in_service_on: date
    serviced_on: date
    serviced_at_m: int
    odometers_m: tuple[int, ...]
    visits_on: int | None  # the day of the run on which the owner has it serviced, if at all
    cluster_swapped_on: int | None = None
    part: Part | None = None

    def odometer_m(self, day: int, share: float) -> int:
        """Return the true odometer when this share of the day of the run has gone by."""
        begins, ends = self.odometers_m[day], self.odometers_m[day + 1]
        return begins + round((ends - begins) * share)

    def shown_m(self, day: int, share: float) -> int:
        """Return what the instrument cluster shows: after a swap it counts from zero."""
        true = self.odometer_m(day, share)
        if self.cluster_swapped_on is None or day < self.cluster_swapped_on:
            return true
        return true - self.odometers_m[self.cluster_swapped_on]


def draw_cars(
    people: list[Person], *, seed: int, starts_on: date, days: int, plans: dict[Style, list[ServicePlan]]
) -> list[Car]:
    """Return every owner's cars, numbered through the fleet."""
    cars: list[Car] = []
    for person in people:
        draw = random.Random(f"{seed}|cars|{person.owner_key}")  # noqa: S311  # seeded, not secret
        due_on = draw.randrange(1, max(2, days - 3))
        if person.temper in _POOLED:
            due_on = falls_due_on(person, seed=seed, days=days)
        for _ in range(_how_many(person, draw)):
            cars.append(
                _car(len(cars) + 1, person, draw=draw, starts_on=starts_on, days=days, due_on=due_on, plans=plans)
            )
    return _cast(cars, people, days=days)


def _cast(cars: list[Car], people: list[Person], *, days: int) -> list[Car]:
    # Commuters of owners without a story of their own, who leave the car as it is within the run.
    plain = {person.owner_key for person in people if person.temper is Temper.PLAIN}
    place, cast = 0, []
    for car in cars:
        if car.owner_key in plain and car.style is Style.COMMUTER and car.visits_on is None:
            part, place = part_of(place), place + 1
            swapped_on = days // 4 if part is Part.SWAPPED else None
            cast.append(replace(car, part=part, cluster_swapped_on=swapped_on))
        else:
            cast.append(car)
    return cast


def _how_many(person: Person, draw: random.Random) -> int:
    if person.temper is Temper.POOL:
        return draw.randrange(4, 7)
    if person.temper is Temper.SECOND:
        return person.cars
    return draw.choices((1, 2, 3), weights=(76, 18, 6))[0]


def _car(
    number: int,
    person: Person,
    *,
    draw: random.Random,
    starts_on: date,
    days: int,
    due_on: int,
    plans: dict[Style, list[ServicePlan]],
) -> Car:
    style = Style.POOL if person.temper in _POOLED else _STYLES[number % len(_STYLES)]
    plan = draw.choice(plans[style])
    driven = _driven(style, draw=draw, starts_on=starts_on, days=days)
    reminded_on = due_on if style is Style.POOL else draw.randrange(-6, days + 12)
    serviced_on, since_m = _last_service(plan, driven=driven, reminded_on=reminded_on, starts_on=starts_on, style=style)
    starts_at_m = since_m + draw.randrange(8_000_000, 60_000_000)
    return Car(
        vin=synthetic_vin(number),
        owner_key=person.owner_key,
        store_id=person.store_id,
        style=style,
        plan=plan,
        in_service_on=serviced_on - timedelta(days=draw.randrange(200, 900)),
        serviced_on=serviced_on,
        serviced_at_m=starts_at_m - since_m,
        odometers_m=tuple(accumulate(driven, initial=starts_at_m)),
        visits_on=_visit(reminded_on, draw=draw, days=days),
    )


def _driven(style: Style, *, draw: random.Random, starts_on: date, days: int) -> list[int]:
    weekday_m, weekend_m = _DAILY_M[style]
    own = draw.uniform(0.7, 1.4)
    metres = []
    for day in range(days + 1):
        base = weekend_m if (starts_on + timedelta(days=day)).weekday() >= _SATURDAY else weekday_m
        rests = draw.random() < _REST_SHARE
        metres.append(0 if rests else round(base * own * draw.uniform(0.6, 1.4)))
    return metres


def _last_service(
    plan: ServicePlan, *, driven: list[int], reminded_on: int, starts_on: date, style: Style
) -> tuple[date, int]:
    """Return the day of the last service and the metres since, so that the first reminder falls on the wished day."""
    daily_m = max(1, sum(driven) // len(driven))
    near = min(plan.items, key=lambda item: (item.every_m or 1 << 40, item.every_months or 1 << 10))
    if near.every_m is None or style is Style.POOL:
        return _by_time(_soonest(plan), daily_m=daily_m, reminded_on=reminded_on, starts_on=starts_on)
    remaining_m = max(_NEAR_M, _NEAR_DAYS * daily_m) + daily_m * reminded_on
    since_m = min(max(near.every_m - remaining_m, 5 * daily_m), near.every_m + _NEAR_M)
    months = near.every_months or 12
    ago = min(since_m // daily_m, months * _DAYS_A_YEAR // 12 - 75)
    return starts_on - timedelta(days=max(3, ago)), since_m


def _by_time(item: PlanItem, *, daily_m: int, reminded_on: int, starts_on: date) -> tuple[date, int]:
    due = starts_on + timedelta(days=_NEAR_DAYS + reminded_on)
    serviced_on = add_months(due, -(item.every_months or 12))
    return serviced_on, min(daily_m * (starts_on - serviced_on).days, 6_000_000)


def _soonest(plan: ServicePlan) -> PlanItem:
    return min(plan.items, key=lambda item: (item.every_months or 1 << 10, item.item))


def _visit(reminded_on: int, *, draw: random.Random, days: int) -> int | None:
    visit = max(1, reminded_on) + draw.randrange(3, 9)
    return visit if draw.random() < _VISIT_SHARE and visit < days else None
