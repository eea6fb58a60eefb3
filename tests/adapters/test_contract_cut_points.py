"""The promises of published cut points and of settling in shards, on every backend."""

from collections.abc import Callable
from datetime import date, timedelta

import boto3
import pytest

from ownerloop.adapters.dynamodb.cut_points import DynamoCutPoints
from ownerloop.adapters.memory_owners import MemoryCutPoints, MemoryTierShards
from ownerloop.adapters.store_tiers import StoreTierPolicies
from ownerloop.adapters.tier_shards import StateMachineShards
from ownerloop.domain.tier_cuts import Cuts
from ownerloop.owner_ports import CutPoints, TierShards
from tests.tables import Tables
from tests.tier_builders import a_tier_policy

TODAY = date(2026, 3, 2)
DAY = timedelta(days=1)


@pytest.fixture
def cut_points(backend: Tables | None) -> CutPoints:
    return DynamoCutPoints(backend.owners) if backend else MemoryCutPoints()


@pytest.fixture(params=["memory", "moto"])
def shards(request: pytest.FixtureRequest) -> tuple[TierShards, Callable[[], int]]:
    if request.param == "memory":
        held = MemoryTierShards()
        return held, lambda: len(held.started)
    request.getfixturevalue("tables")
    service = boto3.client("stepfunctions")
    definition = '{"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}'
    arn = service.create_state_machine(
        name="m", definition=definition, roleArn="arn:aws:iam::000000000000:role/nobody"
    )["stateMachineArn"]
    return StateMachineShards(arn), lambda: len(service.list_executions(stateMachineArn=arn)["executions"])


def some_cuts(*, effective_on: date = TODAY, lowest: int = 2) -> Cuts:
    frequency = (lowest, lowest + 1, lowest + 3, lowest + 5)
    return Cuts(a_tier_policy().version, effective_on, 1_200, frequency, (40_000, 90_000, 200_000, 500_000))


def test_cuts_hold_from_their_day_until_newer_ones(cut_points: CutPoints) -> None:
    first, second = some_cuts(), some_cuts(effective_on=TODAY + 3 * DAY, lowest=3)
    assert cut_points.publish("sh-pudong", first)
    assert cut_points.publish("sh-pudong", second)

    found = [cut_points.in_force("sh-pudong", on=TODAY + days * DAY) for days in (-1, 0, 2, 3, 40)]

    assert found == [None, first, first, second, second]
    assert cut_points.in_force("cd-gaoxin", on=TODAY) is None


def test_what_was_published_for_a_day_stays(cut_points: CutPoints) -> None:
    cut_points.publish("sh-pudong", some_cuts())

    assert not cut_points.publish("sh-pudong", some_cuts(lowest=3))
    assert not cut_points.publish("sh-pudong", some_cuts(effective_on=TODAY - DAY, lowest=3))
    assert cut_points.in_force("sh-pudong", on=TODAY) == some_cuts()


def test_a_store_is_settled_in_shards_once_a_day(shards: tuple[TierShards, Callable[[], int]]) -> None:
    started, count = shards

    for as_of in (TODAY, TODAY, TODAY + DAY):
        started.start("sh-pudong", as_of=as_of)

    assert count() == 2


def test_a_day_is_measured_by_the_cuts_that_held_as_it_began() -> None:
    cut_points = MemoryCutPoints()
    cut_points.publish("sh-pudong", some_cuts())
    policies = StoreTierPolicies(cut_points)

    assert policies(TODAY, store_id="sh-pudong").frequency_cuts == some_cuts().frequency
    assert policies(TODAY, store_id="cd-gaoxin") == policies(TODAY, store_id=None) == a_tier_policy()
    assert policies(TODAY - DAY, store_id="sh-pudong").version == a_tier_policy().version
