"""Owners, cars and consents come in: each event changes what it names, once, whatever the order of arrival."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

from ownerloop.domain.arrival import Arrival
from ownerloop.domain.enrolment import VehicleHandedOver, VehicleLinked
from ownerloop.ports import Refusal, Row
from ownerloop.usecases.enrol_identities import do_asked, do_linked
from ownerloop.usecases.enrolment_rounds import (
    FAULTS_MAX,
    ROUND_EVENTS,
    EnrolmentWorld,
    EnrolReport,
    refused,
    settle_apart,
)
from ownerloop.usecases.enrolment_rows import enrolment_row, reading_rows
from ownerloop.usecases.enrolment_sheet import Ledger
from ownerloop.usecases.refusal_rows import refusal_row
from ownerloop.usecases.refusing import refusal_of

FUTURE_MAX = timedelta(minutes=5)


def enrol(
    arrivals: Sequence[Arrival],
    *,
    world: EnrolmentWorld,
    now: datetime,
    refusals: Sequence[Refusal] = (),
    may_begin: Callable[[], bool] = lambda: True,
) -> EnrolReport:
    """Apply arrivals with their inbox markers and record them in history; those that no more `may_begin` are put off.

    `refusals` are the malformed ones. The first change of a batch is written in any case, so that every batch gets on.
    """
    report = EnrolReport(refused=list(refusals))
    rows: list[Row] = []
    readings: list[Row] = []
    for place, part in enumerate(_rounds(_in_time(arrivals, report))):
        if place and not may_begin():
            report.put_off += [late.event_key for late in part]
            continue
        ledger, became = settle_apart(
            _asked_first(part, report, world=world, now=now),
            world=world,
            now=now,
            faults_max=FAULTS_MAX - len(report.faults),
            may_begin=may_begin,
        )
        report.add(became)
        _match(ledger, report, world=world, now=now)
        rows += [enrolment_row(arrival, ledger=ledger) for arrival in ledger.applied]
        readings += [row for arrival in ledger.applied for row in reading_rows(arrival, ledger=ledger)]
    if report.refused:
        world.quarantine.put(report.refused, now=now)
        world.history.append("refusals", [refusal_row(refusal) for refusal in report.refused])
    if rows:
        world.history.append("enrolments", rows)
    if readings:
        world.history.append("readings", readings)
    return report


def _asked_first(
    part: Sequence[Arrival], report: EnrolReport, *, world: EnrolmentWorld, now: datetime
) -> list[Arrival]:
    asked = do_asked(part, people=world.people, now=now)
    report.refused += [refused(arrival, error) for arrival, error in asked.refused]
    report.faulted += [arrival.event_key for arrival, _ in asked.faulted]
    report.faults += [fault for _, fault in asked.faulted]
    return asked.others


def _match(ledger: Ledger, report: EnrolReport, *, world: EnrolmentWorld, now: datetime) -> None:
    faulted = do_linked(ledger, people=world.people, now=now)
    again = {arrival.event_key for arrival, _ in faulted}
    ledger.applied = [arrival for arrival in ledger.applied if arrival.event_key not in again]
    report.accepted = [key for key in report.accepted if key not in again]
    report.faulted += sorted(again)
    report.faults += [fault for _, fault in faulted]


def _in_time(arrivals: Sequence[Arrival], report: EnrolReport) -> list[Arrival]:
    good = []
    for arrival in arrivals:
        latest = arrival.received_at + FUTURE_MAX
        if late := [name for name, instant in _instants(arrival) if instant > latest]:
            rule = "lies more than 5 minutes after it was received"
            report.refused.append(refusal_of(arrival, reason="future_time", field=late[0], rule=rule))
        else:
            good.append(arrival)
    return good


def _instants(arrival: Arrival) -> list[tuple[str, datetime]]:
    # A car changes hands when it does: told ahead, the old owner's data would go on into the new owner's hands.
    match arrival.event:
        case VehicleHandedOver():
            return [("time", arrival.occurred_at), ("data.at", arrival.event.at)]
        case VehicleLinked():
            return [("time", arrival.occurred_at), ("data.since", arrival.event.since)]
        case _:
            return [("time", arrival.occurred_at)]


def _rounds(arrivals: Sequence[Arrival]) -> Iterator[list[Arrival]]:
    for at in range(0, len(arrivals), ROUND_EVENTS):
        yield list(arrivals[at : at + ROUND_EVENTS])
