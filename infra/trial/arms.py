"""How the day of the first message is chosen: a fixed lead, or the product's own value, learned curve and prices."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Protocol

import numpy as np

from infra.trial.shop import Shop
from infra.trial.told import Told
from infra.trial.world import CYCLES_MAX, World
from ownerloop.domain.day_prices import NEWEST_DAYS, Demand, answering_of, carried_prices, settled_prices
from ownerloop.domain.late_answers import late_shares
from ownerloop.domain.lead_learning import UNANSWERED, learned_from
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import NEVER, LeadTime, send_days
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.usual_load import expected_load

FIXED_LEAD_DAYS = 30
LEARNED_EVERY_DAYS = 28  # the product learns every night; once in four weeks keeps a year quick
PRICED_EVERY_DAYS = 3  # the product moves its prices every night; every third keeps a year quick
AHEAD_DAYS = 45  # as in the night's settlement: visits to be reminded within so many days ask for days
_SAMPLE = 1_200  # visits that settle prices; more are stood for by every second, third ... of them
_DELAYS_DAYS, _USUAL_DAYS = 56, 56
_WEEK = 7
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Waiting:
    """Visits whose first message is still to come; the columns go by visit."""

    cars: IntArray
    cycles: IntArray
    stores: IntArray
    due: IntArray  # P10, P50, P90 as ordinals


class Sender(Protocol):
    """One arm of the trial."""

    name: str

    def planned(self, waiting: Waiting, *, on: int) -> IntArray:
        """Return the day on which each visit's first message should go, as it looks on the day; NEVER for none."""
        ...

    def settle(self, on: int, *, soon: Waiting, told: Sequence[Told], shops: Sequence[Shop]) -> None:
        """Take in the evening's facts; `soon` are the visits whose message comes within AHEAD_DAYS."""
        ...


@dataclass(slots=True)
class FixedLead:
    """The same lead for everybody, before the median due day; it learns nothing."""

    name: str = "fixed"

    def planned(self, waiting: Waiting, *, on: int) -> IntArray:
        """Return the median due day less the lead, not before the day."""
        return np.maximum(waiting.due[:, 1] - FIXED_LEAD_DAYS, on)

    def settle(self, on: int, *, soon: Waiting, told: Sequence[Told], shops: Sequence[Shop]) -> None:
        """Change nothing."""


@dataclass(slots=True)
class ByValue:
    """The product's rule: the learned curve, and the prices of the workshop's days."""

    name: str
    world: World
    policy: LeadPolicy
    leads: list[LeadTime] = field(init=False)
    explores: FloatArray = field(init=False)  # by car and cycle, in 0-1: below the share the day is drawn
    draws: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        start = self.world.starts_on
        prices = (0,) * self.policy.price_days
        prior = LeadTime("", 1, start, self.policy.curve, self.policy.lags, prices, start)
        self.leads = [replace(prior, store_id=str(place)) for place in range(len(self.world.hidden))]
        cars = self.world.store.size
        self.explores, self.draws = np.random.default_rng(self.world.seed).random((2, cars, CYCLES_MAX))

    def planned(self, waiting: Waiting, *, on: int) -> IntArray:
        """Return the day worth most, or the drawn one for the share that explores."""
        earliest = np.full(len(waiting.cars), on, dtype=np.int64)
        days = send_days(waiting.due, earliest=earliest, leads=self.leads, of=waiting.stores, policy=self.policy).days
        at = (waiting.cars, waiting.cycles)
        span = self.policy.explore_lead_max - self.policy.explore_lead_min + 1
        drawn = waiting.due[:, 1] - self.policy.explore_lead_min - (self.draws[at] * span).astype(np.int64)
        days = np.where(days == NEVER, self._look_again(waiting, on), days)
        return np.where(self.explores[at] * _PERCENT < self.policy.explore_percent, np.maximum(on, drawn), days)

    def _look_again(self, waiting: Waiting, on: int) -> IntArray:
        """Return each car's next day to look again, as the product's `look_again_on`, by the car's number."""
        every = self.policy.look_again_days
        day = on + every - (on + waiting.cars) % every
        return np.where(day <= waiting.due[:, 1] - self.policy.lead_min, day, NEVER)

    def settle(self, on: int, *, soon: Waiting, told: Sequence[Told], shops: Sequence[Shop]) -> None:
        """Learn the curve and the lags, and move the prices."""
        passed, as_of = on - self.world.first, date.fromordinal(on + 1)
        if passed % LEARNED_EVERY_DAYS == 0:
            held = list(self.leads)
            self.leads = [self._learned(place, mine, held, as_of) for place, mine in enumerate(told)]
        if passed % PRICED_EVERY_DAYS == 0:
            for store, (mine, shop) in enumerate(zip(told, shops, strict=True)):
                prices = carried_prices(self.leads[store], first_on=as_of, days=self.policy.price_days)
                lead = replace(self.leads[store], as_of=as_of, first_on=as_of, prices_fen=tuple(prices.tolist()))
                demand = self._demand(lead, mine, soon.due[soon.stores == store], shop)
                self.leads[store] = settled_prices(lead, demand=demand, policy=self._nights())

    def _nights(self) -> LeadPolicy:
        """Return the policy with the rounds of all the nights since the prices moved last."""
        return replace(self.policy, price_rounds=self.policy.price_rounds * PRICED_EVERY_DAYS)

    def _learned(self, place: int, told: Told, held: Sequence[LeadTime], as_of: date) -> LeadTime:
        seen = told.sent_between(self.policy.evidence_since(as_of).toordinal(), self._settled_before(as_of))
        kin = [lead.curve for lead in held if lead is not held[place]]
        lags = np.where(seen.answer_days > self.policy.answer_days, UNANSWERED, seen.lags)
        curve, shares = learned_from(seen.due, seen.sent_on, lags, kin=kin, policy=self.policy)
        return replace(held[place], version=held[place].version + 1, curve=curve, lags=shares, is_learned=True)

    def _settled_before(self, as_of: date) -> int:
        return as_of.toordinal() - self.policy.answer_days

    def _demand(self, lead: LeadTime, told: Told, due: IntArray, shop: Shop) -> Demand:
        as_of, settled = lead.as_of.toordinal(), self._settled_before(lead.as_of)
        waiting = told.sent_between(settled, as_of + 1)
        is_open = waiting.lags == UNANSWERED
        done = told.sent_between(settled - _DELAYS_DAYS, settled)
        delays = done.answer_days[(done.answer_days != UNANSWERED) & (done.answer_days <= self.policy.answer_days)]
        late = late_shares(delays, lags=lead.lags, strength=self.policy.lag_strength)
        newest = told.sent_between(as_of - NEWEST_DAYS, as_of)
        came = int((newest.lags != UNANSWERED).sum())
        each = max(1, len(due) // _SAMPLE)
        due = due[::each]
        return Demand(
            booked=self._booked(as_of - self.world.first, shop),
            capacity=self._capacity(as_of - self.world.first, shop),
            visit_minutes=1,
            sent_due=waiting.due[is_open],
            sent_on=waiting.sent_on[is_open],
            open_due=due,
            open_earliest=np.full(len(due), as_of, dtype=np.int64),
            late=late,
            answering=answering_of(newest.due, newest.sent_on, came=came, late=late, lead=lead, policy=self.policy),
            open_weight=each,
        )

    def _booked(self, start: int, shop: Shop) -> FloatArray:
        since, days = max(0, start - _USUAL_DAYS), self.policy.price_days
        past = shop.walked_in[since:start].astype(np.float64)
        weekdays = (self.world.first - 1 + np.arange(since, start + days)) % _WEEK
        is_open = self.world.places[shop.store, since:start] > 0
        ahead = weekdays[start - since :], weekdays[: start - since]
        promised = shop.promised(start, start + days)
        return expected_load(promised, np.zeros(days), past=past, is_open=is_open, weekdays=ahead)

    def _capacity(self, start: int, shop: Shop) -> FloatArray:
        """Return the places of the days ahead; beyond the trial those of its last weekday of that name."""
        places, last = self.world.places[shop.store], self.world.width - 1
        day = start + np.arange(self.policy.price_days)
        at = np.where(day <= last, day, last - _WEEK + 1 + (day - last - 1) % _WEEK)
        found: FloatArray = places[at].astype(np.float64)
        return found
