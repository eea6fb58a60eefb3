"""Settling the priors: once for what the fleet says, however often the night's job runs."""

from dataclasses import replace
from datetime import datetime

import pytest

from ownerloop.adapters.memory import MemoryPriorsBook, MemoryVehicles
from ownerloop.adapters.memory_streams import MemoryBus
from ownerloop.contracts.resync import resync_requested
from ownerloop.contracts.resync_events import ResyncRequestedV1
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.settle_priors import Night, settle_priors
from tests.builders import DAY, START, a_consent, a_grant, a_reading, a_vehicle, readings
from tests.policy_builders import a_forecast_policy, an_intake_policy

NOW = START + 60 * DAY
POLICY = a_forecast_policy()


def settled_by(
    *, vehicles: MemoryVehicles, book: MemoryPriorsBook, now: datetime = NOW, bus: MemoryBus | None = None
) -> Priors:
    night = Night(
        vehicles=vehicles,
        book=book,
        bus=bus or MemoryBus(),
        resync=resync_requested,
        forecast_policy=POLICY,
        intake_policy=an_intake_policy(),
    )
    return settle_priors(night=night, now=now).priors


def vehicles(*, km_per_day: float = 40) -> MemoryVehicles:
    drive = readings(days=range(0, 60, 5), km_per_day=km_per_day)
    return MemoryVehicles([a_vehicle(vehicle_id=f"v_{place}", evidence=drive) for place in range(5)])


def test_what_the_fleet_says_is_published() -> None:
    book = MemoryPriorsBook()

    settled = settled_by(vehicles=vehicles(), book=book)

    assert book.current() == settled
    assert (settled.version, settled.metres_per_day["*"]) == (1, 40_000)


def test_running_again_publishes_nothing() -> None:
    book = MemoryPriorsBook()
    first = settled_by(vehicles=vehicles(), book=book)

    again = settled_by(vehicles=vehicles(), book=book, now=NOW + DAY)

    assert again == first == book.current()


def test_a_fleet_that_drives_more_raises_the_version() -> None:
    book = MemoryPriorsBook()
    settled_by(vehicles=vehicles(), book=book)

    settled = settled_by(vehicles=vehicles(km_per_day=55), book=book)

    assert (settled.version, book.current().metres_per_day["*"]) == (2, 55_000)


def test_an_empty_fleet_leaves_the_fallback_in_force() -> None:
    book = MemoryPriorsBook()

    settled = settled_by(vehicles=MemoryVehicles(), book=book)

    assert settled == book.current() == Priors()


A_CAR = a_vehicle(vehicle_id="v_" + 24 * "1", evidence=[a_reading(day=day) for day in (-2, -1, 0)])


def asked_after(car: Vehicle, *days: float) -> list[dict[str, object]]:
    bus, book = MemoryBus(), MemoryPriorsBook()
    for day in days:
        settled_by(vehicles=MemoryVehicles([car]), book=book, now=START + day * DAY, bus=bus)
    return [dict(event) for event in bus.events]


def test_a_car_that_fell_silent_is_asked_after_under_one_name() -> None:
    events = asked_after(A_CAR, 13.9, 14.5, 15.5, 16.5, 17.5, 40)

    assert len(events) == 3
    assert len({str(event["id"]) for event in events}) == 1
    told = ResyncRequestedV1.model_validate(events[0]).data
    assert (told.from_at, told.until_at, told.cause) == (START, START + 14 * DAY, "silence")


@pytest.mark.parametrize(
    "car",
    [
        replace(A_CAR, remind=False),
        replace(A_CAR, evidence=()),
        a_vehicle(evidence=[a_reading(day=day) for day in (-60, -30, 0)]),
        replace(A_CAR, consent=a_consent(grants=[])),
        replace(A_CAR, consent=a_consent(grants=[a_grant(expires_at=START + DAY)])),
        replace(A_CAR, consent=a_consent(grants=[a_grant(classes=["service"])])),
    ],
    ids=["a replayed log", "never read", "read once a month", "no consent", "consent over", "odometer kept back"],
)
def test_nobody_is_asked_after_a_car_that_need_not_answer(car: Vehicle) -> None:
    assert asked_after(car, 14.5) == []
