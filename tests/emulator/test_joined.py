"""Interactions, tiers, contacts and partners join on the deployed stack: one owner's evening, night and morning."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from infra.demo.driver import Driver
from infra.demo.names import names_in
from infra.demo.outlets import send
from infra.demo.run import driver_of
from infra.demo.setting import instant
from infra.explain.record import Record, record_of
from infra.fleet.fleet import Fleet
from infra.fleet.parcels import Lane, cloud_event, instant_text, messages, parcel
from infra.fleet.vins import synthetic_vin
from infra.local.clients import client
from infra.local.clock import ClockFile
from infra.local.deploy import schedules
from infra.local.stack import Stack, Wish, start_stack
from infra.partners.visiting import new_visitor
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.tiers import Tier

pytestmark = pytest.mark.emulator

PARTNER = "insurer"
OWNERS = (7, 8)  # one for each test: both fall into one week's weekdays, one week after the other
_QUEUES = {
    Lane.ENROLMENT: "EnrolmentQueueUrl",
    Lane.VEHICLE_DATA: "VehicleDataQueueUrl",
    Lane.INTERACTION: "InteractionQueueUrl",
}
_CLASSES = {"maintenance": ["odometer", "service"], "marketing": ["odometer"], f"share:{PARTNER}": ["service"]}


@dataclass(frozen=True, slots=True)
class Shop:
    """A dealer's shop on a deployed stack, and one owner of its; its clock is moved by whoever tells something."""

    stack: Stack
    driver: Driver
    number: int

    @property
    def owner(self) -> str:
        return f"dealer-{self.number}"

    @property
    def vin(self) -> str:
        return synthetic_vin(self.number)

    def at(self, day: int, clock: time) -> datetime:
        """Return an instant of this owner's days."""
        return instant(7 * OWNERS.index(self.number) + day, clock)

    def tell(self, now: datetime, lane: Lane, kind: str, subject: str, **data: Any) -> str:
        """Send one event that happened a minute ago, wait for its effects, and return its identity."""
        self._move(now)
        at = now - timedelta(minutes=1)
        told = parcel(lane, cloud_event(f"ownerloop.{kind}.v1", subject=subject, at=at, data=data, source="urn:shop"))
        self.driver.drain.expect([told.identity])
        send(self.stack, self.stack.outputs[_QUEUES[lane]], list(messages([told], received_at=now)))
        self.driver.drain.wait(now=now)
        return told.identity

    def start(self, now: datetime, schedule: str) -> None:
        """Start what a schedule starts and wait for its effects."""
        self._move(now)
        output, payload = schedules()[schedule]
        client("lambda", self.stack.endpoint).invoke(FunctionName=self.stack.outputs[output], Payload=payload)
        self.driver.drain.wait(now=now)

    def record(self) -> Record:
        return record_of(self.stack.endpoint, self.stack.outputs, at=self.stack.now())

    def contact(self, topic: str) -> Contact:
        person_id = names_in(self.stack).persons[self.owner]
        return next(c for c in self.record().contacts.values() if (c.topic, c.person_id) == (topic, person_id))

    def tier(self) -> Tier:
        return self.record().tiers[names_in(self.stack).persons[self.owner]].tier

    def refusal(self, identity: str) -> str:
        return self.driver.drain.lake.refused[identity][0][1]

    def _move(self, now: datetime) -> None:
        ClockFile.move_to(self.stack.moved_clock or pytest.fail("the clock stands still"), now)


@pytest.fixture(scope="module")
def open_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stack, Driver, Iterator[int]]]:
    """Give the stack with its driver, and the owners of whom nothing was told yet."""
    folder = tmp_path_factory.mktemp("shop")
    rows = [
        {"external_userid": f"wm{number}", "person": f"dealer-{number}", "staff": ["zhang"], "zone": "Asia/Shanghai"}
        for number in OWNERS
    ]
    people = folder / "people.json"
    people.write_text(json.dumps({"people": rows}), encoding="utf-8")
    stack, stop = start_stack(Wish(seed=5, starts_at=instant(0, time(1)), people=people, work_dir=folder))
    with stop:
        fleet = Fleet(people=(), cars=(), days=())
        yield stack, driver_of(stack, fleet, seed=5, on_step=lambda *_: None), iter(OWNERS)


@pytest.fixture
def shop(open_shop: tuple[Stack, Driver, Iterator[int]]) -> Shop:
    stack, driver, owners = open_shop
    held = Shop(stack, driver, next(owners))
    enrol(held, held.at(0, time(5, 30)))
    return held


def enrol(shop: Shop, now: datetime) -> None:
    since = instant_text(now - timedelta(days=400))
    address = {"wecom_external_userid": f"wm{shop.number}", "staff_userid": "zhang"}
    shop.tell(now, Lane.ENROLMENT, "owner.registered", shop.owner, store_id="sh-pudong", **address)
    car = {"model": "petrol-sedan", "store_id": "sh-pudong", "since": since}
    shop.tell(now, Lane.ENROLMENT, "vehicle.linked", shop.vin, owner_key=shop.owner, **car)
    for purpose, classes in _CLASSES.items():
        period = {"valid_from": since, "valid_until": instant_text(now + timedelta(days=300))}
        proof = {"evidence": "form 7", "text_version": "2026-01"}
        said = {"owner_key": shop.owner, "purpose": purpose, "data_classes": classes, **period, **proof}
        shop.tell(now, Lane.ENROLMENT, "consent.granted", shop.vin, **said)
    done = {
        "order_id": f"w-{shop.number}-1",
        "on": "2025-10-01",
        "odometer_m": 10_000_000,
        "items": ["oil", "inspection"],
    }
    shop.tell(now, Lane.ENROLMENT, "service.completed", shop.vin, **done)


def a_reading(shop: Shop, now: datetime, *, km: int) -> str:
    signals = {"Vehicle.TraveledDistance": {"value": km * 1000, "unit": "m"}}
    return shop.tell(now, Lane.VEHICLE_DATA, "vehicle.telemetry", shop.vin, signals=signals)


def test_a_complaint_between_hold_and_release_stops_the_welcome_and_not_the_reminder(shop: Shop) -> None:
    a_reading(shop, shop.at(0, time(6)), km=19_900)
    order = {"vin": shop.vin, "items": ["repair"], "amount_fen": 90_000, "currency": "CNY"}
    for number, on in enumerate((date(2025, 11, 20), date(2026, 3, 1))):
        told = {"order_id": f"w-{shop.number}-{number + 2}", "on": on.isoformat(), **order}
        shop.tell(shop.at(0, time(6, 10)), Lane.INTERACTION, "interaction.service_order_completed", shop.owner, **told)
    shop.start(shop.at(1, time(2, 40)), "settle_tiers")
    shop.start(shop.at(1, time(7, 5)), "plan_contacts")
    assert shop.tier() is Tier.POTENTIAL
    assert shop.contact("tier_welcome").state is shop.contact("maintenance").state is ContactState.HELD

    said = {"case_id": "case-1", "topic": "billing"}
    shop.tell(shop.at(1, time(7, 30)), Lane.INTERACTION, "interaction.complaint_opened", shop.owner, **said)
    shop.start(shop.at(1, time(8, 30)), "sweep")

    welcome, reminder = shop.contact("tier_welcome"), shop.contact("maintenance")
    assert (welcome.state, welcome.reason) == (ContactState.HELD, "open_complaint")
    assert ContactState.TASK_CREATED in {step.state for step in reminder.trail}

    shop.tell(shop.at(1, time(12)), Lane.INTERACTION, "interaction.complaint_closed", shop.owner, **said)
    shop.start(shop.at(2, time(8, 30)), "sweep")

    assert ContactState.RESERVED in {step.state for step in shop.contact("tier_welcome").trail}


def test_withdrawing_consent_closes_the_partners_next_read_and_the_cars_next_reading(shop: Shop) -> None:
    partner = new_visitor(PARTNER, endpoint=shop.stack.endpoint, outputs=shop.stack.outputs)
    names = names_in(shop.stack)
    paths = f"/v1/vehicles/{names.vehicles[shop.vin]}/maintenance", f"/v1/owners/{names.persons[shop.owner]}"
    accepted = a_reading(shop, shop.at(3, time(6)), km=20_050)
    before = [partner.call(path, now=shop.stack.now())[0] for path in paths]

    for purpose, classes in _CLASSES.items():
        said = {"owner_key": shop.owner, "purpose": purpose, "data_classes": classes}
        shop.tell(shop.at(3, time(7)), Lane.ENROLMENT, "consent.withdrawn", shop.vin, **said)
    refused = a_reading(shop, shop.at(3, time(8)), km=20_060)

    assert before == [200, 200]
    assert accepted in shop.driver.drain.lake.accepted
    assert [partner.call(path, now=shop.stack.now())[0] for path in paths] == [403, 403]
    assert shop.refusal(refused) == "consent_withdrawn"
