"""Lets points lapse: every night a job for each shard of the accounts, then each shard by its message."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from ownerloop import telemetry
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.points import DynamoLedger, DynamoPoints
from ownerloop.adapters.points_jobs import SqsPointsJobs, read_shard
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.points_ports import Ledger, Points, PointsJobs
from ownerloop.ports import Clock
from ownerloop.settings import ExpirePointsSettings, from_environment
from ownerloop.usecases.expire_points import expire_points

processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    points: Points
    ledger: Ledger
    jobs: PointsJobs
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(ExpirePointsSettings)
    return Wiring(
        points=DynamoPoints(settings.points_table),
        ledger=DynamoLedger(settings.points_table),
        jobs=SqsPointsJobs(settings.points_job_queue_url),
        clock=the_clock(),
    )


def on_record(record: SQSRecord, *, now: datetime) -> None:
    """Let lapse what is due in the shard that the message names, and queue the rest of a very full one again."""
    try:
        place = read_shard(record.body)
    except MalformedEventError as refusal:
        telemetry.refuse_job(reason=refusal.reason, field=refusal.field, rule=refusal.rule)
        return
    report = expire_points(place, points=wiring().points, ledger=wiring().ledger, now=now)
    telemetry.count("AccountsExpired", report.accounts)
    telemetry.count("PointsExpired", report.points)
    telemetry.log_faults_of("points not expired", report.faults.met)
    report.faults.raise_first()  # the message comes again, and with it the rest of the shard
    if report.has_more:
        wiring().jobs.enqueue([place], now=now)


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> Any:
    """Expire the shards of a batch, or queue the jobs of the night."""
    telemetry.log_invocation(event)
    now = wiring().clock.now()
    if event.get("Records"):
        handle = partial(on_record, now=now)
        return process_partial_response(event=event, record_handler=handle, processor=processor, context=context)
    if "Records" not in event:
        wiring().jobs.enqueue(range(SHARD_COUNT), now=now)
        telemetry.count("ShardJobsQueued", SHARD_COUNT)
    return {"batchItemFailures": []}
