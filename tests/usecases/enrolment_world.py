"""Enrolment over memory, and the events that it takes."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from ownerloop.adapters.memory import (
    CountedSurrogates,
    MemoryEnrolments,
    MemoryOwners,
    MemoryVault,
    MemoryVehicles,
)
from ownerloop.adapters.memory_streams import MemoryHistory, MemoryQuarantine
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.enrolment import (
    ConsentGranted,
    EnrolmentEvent,
    OwnerRegistered,
    VehicleLinked,
)
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.enrol_owners import enrol
from ownerloop.usecases.enrolment_rounds import EnrolmentWorld, EnrolReport
from tests.identity_builders import people_in
from tests.policy_builders import a_forecast_policy

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
VIN = "LOWNERLP0K0000001"
DAY = timedelta(days=1)


def an_arrival(event: EnrolmentEvent, *, key: str = "k1", at: datetime = NOW, is_import: bool = False) -> Arrival:
    return Arrival(
        event_key=key,
        event_type=type(event).__name__,
        occurred_at=at,
        received_at=NOW,
        payload_hash="h",
        event=event,
        is_import=is_import,
    )


def a_registration(*, owner_key: str = "wang", at: datetime = NOW, address: str | None = "wm_1") -> OwnerRegistered:
    return OwnerRegistered(
        owner_key=owner_key,
        at=at,
        store_id="s1",
        zone="Asia/Shanghai",
        language="zh",
        daily_max=3,
        wecom_external_userid=address,
        staff_userid="zhang",
    )


def a_link(*, owner_key: str = "wang", at: datetime = NOW - 10 * DAY) -> VehicleLinked:
    return VehicleLinked(
        vin=VIN, owner_key=owner_key, at=at, since=at, model="m", store_id="s1", in_service_on=None, remind=True
    )


def a_grant(*, start: datetime = NOW - 9 * DAY) -> ConsentGranted:
    return ConsentGranted(
        vin=VIN,
        owner_key="wang",
        purpose="maintenance",
        classes=frozenset({"odometer"}),
        valid_from=start,
        valid_until=start + 365 * DAY,
        evidence="signed in store",
        text_version="3",
    )


class World:
    """Everything enrolment touches, in memory; forecasts are noted, not computed."""

    def __init__(self) -> None:
        self.owners, self.vehicles = MemoryOwners(), MemoryVehicles()
        self.vault, self.history, self.quarantine = MemoryVault(), MemoryHistory(), MemoryQuarantine()
        self.enrolments = MemoryEnrolments(self.owners, self.vehicles)
        self.surrogates = CountedSurrogates()
        self.replanned: list[str] = []
        self.silenced: list[str] = []

    def enrol(
        self,
        *arrivals: Arrival,
        enrolments: MemoryEnrolments | None = None,
        may_begin: Callable[[], bool] = lambda: True,
    ) -> EnrolReport:
        world = EnrolmentWorld(
            vault=self.vault,
            enrolments=enrolments or self.enrolments,
            vehicles=self.vehicles,
            surrogates=self.surrogates,
            history=self.history,
            quarantine=self.quarantine,
            forecast_policy=lambda _: a_forecast_policy(),
            replan=lambda car, _: self._note(self.replanned, car),
            silence=lambda car, _: self._note(self.silenced, car),
            people=people_in(self.owners, vault=self.vault, vehicles=self.vehicles),
        )
        return enrol(arrivals, world=world, now=NOW, may_begin=may_begin)

    @property
    def car(self) -> Vehicle:
        (car,) = self.vehicles.held.values()
        return car

    @staticmethod
    def _note(notes: list[str], car: Vehicle) -> Vehicle:
        notes.append(car.vehicle_id)
        return car
