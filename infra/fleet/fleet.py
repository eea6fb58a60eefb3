"""The simulated fleet: everything it will ever send, known before the run and drawn from the seed alone."""

import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from infra.fleet.broken import broken
from infra.fleet.cars import Car, Style, draw_cars
from infra.fleet.driving import DUPLICATE_SHARE, telemetry
from infra.fleet.enrolling import enrolments
from infra.fleet.interacting import interactions
from infra.fleet.leaving import departures
from infra.fleet.misdeeds import misdeeds
from infra.fleet.parcels import Parcel
from infra.fleet.people import Person, Temper, buyer_of, draw_people
from infra.fleet.second_keys import Pair, draw_pairs, evidence, seconds_of
from infra.fleet.spending import spending
from ownerloop.domain.plans import ServicePlan

_BROKEN_SHARE = 0.004


@dataclass(frozen=True, slots=True)
class Day:
    """What is sent on one day of the run, in its parts; `joins` comes while the day is planned."""

    enrolments: tuple[Parcel, ...]
    morning: tuple[Parcel, ...]
    night: tuple[Parcel, ...]
    joins: tuple[Parcel, ...] = ()

    @property
    def parcels(self) -> tuple[Parcel, ...]:
        """Return everything that is sent on the day."""
        return (*self.enrolments, *self.morning, *self.night, *self.joins)


@dataclass(frozen=True, slots=True)
class Fleet:
    """The owners, their cars, every parcel of every day, and which keys are told to be one person's."""

    people: tuple[Person, ...]
    cars: tuple[Car, ...]
    days: tuple[Day, ...]
    pairs: tuple[Pair, ...] = ()

    @property
    def identities(self) -> frozenset[str]:
        """Return the identity of everything that is sent: each must come back accepted or refused."""
        return frozenset(item.identity for day in self.days for item in day.parcels)

    def write_people(self, path: Path) -> None:
        """Write who is one person, for the provider simulator and whoever counts from its log."""
        everybody = [*self.people, *(buyer_of(p) for p in self.people if p.temper is Temper.HANDING_OVER)]
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = {person.external_userid: _row(person) for person in reversed(everybody) if person.external_userid}
        path.write_text(json.dumps({"people": list(rows.values())}, indent=1), encoding="utf-8")


def build_fleet(
    *, seed: int, owners: int, starts_on: date, days: int, store_zones: dict[str, str], plans: Iterable[ServicePlan]
) -> Fleet:
    """Return the fleet of a seed; the same arguments give the same fleet, byte for byte."""
    people = draw_people(seed=seed, owners=owners, days=days, store_zones=store_zones)
    pairs = draw_pairs(people, seed=seed, days=days)
    people += seconds_of(pairs)
    cars = draw_cars(people, seed=seed, starts_on=starts_on, days=days, plans=_by_style(plans))
    told: list[list[Parcel]] = [[] for _ in range(days)]
    mornings: list[list[Parcel]] = [[] for _ in range(days)]
    nights: list[list[Parcel]] = [[] for _ in range(days)]
    _fill_enrolments(told, people, cars, seed=seed, starts_on=starts_on)
    for due in chain(
        telemetry(cars, seed=seed, starts_on=starts_on, days=days),
        interactions(people, cars, seed=seed, starts_on=starts_on, days=days),
        misdeeds(cars, seed=seed, starts_on=starts_on, days=days),
        departures(people, seed=seed, starts_on=starts_on, days=days),
        spending(pairs, cars, starts_on=starts_on, days=days),
    ):
        (nights if due.at_night else mornings)[due.day].append(due.parcel)
    a_day = max(2, round(len(cars) * _BROKEN_SHARE))
    for day, item in broken(seed=seed, starts_on=starts_on, days=days, a_day=a_day):
        (mornings if item.lane == "vehicle_data" else told)[day].append(item)
    joins: list[list[Parcel]] = [[] for _ in range(days)]
    for shown in evidence(pairs, starts_on=starts_on):
        (joins if shown.while_planned else told)[shown.day].append(shown.parcel)
    parts = zip(told, mornings, nights, joins, strict=True)
    whole = tuple(Day(*(_shuffled(part, f"{seed}|{day}") for part in four)) for day, four in enumerate(parts))
    return Fleet(people=tuple(people), cars=tuple(cars), days=whole, pairs=tuple(pairs))


def _fill_enrolments(
    told: list[list[Parcel]], people: list[Person], cars: list[Car], *, seed: int, starts_on: date
) -> None:
    draw = random.Random(f"{seed}|enrolments")  # noqa: S311  # seeded, not secret
    for day, item in enrolments(people, cars, starts_on=starts_on):
        if day >= len(told):
            continue
        told[day].append(item)
        if draw.random() < DUPLICATE_SHARE:
            told[min(day + draw.randrange(2), len(told) - 1)].append(item)


def _by_style(plans: Iterable[ServicePlan]) -> dict[Style, list[ServicePlan]]:
    # Newest version of each model; taxis drive what is planned for taxis where there is such a thing.
    newest = {plan.model: plan for plan in sorted(plans, key=lambda plan: plan.effective_on)}
    ordered = [newest[model] for model in sorted(newest) if model != "*"]
    taxis = [plan for plan in ordered if "taxi" in plan.model]
    private = [plan for plan in ordered if plan not in taxis]
    timed = [plan for plan in private if any(item.every_months for item in plan.items)]
    return {
        Style.COMMUTER: private,
        Style.WEEKEND: private,
        Style.TAXI: taxis or private,
        Style.POOL: timed or private,
    }


def _shuffled(parcels: list[Parcel], key: str) -> tuple[Parcel, ...]:
    mixed = list(parcels)
    random.Random(f"{key}|order").shuffle(mixed)  # noqa: S311  # seeded, not secret
    return tuple(mixed)


def _row(person: Person) -> dict[str, Any]:
    return {
        "external_userid": person.external_userid,
        "person": person.human,
        "daily_max": person.daily_max,
        "staff": [person.staff_userid],
        "zone": person.lives_in,
    }
