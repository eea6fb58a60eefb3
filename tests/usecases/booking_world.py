"""A workshop with owners who want an hour, in memory."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.domain.interactions import BookingMade, Interaction, InteractionArrival
from ownerloop.domain.standing import Standing, booking_key
from ownerloop.domain.workshop import Day, Job, JobClass, Technician
from tests.usecases.interaction_world import LI, LIS_VIN, NOW, STORE, VIN, WANG, World, an_arrival
from tests.workshop_builders import OPENING, policy, rules

SHOP = "urn:example:shop"
ON = date(2026, 3, 10)
NINE = datetime(2026, 3, 10, 1, tzinfo=UTC)  # 9:00 in Shanghai
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
THIRD, THIRDS_VIN = "zhao", "LOWNERLP0K0000003"


class Workshop(World):
    """The world of interactions with a workshop of one bay and one technician."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self.zhao = self._enrol(THIRD, THIRDS_VIN)
        able = frozenset({JobClass.MAINTENANCE, JobClass.INSPECTION})
        jobs = {JobClass.MAINTENANCE: Job(60, 8), JobClass.INSPECTION: Job(30, 8)}
        self.shop = rules(**{"bays": 1, "technicians": (Technician("ann", able),), "jobs": jobs} | changes)
        held = replace(
            self.desk.rules,
            workshops={STORE: self.shop},
            opening_on=lambda _, on: None if on.day == 11 else OPENING,
            policy_on=lambda _: policy(),
        )
        self.desk = replace(self.desk, rules=held)
        self.numbers = 0

    def tell(self, said: Interaction, *, key: str = "", subject: str = WANG, at: datetime = NOW) -> Any:
        self.numbers += 1
        return self.process([told(said, key=key or f"e_{self.numbers}", subject=subject, at=at)])

    def stands(self, booking_id: str = "b-1") -> Standing:
        return self.workshop.bookings[booking_key(SHOP, booking_id)]

    def state(self, booking_id: str = "b-1") -> str:
        return str(self.stands(booking_id).state)

    def day(self, on: date = ON) -> Day:
        return self.workshop.held[STORE, on]

    def answers(self) -> list[tuple[str, str]]:
        return [
            (event["data"]["state"], event["data"]["reason"])
            for event in self.bus.events
            if event["type"] == "ownerloop.workshop.booking_settled.v1"
        ]


def told(said: Interaction, *, key: str, subject: str = WANG, at: datetime = NOW) -> InteractionArrival:
    return replace(an_arrival(said, key=key, subject=subject, at=at, received_at=max(at, NOW)), source=SHOP)


def made(booking_id: str = "b-1", *, vin: str = VIN, for_at: datetime = NINE, **more: Any) -> BookingMade:
    return BookingMade(booking_id, vin, for_at, more.pop("contact_id", None), **more)


def two_for_one_hour() -> Workshop:
    world = Workshop()
    world.tell(made())
    world.tell(made("b-2", vin=LIS_VIN), subject=LI)
    return world
