"""Vehicle data comes in: consent, evidence, forecast, one write a car; then history, then the bus, then the report."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.intake import IntakeRules
from ownerloop.domain.report import RawEvent
from ownerloop.domain.vehicle import Vehicle
from ownerloop.ports import Refusal, Row
from ownerloop.usecases.arriving import Arrivals, Arrived, refusal_of, sort_out
from ownerloop.usecases.intake_world import IngestReport, IntakeWorld, Requeue
from ownerloop.usecases.merging import Merged, Settled, merge_all
from ownerloop.usecases.noticing import doubts, gaps
from ownerloop.usecases.presence import sights_in
from ownerloop.usecases.refusal_rows import refusal_row

FAULTS_MAX = 12  # halvings after which the rest of a batch is left to the queue: enough to find one car among thousands
TELEMETRY = "ownerloop.vehicle.telemetry.v1"
_RULES = {
    "unknown_vehicle": ("subject", "no enrolment named this car"),
    "no_consent": ("data.signals", "no live consent covers any of it at its time and now"),
    "consent_withdrawn": ("data.signals", "the consent that covered it was withdrawn"),
}


def ingest(items: Sequence[RawEvent], *, world: IntakeWorld, rules: IntakeRules, now: datetime) -> IngestReport:
    """Take every event in, each identity once; what meets a fault goes back to the queue and costs no other event.

    A batch that fails is tried again in halves, down to the event that will not go through.
    """
    report = IngestReport()
    seen: set[str] = set()
    waiting: list[Sequence[RawEvent]] = [items] if items else []
    while waiting:
        part = waiting.pop()
        try:
            done, keys = _ingest_together(part, world=world, rules=rules, now=now, seen=seen)
        except Exception as fault:  # noqa: BLE001  # reported and queued again; the other events must not pay for it
            report.faults.append(fault)
            again = [changed_copy(raw, was_delivered=True) for raw in part]
            if len(again) == 1 or len(report.faults) > FAULTS_MAX:
                report.faulted += again
            else:
                half = len(again) // 2
                waiting += [again[half:], again[:half]]
            continue
        report.add(done)
        seen |= keys
    report.failed_messages = _send_back(report.faulted, items=items, requeue=world.requeue)
    return report


def _send_back(faulted: Sequence[RawEvent], *, items: Sequence[RawEvent], requeue: Requeue) -> set[str]:
    """Queue the faulted part of each message again; return the messages that failed whole, for the queue to count."""
    if not faulted:
        return set()
    sizes = Counter(raw.message_id for raw in items)
    by_message: dict[str, list[RawEvent]] = defaultdict(list)
    for raw in faulted:
        by_message[raw.message_id].append(raw)
    failed = {message_id for message_id, events in by_message.items() if len(events) == sizes[message_id]}
    for message_id, events in by_message.items():
        if message_id not in failed:
            requeue.send([raw.body for raw in events], received_at=events[0].received_at)
    return failed


def _ingest_together(
    items: Sequence[RawEvent], *, world: IntakeWorld, rules: IntakeRules, now: datetime, seen: set[str]
) -> tuple[IngestReport, set[str]]:
    arrivals = sort_out(items, contract=world.contract, rules=rules, now=now, seen=seen)
    vins = arrivals.vins
    ids = world.vault.vehicle_ids(vins) if vins else {}
    cars = world.vehicles.load(set(ids.values())) if ids else {}
    pending, strangers = _by_car(arrivals.reports, ids=ids)
    merged = merge_all(
        pending, cars=cars, vehicles=world.vehicles, priors=world.priors, leads=world.leads, rules=rules, now=now
    )
    refused = [refusal_of(one, contract=world.contract, ids=ids, cars=cars, now=now) for one in arrivals.rejected]
    kept = [refusal for refusal, one in zip(refused, arrivals.rejected, strict=True) if one.is_kept]
    refused += [_refusal(arrived, "unknown_vehicle") for arrived in strangers]
    refused += [_refusal(arrived, why, car.before.vehicle_id) for car in merged.settled for arrived, why in car.unused]
    rows = [_row(arrived, car.after) for car in merged.settled for arrived in car.used]
    news = _news(merged.settled, world=world, now=now)
    asked = [world.resync(car, gap=gap, at=now) for car, gap in gaps(merged.settled, policy=rules.intake)]
    if cases := doubts(merged.settled, rules=rules, now=now):
        world.cases.open(cases)
    if sights := sights_in(merged.settled, zones=rules.zones):
        world.presence.note(sights)
    _hand_on(rows, refused, kept, [*news, *asked], world=world, now=now)
    lost = {arrived.report.event_key for arrived in merged.lost}
    report = _counted(arrivals, merged, rows=rows, refused=refused, news=news)
    report.doubts, report.resyncs, report.presences = len(cases), len(asked), len(sights)
    return report, arrivals.keys - lost


def _by_car(reports: Sequence[Arrived], *, ids: Mapping[str, str]) -> tuple[dict[str, list[Arrived]], list[Arrived]]:
    by_car: dict[str, list[Arrived]] = {}
    strangers: list[Arrived] = []
    for arrived in reports:
        vehicle_id = ids.get(arrived.report.vin)
        if vehicle_id is None:
            strangers.append(arrived)
        else:
            by_car.setdefault(vehicle_id, []).append(arrived)
    return by_car, strangers


def _hand_on(
    rows: Sequence[Row],
    refused: Sequence[Refusal],
    kept: Sequence[Refusal],
    news: Sequence[Mapping[str, Any]],
    *,
    world: IntakeWorld,
    now: datetime,
) -> None:
    """Tell history, quarantine and the bus; all of it may be told twice and is known by its identity."""
    if rows:
        world.history.append("readings", rows)
    if refused:
        world.history.append("refusals", [refusal_row(refusal) for refusal in refused])
    if kept:
        world.quarantine.put(kept, now=now)
    if news:
        world.bus.publish(news)


def _news(settled: Sequence[Settled], *, world: IntakeWorld, now: datetime) -> list[Mapping[str, Any]]:
    """Return an event for each car with news, and for each whose news may have been lost on an earlier delivery."""
    return [
        world.announcement(car.after, forecast=car.after.forecast, at=now)
        for car in settled
        if car.after.forecast and (car.has_news or car.was_delivered)
    ]


def _counted(
    arrivals: Arrivals,
    merged: Merged,
    *,
    rows: Sequence[Row],
    refused: Sequence[Refusal],
    news: Sequence[Mapping[str, Any]],
) -> IngestReport:
    return IngestReport(
        accepted=len(rows),
        refused=Counter(refusal.reason for refusal in refused),
        duplicates=arrivals.duplicates,
        doubted_vins=arrivals.doubted_vins,
        cars_written=sum(car.has_changed for car in merged.settled),
        writes_lost=merged.writes_lost,
        announced=len(news),
        causes={car.after.cause for car in merged.settled if car.has_news},
        faulted=[changed_copy(arrived.raw, was_delivered=True) for arrived in merged.lost],
    )


def _refusal(arrived: Arrived, reason: str, vehicle_id: str = "") -> Refusal:
    field, rule = _RULES[reason]
    return Refusal(
        event_key=arrived.report.event_key,
        event_type=TELEMETRY,
        reason=reason,
        field=field,
        rule=rule,
        payload_hash="",
        received_at=arrived.received_at,
        surrogate=vehicle_id,
    )


def _row(arrived: Arrived, car: Vehicle) -> Row:
    report = arrived.report
    row: dict[str, Any] = {
        "event_key": report.event_key,
        "vehicle_id": car.vehicle_id,
        "store_id": car.store_id,
        "read_at": report.read_at,
        "received_at": arrived.received_at,
        "odometer_m": report.odometer_m,
        "date_only": report.is_bare_date,
        "distance_to_service_m": report.distance_to_service_m,
        "time_to_service_s": report.time_to_service_s,
        "state_of_charge_percent": report.state_of_charge_percent,
        "low_voltage_mv": report.low_voltage_mv,
        "consent_epoch": car.consent_epoch,
        "state_epoch": car.state_epoch,
        "source": report.told_by,
    }
    if report.measured:
        row.update(report.measured)
    if report.fault_codes is not None:
        row["fault_codes"] = report.fault_codes
    return row
