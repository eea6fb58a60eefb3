"""Reports meet their cars: consent, evidence, forecast, and one conditional write a car."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from ownerloop.domain import observations
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.changing import changed_copy, maker_of
from ownerloop.domain.evidence_columns import merge_columns
from ownerloop.domain.first_day import Timing, first_days
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.intake import IntakeRules
from ownerloop.domain.observations import Observation
from ownerloop.domain.plans import ServicePlan
from ownerloop.domain.priors import Priors
from ownerloop.domain.replanning import as_allowed, next_words
from ownerloop.domain.telling import is_news, known, look_day, told_after
from ownerloop.domain.vehicle import Reading, Vehicle
from ownerloop.lead_ports import LeadTimes
from ownerloop.ports import PriorsBook, Vehicles
from ownerloop.usecases.arriving import Arrived
from ownerloop.usecases.judging import Judged, judge

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one car's reports: the car as it is now, what was used of each report, and why others were not."""

    before: Vehicle
    after: Vehicle
    used: Sequence[Arrived]
    unused: Sequence[tuple[Arrived, str]]  # with the reason
    words: Sequence[int] = ()  # the readings among them that may change the car, as `evidence.word_of` tells them
    was_delivered: bool = False  # some of what is used came before, so that what it led to may have been lost
    has_news: bool = False  # others must hear when it is due, or when its owner is (`telling.is_news`)

    @property
    def has_changed(self) -> bool:
        """Return whether the car was written."""
        return self.after.version != self.before.version


_settled = maker_of(Settled)
_Planned = tuple[Vehicle, bool]  # the car as it is to be written, and whether that is news


@dataclass(slots=True)
class Merged:
    """Every car of the batch that was settled, and the reports of those that lost every write."""

    settled: list[Settled] = field(default_factory=list)
    lost: list[Arrived] = field(default_factory=list)
    writes_lost: int = 0


def merge_all(
    pending: Mapping[str, Sequence[Arrived]],
    *,
    cars: Mapping[str, Vehicle],
    vehicles: Vehicles,
    priors: PriorsBook,
    leads: LeadTimes,
    rules: IntakeRules,
    now: datetime,
) -> Merged:
    """Merge each car's reports into it and write it once; a loser is read, judged and merged again."""
    merged = Merged()
    waiting, held = dict(pending), cars
    current: Priors | None = None
    for _ in range(ATTEMPTS_MAX):
        judged = [judge(held[vehicle_id], arrived, now=now) for vehicle_id, arrived in waiting.items()]
        changes = _changes(judged)
        planned: dict[str, _Planned] = {}
        if changes:
            current = current or priors.current()
            planned = _plan(changes, priors=current, leads=leads, rules=rules, now=now)
        lost = vehicles.save([car for car, _ in planned.values()]) if planned else set()
        merged.settled += _settle(judged, planned, lost)
        merged.writes_lost += len(lost)
        waiting = {vehicle_id: waiting[vehicle_id] for vehicle_id in waiting if vehicle_id in lost}
        if not waiting:
            return merged
        held = vehicles.load(waiting)
    merged.lost = [arrived for reports in waiting.values() for arrived in reports]
    return merged


def _settle(judged: Sequence[Judged], planned: Mapping[str, _Planned], lost: Collection[str]) -> list[Settled]:
    """Return what became of each car that lost no write; what is planned was written."""
    settled: list[Settled] = []
    for case in judged:
        before = case.car
        if before.vehicle_id in lost:
            continue
        after, has_news = planned.get(before.vehicle_id, (before, False))
        settled.append(_settled(before, after, case.used, case.unused, case.words, case.was_delivered, has_news))
    return settled


@dataclass(frozen=True, slots=True)
class _Change:
    """A car and what its reports add to it: evidence and observations as they are now."""

    car: Vehicle
    used: Sequence[Arrived]
    evidence: Sequence[Reading]
    observed: tuple[Observation, ...]


_change = maker_of(_Change)


def _changes(judged: Sequence[Judged]) -> list[_Change]:
    """Return the cars to whose evidence or observations something was added."""
    merged = merge_columns([case.car.evidence for case in judged], [case.words for case in judged])
    changes: list[_Change] = []
    for case, evidence in zip(judged, merged, strict=True):
        car = case.car
        observed = observations.merged(car.observations, case.said) if case.said else car.observations
        is_same = evidence is car.evidence or evidence == car.evidence
        if not is_same or observed != car.observations:
            changes.append(_change(car, case.used, evidence, observed))
    return changes


def _plan(
    changes: Sequence[_Change], *, priors: Priors, leads: LeadTimes, rules: IntakeRules, now: datetime
) -> dict[str, _Planned]:
    """Return the cars as they are to be written, each with its forecast of the store's day; all of them in one pass."""
    cars = [change.car for change in changes]
    zones, days = _where_and_when(cars, rules, now)
    outlooks = forecast_columns(
        [_as_seen(change, now=now) for change in changes],
        plans=_plans(cars, days, rules),
        priors=priors,
        policy=rules.forecast,
        as_of=days,
        zones=zones,
        evidence=[change.evidence for change in changes],
    )
    timing = _timing(cars, leads=leads, rules=rules)
    fresh = [outlook.forecast for outlook in outlooks]
    firsts = first_days(cars, fresh, rule=rules.reminder.visit, as_of=days, timing=timing)
    percent = rules.intake.news_percent
    planned: dict[str, _Planned] = {}
    for change, outlook, day, first in zip(changes, outlooks, days, firsts, strict=True):
        car = change.car
        reminded, remind_on = next_words(car, outlook.forecast, reminder_policy=rules.reminder, as_of=day, firsts=first)
        items = outlook.forecast.items if outlook.forecast else ()
        has_news = is_news(known(car), items, remind_on, as_of=day, tolerance_percent=percent)
        after = changed_copy(
            car,
            version=car.version + 1,
            evidence=change.evidence,
            observations=change.observed,
            cluster_flag=outlook.cluster_flag,
            forecast=outlook.forecast,
            reminded=reminded,
            remind_on=remind_on,
            cause=_newest(change.used).event_key if has_news else car.cause,
            told=None if has_news else told_after(car, items, remind_on),
            look_on=look_day(car.found_on, remind_on, as_of=day),
        )
        planned[car.vehicle_id] = (after, has_news)
    return planned


def _newest(used: Sequence[Arrived]) -> Arrived:
    return used[0] if len(used) == 1 else max(used, key=lambda one: (one.report.read_at, one.event_key))


def _as_seen(change: _Change, *, now: datetime) -> Vehicle:
    """Return the car as a forecast may see it, with the observations that a live consent covers."""
    car = change.car
    if not change.observed and not car.observations:
        return car
    return as_allowed(changed_copy(car, observations=change.observed), now=now)


def _where_and_when(cars: Sequence[Vehicle], rules: IntakeRules, now: datetime) -> tuple[list[ZoneInfo], list[date]]:
    """Return the zone of each car's store, and the civil day there."""
    places = {store_id: rules.zone_of(store_id) for store_id in {car.store_id for car in cars}}
    today = {store_id: civil_day(now, zone) for store_id, zone in places.items()}
    return [places[car.store_id] for car in cars], [today[car.store_id] for car in cars]


def _plans(cars: Sequence[Vehicle], days: Sequence[date], rules: IntakeRules) -> list[ServicePlan]:
    kinds = [(car.model, day) for car, day in zip(cars, days, strict=True)]
    plans = {kind: rules.plan_of(*kind) for kind in set(kinds)}
    return [plans[kind] for kind in kinds]


def _timing(cars: Sequence[Vehicle], *, leads: LeadTimes, rules: IntakeRules) -> Timing:
    published = leads.of_stores({car.store_id for car in cars if car.store_id}) if rules.lead else {}
    return Timing(rules.lead, published)
