"""Quarantine: each refusal once, until its time is over."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import boto3
import pytest

from ownerloop.adapters.dynamodb import commands
from ownerloop.adapters.dynamodb.commands import StillBusyError
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.memory_streams import MemoryQuarantine
from ownerloop.ports import Refusal
from tests.builders import START
from tests.tables import moto_tables


def a_refusal(key: str = "k1", **changes: Any) -> Refusal:
    refusal = Refusal(
        event_key=key,
        event_type="ownerloop.vehicle.telemetry.v1",
        reason="wrong_unit",
        field="data.signals.Vehicle.TraveledDistance.unit",
        rule="is m or km",
        payload_hash="0" * 64,
        received_at=START,
    )
    return replace(refusal, **changes)


@pytest.fixture
def table() -> Iterator[str]:
    with moto_tables() as tables:
        yield tables.quarantine


def items(table: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = boto3.client("dynamodb").scan(TableName=table)["Items"]
    return found


def test_a_refusal_says_field_rule_and_when_its_time_is_over(table: str) -> None:
    DynamoQuarantine(table).put([a_refusal(surrogate="v_1")], now=START)

    (item,) = items(table)
    assert (item["pk"]["S"], item["sk"]["S"]) == ("day#2026-01-05", "k1")
    assert (item["reason"]["S"], item["rule"]["S"], item["surrogate"]["S"]) == ("wrong_unit", "is m or km", "v_1")
    assert item["schema"]["N"] == "1"
    assert int(item["expires_at"]["N"]) == int((START + timedelta(days=30)).timestamp())
    assert "sealed_body" not in item


def test_what_is_refused_late_is_kept_as_long_as_what_is_refused_at_once(table: str) -> None:
    DynamoQuarantine(table).put([a_refusal()], now=START + timedelta(days=31))

    (item,) = items(table)
    assert item["pk"]["S"] == "day#2026-01-05"
    assert int(item["expires_at"]["N"]) == int((START + timedelta(days=61)).timestamp())


def test_a_body_is_kept_where_there_is_one(table: str) -> None:
    DynamoQuarantine(table).put([a_refusal(sealed_body=b"{}")], now=START)

    assert items(table)[0]["sealed_body"]["B"] == b"{}"


def test_the_same_refusal_again_is_one_item(table: str) -> None:
    DynamoQuarantine(table).put([a_refusal(), a_refusal()], now=START)
    DynamoQuarantine(table).put([a_refusal()], now=START)

    assert len(items(table)) == 1


def test_many_refusals_are_all_kept(table: str) -> None:
    DynamoQuarantine(table).put([a_refusal(str(number)) for number in range(60)], now=START)

    assert len(items(table)) == 60


def test_the_twin_in_memory_keeps_the_same() -> None:
    twin = MemoryQuarantine()

    twin.put([a_refusal(), a_refusal(), a_refusal("k2")], now=START)

    assert set(twin.held) == {("2026-01-05", "k1"), ("2026-01-05", "k2")}


def test_a_table_that_stays_busy_raises_in_the_end(table: str) -> None:
    def busy(service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        assert (service, operation) == ("dynamodb", "BatchWriteItem")
        return {"UnprocessedItems": request["RequestItems"]}

    with (
        patch.object(commands, "ask", busy),
        patch.object(commands.time, "sleep", lambda _: None),
        pytest.raises(StillBusyError),
    ):
        DynamoQuarantine(table).put([a_refusal()], now=START)
