"""Points on the stack: what an order earns, and a redemption from the queue to the bus, each once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.points import DynamoPoints
from ownerloop.domain.points import Account
from tests.functions.stack import Stack, moto_stack
from tests.functions.test_process_interactions import a_purchase, an_interaction, enrolled, item, sent


@pytest.fixture
def stack() -> Iterator[Stack]:
    with moto_stack() as made:
        yield made


def account(stack: Stack) -> Account:
    person_id = item(stack, "profile")["pk"]["S"].removeprefix("person#")
    return DynamoPoints(stack.names["PointsTable"]).accounts([person_id])[person_id]


def redeemed(key: str, **data: Any) -> dict[str, Any]:
    said: dict[str, Any] = {"redemption_id": "r-1", "item_id": "car-wash", "quantity": 1, **data}
    return an_interaction("points_redeemed", key=key, **said)


def told(stack: Stack, *events: dict[str, Any]) -> None:
    assert sent(stack, *(json.dumps(event) for event in events)) == {"batchItemFailures": []}


def test_an_order_earns_and_a_redemption_spends_each_once(stack: Stack) -> None:
    enrolled(stack)
    told(stack, a_purchase("1", amount_fen=400_000))

    for key in ("9", "9", "10"):
        told(stack, redeemed(key))

    held = account(stack)
    (decided,) = stack.items("PointsTable", "redemption#")
    (mug,) = stack.items("PointsTable", "mall#")
    assert (held.balance, held.version) == (100, 2)
    assert (decided["state"]["S"], mug["taken"]["N"]) == ("redeemed", "1")


def test_a_refund_and_a_return_undo_what_they_name(stack: Stack) -> None:
    enrolled(stack)
    told(stack, a_purchase("1", amount_fen=400_000), redeemed("9"))
    told(stack, an_interaction("redemption_returned", key="11", redemption_id="r-1"))
    told(stack, an_interaction("refund", key="12", order_id="o-1", refund_id="f-1", amount_fen=100_000, currency="CNY"))

    (mug,) = stack.items("PointsTable", "mall#")
    assert (account(stack).balance, mug["taken"]["N"]) == (300, "0")


def test_what_cannot_be_paid_is_refused_and_recorded(stack: Stack) -> None:
    enrolled(stack)

    told(stack, redeemed("9"))
    told(stack, a_purchase("1", amount_fen=400_000), redeemed("9"))

    (decided,) = stack.items("PointsTable", "redemption#")
    assert (decided["state"]["S"], decided["reason"]["S"]) == ("refused", "insufficient_points")
    assert account(stack).balance == 400
    assert stack.items("PointsTable", "mall#") == []
