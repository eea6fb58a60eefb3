"""What each kind of interaction changes, refunds among them, and how the timeline tells what was done."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.facts import FactKind
from ownerloop.domain.interaction_kinds import EFFECTS, Effect
from ownerloop.domain.interactions import Refund
from ownerloop.domain.tiers import Tier
from ownerloop.domain.timeline import entries
from tests.interaction_builders import an_interaction, an_interaction_about
from tests.usecases.interaction_world import DAY, NOW, VIN, World, a_purchase, an_arrival

MINUTE = timedelta(minutes=1)
MOVED_BY_ANY = {"facts", "points", "claims"}  # whatever the points policy names earns
COMMANDS = {FactKind.POINTS_REDEEMED, FactKind.REDEMPTION_RETURNED}  # decided in the order of their arrival
PLAIN = sorted(kind for kind, effect in EFFECTS.items() if effect is Effect.NONE and kind not in COMMANDS)


def test_every_kind_says_what_it_changes() -> None:
    assert set(EFFECTS) == set(FactKind)


@pytest.mark.parametrize("kind", PLAIN)
def test_what_has_no_effect_of_its_own_stands_on_the_timeline_and_changes_nothing_else(kind: FactKind) -> None:
    world = World()
    before = {name: items for name, items in world.essence().items() if name not in MOVED_BY_ANY}

    report = world.process([an_arrival(an_interaction_about(kind, vin=VIN))])

    assert report.accepted == ["e_1"]
    assert [fact.kind for fact in world.interactions.facts.values()] == [kind]
    assert {name: items for name, items in world.essence().items() if name in before} == before


@pytest.mark.parametrize("refund_first", [False, True])
def test_a_refund_lowers_the_money_of_its_order_whichever_came_first(refund_first: bool) -> None:
    world = World()
    told = [an_arrival(a_purchase(fen=80_000)), an_arrival(Refund("o-1", "r-1", 30_000), key="e_2", at=NOW - DAY / 2)]

    for arrival in reversed(told) if refund_first else told:
        assert world.process([arrival]).accepted == [arrival.event_key]

    assert world.tiers.held[world.wang].state.monetary_fen == 50_000  # type: ignore[union-attr]  # has an order
    world.settle()
    assert world.tiers.held[world.wang].state.monetary_fen == 50_000  # type: ignore[union-attr]  # has an order


def test_a_refund_of_what_was_never_bought_is_a_fact_and_no_money() -> None:
    world = World()

    report = world.process([an_arrival(Refund("o-9", "r-1", 30_000))])

    assert report.accepted == ["e_1"]
    assert [fact.kind for fact in world.interactions.facts.values()] == [FactKind.REFUND]
    assert world.tiers.held[world.wang].tier is Tier.PROSPECT
    assert world.told() == []


def test_whoever_brings_everything_back_was_never_a_customer() -> None:
    world = World()

    world.process([an_arrival(a_purchase(fen=80_000)), an_arrival(Refund("o-1", "r-1", 80_000), key="e_2")])

    assert world.told() == [(world.wang, "prospect", "new"), (world.wang, "new", "prospect")]


def test_an_offline_scan_goes_on_with_the_record_of_the_online_registration() -> None:
    world = World()
    online = an_interaction(FactKind.REGISTRATION, registration_id="reg-1")
    offline = an_interaction(FactKind.STORE_SCAN, registration_id="reg-1", store_id="cd-gaoxin")

    world.process([an_arrival(offline, key="e_2", at=NOW - DAY / 2), an_arrival(online)])

    (entry,) = entries(world.interactions.newest(world.wang, facts_max=10))
    assert [fact.kind for fact in entry.facts] == [FactKind.REGISTRATION, FactKind.STORE_SCAN]
    assert entry.newest.store_id == "cd-gaoxin"


def test_what_is_bought_minutes_before_the_registration_at_the_till_counts() -> None:
    world = World()
    world.owners.held[world.wang] = replace(world.owner(), known_since=NOW - DAY + 30 * MINUTE)

    assert world.process([an_arrival(a_purchase())]).accepted == ["e_1"]


def test_a_scan_in_a_store_that_is_not_ours_is_refused() -> None:
    world = World(zones={"sh-pudong": "Asia/Shanghai"})

    report = world.process([an_arrival(an_interaction(FactKind.STORE_SCAN, store_id="elsewhere"))])

    assert [(refusal.reason, refusal.field) for refusal in report.refused] == [("unknown_store", "data.store_id")]
    assert world.interactions.facts == {}


def test_staff_tag_an_owner_by_our_own_name_and_nobody_whom_we_do_not_know() -> None:
    world = World()
    tag = replace(an_arrival(an_interaction(FactKind.TAG_ADDED), key="e_tag"), is_wecom_address=False, is_person=True)

    taken = world.process([replace(tag, subject=world.wang)])
    refused = world.process([replace(tag, subject="p_" + "9" * 24, event_key="e_other")])

    assert taken.accepted == ["e_tag"]
    assert [one.reason for one in refused.refused] == ["unknown_owner"]
