"""The whole way of a used car: from one owner's reminders to the next one's, in memory and on the tables."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime

import pytest

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
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.enrolment import (
    ConsentGranted,
    EnrolmentEvent,
    OwnerRegistered,
    ServiceCompleted,
    VehicleHandedOver,
    VehicleLinked,
)
from ownerloop.domain.errors import ConsentRequiredError, NotShownError
from ownerloop.domain.partner import SHARE
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import Tier
from ownerloop.domain.vehicle import Vehicle
from ownerloop.outreach_ports import Contacts, Gates
from ownerloop.owner_ports import Tiers
from ownerloop.ports import Cases, Enrolments, Owners, PlanningCursor, Vault, Vehicles
from ownerloop.usecases.dispatch_contacts import Dispatch, sweep
from ownerloop.usecases.enrol_owners import EnrolmentWorld, EnrolReport, enrol
from ownerloop.usecases.partner_reads import ReadWorld, read_maintenance, read_owner
from ownerloop.usecases.plan_contacts import Planning, PlanReport, plan_store
from tests.builders import DAY, START
from tests.identity_builders import people_in
from tests.messages import VIN, a_telemetry, metres
from tests.partners.builders import a_caller
from tests.tables import Tables, moto_tables
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


@pytest.fixture(params=["memory", "moto"])
def dealer(request: pytest.FixtureRequest) -> Iterator[Dealer]:
    if request.param == "memory":
        yield opened(Dealer(in_memory()))
    else:
        with moto_tables() as tables:
            yield opened(Dealer(on_tables(tables)))


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


def test_the_former_owner_s_open_contact_ends_and_the_new_one_is_asked_only_after_his_own_consent(
    dealer: Dealer,
) -> None:
    assert dealer.plan(now=START).requested == 1
    (wangs,) = dealer.open_contacts("wang")

    dealer.sell()
    dealer.sweep(now=START + 2 * DAY)
    without = dealer.plan(now=START + 8 * DAY)
    dealer.consent("li", since=START + 9 * DAY, now=START + 9 * DAY)
    with_consent = dealer.plan(now=START + 16 * DAY)

    ended = dealer.ports.contacts.load([wangs.contact_id])[wangs.contact_id]
    assert (ended.state, ended.reason) == (ContactState.SUPPRESSED, "owner_changed")
    assert (without.requested, without.passed_over) == (0, {"no_consent": 1})
    assert with_consent.requested == 1
    (lis,) = dealer.open_contacts("li")
    assert lis.contact_id != wangs.contact_id
    assert dealer.open_contacts("wang") == []


def test_history_is_split_at_the_instant(dealer: Dealer) -> None:
    dealer.sell(told_at=START + 3 * DAY)
    dealer.consent("li", since=START, now=START + 3 * DAY)

    late = dealer.read(0.5, 19_050, now=START + 3 * DAY)
    fresh = dealer.read(2, 19_110, now=START + 3 * DAY)

    assert (late, fresh) == (False, True)
    assert [reading.odometer_m for reading in dealer.car.evidence] == [19_110_000]
    reasons = [row["reason"] for row in dealer.history.rows["refusals"]]
    assert reasons == ["no_consent"]
    wangs, lis = dealer.history.rows["readings"][:2], dealer.history.rows["readings"][2:]
    assert [row["odometer_m"] for row in wangs] == [19_000_000, 19_030_000]
    assert [row["consent_epoch"] for row in (*wangs, *lis)] == [0, 0, 1]


def test_a_hand_over_told_late_takes_back_what_was_read_since(dealer: Dealer) -> None:
    dealer.read(2, 19_110, now=START + 2 * DAY)

    dealer.sell(told_at=START + 3 * DAY)

    assert dealer.car.evidence == ()
    assert dealer.car.forecast is not None
    assert dealer.car.forecast.last_odometer_m == 0


def test_a_partner_of_the_former_owner_sees_neither_the_car_nor_its_next_service(dealer: Dealer) -> None:
    purpose = f"{SHARE}{a_caller().partner.partner_id}"
    dealer.consent("wang", since=START - 800 * DAY, purpose=purpose)
    caller = replace(a_caller(), now=START + 2 * DAY)
    assert read_maintenance(dealer.vehicle_id, caller=caller, world=dealer.reading_world()).items

    dealer.sell()

    with pytest.raises(ConsentRequiredError):
        read_maintenance(dealer.vehicle_id, caller=caller, world=dealer.reading_world())
    with pytest.raises(ConsentRequiredError):
        read_owner(dealer.person("wang"), caller=caller, world=dealer.reading_world())
    with pytest.raises(NotShownError):
        read_owner(dealer.person("li"), caller=caller, world=dealer.reading_world())


def test_a_partner_of_the_new_owner_sees_nothing_of_the_former_one_s_driving(dealer: Dealer) -> None:
    purpose = f"{SHARE}{a_caller().partner.partner_id}"
    caller = replace(a_caller(), now=START + 3 * DAY)
    dealer.sell()
    dealer.consent("li", since=START + 2 * DAY, purpose=purpose, now=START + 2 * DAY)

    view = read_maintenance(dealer.vehicle_id, caller=caller, world=dealer.reading_world())

    assert all(item.remaining_km is None for item in view.items)
    assert "no_reading" in view.reasons


def test_the_former_owner_keeps_tier_and_profile(dealer: Dealer) -> None:
    record = TierRecord(person_id=dealer.person("wang"), version=1, settled=Tier.CORE)
    dealer.ports.tiers.save([record])
    before = dealer.ports.owners.load([dealer.person("wang")])

    dealer.sell()

    assert dealer.ports.tiers.load([dealer.person("wang")]) == {dealer.person("wang"): record}
    assert dealer.ports.owners.load([dealer.person("wang")]) == before
    assert dealer.ports.owners.load([dealer.person("li")])[dealer.person("li")].vehicle_ids == (dealer.vehicle_id,)


def test_the_car_that_comes_back_needs_a_new_consent(dealer: Dealer) -> None:
    dealer.sell()
    dealer.tell(VehicleHandedOver(vin=VIN, to_owner_key="wang", at=START + 2 * DAY, store_id=None), now=START + 2 * DAY)

    assert not dealer.read(3, 19_150, now=START + 3 * DAY)
    dealer.consent("wang", since=START + 3.5 * DAY, now=START + 4 * DAY)
    assert dealer.read(4, 19_190, now=START + 4 * DAY)
