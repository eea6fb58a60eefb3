"""How the day of the first message is chosen: a fixed lead, or the product's own value, learned curve and prices."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Protocol

import numpy as np

from infra.trial.shop import Shop
from infra.trial.world import VISIT_MINUTES, World
from ownerloop.domain.booking_curve import BookingCurve
from ownerloop.domain.day_prices import Demand, answering, carried_prices, settled_prices
from ownerloop.domain.lead_evidence import Answer, Sending
from ownerloop.domain.lead_learning import (
    Outcome,
    due_of,
    learned,
    outcomes,
    sent_of,
    settled_outcomes,
    waiting_outcomes,
)
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import Arm, LeadTime, arm_of, drawn_lead, send_days
from ownerloop.domain.rate import IntArray
from ownerloop.domain.usual_load import expected_minutes

FIXED_LEAD_DAYS = 30
LEARNED_EVERY_DAYS = 7  # the product learns every night; once a week keeps a year quick
_USUAL_DAYS = 56


@dataclass(frozen=True, slots=True)
class Waiting:
    """Visits whose first message is still to come; the columns go by visit."""

    cars: IntArray
    cycles: IntArray
    stores: IntArray
    due: IntArray  # P10, P50, P90 as ordinals


@dataclass(frozen=True, slots=True)
class Told:
    """What a store may know of its messages: the sendings, and the bookings that answered them."""

    sendings: list[Sending]
    answers: list[Answer]


class Sender(Protocol):
    """One arm of the trial."""

    name: str

    def planned(self, waiting: Waiting, *, on: int) -> IntArray:
        """Return the day on which each visit's first message should go, as it looks on the day; NEVER for none."""
        ...

    def settle(self, on: int, *, waiting: Waiting, told: Sequence[Told], shops: Sequence[Shop]) -> bool:
        """Take in the evening's facts; return whether days planned before may no longer hold."""
        ...


@dataclass(slots=True)
class FixedLead:
    """The same lead for everybody, before the median due day; it learns nothing."""

    name: str = "fixed"

    def planned(self, waiting: Waiting, *, on: int) -> IntArray:
        """Return the median due day less the lead, not before the day."""
        return np.maximum(waiting.due[:, 1] - FIXED_LEAD_DAYS, on)

    def settle(self, on: int, *, waiting: Waiting, told: Sequence[Told], shops: Sequence[Shop]) -> bool:  # noqa: ARG002  # of every arm
        """Return that nothing changed."""
        return False


@dataclass(slots=True)
class ByValue:
    """The product's rule; without prices it knows the booking curve alone."""

    name: str
    world: World
    policy: LeadPolicy
    has_prices: bool
    leads: list[LeadTime] = field(init=False)

    def __post_init__(self) -> None:
        start = self.world.starts_on
        prices = (0,) * self.policy.price_days
        prior = LeadTime("", 1, start, self.policy.curve, self.policy.lags, prices, start)
        self.leads = [replace(prior, store_id=str(place)) for place in range(len(self.world.hidden))]

    def planned(self, waiting: Waiting, *, on: int) -> IntArray:
        """Return the day worth most, or the drawn one for the share that explores."""
        earliest = np.full(len(waiting.cars), on, dtype=np.int64)
        days = send_days(waiting.due, earliest=earliest, leads=self.leads, of=waiting.stores, policy=self.policy).days
        for place, (car, cycle) in enumerate(zip(waiting.cars.tolist(), waiting.cycles.tolist(), strict=True)):
            if arm_of(str(car), str(cycle), policy=self.policy) is Arm.RANDOM:
                days[place] = max(on, waiting.due[place, 1] - drawn_lead(str(car), str(cycle), policy=self.policy))
        return days

    def settle(self, on: int, *, waiting: Waiting, told: Sequence[Told], shops: Sequence[Shop]) -> bool:
        """Learn the curve and the lags, and move the prices."""
        if (on - self.world.first) % LEARNED_EVERY_DAYS:
            return False
        held = list(self.leads)
        for store, (mine, shop) in enumerate(zip(told, shops, strict=True)):
            found = outcomes(mine.sendings, mine.answers, policy=self.policy)
            kin = [lead.curve for lead in held if lead is not held[store]]
            lead = self._learned(held[store], found, kin, date.fromordinal(on + 1))
            if self.has_prices:
                demand = self._demand(lead, found, waiting.due[waiting.stores == store], shop)
                lead = settled_prices(lead, demand=demand, policy=self.policy)
            self.leads[store] = lead
        return True

    def _learned(self, held: LeadTime, found: list[Outcome], kin: list[BookingCurve], as_of: date) -> LeadTime:
        settled = settled_outcomes(found, as_of=as_of, policy=self.policy)
        curve, lags = learned(settled, kin=kin, policy=self.policy)
        return LeadTime(
            store_id=held.store_id,
            version=held.version + 1,
            as_of=as_of,
            curve=curve,
            lags=lags,
            prices_fen=tuple(carried_prices(held, first_on=as_of, days=self.policy.price_days).tolist()),
            first_on=as_of,
            is_learned=bool(settled),
        )

    def _demand(self, lead: LeadTime, found: list[Outcome], due: IntArray, shop: Shop) -> Demand:
        waiting = waiting_outcomes(found, as_of=lead.as_of, policy=self.policy)
        start = (lead.first_on - self.world.starts_on).days
        past = shop.days(max(0, start - _USUAL_DAYS), start)
        ahead = shop.days(start, start + self.policy.price_days)
        return Demand(
            booked=expected_minutes(ahead, past=past, is_open=[shop.room_on(day.on) > 0 for day in past]),
            capacity=np.array([shop.room_on(day) for day in lead.days], dtype=np.float64),
            visit_minutes=VISIT_MINUTES,
            sent_due=due_of(waiting),
            sent_on=sent_of(waiting),
            open_due=due,
            open_earliest=np.full(len(due), lead.as_of.toordinal(), dtype=np.int64),
            answering=answering(
                settled_outcomes(found, as_of=lead.as_of, policy=self.policy), lead=lead, policy=self.policy
            ),
        )


def sending_of(key: str, store: int, due: Sequence[int], *, on: int) -> Sending:
    """Return the evidence of a message that was sent on the day."""
    p10, p50, p90 = (date.fromordinal(day) for day in due)
    return Sending(key, str(store), date.fromordinal(on), p10, p50, p90, arm=Arm.PRICED)


def answer_of(key: str, store: int, *, on: int, visit_after: int) -> Answer:
    """Return the evidence of a booking made on the day for a visit so many days later."""
    booked_on = date.fromordinal(on)
    return Answer(key, str(store), booked_on, booked_on + timedelta(days=visit_after))
