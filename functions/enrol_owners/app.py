"""Owners, cars and consents come in from the EnrolmentQueue: a batch at once, each event once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.lead_times import DynamoLeadTimes
from ownerloop.adapters.dynamodb.priors import DynamoPriorsBook
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vault import DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.enrolment_feed import enrolments_in
from ownerloop.adapters.history import QueuedHistory
from ownerloop.adapters.identity_desk import people_desk
from ownerloop.adapters.requeue import QueuedAgain, in_time
from ownerloop.adapters.rulebook import policy_at, replanner, silencer
from ownerloop.ports import Clock
from ownerloop.settings import EnrolOwnersSettings, from_environment
from ownerloop.usecases.enrol_owners import enrol
from ownerloop.usecases.enrolment_rounds import EnrolmentWorld


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    world: EnrolmentWorld
    requeue: QueuedAgain
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    names = from_environment(EnrolOwnersSettings)
    surrogates = the_surrogates()
    world = EnrolmentWorld(
        vault=DynamoVault(names.vault_table, names.vault_secret_id, surrogates),
        enrolments=DynamoEnrolments(names.owners_table, names.consents_table, names.vehicles_table, names.cases_table),
        vehicles=DynamoVehicles(names.vehicles_table),
        surrogates=surrogates,
        history=QueuedHistory(names.history_queue_url),
        quarantine=DynamoQuarantine(names.quarantine_table),
        forecast_policy=policy_at,
        replan=replanner(DynamoPriorsBook(names.vehicles_table), DynamoLeadTimes(names.workshop_table)),
        silence=silencer(),
        people=people_desk(names, surrogates),
    )
    return Wiring(world=world, requeue=QueuedAgain(names.enrolment_queue_url, delay_seconds=0), clock=the_clock())


def on_batch(records: Sequence[Mapping[str, Any]], *, now: datetime, may_begin: Callable[[], bool]) -> list[str]:
    """Enrol what the messages hold and return the ids of those that must come again."""
    feed = enrolments_in(records)
    report = enrol(feed.arrivals, world=wiring().world, now=now, refusals=feed.refusals, may_begin=may_begin)
    telemetry.count("EnrolmentsApplied", len(report.accepted))
    telemetry.count("EnrolmentsRefused", len(report.refused))
    telemetry.count("EnrolmentsPutOff", len(report.put_off))
    for one in report.refused:
        telemetry.logger.warning("enrolment refused", reason=one.reason, field=one.field, event_key=one.event_key)
    telemetry.log_faults("enrolment faulted", report.faults)
    telemetry.follow("enrolments applied", report.accepted)
    failed, parts = feed.left_over(report.faulted)
    for again in [*feed.surplus, *parts, *feed.put_off(report.put_off)]:
        wiring().requeue.send(again.events, received_at=again.received_at)
    return failed


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Enrol a batch and report the messages that must come again."""
    telemetry.log_invocation(event)
    failed = on_batch(event.get("Records", []), now=wiring().clock.now(), may_begin=in_time(context))
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}
