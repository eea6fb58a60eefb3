"""Planning: cars whose reminder day has come become contact requests, once per car, item, due cycle and stage."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.car_bookings import free_again_on
from ownerloop.domain.consent import Purpose
from ownerloop.domain.contact import Contact
from ownerloop.domain.first_day import Firsts, Timing, first_days
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.identity import strictest
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.priors import Priors
from ownerloop.domain.recheck import BOOKED, consent_reason, has_visit_ahead
from ownerloop.domain.reminders import reminders_due
from ownerloop.domain.replanning import as_allowed, silenced, with_forecast
from ownerloop.domain.requesting import PlanningRules, request
from ownerloop.domain.telling import look_day, told_after
from ownerloop.domain.vehicle import Forecast, Vehicle
from ownerloop.lead_ports import LeadTimes
from ownerloop.outreach_ports import Contacts
from ownerloop.ports import Owners, PlanningCursor, PriorsBook, StoreJobs, Vehicles
from ownerloop.usecases.apart import Faults
from ownerloop.usecases.following import people

JOB = "plan_contacts"
SPAN_DAYS_MAX = 31  # days looked through at once, 16 index reads each; after a longer stop the next hours go on
CARS_MAX = 5_000  # cars planned at once; the rest stays in the index for the next hour
PAGE = 100  # cars loaded and written together; one person's cars are never parted
RECHECK_DAYS = 7  # a car that nobody may be reminded of is looked at again, for owner and consent can come


@dataclass(frozen=True, slots=True)
class Planning:
    """What planning needs: the ports, and the rules by day."""

    vehicles: Vehicles
    owners: Owners
    contacts: Contacts
    cursor: PlanningCursor
    priors: PriorsBook
    leads: LeadTimes
    rules_on: Callable[[date], PlanningRules]


@dataclass(slots=True)
class PlanReport:
    """What one store's planning did: new requests, cars seen, why cars gave none, and whether the store is whole.

    `faults` are for the caller to raise.
    """

    requested: int = 0
    cars: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    is_whole: bool = False
    correlations: set[str | None] = field(default_factory=set)  # what the requests began with
    faults: Faults = field(default_factory=Faults)


@dataclass(frozen=True, slots=True)
class _Day:
    store: Store
    today: date
    rules: PlanningRules
    priors: Priors
    timing: Timing
    now: datetime

    @property
    def job(self) -> str:
        """Return the name of the store's job of the day."""
        return f"{JOB}#{self.store.store_id}#{self.today}"


@dataclass(frozen=True, slots=True)
class _Planned:
    vehicle: Vehicle
    contacts: tuple[Contact, ...]
    passed_over: str | None


def stores_to_plan(stores: Mapping[str, Store], *, cursor: PlanningCursor, now: datetime) -> list[str]:
    """Return the stores whose planning hour has come on their clock and whose day is not planned whole, in order."""
    due: list[str] = []
    for store_id, store in sorted(stores.items()):
        local = now.astimezone(zone_of(store.zone))
        through = cursor.planned_through(store_id)
        if local.hour >= store.plan_hour and (through is None or through < local.date()):
            due.append(store_id)
    return due


def start_planning(stores: Mapping[str, Store], *, cursor: PlanningCursor, jobs: StoreJobs, now: datetime) -> list[str]:
    """Queue one planning job for each store whose time has come; return the stores."""
    due = stores_to_plan(stores, cursor=cursor, now=now)
    if due:
        jobs.enqueue(JOB, store_ids=due, now=now)
    return due


def plan_store(store: Store, *, planning: Planning, now: datetime) -> PlanReport:
    """Request what is due in the store up to today; the cursor moves only when nothing of the span is left.

    A repeated planning finds the same contacts and the cars already moved on, so it asks nothing twice. A fault of
    one person's cars keeps nobody else's waiting.
    """
    report = PlanReport()
    today = civil_day(now, zone_of(store.zone))
    planned = planning.cursor.planned_through(store.store_id)
    if planned is not None and planned >= today:
        report.is_whole = True
        return report
    since = today - timedelta(days=SPAN_DAYS_MAX) if planned is None else planned
    through = min(today, since + timedelta(days=SPAN_DAYS_MAX))
    due = planning.vehicles.to_remind(store.store_id, since=since, through=through)
    day = _day(store, today, planning=planning, now=now)
    for page in _pages(due[:CARS_MAX], day=day, planning=planning, faults=report.faults):
        _plan_page(page, day=day, planning=planning, report=report)
    report.is_whole = report.lost == 0 and not report.faults.met and len(due) <= CARS_MAX
    if report.is_whole:
        planning.cursor.mark_planned(store.store_id, through=through)
    return report


def _day(store: Store, today: date, *, planning: Planning, now: datetime) -> _Day:
    rules = planning.rules_on(today)
    leads = planning.leads.of_stores([store.store_id]) if rules.lead else {}
    return _Day(store, today, rules, planning.priors.current(), Timing(rules.lead, leads), now)


def _pages(vehicle_ids: Sequence[str], *, day: _Day, planning: Planning, faults: Faults) -> list[dict[str, list[str]]]:
    # Pages of cars by their owner; a car without one stands under its own name.
    owned: dict[str, list[str]] = {}
    ownerless: dict[str, list[str]] = {}

    def read(part: Sequence[str]) -> None:
        for vehicle_id, vehicle in planning.vehicles.load(part).items():
            person_id = vehicle.consent.owner_now(day.now)
            (owned if person_id else ownerless).setdefault(person_id or vehicle_id, []).append(vehicle_id)

    for start in range(0, len(vehicle_ids), PAGE):
        faults.spare(vehicle_ids[start : start + PAGE], read)
    pages: list[dict[str, list[str]]] = [{}]
    for name, cars in [*sorted(owned.items()), *ownerless.items()]:
        if pages[-1] and sum(map(len, pages[-1].values())) + len(cars) > PAGE:
            pages.append({})
        pages[-1][name] = sorted(cars)
    return pages


def _plan_page(page: Mapping[str, list[str]], *, day: _Day, planning: Planning, report: PlanReport) -> None:
    def plan(names: Sequence[str]) -> None:
        vehicle_ids = [vehicle_id for name in names for vehicle_id in page[name]]
        left = _try_page(vehicle_ids, day=day, planning=planning, report=report)
        report.cars += len(vehicle_ids)
        if left:
            report.lost += len(_try_page(left, day=day, planning=planning, report=report))

    report.faults.spare(list(page), plan)


def _try_page(vehicle_ids: Sequence[str], *, day: _Day, planning: Planning, report: PlanReport) -> list[str]:
    """Plan the cars, contacts first; return the cars that somebody else wrote meanwhile."""
    vehicles = planning.vehicles.load(vehicle_ids)
    owned = {vehicle_id: vehicle.consent.owner_now(day.now) for vehicle_id, vehicle in vehicles.items()}
    owners = people(planning.owners, sorted({person_id for person_id in owned.values() if person_id}))
    planned = [
        _plan_car(vehicles[vehicle_id], fresh, firsts, owner=owners.get(owned[vehicle_id] or ""), day=day)
        for vehicle_id, fresh, firsts in _outlooks([vehicles[vehicle_id] for vehicle_id in vehicle_ids], day=day)
    ]
    # In the order in which a person's contacts are decided: whoever sees only some of them sees the first ones.
    contacts = sorted((c for car in planned for c in car.contacts), key=lambda c: (c.person_id, c.order))
    report.requested += len(planning.contacts.request(contacts)) if contacts else 0
    report.correlations |= {contact.correlation_id for contact in contacts}
    lost = planning.vehicles.save([car.vehicle for car in planned])
    report.passed_over.update(
        car.passed_over for car in planned if car.passed_over and car.vehicle.vehicle_id not in lost
    )
    return [vehicle_id for vehicle_id in vehicle_ids if vehicle_id in lost]


def _outlooks(cars: Sequence[Vehicle], *, day: _Day) -> list[tuple[str, Forecast | None, Firsts]]:
    """Return each car's id, its forecast of the day and the first days of its visits; all cars in one pass."""
    outlooks = forecast_columns(
        [as_allowed(car, now=day.now) for car in cars],
        plans=[day.rules.plan_of(car.model) for car in cars],
        priors=day.priors,
        policy=day.rules.forecast,
        as_of=[day.today] * len(cars),
        zones=[zone_of(day.store.zone)] * len(cars),
    )
    fresh = [outlook.forecast for outlook in outlooks]
    firsts = first_days(cars, fresh, rule=day.rules.reminder.visit, as_of=[day.today] * len(cars), timing=day.timing)
    return list(zip([car.vehicle_id for car in cars], fresh, firsts, strict=True))


def _plan_car(vehicle: Vehicle, fresh: Forecast | None, firsts: Firsts, *, owner: Owner | None, day: _Day) -> _Planned:
    rule = day.rules.reminder
    current = with_forecast(vehicle, fresh, reminder_policy=rule, as_of=day.today, firsts=firsts)
    passed_over = _why_passed_over(current, owner=owner, day=day)
    if passed_over == BOOKED:
        free_on = current.remind_on and free_again_on(current.booked)
        return _Planned(_next_version(current, free_on, day=day), (), passed_over)
    if passed_over is not None or owner is None or fresh is None:
        again = current.remind_on and day.today + timedelta(days=RECHECK_DAYS)
        return _Planned(_next_version(current, again, day=day), (), passed_over)
    due = reminders_due(fresh, reminded=current.reminded, policy=rule, on=day.today, firsts=firsts)
    began = vehicle.cause or day.job
    contacts = tuple(
        request(current, one, owner=owner, store=day.store, rules=day.rules, now=day.now, correlation_id=began)
        for one in due
    )
    asked = silenced(current, reminder_policy=rule, as_of=day.today, firsts=firsts)
    again = asked.remind_on and max(asked.remind_on, day.today + timedelta(days=1))
    return _Planned(_next_version(asked, again, day=day), contacts, None if contacts else "not_due")


def _why_passed_over(vehicle: Vehicle, *, owner: Owner | None, day: _Day) -> str | None:
    if vehicle.forecast is None:
        return "no_forecast"
    if not vehicle.remind:
        return "not_reminded"
    if owner is None:
        return "no_owner"
    if has_visit_ahead(vehicle, on=day.today):
        return BOOKED
    head = strictest(vehicle.consent, owner)
    return consent_reason(head, person_id=owner.person_id, purpose=Purpose.MAINTENANCE, now=day.now)


def _next_version(vehicle: Vehicle, remind_on: date | None, *, day: _Day) -> Vehicle:
    items = vehicle.forecast.items if vehicle.forecast else ()
    return replace(
        vehicle,
        version=vehicle.version + 1,
        remind_on=remind_on,
        told=told_after(vehicle, items, remind_on),
        look_on=look_day(None, remind_on, as_of=day.today),
    )
