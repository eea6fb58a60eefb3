"""From raw events to reports that keep the contract and the policy, or to their refusals."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.changing import maker_of
from ownerloop.domain.consent import Purpose
from ownerloop.domain.errors import MalformedEventError, TimeOutOfRangeError
from ownerloop.domain.intake import IntakeRules, Use, check_values, use_of
from ownerloop.domain.report import EventIdentity, RawEvent, VehicleReport
from ownerloop.domain.vehicle import Vehicle
from ownerloop.ports import Refusal
from ownerloop.usecases.intake_world import TelemetryContract

NO_KNOWN_SIGNAL = "no_known_signal"
_TIME_RULES = {"future_time": "lies further ahead than policy takes", "too_old": "lies further back than policy takes"}


@dataclass(frozen=True, slots=True)
class Arrived:
    """One report with what it may be used for."""

    raw: RawEvent
    report: VehicleReport
    received_at: datetime
    use: Use

    @property
    def event_key(self) -> str:
        """Return the identity of the event."""
        return self.report.event_key


_arrived = maker_of(Arrived)


@dataclass(frozen=True, slots=True)
class Rejected:
    """One event that broke a rule before anybody asked whose it was; `is_kept` where quarantine wants it."""

    raw: RawEvent
    identity: EventIdentity
    reason: str
    field: str
    rule: str
    is_kept: bool = True

    @property
    def event_key(self) -> str:
        """Return the identity of the event."""
        return self.identity.event_key


@dataclass(slots=True)
class Arrivals:
    """Every distinct event of a batch, sorted into reports and refusals."""

    reports: list[Arrived] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)
    duplicates: int = 0
    doubted_vins: int = 0

    @property
    def vins(self) -> set[str]:
        """Return every VIN of the batch that looks like one, broken events included."""
        named = {event.identity.vin for event in self.rejected if event.identity.vin}
        return named | {arrived.report.vin for arrived in self.reports}


def sort_out(
    items: Iterable[RawEvent], *, contract: TelemetryContract, rules: IntakeRules, now: datetime, seen: set[str]
) -> Arrivals:
    """Return the events that are not in `seen`, each once; the first of equal identities counts."""
    arrivals = Arrivals()
    for raw in items:
        event = _read(raw, contract=contract, rules=rules, now=now, arrivals=arrivals)
        key = event.event_key
        if key in seen or key in arrivals.keys:
            arrivals.duplicates += 1
            continue
        arrivals.keys.add(key)
        if isinstance(event, Arrived):
            arrivals.reports.append(event)
        else:
            arrivals.rejected.append(event)
    return arrivals


def refusal_of(
    event: Rejected, *, contract: TelemetryContract, ids: Mapping[str, str], cars: Mapping[str, Vehicle], now: datetime
) -> Refusal:
    """Return the refusal for history and quarantine; its body only where a live consent of the car covers it."""
    identity, body = event.identity, event.raw.body
    vehicle_id = ids.get(identity.vin, "") if identity.vin else ""
    sealed = None
    if event.is_kept and identity.vin and vehicle_id:
        at = identity.read_at or now
        consent = cars[vehicle_id].consent
        classes = consent.usable_classes(at, now=consent.known_at(now), purpose=Purpose.MAINTENANCE)
        if classes:
            sealed = contract.kept_body(body, classes=classes, vin=identity.vin, vehicle_id=vehicle_id)
    return Refusal(
        event_key=identity.event_key,
        event_type=identity.event_type,
        reason=event.reason,
        field=event.field,
        rule=event.rule,
        payload_hash=hashlib.sha256(body).hexdigest(),
        received_at=identity.received_at or event.raw.received_at,
        surrogate=vehicle_id,
        sealed_body=sealed,
    )


def _read(
    raw: RawEvent, *, contract: TelemetryContract, rules: IntakeRules, now: datetime, arrivals: Arrivals
) -> Arrived | Rejected:
    if raw.rule:
        return Rejected(raw, contract.identity_of(raw.body), reason="malformed", field="body", rule=raw.rule)
    try:
        report = contract.read(raw.body)
    except MalformedEventError as error:
        return _malformed(raw, error, contract=contract)
    received_at = report.received_at or raw.received_at
    try:
        arrivals.doubted_vins += check_values(report, policy=rules.intake)
    except MalformedEventError as error:
        return _malformed(raw, error, contract=contract)
    try:
        use = use_of(report.read_at, received_at=received_at, policy=rules.intake, now=now)
    except TimeOutOfRangeError as error:
        rule = _TIME_RULES[error.reason]
        return Rejected(raw, contract.identity_of(raw.body), reason=error.reason, field="time", rule=rule)
    if not report.classes:
        rule = "names no signal that we read"
        identity = contract.identity_of(raw.body)
        return Rejected(raw, identity, reason=NO_KNOWN_SIGNAL, field="data.signals", rule=rule, is_kept=False)
    return _arrived(raw, report, received_at, use)


def _malformed(raw: RawEvent, error: MalformedEventError, *, contract: TelemetryContract) -> Rejected:
    identity = contract.identity_of(raw.body)
    return Rejected(raw, identity, reason=error.reason, field=error.field, rule=error.rule)
