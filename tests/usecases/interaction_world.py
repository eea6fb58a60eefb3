"""A small world for interactions and tiers: tables in memory, owners and cars enrolled, forecasts noted."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.adapters.booking_desk import booking_rules
from ownerloop.adapters.complaint_desk import complaint_desk
from ownerloop.adapters.memory import (
    CountedSurrogates,
    MemoryContacts,
    MemoryEnrolments,
    MemoryOwners,
    MemoryVault,
    MemoryVehicles,
)
from ownerloop.adapters.memory_leads import MemoryLeadEvidence
from ownerloop.adapters.memory_owners import MemoryCutPoints, MemoryInteractions, MemoryTiers, MemoryTierShards
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory, MemoryQuarantine
from ownerloop.adapters.memory_workshop import MemoryWorkshop
from ownerloop.adapters.points_policies import mall, points_policy
from ownerloop.adapters.store_tiers import StoreTierPolicies
from ownerloop.contracts import booking_events, points_events
from ownerloop.contracts.tier_events import tier_changed
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.consent import ConsentHead, Grant, Ownership
from ownerloop.domain.interactions import (
    ComplaintClosed,
    ComplaintOpened,
    Interaction,
    InteractionArrival,
    Purchase,
    ServiceOrderCompleted,
)
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.welcoming import SettleRules
from ownerloop.points_ports import PointsDesk
from ownerloop.ports import Refusal
from ownerloop.tier_ports import Settling
from ownerloop.usecases.enrol_owners import enrol
from ownerloop.usecases.enrolment_rounds import EnrolmentWorld, EnrolReport
from ownerloop.usecases.interaction_rows import InteractionReport
from ownerloop.usecases.interaction_world import InteractionWorld
from ownerloop.usecases.process_interactions import process
from ownerloop.usecases.settle_tiers import SettleReport, settle_store
from ownerloop.workshop_ports import BookingDesk
from tests.builders import a_store
from tests.identity_builders import people_in
from tests.interaction_builders import interaction_rules
from tests.policy_builders import a_contact_policy, a_forecast_policy
from tests.tier_builders import a_tier_policy

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
DAY = timedelta(days=1)
YESTERDAY = (NOW - DAY).date()
WANG, LI = "wang", "li"
VIN, LIS_VIN = "LOWNERLP0K0000001", "LOWNERLP0K0000002"
STORE = "sh-pudong"


def an_arrival(
    interaction: Interaction,
    *,
    key: str = "e_1",
    subject: str = WANG,
    at: datetime = NOW - DAY,
    received_at: datetime = NOW,
    payload: str = "h",
    is_wecom_address: bool = False,
) -> InteractionArrival:
    return InteractionArrival(
        event_key=key,
        event_type=f"ownerloop.interaction.{type(interaction).__name__}.v1",
        subject=subject,
        is_wecom_address=is_wecom_address,
        occurred_at=at,
        received_at=received_at,
        payload_hash=payload,
        interaction=interaction,
    )


def a_purchase(*, order_id: str = "o-1", fen: int = 80_000, vin: str | None = None) -> Purchase:
    return Purchase(order_id=order_id, amount_fen=fen, category="accessories", vin=vin)


def a_service(
    *, order_id: str = "s-1", on: date = YESTERDAY, items: tuple[str, ...] = ("oil",), vin: str = VIN
) -> ServiceOrderCompleted:
    return ServiceOrderCompleted(
        order_id=order_id, vin=vin, on=on, odometer_m=20_000_000, items=items, amount_fen=60_000
    )


def opened(case_id: str = "c-1") -> ComplaintOpened:
    return ComplaintOpened(case_id=case_id, topic="waiting_time")


def closed(case_id: str = "c-1") -> ComplaintClosed:
    return ComplaintClosed(case_id=case_id, topic="waiting_time")


class World:
    """Two owners with a car each, and everything that interactions touch, in memory."""

    def __init__(self, *, marketing: bool = True, zones: dict[str | None, str] | None = None) -> None:
        self.on_operation: Callable[[str], None] = lambda _: None
        self.owners, self.vehicles, self.vault = MemoryOwners(), MemoryVehicles(), MemoryVault()
        self.enrolments = MemoryEnrolments(self.owners, self.vehicles)
        self.tiers = MemoryTiers(self.owners, on_operation=self._hook)
        self.policy = a_tier_policy()
        self.cuts, self.shards = MemoryCutPoints(), MemoryTierShards()
        self.contacts, self.bus = MemoryContacts(), MemoryBus(on_operation=self._hook)
        self.workshop, self.evidence = MemoryWorkshop(on_operation=self._hook), MemoryLeadEvidence()
        self.points = MemoryPoints(on_operation=self._hook)
        self.interactions = MemoryInteractions(
            self.owners,
            self.vehicles,
            self.tiers,
            self.enrolments,
            workshop=self.workshop,
            contacts=self.contacts,
            points=self.points,
            on_operation=self._hook,
        )
        self.points_desk = PointsDesk(self.points, self.owners, points_events, points_policy, mall)
        self.desk = BookingDesk(self.workshop, self.evidence, self.owners, booking_events, booking_rules())
        self.history, self.quarantine = MemoryHistory(), MemoryQuarantine()
        self.replanned: list[str] = []
        self._marketing, self._zones = marketing, zones
        self.wang, self.li = self._enrol(WANG, VIN), self._enrol(LI, LIS_VIN)

    def process(
        self,
        arrivals: Sequence[InteractionArrival],
        *,
        now: datetime = NOW,
        refusals: Sequence[Refusal] = (),
        may_begin: Callable[[], bool] = lambda: True,
    ) -> InteractionReport:
        world = InteractionWorld(
            directory=self.vault,
            interactions=self.interactions,
            vehicles=self.vehicles,
            history=self.history,
            quarantine=self.quarantine,
            bus=self.bus,
            replan=self._replan,
            rules=replace(
                interaction_rules(zones=self._zones),
                tier_policy=StoreTierPolicies(self.cuts, own=lambda _: self.policy),
            ),
            bookings=self.desk,
            points=self.points_desk,
            complaints=complaint_desk(),
        )
        return process(arrivals, world=world, now=now, refusals=refusals, may_begin=may_begin)

    def enrol_service(self, order: ServiceOrderCompleted, *, key: str) -> EnrolReport:
        """Tell a workshop order through the other feed."""
        service = order.as_service(at=NOW - DAY)
        arrival = Arrival(key, "ownerloop.service.completed.v1", service.at, NOW, "h2", service)
        world = EnrolmentWorld(
            vault=self.vault,
            enrolments=self.enrolments,
            vehicles=self.vehicles,
            surrogates=CountedSurrogates(),
            history=self.history,
            quarantine=self.quarantine,
            forecast_policy=lambda _: a_forecast_policy(),
            replan=self._replan,
            silence=lambda car, _: car,
            people=people_in(self.owners),
        )
        return enrol([arrival], world=world, now=NOW)

    def settle(self, *, now: datetime = NOW) -> SettleReport:
        return settle_store(a_store(), settling=self.settling(), shards=self.shards, now=now)

    def settling(self) -> Settling:
        return Settling(
            tiers=self.tiers,
            cuts=self.cuts,
            owners=self.owners,
            vehicles=self.vehicles,
            contacts=self.contacts,
            bus=self.bus,
            history=self.history,
            rules_on=lambda _: SettleRules(
                tiers=self.policy, contact=a_contact_policy(), text_of=lambda tier, *_: f"welcome to {tier}"
            ),
            tier_policy=StoreTierPolicies(self.cuts, own=lambda _: self.policy),
            announcement=tier_changed,
        )

    def owner(self, person_id: str | None = None) -> Owner:
        return self.owners.held[person_id or self.wang]

    def car(self, vin: str = VIN) -> Vehicle:
        return self.vehicles.held[self.vault.vehicle_ids([vin])[vin]]

    def told(self) -> list[tuple[str, str, str]]:
        """Return each change of tier that was published, once: person, before, after."""
        seen = {event["id"]: event["data"] for event in self.bus.events}
        return [(data["person_id"], data["before"], data["after"]) for data in seen.values()]

    def essence(self) -> dict[str, Any]:
        """Return owners, tiers, cases, facts and cars without what counts writes."""
        return {
            "owners": {key: replace(owner, version=0) for key, owner in self.owners.held.items()},
            "tiers": {key: (tier.occasions, tier.refunds, tier.state) for key, tier in self.tiers.held.items()},
            "cases": {key: replace(case, version=0) for key, case in self.interactions.cases.items()},
            "facts": dict(self.interactions.facts),
            "cars": {key: replace(car, version=0) for key, car in self.vehicles.held.items()},
            "days": {key: replace(day, version=0) for key, day in self.workshop.held.items()},
            "bookings": {key: replace(one, version=0) for key, one in self.workshop.bookings.items()},
            "points": {key: (one.open_lots, one.debt) for key, one in self.points.held.items() if one.open_lots},
            "claims": {key: replace(claim, version=0) for key, claim in self.points.told.items()},
        }

    def _enrol(self, owner_key: str, vin: str) -> str:
        person_id = f"p_{len(self.owners.held) + 1:024x}"
        self.enrolments.aliases[self.vault.enrol_owners([owner_key])[owner_key]] = person_id
        self.vault.remember_address(person_id, channel="wecom", address=f"wm-{owner_key}", told_at=NOW)
        vehicle_id = self.vault.enrol_vehicles([vin])[vin]
        self.owners.held[person_id] = Owner(
            person_id=person_id,
            version=1,
            registered_at=NOW - 100 * DAY,
            known_since=NOW - 1000 * DAY,
            store_id=STORE,
            staff_userid="zhang",
            channels=("wecom",),
            vehicle_ids=(vehicle_id,),
        )
        self.vehicles.held[vehicle_id] = Vehicle(
            vehicle_id=vehicle_id, version=1, store_id=STORE, consent=self._head(person_id)
        )
        return person_id

    def _head(self, person_id: str) -> ConsentHead:
        since = NOW - 1000 * DAY
        purposes: Iterable[str] = ("maintenance", "marketing") if self._marketing else ("maintenance",)
        grants = tuple(Grant(since, NOW + 999 * DAY, person_id, of, frozenset({"odometer"})) for of in purposes)
        return ConsentHead(owners=(Ownership(since, person_id),), grants=grants)

    def _replan(self, car: Vehicle, _: datetime) -> Vehicle:
        self.replanned.append(car.vehicle_id)
        return car

    def _hook(self, operation: str) -> None:
        self.on_operation(operation)
