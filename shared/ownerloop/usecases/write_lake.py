"""What functions accepted and tables decided becomes history: few files, retry-safe, without withdrawn readings."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time

from ownerloop.domain.benefits import Grant
from ownerloop.domain.changes import ContactChange, VehicleChange
from ownerloop.domain.points import Entry
from ownerloop.ports import Lake, Row, Vehicles

WITHDRAWN_IN_FLIGHT = "withdrawn_in_flight"


@dataclass(slots=True)
class LakeReport:
    """How many rows of each dataset were written, and how many readings came too late for their consent."""

    rows: dict[str, int] = field(default_factory=dict)
    files: int = 0
    withdrawn: int = 0


def write_history(
    batches: Sequence[tuple[str, Sequence[Row]]], *, lake: Lake, vehicles: Vehicles, on: date
) -> LakeReport:
    """Write packed history, each dataset at once; a reading below its car's consent epoch becomes a refusal."""
    by_dataset: dict[str, list[Row]] = {}
    for dataset, rows in batches:
        by_dataset.setdefault(dataset, []).extend(rows)
    report = LakeReport()
    readings, late = _split_withdrawn(by_dataset.pop("readings", []), vehicles=vehicles)
    report.withdrawn = len(late)
    by_dataset.setdefault("refusals", []).extend(late)
    for dataset, rows in [("readings", readings), *sorted(by_dataset.items())]:
        _write(dataset, rows, lake=lake, on=on, report=report)
    return report


def write_changes(
    vehicles: Sequence[VehicleChange],
    contacts: Sequence[ContactChange],
    entries: Sequence[Entry] = (),
    grants: Sequence[Grant] = (),
    *,
    lake: Lake,
    on: date,
) -> LakeReport:
    """Write what tables decided: a row per new forecast item, trail entry of a contact, lot of an entry, grant."""
    report = LakeReport()
    forecasts = [row for change in vehicles for row in _forecast_rows(change)]
    steps = [row for change in contacts for row in _contact_rows(change)]
    _write("forecasts", forecasts, lake=lake, on=on, report=report)
    _write("contacts", steps, lake=lake, on=on, report=report)
    _write("benefit_grants", [_grant_row(grant) for grant in grants], lake=lake, on=on, report=report)
    _write("points", [row for entry in entries for row in _points_rows(entry)], lake=lake, on=on, report=report)
    return report


def _write(dataset: str, rows: Sequence[Row], *, lake: Lake, on: date, report: LakeReport) -> None:
    if not rows:
        return
    lake.write(dataset, rows, on=on)
    report.files += 1
    report.rows[dataset] = len(rows)


def _split_withdrawn(rows: Sequence[Row], *, vehicles: Vehicles) -> tuple[list[Row], list[Row]]:
    if not rows:
        return [], []
    held = vehicles.load({row["vehicle_id"] for row in rows})
    kept: list[Row] = []
    late: list[Row] = []
    for row in rows:
        if row["consent_epoch"] < held[row["vehicle_id"]].consent_epoch:
            late.append(_late_row(row))
        else:
            kept.append(row)
    return kept, late


def _late_row(row: Row) -> Row:
    return {
        "event_key": row["event_key"],
        "event_type": "ownerloop.vehicle.telemetry.v1",
        "reason": WITHDRAWN_IN_FLIGHT,
        "field": "consent_epoch",
        "rule": "consent was withdrawn, or the car handed over, while the reading was on its way",
        "vehicle_id": row["vehicle_id"],
        "received_at": row["received_at"],
    }


def _forecast_rows(change: VehicleChange) -> list[Row]:
    vehicle, forecast = change.after, change.after.forecast
    if forecast is None or (change.before is not None and change.before.forecast == forecast):
        return []
    return [
        {
            "vehicle_id": vehicle.vehicle_id,
            "version": vehicle.version,
            "store_id": vehicle.store_id,
            "model": vehicle.model,
            "as_of": forecast.as_of,
            "received_at": datetime.combine(forecast.as_of, time(), UTC),
            "rule_version": forecast.rule_version,
            "plan_version": forecast.plan_version,
            "priors_version": forecast.priors_version,
            "metres_per_day": forecast.metres_per_day,
            "reading_age_days": forecast.reading_age_days,
            "last_odometer_m": forecast.last_odometer_m,
            "item": item.item,
            "due_cycle": item.due_cycle,
            "due_p10": item.due_p10,
            "due_p50": item.due_p50,
            "due_p90": item.due_p90,
            "remaining_m": item.remaining_m,
            "basis": item.basis,
            "severity": item.severity,
        }
        for item in forecast.items
    ]


def _contact_rows(change: ContactChange) -> list[Row]:
    contact = change.after
    known = len(change.before.trail) if change.before else 0
    return [
        {
            "contact_id": contact.contact_id,
            "step": number,
            "state": str(step.state),
            "reason": step.reason,
            "received_at": step.at,
            "person_id": contact.person_id,
            "vehicle_id": contact.vehicle_id,
            "store_id": contact.store_id,
            "channel": contact.channel,
            "contact_class": str(contact.contact_class),
            "topic": contact.topic,
            "item": contact.item,
            "bundled": list(contact.bundled),
            "due_cycle": contact.due_cycle,
            "stage": contact.stage,
            "policy_version": contact.policy_version,
            "campaign": contact.campaign,
            "experiment_arm": contact.experiment_arm,
            "lead_days": contact.lead.lead_days if contact.lead else None,
            "due_p50": contact.lead.due_p50 if contact.lead else None,
            "value_fen": contact.lead.value_fen if contact.lead else None,
            "price_fen": contact.lead.price_fen if contact.lead else None,
            "holdout": contact.holdout,
        }
        for number, step in enumerate(contact.trail, start=1)
        if number > known
    ]


def _grant_row(grant: Grant) -> Row:
    return {
        "grant_id": grant.grant_id,
        "person_id": grant.person_id,
        "benefit_id": grant.benefit_id,
        "way": str(grant.way),
        "cause": grant.cause,
        "granted_on": grant.granted_on,
        "valid_until": grant.valid_until,
        "cost_fen": grant.cost_fen,
        "policy_version": grant.policy_version,
        "received_at": grant.granted_at,
    }


def _points_rows(entry: Entry) -> list[Row]:
    return [
        {
            "person_id": entry.person_id,
            "number": entry.number,
            "line": line,
            "entry_id": entry.entry_id,
            "kind": str(entry.kind),
            "cause": entry.cause,
            "policy_version": entry.policy_version,
            "received_at": entry.decided_at,
            "lot_id": change.lot_id,
            "earned_on": change.terms.earned_on,
            "usable_from": change.terms.usable_from,
            "expires_on": change.terms.expires_on,
            "granted": change.granted,
            "remaining": change.remaining,
            "expired": change.expired,
            "debt": entry.debt if line == 1 else 0,
            "spent": entry.spent if line == 1 else 0,
        }
        for line, change in enumerate(entry.changes, start=1)
    ]
