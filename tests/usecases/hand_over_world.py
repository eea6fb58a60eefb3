"""A dealer whose cars change hands: every use case that has a say, in memory or on the tables."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ownerloop.adapters import memory
from ownerloop.adapters.clock import RandomSurrogates
from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.tiers import DynamoTiers
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoPlanningCursor, DynamoVehicles
from ownerloop.adapters.memory_contacts import MemorySenders
from ownerloop.adapters.memory_leads import MemoryLeadTimes
from ownerloop.adapters.memory_owners import MemoryTiers
from ownerloop.adapters.memory_streams import MemoryHistory, MemoryQuarantine
from ownerloop.adapters.partner_rules import read_rules
from ownerloop.adapters.planning_rules import rules_on
from ownerloop.adapters.policy_files import contact_policy, stores
from ownerloop.adapters.rulebook import policy_at, replanner, silencer
from ownerloop.domain.arrival import Arrival
from ownerloop.domain.contact import Contact
from ownerloop.domain.enrolment import (
    ConsentGranted,
    EnrolmentEvent,
    OwnerRegistered,
    ServiceCompleted,
    VehicleHandedOver,
    VehicleLinked,
)
from ownerloop.domain.vehicle import Vehicle
from ownerloop.outreach_ports import Contacts, Gates
from ownerloop.owner_ports import Tiers
from ownerloop.ports import Cases, Enrolments, Owners, PlanningCursor, Vault, Vehicles
from ownerloop.usecases.dispatch_contacts import Dispatch, sweep
from ownerloop.usecases.enrol_owners import enrol
from ownerloop.usecases.enrolment_rounds import EnrolmentWorld, EnrolReport
from ownerloop.usecases.partner_reads import ReadWorld
from ownerloop.usecases.plan_contacts import Planning, PlanReport, plan_store
from tests.builders import DAY, START
from tests.identity_builders import people_in
from tests.messages import VIN, a_telemetry, metres
from tests.tables import Tables
from tests.usecases.intake_streets import Streets, streets

SOLD_AT = START + DAY
STORE = "sh-pudong"


@dataclass
class Ports:
    """Everything that keeps state, on one backend."""

    vault: Vault
    owners: Owners
    vehicles: Vehicles
    enrolments: Enrolments
    cases: Cases
    contacts: Contacts
    gates: Gates
    cursor: PlanningCursor
    tiers: Tiers


def in_memory() -> Ports:
    owners, vehicles, cases = memory.MemoryOwners(), memory.MemoryVehicles(), memory.MemoryCases()
    return Ports(
        vault=memory.MemoryVault(RandomSurrogates()),
        owners=owners,
        vehicles=vehicles,
        enrolments=memory.MemoryEnrolments(owners, vehicles, cases=cases),
        cases=cases,
        contacts=memory.MemoryContacts(),
        gates=memory.MemoryGates(),
        cursor=memory.MemoryPlanningCursor(),
        tiers=MemoryTiers(owners),
    )


def on_tables(tables: Tables) -> Ports:
    return Ports(
        vault=DynamoVault(tables.vault, tables.vault_secret, RandomSurrogates()),
        owners=DynamoOwners(tables.owners),
        vehicles=DynamoVehicles(tables.vehicles),
        enrolments=DynamoEnrolments(tables.owners, tables.consents, tables.vehicles, tables.cases),
        cases=DynamoCases(tables.cases),
        contacts=DynamoContacts(tables.contacts),
        gates=DynamoGates(tables.contacts),
        cursor=DynamoPlanningCursor(tables.vehicles),
        tiers=DynamoTiers(tables.owners),
    )


class Dealer:
    """One store, its owners Wang and Li, and the car that goes from one to the other."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports
        self.history, self.quarantine = MemoryHistory(), MemoryQuarantine()
        self.streets: Streets = streets()
        intake = replace(
            self.streets.world, vault=ports.vault, vehicles=ports.vehicles, cases=ports.cases, history=self.history
        )
        self.streets.world = intake
        self._told = 0

    def tell(self, event: EnrolmentEvent, *, now: datetime = START) -> EnrolReport:
        self._told += 1
        world = EnrolmentWorld(
            vault=self.ports.vault,
            enrolments=self.ports.enrolments,
            vehicles=self.ports.vehicles,
            surrogates=RandomSurrogates(),
            history=self.history,
            quarantine=self.quarantine,
            forecast_policy=policy_at,
            replan=replanner(memory.MemoryPriorsBook(), MemoryLeadTimes()),
            silence=silencer(),
            people=people_in(),
        )
        arrival = Arrival(f"k{self._told}", type(event).__name__, now, now, "h", event)
        return enrol([arrival], world=world, now=now)

    def register(self, owner_key: str) -> None:
        self.tell(
            OwnerRegistered(
                owner_key=owner_key,
                at=START - 900 * DAY,
                store_id=STORE,
                zone=None,
                language="zh",
                daily_max=3,
                wecom_external_userid=f"wm_{owner_key}",
                staff_userid="staff-1",
            )
        )

    def consent(self, owner_key: str, *, since: datetime, purpose: str = "maintenance", now: datetime = START) -> None:
        self.tell(
            ConsentGranted(
                vin=VIN,
                owner_key=owner_key,
                purpose=purpose,
                classes=frozenset({"odometer", "service"}),
                valid_from=since,
                valid_until=since + 900 * DAY,
                evidence="signed",
                text_version="1",
            ),
            now=now,
        )

    def sell(self, *, to: str = "li", told_at: datetime = SOLD_AT) -> None:
        self.tell(VehicleHandedOver(vin=VIN, to_owner_key=to, at=SOLD_AT, store_id=None), now=told_at)

    def read(self, day: float, km: int, *, now: datetime) -> bool:
        event = a_telemetry(event_id=f"{day}", at=START + day * DAY, signals=metres(km * 1_000))
        return self.streets.ingest(event, now=now).accepted == 1

    def plan(self, *, now: datetime) -> PlanReport:
        planning = Planning(
            vehicles=self.ports.vehicles,
            owners=self.ports.owners,
            contacts=self.ports.contacts,
            cursor=self.ports.cursor,
            priors=memory.MemoryPriorsBook(),
            leads=MemoryLeadTimes(),
            rules_on=rules_on,
        )
        return plan_store(stores()[STORE], planning=planning, now=now)

    def sweep(self, *, now: datetime) -> None:
        desk = Dispatch(
            contacts=self.ports.contacts,
            gates=self.ports.gates,
            owners=self.ports.owners,
            vehicles=self.ports.vehicles,
            senders=MemorySenders(),
            policy=contact_policy(now.date()),
            stores=stores(),
        )
        sweep(desk=desk, now=now)

    def person(self, owner_key: str) -> str:
        alias = self.ports.vault.enrol_owners([owner_key])[owner_key]
        return self.ports.enrolments.persons_of([alias])[alias]

    def reading_world(self) -> ReadWorld:
        return ReadWorld(self.ports.vehicles, self.ports.owners, self.ports.tiers, self.history, read_rules())

    @property
    def vehicle_id(self) -> str:
        return self.ports.vault.enrol_vehicles([VIN])[VIN]

    @property
    def car(self) -> Vehicle:
        return self.ports.vehicles.load([self.vehicle_id])[self.vehicle_id]

    def open_contacts(self, owner_key: str) -> list[Contact]:
        return self.ports.contacts.open_of(self.person(owner_key))


def opened(dealer: Dealer) -> Dealer:
    """Return the dealer with both owners, Wang's consent, and a car whose oil falls due on 10 January."""
    for owner_key in ("wang", "li"):
        dealer.register(owner_key)
    since = START - 800 * DAY
    link = VehicleLinked(
        vin=VIN,
        owner_key="wang",
        at=since,
        since=since,
        model="petrol-sedan",
        store_id=STORE,
        in_service_on=None,
        remind=True,
    )
    dealer.tell(link)
    dealer.consent("wang", since=since)
    items = ("oil", "inspection", "brake_fluid")
    done = ServiceCompleted(
        VIN, order_id="1", at=START - 360 * DAY, on=date(2025, 1, 10), odometer_m=12_000_000, items=items
    )
    dealer.tell(done)
    dealer.read(-2, 19_000, now=START)
    dealer.read(-1, 19_030, now=START)
    return dealer
