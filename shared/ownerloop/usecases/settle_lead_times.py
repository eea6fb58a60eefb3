"""The night's settlement of lead times: what a store's messages taught, and what its workshop's days will cost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.car_bookings import is_booked
from ownerloop.domain.day_prices import Demand, answering, carried_prices, settled_prices
from ownerloop.domain.first_day import planned_visits
from ownerloop.domain.late_answers import late_shares
from ownerloop.domain.lead_learning import (
    Outcome,
    all_on,
    delays_of,
    due_of,
    due_rows,
    learned,
    outcomes,
    sent_of,
    settled_outcomes,
    waiting_outcomes,
)
from ownerloop.domain.lead_policy import LeadPolicy, LeadRules
from ownerloop.domain.lead_time import LeadTime
from ownerloop.domain.plans import Store
from ownerloop.domain.rate import FloatArray, IntArray
from ownerloop.domain.usual_load import expected_minutes, minutes_of
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.visits import VisitRule
from ownerloop.lead_ports import LeadTimes
from ownerloop.ports import Vehicles
from ownerloop.workshop_ports import LeadEvidence, Workshop

JOB = "settle_lead_times"
PAGE = 100  # cars loaded together
CARS_MAX = 50_000  # of one store whose day comes soon; more are left out of the night's demand
AHEAD_DAYS = 45  # reminders this far ahead ask for days that have a price
PAST_DAYS = 56  # eight of each weekday say what is usual


@dataclass(frozen=True, slots=True)
class LeadSettling:
    """What the settlement needs: the ports, and the rules by day."""

    leads: LeadTimes
    evidence: LeadEvidence
    workshop: Workshop
    vehicles: Vehicles
    rules_on: Callable[[date], LeadRules]


@dataclass(frozen=True, slots=True)
class LeadReport:
    """What one store's settlement did: messages that taught, visits still to be asked for, and what is published."""

    messages: int
    open_visits: int
    lead: LeadTime
    is_new: bool


def settle_lead_time(store: Store, *, stores: Mapping[str, Store], settling: LeadSettling, now: datetime) -> LeadReport:
    """Publish the store's lead time as of its civil day, if it says something new.

    A repeated settlement of one day publishes nothing: prices move once a night.
    """
    as_of = civil_day(now, zone_of(store.zone))
    rules = settling.rules_on(as_of)
    kin = sorted(other for other, of in stores.items() if of.group == store.group)
    published = settling.leads.of_stores({*kin, store.store_id})
    held = published.pop(store.store_id, None)
    if held is not None and held.as_of >= as_of:
        return LeadReport(messages=held.curve.messages, open_visits=0, lead=held, is_new=False)
    found = _outcomes(store, as_of, settling=settling, policy=rules.policy)
    settled = settled_outcomes(found, as_of=as_of, policy=rules.policy)
    known = [curve for lead in published.values() if (curve := lead.curve_known(as_of))]
    curve, lags = learned(settled, kin=known, policy=rules.policy)
    fresh = LeadTime(
        store_id=store.store_id,
        version=held.version + 1 if held else 1,
        as_of=as_of,
        curve=curve,
        lags=lags,
        prices_fen=tuple(carried_prices(held, first_on=as_of, days=rules.policy.price_days).tolist()),
        first_on=as_of,
        is_learned=bool(settled),
        curve_before=held.curve if held else None,
    )
    demand = _demand(fresh, found, settling=settling, rules=rules)
    if demand is not None:
        fresh = settled_prices(fresh, demand=demand, policy=rules.policy)
    settling.leads.publish(fresh)
    return LeadReport(messages=len(settled), open_visits=len(demand.open_due) if demand else 0, lead=fresh, is_new=True)


def _outcomes(store: Store, as_of: date, *, settling: LeadSettling, policy: LeadPolicy) -> list[Outcome]:
    since = policy.evidence_since(as_of)
    sendings, answers = settling.evidence.of_store(store.store_id, since=since, through=as_of)
    return outcomes(sendings, answers, policy=policy)


def _demand(lead: LeadTime, found: Sequence[Outcome], *, settling: LeadSettling, rules: LeadRules) -> Demand | None:
    """Return what the days ahead will be asked for; None for a store without a workshop, whose days have no price."""
    minutes = rules.visit_minutes(lead.store_id)
    if minutes is None:
        return None
    waiting = waiting_outcomes(found, as_of=lead.as_of, policy=rules.policy)
    settled = settled_outcomes(found, as_of=lead.as_of, policy=rules.policy)
    open_due = _open_visits(lead, settling=settling, rule=rules.visit)
    late = late_shares(delays_of(settled), lags=lead.lags, strength=rules.policy.lag_strength)
    return Demand(
        booked=_booked(lead, settling=settling, rules=rules),
        capacity=minutes_of(rules.capacity_on(lead.store_id, day) for day in lead.days),
        visit_minutes=minutes,
        sent_due=due_of(waiting),
        sent_on=sent_of(waiting),
        open_due=open_due,
        open_earliest=all_on(lead.as_of, of=open_due),
        late=late,
        answering=answering(found, late=late, lead=lead, policy=rules.policy),
    )


def _booked(lead: LeadTime, *, settling: LeadSettling, rules: LeadRules) -> FloatArray:
    since, through = lead.as_of - timedelta(days=PAST_DAYS), lead.days[-1]
    days = settling.workshop.days(lead.store_id, since=since, through=through)
    past = [day for day in days if day.on < lead.as_of]
    is_open = [rules.capacity_on(lead.store_id, day.on) > 0 for day in past]
    return expected_minutes([day for day in days if day.on >= lead.as_of], past=past, is_open=is_open)


def _open_visits(lead: LeadTime, *, settling: LeadSettling, rule: VisitRule) -> IntArray:
    """Return the due days of visits whose first message comes soon."""
    through = lead.as_of + timedelta(days=AHEAD_DAYS)
    ids = settling.vehicles.to_remind(lead.store_id, since=lead.as_of, through=through)
    return due_rows(
        visit.due
        for car in _cars(ids[:CARS_MAX], settling.vehicles)
        if car.forecast and car.store_id == lead.store_id and car.remind_on and car.remind_on <= through
        if not is_booked(car.booked, on=lead.as_of)
        for visit in planned_visits(car, car.forecast, rule)
    )


def _cars(vehicle_ids: Sequence[str], vehicles: Vehicles) -> Iterator[Vehicle]:
    for start in range(0, len(vehicle_ids), PAGE):
        yield from vehicles.load(vehicle_ids[start : start + PAGE]).values()
