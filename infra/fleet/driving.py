"""What the cars of the simulated fleet report each day, and what goes wrong with it on the way."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from infra.fleet.cars import Car, Style
from infra.fleet.connecting import delivery
from infra.fleet.enrolling import instant_of
from infra.fleet.parcels import Lane, Parcel, cloud_event, parcel
from infra.fleet.parts import Part, is_silent, own_remaining, reported

SOURCE = "urn:ownerloop:demo:fleet"
TELEMETRY = "ownerloop.vehicle.telemetry.v1"
DUPLICATE_SHARE = 0.05
LATE_SHARE = 0.10  # one to three days: overtaken by newer readings
VERY_LATE_SHARE = 0.004  # more than a week: history only
GLITCH_SHARE = 0.015
_PLACE_SHARE = 0.05
_KM_CARS = 5  # every fifth car speaks kilometres
_NIGHT = (21, 22)
_SHARES = {
    Style.COMMUTER: ((18, 0.92),),
    Style.TAXI: ((9, 0.3), (15, 0.6), (21, 0.9)),
    Style.WEEKEND: ((17, 0.85),),
    Style.POOL: ((19, 0.95),),
}


@dataclass(frozen=True, slots=True)
class Due:
    """A parcel with the day of the run, and the part of it (morning or night), on which it is sent."""

    day: int
    at_night: bool
    parcel: Parcel


def telemetry(cars: list[Car], *, seed: int, starts_on: date, days: int) -> Iterator[Due]:
    """Yield every reading of the run with its duplicates, car by car."""
    for number, car in enumerate(cars):
        speaks_km = number % _KM_CARS == 0
        yield Due(
            0,
            at_night=False,
            parcel=_report(car, 0, time(4, 30), 0.0, starts_on=starts_on, days=days, speaks_km=speaks_km),
        )
        for day in range(days):
            draw = random.Random(f"{seed}|drive|{car.vin}|{day}")  # noqa: S311  # seeded, not secret
            if car.odometers_m[day + 1] == car.odometers_m[day] or is_silent(car.part, day=day, days=days):
                continue
            for hour, share in _SHARES[car.style]:
                at = time(hour, draw.randrange(60), draw.randrange(60))
                told = _report(car, day, at, share, starts_on=starts_on, days=days, speaks_km=speaks_km, draw=draw)
                yield from _ways(told, day=day, hour=hour, draw=draw, days=days)


def _ways(told: Parcel, *, day: int, hour: int, draw: random.Random, days: int) -> Iterator[Due]:
    at_night = hour in _NIGHT
    sent_on = day if at_night else day + 1
    drawn = draw.random()
    if drawn < VERY_LATE_SHARE:
        sent_on, at_night = sent_on + draw.randrange(8, 13), False
    elif drawn < VERY_LATE_SHARE + LATE_SHARE:
        sent_on, at_night = sent_on + draw.randrange(1, 4), False
    if sent_on >= days:
        return
    yield Due(sent_on, at_night, told)
    if draw.random() < DUPLICATE_SHARE:
        yield Due(min(sent_on + draw.randrange(2), days - 1), at_night=False, parcel=told)


def _report(
    car: Car,
    day: int,
    at: time,
    share: float,
    *,
    starts_on: date,
    days: int,
    speaks_km: bool,
    draw: random.Random | None = None,
) -> Parcel:
    shown_m = car.shown_m(day, share)
    if draw is not None and draw.random() < GLITCH_SHARE:
        shown_m = draw.choice((shown_m * 10, 0, max(0, shown_m - 5_000_000)))
    read_at = instant_of(starts_on, day, at)
    if car.part is Part.CONNECTED:
        return delivery(car.vin, shown_m=shown_m, read_at=read_at)
    signals: dict[str, Any] = {"Vehicle.TraveledDistance": _distance(shown_m, speaks_km=speaks_km)}
    if draw is not None:
        signals |= reported(car.part, day=day, days=days, draw=draw)
        if draw.random() < _PLACE_SHARE:
            signals["Vehicle.CurrentLocation.Latitude"] = {"value": 31.2, "unit": "degrees"}  # must never be kept
    if car.part is Part.SELF_COUNTING:
        since_m = car.odometer_m(day, share) - car.serviced_at_m
        signals |= own_remaining(car.plan, serviced_on=car.serviced_on, since_m=since_m, read_at=read_at)
    event = cloud_event(TELEMETRY, subject=car.vin, at=read_at, data={"signals": signals}, source=SOURCE)
    return parcel(Lane.VEHICLE_DATA, event)


def _distance(metres: int, *, speaks_km: bool) -> dict[str, Any]:
    if speaks_km:
        return {"value": metres // 100 / 10, "unit": "km"}
    return {"value": metres, "unit": "m"}
