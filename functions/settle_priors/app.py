"""Once a night: publish what the fleet teaches, for the next day's forecasts."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.policy_files import forecast_policy
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.ports import Clock, PriorsBook, Vehicles
from ownerloop.settings import SettlePriorsSettings, from_environment
from ownerloop.telemetry import count, log_invocation, logger, metrics
from ownerloop.usecases.settle_priors import settle_priors


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the night's job needs."""

    vehicles: Vehicles
    book: PriorsBook
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SettlePriorsSettings)
    return Wiring(
        vehicles=DynamoVehicles(settings.vehicles_table),
        book=DynamoPriorsBook(settings.vehicles_table),
        clock=the_clock(),
    )


@metrics.log_metrics
def handler(event: Any, context: Any) -> dict[str, int]:  # noqa: ARG001  # Lambda passes both
    """Settle the priors and return the version in force."""
    log_invocation(event)
    wired = wiring()
    now = wired.clock.now()
    policy = forecast_policy(civil_day(now, zone_of(None)))
    held = wired.book.current().version
    settled = settle_priors(vehicles=wired.vehicles, book=wired.book, policy=policy, now=now)
    count("PriorsPublished", int(settled.version != held))
    count("CyclesClosed", settled.closed_cycles)
    logger.info("priors settled", version=settled.version, kinds=len(settled.metres_per_day))
    return {"version": settled.version}
