"""A world in memory for the intake of vehicle data, with cars that are enrolled and consented."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.memory import MemoryPriorsBook, MemoryVault, MemoryVehicles
from ownerloop.adapters.memory_cases import MemoryCases
from ownerloop.adapters.memory_leads import MemoryLeadTimes
from ownerloop.adapters.memory_lock import at_once
from ownerloop.adapters.memory_presence import MemoryPresenceBook
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory, MemoryQuarantine, MemoryRequeue
from ownerloop.contracts.announcements import lead_time_updated
from ownerloop.contracts.intake import TelemetryV1
from ownerloop.contracts.resync import resync_requested
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.lead_time import LeadTime
from ownerloop.domain.report import RawEvent
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.ingest_vehicle_data import ingest
from ownerloop.usecases.intake_world import IngestReport, IntakeWorld
from tests.builders import START, a_consent, a_vehicle
from tests.messages import VIN, body


class Trouble:
    """The hook of every twin: fails, or does something, at the nth operation of a name."""

    def __init__(self) -> None:
        self.at: dict[tuple[str, int], Callable[[], None]] = {}
        self.always: dict[str, Callable[[], None]] = {}
        self.seen: list[str] = []

    def __call__(self, operation: str) -> None:
        self.seen.append(operation)
        act = self.at.get((operation, self.seen.count(operation))) or self.always.get(operation, lambda: None)
        act()


@dataclass
class Streets:
    """Everything a test looks at afterwards."""

    vault: MemoryVault
    vehicles: MemoryVehicles
    history: MemoryHistory
    quarantine: MemoryQuarantine
    bus: MemoryBus
    requeue: MemoryRequeue
    trouble: Trouble
    world: IntakeWorld
    cases: MemoryCases
    presence: MemoryPresenceBook
    ids: dict[str, str] = field(default_factory=dict)

    def enrol(self, vin: str = VIN, *, consent: ConsentHead | None = None, **car: object) -> str:
        vehicle_id = self.vault.enrol_vehicles([vin])[vin]
        made = a_vehicle(vehicle_id=vehicle_id, consent=a_consent() if consent is None else consent, **car)  # type: ignore[arg-type]
        self.vehicles.held[vehicle_id] = made
        self.ids[vin] = vehicle_id
        return vehicle_id

    def car(self, vin: str = VIN) -> Vehicle:
        return self.vehicles.held[self.ids[vin]]

    def ingest(self, *events: object, now: datetime = START, **message: object) -> IngestReport:
        return self.ingest_raw(raws(events, now=now, **message), now=now)

    def ingest_raw(self, items: Sequence[RawEvent], *, now: datetime = START) -> IngestReport:
        return ingest(items, world=self.world, rules=intake_rules(now.date()), now=now)


def raws(
    events: Iterable[object], *, now: datetime = START, message_id: str | None = None, was_delivered: bool = False
) -> list[RawEvent]:
    return [
        RawEvent(
            body=event if isinstance(event, bytes) else body(event),
            received_at=now,
            message_id=message_id or f"m-{number}",
            was_delivered=was_delivered,
        )
        for number, event in enumerate(events, start=1)
    ]


def streets(*published: LeadTime) -> Streets:
    leads = MemoryLeadTimes()
    for lead in published:
        leads.publish(lead)
    trouble = Trouble()
    vault = MemoryVault(on_operation=trouble)
    vehicles = MemoryVehicles(on_operation=trouble)
    history, quarantine = MemoryHistory(on_operation=trouble), MemoryQuarantine(on_operation=trouble)
    bus, requeue = MemoryBus(on_operation=trouble), MemoryRequeue(on_operation=trouble)
    presence = MemoryPresenceBook(on_operation=trouble)
    cases = MemoryCases(on_operation=trouble)
    world = IntakeWorld(
        vault=vault,
        vehicles=vehicles,
        priors=MemoryPriorsBook(on_operation=at_once),
        leads=leads,
        presence=presence,
        history=history,
        quarantine=quarantine,
        bus=bus,
        requeue=requeue,
        contract=TelemetryV1(),
        announcement=lead_time_updated,
        cases=cases,
        resync=resync_requested,
    )
    return Streets(vault, vehicles, history, quarantine, bus, requeue, trouble, world, cases, presence)
