"""From the night's welcome to the morning's release: a complaint in between stops the promotion, not the service."""

from dataclasses import replace
from datetime import datetime, timedelta

from ownerloop.adapters.memory import MemoryGates
from ownerloop.adapters.memory_contacts import MemorySenders
from ownerloop.domain.contact import ContactClass, ContactState
from ownerloop.usecases.dispatch_contacts import Dispatch, dispatch, sweep
from tests import contact_builders as build
from tests.builders import a_store
from tests.policy_builders import a_contact_policy
from tests.usecases.interaction_world import DAY, NOW, STORE, World, a_purchase, an_arrival, closed, opened

NIGHT = NOW.replace(hour=18, minute=30)  # half past two in Shanghai
MORNING = NIGHT + timedelta(hours=6)
PROMOTION, SERVICE = ContactClass.COMMERCIAL, ContactClass.SERVICE
Seen = dict[ContactClass, tuple[ContactState, str]]


class Desk:
    """An owner whom the night welcomed to a tier and whose reminder waits too, and the desk that releases both."""

    def __init__(self) -> None:
        self.world = World()
        for number in (1, 2):
            bought = an_arrival(a_purchase(order_id=f"o-{number}"), key=f"e_{number}", at=NOW - (40 - number * 5) * DAY)
            self.world.process([bought])
        self.world.settle(now=NIGHT)
        car = replace(self.world.car(), forecast=build.a_forecast())
        self.world.vehicles.held[car.vehicle_id] = car
        reminder = build.a_contact(1, person_id=self.world.wang, vehicle_id=car.vehicle_id, store_id=STORE)
        self.world.contacts.request([replace(reminder, requested_at=NIGHT, valid_until=NIGHT + 9 * DAY)])
        self.desk = Dispatch(
            contacts=self.world.contacts,
            gates=MemoryGates(),
            owners=self.world.owners,
            vehicles=self.world.vehicles,
            senders=MemorySenders(),
            policy=a_contact_policy(),
            stores={STORE: a_store()},
        )
        dispatch([self.world.wang], desk=self.desk, now=NIGHT)

    def complaint(self, word: object, *, key: str, at: datetime) -> None:
        report = self.world.process([an_arrival(word, key=key, at=at, received_at=at)], now=at)  # type: ignore[arg-type]
        assert not report.refused

    def release(self, at: datetime) -> Seen:
        sweep(desk=self.desk, now=at)
        return self.seen()

    def seen(self) -> Seen:
        return {c.contact_class: (c.state, c.reason) for c in self.world.contacts.held.values()}


def test_both_wait_for_the_morning_and_are_released_where_nobody_complained() -> None:
    desk = Desk()

    assert desk.seen() == dict.fromkeys((PROMOTION, SERVICE), (ContactState.HELD, "quiet_hours"))
    assert {state for state, _ in desk.release(MORNING).values()} == {ContactState.RESERVED}


def test_a_complaint_between_hold_and_release_stops_the_promotion_and_not_the_service() -> None:
    desk = Desk()
    desk.complaint(opened(), key="e_c1", at=NIGHT + timedelta(hours=1))

    released = desk.release(MORNING)

    assert released[SERVICE][0] is ContactState.RESERVED
    assert released[PROMOTION] == (ContactState.HELD, "open_complaint")


def test_the_promotion_goes_on_once_the_complaint_is_closed() -> None:
    desk = Desk()
    desk.complaint(opened(), key="e_c1", at=NIGHT + timedelta(hours=1))
    desk.release(MORNING)

    desk.complaint(closed(), key="e_c2", at=MORNING + timedelta(hours=1))

    assert desk.release(MORNING + DAY)[PROMOTION][0] is ContactState.RESERVED
