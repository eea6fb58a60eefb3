"""A handler that says it is done before it is, or does a thing before it notes it, does not get through the matrix."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import boto3

from tests.crash import world as worlds
from tests.crash.matrix import Scenario, singles, tried
from tests.crash.world import By, World, a_world
from tests.functions.stack import sqs_event

DONE: dict[str, Any] = {"batchItemFailures": []}


class Naive:
    """A function whose every batch is one purchase, counted in the table and told to a queue."""

    def __init__(self, world: World, *, acknowledges_first: bool) -> None:
        self._world, self._acknowledges_first = world, acknowledges_first
        self.wiring = self

    def cache_clear(self) -> None:
        """Forget nothing: it holds nothing."""

    def handler(self, event: dict[str, Any], _: Any) -> dict[str, Any]:
        """Acknowledge whatever happens, or count without a marker of what was counted."""
        names = self._world.stack.names
        try:
            boto3.client("dynamodb").update_item(
                TableName=names["PointsTable"],
                Key={"pk": {"S": "person#p_1"}, "sk": {"S": "count"}},
                UpdateExpression="ADD points :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
            boto3.client("sqs").send_message(QueueUrl=names["HistoryQueue"], MessageBody=event["Records"][0]["body"])
        except Exception:
            if not self._acknowledges_first:
                raise
        return DONE


def violations(*, acknowledges_first: bool) -> list[str]:
    with a_world() as world:
        naive = Naive(world, acknowledges_first=acknowledges_first)
        world.environments["naive"] = {}
        module = worlds._module  # a folder that the template does not have
        chosen: Callable[[str], Any] = lambda folder: naive if folder == "naive" else module(folder)  # noqa: E731
        with patch.object(worlds, "_module", chosen):
            return tried(world, _scenario(), singles).violations


def test_what_is_acknowledged_before_it_is_written_is_missed() -> None:
    assert any(" lacks " in one for one in violations(acknowledges_first=True))


def test_what_is_counted_without_a_marker_is_seen_twice() -> None:
    assert any(" has " in one for one in violations(acknowledges_first=False))


def _scenario() -> Scenario:
    def play(world: World) -> None:
        world.deliver("naive", sqs_event("a purchase"), by=By.QUEUE)

    return Scenario("naive", ("naive",), lambda _: None, play)
