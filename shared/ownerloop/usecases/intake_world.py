"""What the intake of vehicle data needs from the world, and what it reports."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from ownerloop.domain.report import EventIdentity, RawEvent, VehicleReport
from ownerloop.domain.vehicle import Forecast, Vehicle
from ownerloop.lead_ports import LeadTimes
from ownerloop.ports import Bus, Cases, History, PresenceBook, PriorsBook, Quarantine, Vault, Vehicles
from ownerloop.usecases.resyncing import ResyncRequest


class Requeue(Protocol):
    """The way back onto the queue for some events of a message whose others are done."""

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events again as messages of their own, with the instant of their first receipt."""
        ...


class TelemetryContract(Protocol):
    """How telemetry travels."""

    def read(self, body: bytes) -> VehicleReport:
        """Return the report, or raise MalformedEventError for the first field that breaks its rule."""
        ...

    def identity_of(self, body: bytes) -> EventIdentity:
        """Return who the event says it is, even when the rest of it is broken."""
        ...

    def kept_body(self, body: bytes, *, classes: frozenset[str], vin: str, vehicle_id: str) -> bytes | None:
        """Return what quarantine may keep of it under these classes, the car named by its surrogate."""
        ...


class Announcement(Protocol):
    """How a car's lead time is told to others."""

    def __call__(self, vehicle: Vehicle, *, forecast: Forecast, at: datetime) -> Mapping[str, Any]:
        """Return the event; its id follows from the car and its version."""
        ...


@dataclass(frozen=True, slots=True)
class IntakeWorld:
    """The ports, and the messages in and out."""

    vault: Vault
    vehicles: Vehicles
    priors: PriorsBook
    leads: LeadTimes
    presence: PresenceBook
    history: History
    quarantine: Quarantine
    bus: Bus
    requeue: Requeue
    contract: TelemetryContract
    announcement: Announcement
    cases: Cases
    resync: ResyncRequest


@dataclass(slots=True)
class IngestReport:
    """What became of a batch. Events are counted by identity; `failed_messages` are to be delivered again whole."""

    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    duplicates: int = 0
    doubted_vins: int = 0
    cars_written: int = 0
    writes_lost: int = 0
    announced: int = 0
    presences: int = 0
    doubts: int = 0
    resyncs: int = 0
    causes: set[str] = field(default_factory=set)  # the events whose writes brought news, by identity
    faulted: list[RawEvent] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    failed_messages: set[str] = field(default_factory=set)

    @property
    def facts(self) -> dict[str, int]:
        """Return what is counted, in the names of the metrics; refusals are counted by reason beside."""
        return {
            "ReadingsAccepted": self.accepted,
            "EventsRefused": self.refused.total(),
            "ReadingsDuplicated": self.duplicates,
            "ReadingsFaulted": len(self.faulted),
            "VinCheckDigitsDoubted": self.doubted_vins,
            "CarsWritten": self.cars_written,
            "CarWritesLost": self.writes_lost,
            "LeadTimesAnnounced": self.announced,
            "PresencesNoted": self.presences,
            "DoubtsRaised": self.doubts,
            "ResyncsRequested": self.resyncs,
        }

    def add(self, other: "IngestReport") -> None:
        """Count another part of the batch in."""
        self.accepted += other.accepted
        self.refused += other.refused
        self.duplicates += other.duplicates
        self.doubted_vins += other.doubted_vins
        self.cars_written += other.cars_written
        self.writes_lost += other.writes_lost
        self.announced += other.announced
        self.presences += other.presences
        self.doubts += other.doubts
        self.resyncs += other.resyncs
        self.causes |= other.causes
        self.faulted += other.faulted
        self.faults += other.faults
