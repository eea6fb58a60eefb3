"""Starts that failed and ranges of a stream that were lost: told without their words, and tried again."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import boto3

from infra.operation.letters import Box
from infra.operation.names import Names
from infra.operation.opening import open_letter
from infra.operation.places import place_called
from infra.operation.redriving import Wish
from infra.operation.site import Site
from tests.messages import VIN
from tests.operation.boxes import put, run, the_box


def a_failure(function: str, payload: Any) -> str:
    context = {
        "functionArn": f"arn:aws:lambda:us-east-1:1:function:{function}:$LATEST",
        "condition": "RetriesExhausted",
    }
    words = {"errorType": "ThrottledError", "errorMessage": f"{VIN} could not be written"}
    return json.dumps({"requestContext": context, "requestPayload": payload, "responsePayload": words})


class Functions:
    """A stand-in for Lambda that fails as often as it is told to."""

    def __init__(self, *, failures: int = 0) -> None:
        self.payloads: list[Any] = []
        self._failures = failures

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  # boto3's names
        self.payloads.append((FunctionName, json.loads(Payload)))
        has_failed = len(self.payloads) <= self._failures
        answer = b'{"errorType": "StillBrokenError"}' if has_failed else b"null"
        return {"Payload": _Stream(answer), **({"FunctionError": "Unhandled"} if has_failed else {})}


class _Stream:
    def __init__(self, said: bytes) -> None:
        self._said = said

    def read(self) -> bytes:
        return self._said


def with_functions(site: Site, functions: Any, streams: Any = None) -> Site:
    others = {"lambda": functions, "dynamodbstreams": streams}
    return replace(site, client=lambda service: others.get(service) or boto3.client(service))


def test_a_failed_start_is_tried_again_and_says_at_once_whether_it_fails_again(site: Site) -> None:
    functions = Functions(failures=1)
    placed = with_functions(site, functions)
    put(site, "SendFailureQueue", a_failure("SendWecom", {"contact_id": "c_1"}))

    first = run(placed, Wish(), "SendFailureQueue")
    second = run(placed, Wish(), "SendFailureQueue")
    third = run(placed, Wish(again=True), "SendFailureQueue")

    assert list(first.failed.values()) == ["failed again: StillBrokenError"]
    assert len(second.came_back) == 1
    assert len(third.redriven) == 1
    assert functions.payloads == [("SendWecom", {"contact_id": "c_1"})] * 2
    assert the_box(site, "SendFailureQueue").depth() == 0


def test_a_failure_is_told_with_its_condition_and_kind_and_never_in_its_own_words(site: Site) -> None:
    put(site, "SendFailureQueue", a_failure("SendWecom", {"contact_id": "c_" + 24 * "a"}))
    place = place_called("SendFailureQueue")

    (letter,) = Box(site, place).letters(most=1)

    opened = open_letter(letter, place, Names(site).digest)
    assert opened.reason == "RetriesExhausted ThrottledError"
    assert opened.said == [{"function": "SendWecom", "payload": {"contact_id": "c_" + 24 * "a"}}]
    assert VIN not in json.dumps(opened.said)


def test_a_record_that_no_function_of_the_queue_wrote_starts_nothing(site: Site) -> None:
    functions = Functions()
    put(site, "SendFailureQueue", a_failure("EnrolOwners", {}), "no record")

    tally = run(with_functions(site, functions), Wish(), "SendFailureQueue")

    assert sorted(tally.failed.values()) == [
        "is no record of a failure",
        "names the function EnrolOwners, which does not report here",
    ]
    assert functions.payloads == []
    assert the_box(site, "SendFailureQueue").depth() == 2


class Streams:
    """A stand-in for a stream that still holds three records."""

    def get_shard_iterator(self, **asked: str) -> dict[str, str]:
        assert (asked["ShardIteratorType"], asked["SequenceNumber"]) == ("AT_SEQUENCE_NUMBER", "11")
        return {"ShardIterator": "1"}

    def get_records(self, **_: Any) -> dict[str, Any]:
        return {"Records": [self._record(number) for number in (11, 12, 13)], "NextShardIterator": "2"}

    @property
    def exceptions(self) -> Any:
        return boto3.client("dynamodbstreams").exceptions

    def _record(self, number: int) -> dict[str, Any]:
        image = {"pk": {"S": "contact#1"}, "entries": {"B": b"\x01"}}
        at = datetime(2026, 3, 1, tzinfo=UTC)
        change = {"SequenceNumber": str(number), "NewImage": image, "ApproximateCreationDateTime": at}
        return {"eventSource": "aws:dynamodb", "dynamodb": change}


def test_a_lost_range_of_a_stream_is_read_again_as_the_function_would_have_got_it(site: Site) -> None:
    functions = Functions()
    span = {"streamArn": "arn:s", "shardId": "shard", "startSequenceNumber": "11", "endSequenceNumber": "12"}
    context = {"functionArn": "arn:aws:lambda:us-east-1:1:function:WriteLake", "condition": "RetryAttemptsExhausted"}
    put(site, "StreamFailureQueue", json.dumps({"requestContext": context, "DDBStreamBatchInfo": span}))

    tally = run(with_functions(site, functions, Streams()), Wish(), "StreamFailureQueue")

    ((name, event),) = functions.payloads
    assert len(tally.redriven) == 1
    assert name == "WriteLake"
    assert [record["dynamodb"]["SequenceNumber"] for record in event["Records"]] == ["11", "12"]
    assert event["Records"][0]["dynamodb"]["NewImage"]["entries"] == {"B": "AQ=="}
    assert event["Records"][0]["eventSourceARN"] == "arn:s"
