"""Once a night: publish what the fleet teaches, for the next day's forecasts, and ask after cars that fell silent."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.policy_files import forecast_policy, intake_policy
from ownerloop.contracts.resync import resync_requested
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.ports import Bus, Clock, PriorsBook, Vehicles
from ownerloop.settings import SettlePriorsSettings, from_environment
from ownerloop.telemetry import count, log_invocation, logger, metrics
from ownerloop.usecases.settle_priors import Night, settle_priors


@dataclass(frozen=True, slots=True)
class Wiring:
    """What the night's job needs."""

    vehicles: Vehicles
    book: PriorsBook
    bus: Bus
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SettlePriorsSettings)
    return Wiring(
        vehicles=DynamoVehicles(settings.vehicles_table),
        book=DynamoPriorsBook(settings.vehicles_table),
        bus=EventBridge(settings.event_bus_name),
        clock=the_clock(),
    )


@metrics.log_metrics
def handler(event: Any, context: Any) -> dict[str, int]:  # noqa: ARG001  # Lambda passes both
    """Settle the priors and return the version in force."""
    log_invocation(event)
    wired = wiring()
    now = wired.clock.now()
    today = civil_day(now, zone_of(None))
    night = Night(
        vehicles=wired.vehicles,
        book=wired.book,
        bus=wired.bus,
        resync=resync_requested,
        forecast_policy=forecast_policy(today),
        intake_policy=intake_policy(today),
    )
    report = settle_priors(night=night, now=now)
    settled = report.priors
    count("PriorsPublished", int(report.is_new))
    count("CyclesClosed", settled.closed_cycles)
    count("ResyncsRequested", report.resyncs)
    logger.info("priors settled", version=settled.version, kinds=len(settled.metres_per_day), silent=report.resyncs)
    return {"version": settled.version}
