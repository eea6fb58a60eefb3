"""The only logger and metrics sink. Log lines are a constant phrase plus fields; surrogates only."""

from collections.abc import Iterable, Mapping
from traceback import extract_tb
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit, single_metric

IDS_MAX = 500  # of one line: 17 KB, where a log event takes 256

logger = Logger()
metrics = Metrics()


def count(name: str, value: int = 1) -> None:
    """Count a past-tense fact (`ReadingsRefused`) in app.py."""
    if value:
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)


def count_all(facts: Mapping[str, int]) -> None:
    """Count each fact by its name."""
    for name, value in facts.items():
        count(name, value)


def count_by_reason(name: str, reasons: Mapping[str, int]) -> None:
    """Count a fact once for each reason, with the reason as its dimension."""
    for reason, value in sorted(reasons.items()):
        with single_metric(name=name, unit=MetricUnit.Count, value=value) as metric:
            metric.add_dimension(name="reason", value=reason)


def count_all_by_reason(facts: Mapping[str, Mapping[str, int]]) -> None:
    """Count each fact by its name and reasons."""
    for name, reasons in facts.items():
        count_by_reason(name, reasons)


def refuse_job(*, reason: str, field: str, rule: str) -> None:
    """Log and count a message that names no job of the function."""
    logger.warning("job refused", reason=reason, field=field, rule=rule)
    count("JobsRefused")


def follow(phrase: str, correlation_ids: Iterable[str | None], **fields: Any) -> None:
    """Write which events and jobs stand behind what was done; one of them is so found in every function it came by."""
    told = sorted({one for one in correlation_ids if one})
    for start in range(0, len(told), IDS_MAX):
        logger.info(phrase, correlation_ids=told[start : start + IDS_MAX], **fields)


def place_of(fault: BaseException) -> str:
    """Return the file and line that raised it: what a log may say of a fault whose words could quote its data."""
    frames = extract_tb(fault.__traceback__)
    return f"{frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""


def log_faults(phrase: str, faults: Iterable[BaseException]) -> None:
    """Write one line for each fault: its kind and where it was raised, never its words."""
    for fault in faults:
        logger.error(phrase, fault=type(fault).__name__, where=place_of(fault))


def log_faults_of(phrase: str, faults: Mapping[str, BaseException]) -> None:
    """Write one line for each surrogate that met a fault: the fault's kind and where it was raised."""
    for surrogate, fault in faults.items():
        logger.error(phrase, surrogate=surrogate, fault=type(fault).__name__, where=place_of(fault))


def trigger_of(event: Any) -> str:
    """Return which trigger an event is of: sqs, stream, schedule, api, async or manual."""
    if not isinstance(event, dict):
        return "manual"
    records = event.get("Records")
    if isinstance(records, list) and records:
        return {"aws:sqs": "sqs", "aws:dynamodb": "stream"}.get(records[0].get("eventSource", ""), "manual")
    if "requestContext" in event or "methodArn" in event:
        return "api"
    if "contact_id" in event:
        return "async"
    if event.get("source") == "aws.events" or "schedule" in event:
        return "schedule"
    return "manual"


def log_invocation(event: Any) -> None:
    """Write the one line from which invocations are counted by trigger, and its metric."""
    logger.info("invoked", trigger=trigger_of(event))
    count("InvocationsStarted")
