"""Settling the priors: once for what the fleet says, however often the night's job runs."""

from ownerloop.adapters.memory import MemoryPriorsBook, MemoryVehicles
from ownerloop.domain.priors import Priors
from ownerloop.usecases.settle_priors import settle_priors
from tests.builders import DAY, START, a_forecast_policy, a_vehicle, readings

NOW = START + 60 * DAY
POLICY = a_forecast_policy()


def vehicles(*, km_per_day: float = 40) -> MemoryVehicles:
    drive = readings(days=range(0, 60, 5), km_per_day=km_per_day)
    return MemoryVehicles([a_vehicle(vehicle_id=f"v_{place}", evidence=drive) for place in range(5)])


def test_what_the_fleet_says_is_published() -> None:
    book = MemoryPriorsBook()

    settled = settle_priors(vehicles=vehicles(), book=book, policy=POLICY, now=NOW)

    assert book.current() == settled
    assert (settled.version, settled.metres_per_day["*"]) == (1, 40_000)


def test_running_again_publishes_nothing() -> None:
    book = MemoryPriorsBook()
    first = settle_priors(vehicles=vehicles(), book=book, policy=POLICY, now=NOW)

    again = settle_priors(vehicles=vehicles(), book=book, policy=POLICY, now=NOW + DAY)

    assert again == first == book.current()


def test_a_fleet_that_drives_more_raises_the_version() -> None:
    book = MemoryPriorsBook()
    settle_priors(vehicles=vehicles(), book=book, policy=POLICY, now=NOW)

    settled = settle_priors(vehicles=vehicles(km_per_day=55), book=book, policy=POLICY, now=NOW)

    assert (settled.version, book.current().metres_per_day["*"]) == (2, 55_000)


def test_an_empty_fleet_leaves_the_fallback_in_force() -> None:
    book = MemoryPriorsBook()

    settled = settle_priors(vehicles=MemoryVehicles(), book=book, policy=POLICY, now=NOW)

    assert settled == book.current() == Priors()
