"""Interactions that break a rule, one kind after the other."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from infra.fleet.cars import Car
from infra.fleet.driving import Due
from infra.fleet.enrolling import instant_of
from infra.fleet.interacting import SOURCE
from infra.fleet.parcels import Lane, Parcel, broken_parcel, cloud_event, parcel
from infra.fleet.vins import synthetic_vin

_A_DAY = 2
_STRANGER = 91_000_000  # a car that nobody ever enrolled
Misdeed = Callable[[datetime, int, Car, Car], Parcel]


def misdeeds(cars: list[Car], *, seed: int, starts_on: date, days: int) -> Iterator[Due]:
    """Yield broken interactions; all kinds come before one comes again."""
    draw = random.Random(f"{seed}|misdeeds")  # noqa: S311  # seeded, not secret
    number = draw.randrange(len(_KINDS))
    for day in range(days):
        at = instant_of(starts_on, day, time(5, 40))
        for _ in range(_A_DAY):
            number += 1
            car = draw.choice(cars)
            other = draw.choice([of for of in cars if of.owner_key != car.owner_key])
            yield Due(day, at_night=False, parcel=_KINDS[number % len(_KINDS)](at, number, car, other))


def _unknown_kind(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    return _told("flown", at, car.owner_key, {"number": number})


def _unknown_owner(at: datetime, number: int, _: Car, __: Car) -> Parcel:
    return _told("purchase", at, f"nobody-{number}", _sale(number))


def _negative(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    return _told("purchase", at, car.owner_key, _sale(number) | {"amount_fen": -1})


def _foreign_currency(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    return _told("purchase", at, car.owner_key, _sale(number) | {"currency": "USD"})


def _somebody_elses(at: datetime, number: int, car: Car, other: Car) -> Parcel:
    return _told("booking_made", at, car.owner_key, _visit(number, other.vin, at))


def _unknown_car(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    return _told("booking_made", at, car.owner_key, _visit(number, synthetic_vin(_STRANGER + number), at))


def _future(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    return _told("purchase", at + timedelta(days=2), car.owner_key, _sale(number))


def _before_owner(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    return _told("purchase", at - timedelta(days=400), car.owner_key, _sale(number))


def _not_json(at: datetime, number: int, _: Car, __: Car) -> Parcel:
    return broken_parcel(Lane.INTERACTION, f"{{no JSON either, number {number} of {at.date()}".encode())


def _no_identity(at: datetime, number: int, car: Car, _: Car) -> Parcel:
    event = _event("purchase", at, car.owner_key, _sale(number))
    return broken_parcel(Lane.INTERACTION, json.dumps({k: v for k, v in event.items() if k != "id"}).encode())


_KINDS: tuple[Misdeed, ...] = (
    *(_unknown_kind, _unknown_owner, _negative, _foreign_currency, _somebody_elses),
    *(_unknown_car, _future, _before_owner, _not_json, _no_identity),
)


def _sale(number: int) -> dict[str, Any]:
    return {"order_id": f"broken-{number}", "amount_fen": 9_900, "currency": "CNY", "category": "car_care"}


def _visit(number: int, vin: str, at: datetime) -> dict[str, Any]:
    return {"booking_id": f"broken-{number}", "vin": vin, "for_at": (at + timedelta(days=1)).isoformat()}


def _told(kind: str, at: datetime, subject: str, data: dict[str, Any]) -> Parcel:
    return parcel(Lane.INTERACTION, _event(kind, at, subject, data))


def _event(kind: str, at: datetime, subject: str, data: dict[str, Any]) -> dict[str, Any]:
    event_type = f"ownerloop.interaction.{kind}.v1"
    return cloud_event(event_type, subject=subject, at=at, data=data, source=SOURCE)
