"""A store too large for one run: its shards, in whatever order, leave what the one pass leaves."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_record import TierRecord
from ownerloop.usecases import settle_tiers
from ownerloop.usecases.settle_tiers import SettleReport, publish_cuts, settle_shard
from tests.builders import a_store
from tests.tier_builders import FIRST, a_tier_policy, an_order
from tests.usecases.interaction_world import NOW, World

NIGHT = NOW.replace(hour=18, minute=30)
AS_OF = civil_day(NIGHT, zone_of(a_store().zone))
OWNERS = 120


def a_large_store() -> World:
    """Return a world whose crowd asks for cuts of its own; two of its owners are one person."""
    chance, world = Random(5), World()  # orders for a test
    world.policy = a_tier_policy(crowd_owners_min=50)
    for number in range(OWNERS):
        person_id = f"p_{number:03}"
        world.owners.held[person_id] = Owner(person_id, version=1, store_id=a_store().store_id)
        days = chance.sample(range((AS_OF - FIRST).days), chance.choice((0, 1, 1, 4, 9)))
        orders = tuple(an_order(day=day, yuan=chance.choice((50, 3_000, 9_000))) for day in sorted(days))
        if orders:
            world.tiers.held[person_id] = TierRecord(person_id, version=1, occasions=orders)
    for head, member in (("p_000", "p_001"),):
        world.owners.held[head] = replace(world.owners.held[head], members=(member,))
        world.owners.held[member] = replace(world.owners.held[member], merged_into=head)
    return world


def in_shards(world: World, places: Sequence[int]) -> list[SettleReport]:
    settling = world.settling()
    reports = [settle_shard(a_store(), one, settling=settling, as_of=AS_OF, now=NIGHT) for one in places]
    publish_cuts(a_store(), [one.crowd for one in reports], settling=settling, as_of=AS_OF, now=NIGHT)
    return reports


@pytest.mark.parametrize("seed", range(3))
def test_the_shards_in_any_order_leave_what_the_one_pass_leaves(seed: int) -> None:
    in_one, parted = a_large_store(), a_large_store()
    places = Random(seed).sample(range(SHARD_COUNT), SHARD_COUNT)  # an order for a test

    report = in_one.settle(now=NIGHT)
    reports = in_shards(parted, places)

    assert parted.tiers.held == in_one.tiers.held
    assert parted.cuts.held == in_one.cuts.held
    assert parted.cuts.held[a_store().store_id][0].effective_on == AS_OF + timedelta(days=1)
    assert (sum(one.owners for one in reports), sum(one.written for one in reports)) == (report.owners, report.written)
    assert sorted(parted.told()) == sorted(in_one.told())


def test_a_shard_settled_twice_and_cuts_published_twice_change_nothing() -> None:
    world = a_large_store()
    in_shards(world, range(SHARD_COUNT))
    held, cuts = dict(world.tiers.held), {store: list(of) for store, of in world.cuts.held.items()}

    reports = in_shards(world, range(SHARD_COUNT))

    assert sum(one.written for one in reports) == 0
    assert (world.tiers.held, world.cuts.held) == (held, cuts)


def test_the_next_day_is_measured_by_the_cuts_of_the_night_before() -> None:
    world = a_large_store()
    world.settle(now=NIGHT)

    world.settle(now=NIGHT + timedelta(days=1))

    versions = {of.state.rule_version for of in world.tiers.held.values() if of.state}
    assert versions == {f"tier-1@{AS_OF + timedelta(days=1)}", "tier-1"}
    assert {key for key, of in world.tiers.held.items() if of.state and of.state.rule_version == "tier-1"} == {
        person for person in ("p_000", "p_001") if person in world.tiers.held
    }


def test_a_settlement_that_ends_after_midnight_publishes_for_the_day_that_has_not_begun() -> None:
    world = a_large_store()
    settling = world.settling()
    crowds = [settle_shard(a_store(), one, settling=settling, as_of=AS_OF, now=NIGHT).crowd for one in range(16)]

    cuts = publish_cuts(a_store(), crowds, settling=settling, as_of=AS_OF, now=NIGHT + timedelta(days=1))

    assert cuts is not None
    assert cuts.effective_on == AS_OF + timedelta(days=2)


def test_a_store_that_one_run_does_not_hold_is_left_to_its_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle_tiers, "OWNERS_IN_ONE_RUN", OWNERS - 1)
    world = a_large_store()
    before = dict(world.tiers.held)

    report = world.settle(now=NIGHT)

    assert (report.owners, report.sharded) == (0, 1)
    assert world.shards.started == [(a_store().store_id, AS_OF)]
    assert (world.tiers.held, world.cuts.held) == (before, {})
