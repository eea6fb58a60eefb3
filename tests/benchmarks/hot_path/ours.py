"""The third contender: the real use case over the twins in memory, called as the function calls it."""

import gc
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from ownerloop.adapters.collector import collector_off
from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.memory import MemoryPriorsBook, MemoryVault, MemoryVehicles
from ownerloop.adapters.memory_cases import MemoryCases
from ownerloop.adapters.memory_leads import MemoryLeadTimes
from ownerloop.adapters.memory_presence import MemoryPresenceBook
from ownerloop.adapters.memory_streams import MemoryHistory, MemoryQuarantine, MemoryRequeue
from ownerloop.adapters.records import slices
from ownerloop.contracts.announcements import lead_time_updated
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.contracts.resync import resync_requested
from ownerloop.domain import evidence
from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose, Withdrawal
from ownerloop.domain.vehicle import Forecast, Reading, ServiceDone, Vehicle
from ownerloop.usecases.ingest_vehicle_data import ingest
from ownerloop.usecases.intake_world import IntakeWorld
from tests.benchmarks.hot_path.answers import Answers, CarAnswer
from tests.benchmarks.hot_path.fleet import Car
from tests.benchmarks.hot_path.traffic import Invocation


class SentBus:
    """Keeps every event as the bus would send it: the domain's own values in it become text here, as they do there."""

    def __init__(self) -> None:
        self.events: list[bytes] = []

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Encode and keep them."""
        self.events += map(msgspec.json.encode, events)


class Ours:
    """The programme's intake."""

    def __init__(self, fleet: Sequence[Car]) -> None:
        vault = MemoryVault()
        vault._held = {("vin", car.vin): car.vehicle_id for car in fleet if car.is_known}
        self.vehicles = MemoryVehicles([vehicle_of(car) for car in fleet if car.is_known])
        self.history, self.bus = MemoryHistory(), SentBus()
        self.world = IntakeWorld(
            vault=vault,
            vehicles=self.vehicles,
            priors=MemoryPriorsBook(),
            leads=MemoryLeadTimes(),
            presence=MemoryPresenceBook(),
            history=self.history,
            quarantine=MemoryQuarantine(),
            bus=self.bus,
            requeue=MemoryRequeue(),
            contract=TelemetryV1(),
            announcement=lead_time_updated,
            cases=MemoryCases(),
            resync=resync_requested,
        )
        self.accepted, self.duplicates, self.refused = 0, 0, Counter[str]()

    def take(self, invocation: Invocation) -> None:
        """Take one invocation in."""
        now = invocation.now
        with collector_off():
            for events in slices(invocation.event["Records"], now=now):
                report = ingest(events, world=self.world, rules=intake_rules(now.date()), now=now)
                assert not report.faults, report.faults
                self.accepted += report.accepted
                self.duplicates += report.duplicates
                self.refused += report.refused
            gc.freeze()  # the twins keep what the function would have sent; the runner does so for every contender

    def answers(self) -> Answers:
        """Return what came out."""
        cars = {key: answer_of(car.forecast, car.remind_on) for key, car in self.vehicles.held.items() if car.forecast}
        return Answers(
            accepted=self.accepted,
            duplicates=self.duplicates,
            refused=dict(self.refused),
            rows=len(self.history.rows["readings"]),
            told=len(self.bus.events),
            cars=cars,
        )


def vehicle_of(car: Car) -> Vehicle:
    """Return the car as the programme holds it."""
    readings = [
        Reading(datetime.fromtimestamp(second, UTC), metre)
        for second, metre in zip(car.seconds, car.metres, strict=True)
    ]
    grant = Grant(car.granted_at, car.expires_at, car.person_id, Purpose.MAINTENANCE, frozenset(car.classes))
    gone = Withdrawal(car.withdrawn_at, car.person_id, Purpose.MAINTENANCE) if car.withdrawn_at else None
    consent = ConsentHead(
        owners=(Ownership(car.granted_at, car.person_id),),
        grants=(grant,) if car.classes else (),
        withdrawals=(gone,) if gone else (),
    )
    done = car.oil_changed
    return Vehicle(
        vehicle_id=car.vehicle_id,
        version=1,
        consent_epoch=1,
        consent=consent,
        model=car.model,
        store_id=car.store_id,
        in_service_on=car.in_service_on,
        evidence=evidence.merge((), readings),
        services=(ServiceDone("oil", done[0], done[1]),) if done else (),
    )


def answer_of(forecast: Forecast, remind_on: object) -> CarAnswer:
    """Return what all contenders must agree about."""
    items = [(one.item, str(one.due_p10), str(one.due_p50), str(one.due_p90)) for one in forecast.items]
    return CarAnswer(forecast.last_odometer_m, forecast.metres_per_day, str(remind_on), tuple(items))
