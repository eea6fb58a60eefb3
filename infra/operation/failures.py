"""Records of failed starts and of ranges of a stream, as Lambda writes them, and how each is tried again."""

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.operation.places import Place
from infra.operation.site import Site

PAGE_MAX = 1000  # records of one GetRecords
PAGES_MAX = 1000  # a range is one batch of at most 10,000 records; empty pages between them are few


class NotRetriableError(Exception):
    """The record cannot be tried again; the reason says why, and what to do instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Failure:
    """One record: which function failed, how, and on what. A range of a stream has no payload."""

    function: str  # its name, as the service has it
    condition: str
    error: str
    payload: Any = None
    range: Mapping[str, Any] | None = None

    @property
    def reason(self) -> str:
        """Return why it lies here; never the words of an error, which could quote its data."""
        return " ".join(part for part in (self.condition, self.error) if part)


def failure_of(body: str) -> Failure:
    """Return what a record says, or raise NotRetriableError where it is none."""
    try:
        said = json.loads(body)
    except ValueError as error:
        raise NotRetriableError("is no record of a failure") from error
    context = said.get("requestContext") if isinstance(said, dict) else None
    if not isinstance(context, dict) or not ({"requestPayload", "DDBStreamBatchInfo"} & set(said)):
        raise NotRetriableError("is no record of a failure")
    answer = said.get("responsePayload")
    kind = answer.get("errorType") if isinstance(answer, dict) else None
    return Failure(
        function=_function(str(context.get("functionArn", ""))),
        condition=str(context.get("condition", "")),
        error=str(kind or said.get("responseContext", {}).get("functionError") or ""),
        payload=said.get("requestPayload"),
        range=said.get("DDBStreamBatchInfo"),
    )


def try_again(failure: Failure, place: Place, site: Site) -> str:
    """Start the function with what it failed on and wait; return its error's kind, or nothing if it went well."""
    if failure.function not in {site.ids[name] for name in place.functions}:
        raise NotRetriableError(f"names the function {failure.function or '?'}, which does not report here")
    event = failure.payload if failure.range is None else {"Records": list(_records(failure.range, site))}
    answer = site.client("lambda").invoke(FunctionName=failure.function, Payload=json.dumps(event).encode())
    said = json.loads(answer["Payload"].read() or b"null")
    if "FunctionError" in answer:
        return str(said.get("errorType") if isinstance(said, dict) else "") or str(answer["FunctionError"])
    left = said.get("batchItemFailures") if isinstance(said, dict) else None
    return "batchItemFailures" if left else ""


def _function(arn: str) -> str:
    parts = arn.split(":")  # arn:aws:lambda:region:account:function:name[:qualifier]
    return parts[6] if len(parts) > 6 else ""  # noqa: PLR2004  # the place of the name


def _records(span: Mapping[str, Any], site: Site) -> Iterator[dict[str, Any]]:
    """Yield the records of a range as a function gets them; whoever reads a stream passes over what is not theirs."""
    streams = site.client("dynamodbstreams")
    last = int(span["endSequenceNumber"])
    try:
        iterator = streams.get_shard_iterator(
            StreamArn=span["streamArn"],
            ShardId=span["shardId"],
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=span["startSequenceNumber"],
        )["ShardIterator"]
    except streams.exceptions.TrimmedDataAccessException as error:
        raise NotRetriableError("the stream no longer holds it (24 hours); `verify` names what it lacks") from error
    for _ in range(PAGES_MAX):
        answer = streams.get_records(ShardIterator=iterator, Limit=PAGE_MAX)
        for record in answer["Records"]:
            if int(record["dynamodb"]["SequenceNumber"]) > last:
                return
            yield _as_sent({**record, "eventSourceARN": span["streamArn"]})
            if int(record["dynamodb"]["SequenceNumber"]) == last:
                return
        iterator = answer.get("NextShardIterator")
        if iterator is None:
            return


def _as_sent(value: Any) -> Any:
    """Return a record as Lambda spells it: bytes in base64, instants as seconds."""
    if isinstance(value, dict):
        return {name: _as_sent(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_as_sent(part) for part in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.timestamp() if hasattr(value, "timestamp") else value
