"""Messages that break a rule, one kind after the other."""

import json
import random
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from infra.fleet.driving import SOURCE, TELEMETRY
from infra.fleet.enrolling import instant_of
from infra.fleet.parcels import Lane, Parcel, broken_parcel, cloud_event, parcel
from infra.fleet.vins import synthetic_vin

_STRANGER = 90_000_000  # a car that nobody ever enrolled
Break = Callable[[datetime, int], Parcel]


def broken(*, seed: int, starts_on: date, days: int, a_day: int) -> Iterator[tuple[int, Parcel]]:
    """Yield broken messages with the day of the run on which each is sent; all kinds come before one comes again."""
    number = random.Random(f"{seed}|broken").randrange(len(_KINDS))  # noqa: S311  # seeded, not secret
    for day in range(days):
        at = instant_of(starts_on, day, time(5, 30))
        for _ in range(a_day):
            number += 1
            yield day, _KINDS[number % len(_KINDS)](at, number)


def _not_json(at: datetime, number: int) -> Parcel:
    return broken_parcel(Lane.VEHICLE_DATA, f"{{this is no JSON, number {number} of {at.date()}".encode())


def _no_identity(at: datetime, number: int) -> Parcel:
    event = {name: value for name, value in _event(at, number).items() if name != "id"}
    return broken_parcel(Lane.VEHICLE_DATA, json.dumps(event).encode())


def _no_data(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, {**_event(at, number), "data": {}})


def _wrong_unit(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at, number, unit="mi"))


def _short_vin(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at, number, vin=synthetic_vin(number)[:-1]))


def _letter_o(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at, number, vin=synthetic_vin(number)[:-1] + "O"))


def _future(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at + timedelta(days=1), number))


def _too_old(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at - timedelta(days=40), number))


def _unknown_type(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, {**_event(at, number), "type": "ownerloop.vehicle.flown.v1"})


def _stranger(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at, number, vin=synthetic_vin(_STRANGER + number)))


def _negative(at: datetime, number: int) -> Parcel:
    return parcel(Lane.VEHICLE_DATA, _event(at, number, value=-1))


def _greedy_owner(at: datetime, number: int) -> Parcel:
    data = {"store_id": "nowhere", "daily_max": 7, "language": "zh"}
    event = cloud_event("ownerloop.owner.registered.v1", subject=f"broken-{number}", at=at, data=data, source=SOURCE)
    return parcel(Lane.ENROLMENT, event)


def _timeless_consent(at: datetime, number: int) -> Parcel:
    data = {"owner_key": f"broken-{number}", "purpose": "maintenance", "data_classes": ["odometer"]}
    vin = synthetic_vin(_STRANGER + number)
    event = cloud_event("ownerloop.consent.granted.v1", subject=vin, at=at, data=data, source=SOURCE)
    return parcel(Lane.ENROLMENT, event)


_KINDS: tuple[Break, ...] = (
    *(_not_json, _no_identity, _no_data, _wrong_unit, _short_vin, _letter_o, _future),
    *(_too_old, _unknown_type, _stranger, _negative, _greedy_owner, _timeless_consent),
)


def _event(
    at: datetime, number: int, *, vin: str | None = None, unit: str = "m", value: int = 12_345_000
) -> dict[str, Any]:
    signals = {"Vehicle.TraveledDistance": {"value": value, "unit": unit}}
    data = {"signals": signals, "number": number}
    return cloud_event(TELEMETRY, subject=vin or synthetic_vin(1), at=at, data=data, source=SOURCE)
