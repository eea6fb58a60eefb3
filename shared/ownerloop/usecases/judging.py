"""What consent leaves of the reports on one car, and which of it may change the car's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.changing import changed_copy, maker_of
from ownerloop.domain.clusters import counts_since
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.consent_view import ConsentView
from ownerloop.domain.evidence import word_of
from ownerloop.domain.intake import Use
from ownerloop.domain.observations import Observation
from ownerloop.domain.report import VehicleReport
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.arriving import Arrived

_LOCATION = frozenset({DataClass.LOCATION})


@dataclass(frozen=True, slots=True)
class Judged:
    """One car as it was, each report with what may be used of it, and why others were not.

    `words` are the readings that may change the car's state, as `evidence.word_of` tells them, `said` its observations.
    """

    car: Vehicle
    used: Sequence[Arrived]
    unused: Sequence[tuple[Arrived, str]]  # with the reason
    words: Sequence[int] = ()
    said: Sequence[Observation] = ()
    was_delivered: bool = False  # some of what is used came before, so that what it led to may have been lost


_judged = maker_of(Judged)


def judge(car: Vehicle, reports: Sequence[Arrived], *, now: datetime) -> Judged:
    """Return what consent leaves of each report; what was read before a cluster was replaced changes no state."""
    if car.version == 0:
        return _judged(car, (), [(report, "unknown_vehicle") for report in reports])
    now = car.consent.known_at(now)  # a batch that began before the car was sold may be judged after it
    view = ConsentView(car.consent, now=now, purpose=Purpose.MAINTENANCE)
    since = counts_since(car)
    used: list[Arrived] = []
    unused: list[tuple[Arrived, str]] = []
    words: list[int] = []
    said: list[Observation] = []
    was_delivered = False
    for arrived in reports:
        report = arrived.report
        allowed = view.usable_classes(report.read_at)
        if report.position is not None:
            allowed = allowed - _LOCATION | _placed(car, report, now=now) & _LOCATION
        if not report.classes <= allowed:
            if report.classes.isdisjoint(allowed):
                unused.append((arrived, _why_not(view, car, report, now=now)))
                continue
            report = report.limited_to(allowed)
            used.append(changed_copy(arrived, report=report))
        else:
            used.append(arrived)
        was_delivered = was_delivered or arrived.raw.was_delivered
        if arrived.use is Use.STATE and (since is None or report.read_at >= since):
            if report.odometer_m is not None:
                words.append(word_of(report.read_at, report.odometer_m, is_bare_date=report.is_bare_date))
            if report.has_observations:
                said += report.observations
    return _judged(car, used, unused, words, said, was_delivered)


def _placed(car: Vehicle, report: VehicleReport, *, now: datetime) -> frozenset[str]:
    """Return the classes that may be used for presence: where a car was needs a consent of its own."""
    return car.consent.usable_classes(report.read_at, now=now, purpose=Purpose.PRESENCE)


def _why_not(view: ConsentView, car: Vehicle, report: VehicleReport, *, now: datetime) -> str:
    """Return `consent_withdrawn` where only a withdrawal stands against what the report says, else `no_consent`."""
    if report.classes == _LOCATION:
        view = ConsentView(car.consent, now=now, purpose=Purpose.PRESENCE)
    return view.why_not(report.read_at, asked=report.classes)
