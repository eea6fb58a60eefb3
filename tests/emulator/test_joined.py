"""Interactions, tiers, contacts and partners join on the deployed stack: one owner's evening, night and morning."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
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

OWNER, VIN, PARTNER = "dealer-7", synthetic_vin(7), "insurer"
_QUEUES = {
    Lane.ENROLMENT: "EnrolmentQueueUrl",
    Lane.VEHICLE_DATA: "VehicleDataQueueUrl",
    Lane.INTERACTION: "InteractionQueueUrl",
}
_CLASSES = {"maintenance": ["odometer", "service"], "marketing": ["odometer"], f"share:{PARTNER}": ["service"]}


@dataclass(frozen=True, slots=True)
class Shop:
    """A dealer's shop on a deployed stack; its clock is moved by whoever tells or starts something."""

    stack: Stack
    driver: Driver

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
        return next(c for c in self.record().contacts.values() if c.topic == topic)

    def refusal(self, identity: str) -> str:
        return self.driver.drain.lake.refused[identity][0][1]

    def _move(self, now: datetime) -> None:
        ClockFile.move_to(self.stack.moved_clock or pytest.fail("the clock stands still"), now)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    row = '{"external_userid": "wm7", "person": "dealer-7", "staff": ["zhang"], "zone": "Asia/Shanghai"}'
    people = tmp_path / "people.json"
    people.write_text(f'{{"people": [{row}]}}', encoding="utf-8")
    stack, stop = start_stack(Wish(seed=5, starts_at=instant(0, time(1)), people=people, work_dir=tmp_path))
    with stop:
        fleet = Fleet(people=(), cars=(), days=())
        held = Shop(stack, driver_of(stack, fleet, seed=5, on_step=lambda *_: None))
        enrol(held, instant(0, time(5, 30)))
        yield held


def enrol(shop: Shop, now: datetime) -> None:
    since = instant_text(now - timedelta(days=400))
    address = {"wecom_external_userid": "wm7", "staff_userid": "zhang"}
    shop.tell(now, Lane.ENROLMENT, "owner.registered", OWNER, store_id="sh-pudong", **address)
    car = {"model": "petrol-sedan", "store_id": "sh-pudong", "since": since}
    shop.tell(now, Lane.ENROLMENT, "vehicle.linked", VIN, owner_key=OWNER, **car)
    for purpose, classes in _CLASSES.items():
        period = {"valid_from": since, "valid_until": instant_text(now + timedelta(days=300))}
        proof = {"evidence": "form 7", "text_version": "2026-01"}
        said = {"owner_key": OWNER, "purpose": purpose, "data_classes": classes, **period, **proof}
        shop.tell(now, Lane.ENROLMENT, "consent.granted", VIN, **said)
    done = {"order_id": "w-1", "on": "2025-10-01", "odometer_m": 10_000_000, "items": ["oil", "inspection"]}
    shop.tell(now, Lane.ENROLMENT, "service.completed", VIN, **done)


def a_reading(shop: Shop, now: datetime, *, km: int) -> str:
    signals = {"Vehicle.TraveledDistance": {"value": km * 1000, "unit": "m"}}
    return shop.tell(now, Lane.VEHICLE_DATA, "vehicle.telemetry", VIN, signals=signals)


def test_a_complaint_between_hold_and_release_stops_the_welcome_and_not_the_reminder(shop: Shop) -> None:
    a_reading(shop, instant(0, time(6)), km=19_900)
    order = {"vin": VIN, "items": ["repair"], "amount_fen": 90_000, "currency": "CNY"}
    for number, on in enumerate((date(2025, 11, 20), date(2026, 3, 1))):
        told = {"order_id": f"w-{number + 2}", "on": on.isoformat(), **order}
        shop.tell(instant(0, time(6, 10)), Lane.INTERACTION, "interaction.service_order_completed", OWNER, **told)
    shop.start(instant(1, time(2, 40)), "settle_tiers")
    shop.start(instant(1, time(7, 5)), "plan_contacts")
    assert [tier.tier for tier in shop.record().tiers.values()] == [Tier.POTENTIAL]
    assert shop.contact("tier_welcome").state is shop.contact("maintenance").state is ContactState.HELD

    said = {"case_id": "case-1", "topic": "billing"}
    shop.tell(instant(1, time(7, 30)), Lane.INTERACTION, "interaction.complaint_opened", OWNER, **said)
    shop.start(instant(1, time(8, 30)), "sweep")

    welcome, reminder = shop.contact("tier_welcome"), shop.contact("maintenance")
    assert (welcome.state, welcome.reason) == (ContactState.HELD, "open_complaint")
    assert ContactState.TASK_CREATED in {step.state for step in reminder.trail}

    shop.tell(instant(1, time(12)), Lane.INTERACTION, "interaction.complaint_closed", OWNER, **said)
    shop.start(instant(2, time(8, 30)), "sweep")

    assert ContactState.RESERVED in {step.state for step in shop.contact("tier_welcome").trail}


def test_withdrawing_consent_closes_the_partners_next_read_and_the_cars_next_reading(shop: Shop) -> None:
    partner = new_visitor(PARTNER, endpoint=shop.stack.endpoint, outputs=shop.stack.outputs)
    names = names_in(shop.stack)
    paths = f"/v1/vehicles/{names.vehicles[VIN]}/maintenance", f"/v1/owners/{names.persons[OWNER]}"
    accepted = a_reading(shop, instant(3, time(6)), km=20_050)
    before = [partner.call(path, now=shop.stack.now())[0] for path in paths]

    for purpose, classes in _CLASSES.items():
        said = {"owner_key": OWNER, "purpose": purpose, "data_classes": classes}
        shop.tell(instant(3, time(7)), Lane.ENROLMENT, "consent.withdrawn", VIN, **said)
    refused = a_reading(shop, instant(3, time(8)), km=20_060)

    assert before == [200, 200]
    assert accepted in shop.driver.drain.lake.accepted
    assert [partner.call(path, now=shop.stack.now())[0] for path in paths] == [403, 403]
    assert shop.refusal(refused) == "consent_withdrawn"
