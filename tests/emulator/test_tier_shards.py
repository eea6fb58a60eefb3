"""The state machine of the template on the local cloud: a store's shards are settled, and a lost one is told of."""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from infra.local.clients import client
from infra.local.deploy import STACK_NAME
from infra.local.stack import Stack, Wish, running
from ownerloop.adapters.dynamodb.items import read, written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.tiers import TIER, tier_from, tier_values
from ownerloop.domain.ids import shard
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import Tier
from tests.adapters.full_items import surrogate
from tests.tier_builders import FIRST, an_order

pytestmark = [pytest.mark.emulator, pytest.mark.slow]

AS_OF = date(2026, 3, 2)
STORE = "sh-pudong"
PEOPLE = [surrogate("p", number) for number in range(1, 3)]
_SECONDS_MAX = 120.0


def test_shards_are_settled_and_without_all_of_them_nothing_is_published_and_it_is_told(tmp_path: Path) -> None:
    """With all sixteen it ends well, here too; that takes the local cloud sixteen processes and two minutes."""
    (tmp_path / "people.json").write_text('{"people": []}', encoding="utf-8")
    wish = Wish(seed=1, starts_at=None, people=tmp_path / "people.json", work_dir=tmp_path)
    places = sorted({shard(person) for person in PEOPLE})

    with running(wish, descriptor=tmp_path / "stack.json") as stack:
        fill(stack)
        ended = executed(stack, {"store_id": STORE, "as_of": str(AS_OF), "places": places})

        held = {person: settled(stack, person) for person in PEOPLE}
        (told,) = waiting(stack, "ScheduleFailureQueue")

    assert set(held.values()) == {(Tier.POTENTIAL, AS_OF)}
    assert (ended["status"], ended["error"]) == ("FAILED", "ShardsNotSettled")
    assert (told["job"], told["store_id"], told["as_of"]) == ("settle_tiers", STORE, str(AS_OF))


def fill(stack: Stack) -> None:
    """Put owners of one store who came twice in the last months and whom no night has settled."""
    service, table = client("dynamodb", stack.endpoint), stack.outputs["OwnersTableName"]
    day = (AS_OF - FIRST).days
    orders = (an_order(day=day - 90), an_order(day=day - 40))
    for person in PEOPLE:
        owner = owner_values(Owner(person, version=1, store_id=STORE))
        tier = tier_values(TierRecord(person, version=1, occasions=orders))
        for values in (owner, tier):
            service.put_item(TableName=table, Item=written(values))


def executed(stack: Stack, work: dict[str, Any]) -> dict[str, Any]:
    """Return how an execution over this work ended."""
    service = client("stepfunctions", stack.endpoint)
    arn = service.start_execution(stateMachineArn=stack.outputs["TierShardsArn"], input=json.dumps(work))[
        "executionArn"
    ]
    ends_at = time.monotonic() + _SECONDS_MAX
    while time.monotonic() < ends_at:
        told: dict[str, Any] = service.describe_execution(executionArn=arn)
        if told["status"] != "RUNNING":
            return told
        time.sleep(0.2)
    raise TimeoutError(arn)


def settled(stack: Stack, person: str) -> tuple[Tier, date | None]:
    """Return the tier of the last night of a person, and since which night."""
    key = {"pk": {"S": f"person#{person}"}, "sk": {"S": TIER}}
    answer = client("dynamodb", stack.endpoint).get_item(TableName=stack.outputs["OwnersTableName"], Key=key)
    record = tier_from(read(answer["Item"]))
    return record.settled, record.settled_on


def waiting(stack: Stack, queue: str) -> list[dict[str, Any]]:
    """Return the bodies that wait in a queue of the stack."""
    resource = client("cloudformation", stack.endpoint).describe_stack_resource(
        StackName=STACK_NAME, LogicalResourceId=queue
    )
    url = resource["StackResourceDetail"]["PhysicalResourceId"]
    answer = client("sqs", stack.endpoint).receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5)
    return [json.loads(message["Body"]) for message in answer.get("Messages", [])]
