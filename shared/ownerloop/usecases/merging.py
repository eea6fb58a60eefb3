"""Reports meet their cars: consent, evidence, forecast, and one conditional write a car."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from ownerloop.domain import observations
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.changing import changed_copy, maker_of
from ownerloop.domain.clusters import counts_since
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.consent_view import ConsentView
from ownerloop.domain.evidence import word_of
from ownerloop.domain.evidence_columns import merge_columns
from ownerloop.domain.first_day import Timing, first_days
from ownerloop.domain.forecast import forecast_columns
from ownerloop.domain.intake import IntakeRules, Use
from ownerloop.domain.priors import Priors
from ownerloop.domain.replanning import as_allowed, with_forecast
from ownerloop.domain.report import VehicleReport
from ownerloop.domain.vehicle import Reading, Vehicle
from ownerloop.lead_ports import LeadTimes
from ownerloop.ports import PriorsBook, Vehicles
from ownerloop.usecases.arriving import Arrived

_LOCATION = frozenset({DataClass.LOCATION})
ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one car's reports: the car as it is now, what was used of each report, and why others were not."""

    before: Vehicle
    after: Vehicle
    used: tuple[tuple[Arrived, VehicleReport], ...]
    unused: tuple[tuple[Arrived, str], ...]  # with the reason

    @property
    def was_delivered(self) -> bool:
        """Return whether some of it came before, so that what it led to may have been lost."""
        return any(arrived.raw.was_delivered for arrived, _ in self.used)

    @property
    def has_changed(self) -> bool:
        """Return whether the car was written."""
        return self.after.version != self.before.version

    @property
    def has_news(self) -> bool:
        """Return whether a median, a P90 or the reminder day changed."""
        before, after = self.before, self.after
        if before.version == after.version:
            return False
        return before.remind_on != after.remind_on or _medians(before) != _medians(after)


_settled = maker_of(Settled)


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
        judged = _with_reports([_judge(held[vehicle_id], arrived, now=now) for vehicle_id, arrived in waiting.items()])
        if any(case.has_changed for case in judged):
            current = current or priors.current()
            judged = _with_forecasts(judged, priors=current, leads=leads, rules=rules, now=now)
        changed = [case.after for case in judged if case.has_changed]
        lost = vehicles.save(changed) if changed else set()
        merged.settled += [case for case in judged if case.after.vehicle_id not in lost] if lost else judged
        merged.writes_lost += len(lost)
        waiting = {vehicle_id: waiting[vehicle_id] for vehicle_id in waiting if vehicle_id in lost}
        if not waiting:
            return merged
        held = vehicles.load(waiting)
    merged.lost = [arrived for reports in waiting.values() for arrived in reports]
    return merged


def _judge(car: Vehicle, reports: Sequence[Arrived], *, now: datetime) -> Settled:
    """Return what consent leaves of each report; the car is as it was."""
    if car.version == 0:
        return _settled(car, car, (), tuple((report, "unknown_vehicle") for report in reports))
    consent = _Consent(car, now=now)
    used: list[tuple[Arrived, VehicleReport]] = []
    unused: list[tuple[Arrived, str]] = []
    for arrived in reports:
        report = arrived.report
        allowed = consent.covers(report)
        if report.classes <= allowed:
            used.append((arrived, report))
        elif report.classes.isdisjoint(allowed):
            unused.append((arrived, consent.why_not(report)))
        else:
            used.append((arrived, report.limited_to(allowed)))
    return _settled(car, car, tuple(used), tuple(unused))


def _with_reports(judged: Sequence[Settled]) -> list[Settled]:
    """Return the cases, each car with what its reports add to evidence and observations; the same car if nothing is."""
    fresh = [_fresh(case) for case in judged]
    words = [
        [
            word_of(one.read_at, one.odometer_m, is_bare_date=one.is_bare_date)
            for one in reports
            if one.odometer_m is not None
        ]
        for reports in fresh
    ]
    evidence = merge_columns([case.before.evidence for case in judged], words)
    return [_with_one(case, reports, its) for case, reports, its in zip(judged, fresh, evidence, strict=True)]


def _fresh(case: Settled) -> list[VehicleReport]:
    """Return what was used of the reports that may change the car's state, of its present odometer."""
    fresh = [report for arrived, report in case.used if arrived.use is Use.STATE]
    since = counts_since(case.before)
    return fresh if since is None else [report for report in fresh if report.read_at >= since]


def _with_one(case: Settled, reports: Sequence[VehicleReport], evidence: Sequence[Reading]) -> Settled:
    car = case.before
    said = [one for report in reports if report.has_observations for one in report.observations]
    observed = observations.merged(car.observations, said) if said else car.observations
    if observed == car.observations and (evidence is car.evidence or evidence == car.evidence):
        return case
    after = changed_copy(car, evidence=evidence, observations=observed, version=car.version + 1)
    return _settled(car, after, case.used, case.unused)


class _Consent:
    """What the car's consent covers: its data for maintenance, and where it was for presence alone."""

    __slots__ = ("_care", "_head", "_now")

    def __init__(self, car: Vehicle, *, now: datetime) -> None:
        self._head, self._now = car.consent, now
        self._care = ConsentView(car.consent, now=now, purpose=Purpose.MAINTENANCE)

    def covers(self, report: VehicleReport) -> frozenset[str]:
        """Return the data classes that may be used of the report."""
        allowed = self._care.usable_classes(report.read_at)
        if report.position is None:
            return allowed
        placed = self._head.usable_classes(report.read_at, now=self._now, purpose=Purpose.PRESENCE)
        return allowed - _LOCATION | placed & _LOCATION

    def why_not(self, report: VehicleReport) -> str:
        """Return `consent_withdrawn` where only a withdrawal stands against what the report says, else `no_consent`."""
        if report.classes != _LOCATION:
            return self._care.why_not(report.read_at, asked=report.classes)
        view = ConsentView(self._head, now=self._now, purpose=Purpose.PRESENCE)
        return view.why_not(report.read_at, asked=_LOCATION)


def _with_forecasts(
    judged: Sequence[Settled], *, priors: Priors, leads: LeadTimes, rules: IntakeRules, now: datetime
) -> list[Settled]:
    """Return the cases, each changed car with its forecast of the day; all of them in one pass."""
    changed = [case.after for case in judged if case.has_changed]
    zones = [rules.zone_of(car.store_id) for car in changed]
    days = [civil_day(now, zone) for zone in zones]
    outlooks = forecast_columns(
        [as_allowed(car, now=now) for car in changed],
        plans=[rules.plan_of(car.model, day) for car, day in zip(changed, days, strict=True)],
        priors=priors,
        policy=rules.forecast,
        as_of=days,
        zones=zones,
    )
    fresh = [outlook.forecast for outlook in outlooks]
    timing = _timing(changed, leads=leads, rules=rules)
    firsts = first_days(changed, fresh, rule=rules.reminder.visit, as_of=days, timing=timing)
    planned: dict[str, Vehicle] = {}
    for car, outlook, day, first in zip(changed, outlooks, days, firsts, strict=True):
        is_same = outlook.cluster_flag == car.cluster_flag
        flagged = car if is_same else changed_copy(car, cluster_flag=outlook.cluster_flag)
        planned[car.vehicle_id] = with_forecast(
            flagged, outlook.forecast, reminder_policy=rules.reminder, as_of=day, firsts=first
        )
    return [
        _settled(case.before, after, case.used, case.unused) if (after := planned.get(case.after.vehicle_id)) else case
        for case in judged
    ]


def _timing(cars: Sequence[Vehicle], *, leads: LeadTimes, rules: IntakeRules) -> Timing:
    published = leads.of_stores({car.store_id for car in cars if car.store_id}) if rules.lead else {}
    return Timing(rules.lead, published)


def _medians(car: Vehicle) -> list[tuple[str, date, date]]:
    """Return what others are told of each item when it changes."""
    return [(item.item, item.due_p50, item.due_p90) for item in car.forecast.items] if car.forecast else []
