"""History on its way to the lake: few messages, all of them or a raise."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from ownerloop.adapters.history import QueuedHistory, UnreadableHistoryError, pack_rows, unpack_rows
from ownerloop.adapters.packing import MESSAGE_MAX_BYTES
from ownerloop.adapters.queues import MessagesNotSentError, send_all
from ownerloop.adapters.records import raw_events
from ownerloop.adapters.requeue import QueuedAgain
from ownerloop.domain.ids import digest
from tests.tables import moto_tables

AT = datetime(2026, 1, 5, 4, tzinfo=UTC)


def a_row(number: int = 1) -> dict[str, Any]:
    return {"event_key": digest(str(number))[:32], "vehicle_id": f"v_{digest('v', str(number))[:24]}", "read_at": AT}


@pytest.fixture
def queue_url() -> Iterator[str]:
    with moto_tables():
        yield boto3.client("sqs").create_queue(QueueName="history")["QueueUrl"]


def bodies_in(queue_url: str) -> list[str]:
    found: list[str] = []
    while messages := boto3.client("sqs").receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10).get("Messages"):
        found += [message["Body"] for message in messages]
    return found


def test_rows_come_out_as_they_went_in_with_instants_as_text() -> None:
    (body,) = pack_rows("readings", [a_row(1), a_row(2)])

    dataset, rows = unpack_rows(body)

    assert dataset == "readings"
    assert [row["event_key"] for row in rows] == [a_row(1)["event_key"], a_row(2)["event_key"]]
    assert rows[0]["read_at"] == "2026-01-05T04:00:00Z"


def test_equal_rows_make_equal_messages() -> None:
    assert pack_rows("readings", [a_row()]) == pack_rows("readings", [a_row()])


def test_many_rows_travel_in_few_messages_of_a_legal_size(queue_url: str) -> None:
    rows = [a_row(number) for number in range(12_000)]

    QueuedHistory(queue_url).append("readings", rows)

    bodies = bodies_in(queue_url)
    assert all(len(body) <= MESSAGE_MAX_BYTES for body in bodies)
    assert len(bodies) <= 5
    assert sorted(row["event_key"] for body in bodies for row in unpack_rows(body)[1]) == sorted(
        row["event_key"] for row in rows
    )


def test_no_rows_make_no_message(queue_url: str) -> None:
    QueuedHistory(queue_url).append("readings", [])

    assert bodies_in(queue_url) == []


@pytest.mark.parametrize(
    "body", ["", "no json", "[]", "{}", '{"dataset":"readings","rows":"%"}', '{"dataset":1,"rows":"eJw="}']
)
def test_a_message_that_is_no_packed_history_is_refused(body: str) -> None:
    with pytest.raises(UnreadableHistoryError):
        unpack_rows(body)


def test_a_message_that_the_queue_does_not_take_raises_after_all_were_tried() -> None:
    sent: list[str] = []

    def refusing(_: str, __: str, batch: dict[str, Any]) -> dict[str, Any]:
        sent.extend(entry["MessageBody"] for entry in batch["Entries"])
        return {"Failed": [{"Id": "0", "Code": "InternalError", "SenderFault": False}]}

    with patch("ownerloop.adapters.queues.ask", refusing), pytest.raises(MessagesNotSentError) as error:
        send_all("url", [str(number) for number in range(25)])

    assert len(sent) == 25
    assert error.value.codes == ("InternalError",) * 3


def test_events_that_met_a_fault_come_back_with_their_first_receipt(queue_url: str) -> None:
    QueuedAgain(queue_url).send([b'{"a":1}', b'{"b":2}'], received_at=AT)

    queue = boto3.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=["All"])["Attributes"]
    assert queue["ApproximateNumberOfMessagesDelayed"] == "1"


def test_events_queued_again_are_known_as_delivered_before() -> None:
    sent: list[str] = []
    with patch("ownerloop.adapters.requeue.send_all", lambda _, bodies, **__: sent.extend(bodies)):
        QueuedAgain("url").send([b'{"a":1}'], received_at=AT)

    (raw,) = raw_events({"messageId": "m", "body": sent[0], "attributes": {"SentTimestamp": "1800000000000"}}, now=AT)
    assert (raw.body, raw.received_at, raw.was_delivered) == (b'{"a":1}', AT, True)
