"""Settle what the fleet teaches, once a night, and ask after the cars that fell silent on the same walk."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ownerloop.domain.cycles import settle
from ownerloop.domain.gaps import silence_of
from ownerloop.domain.policy import ForecastPolicy, IntakePolicy
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from ownerloop.ports import Bus, PriorsBook, Vehicles
from ownerloop.usecases.resyncing import ResyncRequest


@dataclass(frozen=True, slots=True)
class Night:
    """What the night's walk over the fleet needs."""

    vehicles: Vehicles
    book: PriorsBook
    bus: Bus
    resync: ResyncRequest
    forecast_policy: ForecastPolicy
    intake_policy: IntakePolicy


@dataclass(frozen=True, slots=True)
class NightReport:
    """The priors in force, whether they are new, and how many cars were asked after."""

    priors: Priors
    is_new: bool
    resyncs: int


def settle_priors(*, night: Night, now: datetime) -> NightReport:
    """Publish the next version of the priors if the fleet says something new; then tell who fell silent lately.

    Run again over the same fleet it publishes no priors, so forecasts do not change their version for no reason, and
    asks after the same silences under the same names.
    """
    held = night.book.current()
    silent: list[Mapping[str, Any]] = []
    heard = _heard(night.vehicles.all(), silent=silent, night=night, now=now)
    settled = settle(heard, held=held, policy=night.forecast_policy, now=now)
    is_new = settled.version != held.version
    if is_new:
        night.book.publish(settled)
    if silent:
        night.bus.publish(silent)
    return NightReport(priors=settled, is_new=is_new, resyncs=len(silent))


def _heard(
    cars: Iterable[Vehicle], *, silent: list[Mapping[str, Any]], night: Night, now: datetime
) -> Iterator[Vehicle]:
    for car in cars:
        gap = silence_of(car, policy=night.intake_policy, now=now)
        if gap is not None:
            silent.append(night.resync(car, gap=gap, at=now))
        yield car
