"""The night's settlement: everybody in one pass, only changes written, told once, welcomed once."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.contact import ContactClass
from ownerloop.domain.tiers import Tier
from ownerloop.usecases import settle_tiers
from tests.usecases.interaction_world import DAY, NOW, World, a_purchase, a_service, an_arrival

NIGHT = NOW.replace(hour=18, minute=30)  # half past two of the next day in Shanghai


def a_regular(world: World, *, orders: int = 2) -> None:
    world.process(
        [
            an_arrival(a_purchase(order_id=f"o-{number}"), key=f"e_{number}", at=NOW - (20 + 30 * number) * DAY)
            for number in range(orders)
        ]
    )


def test_owners_without_an_order_are_settled_as_prospects_without_a_write() -> None:
    world = World()

    report = world.settle()

    assert (report.owners, report.written, report.announced) == (2, 0, 0)
    assert world.tiers.held == {}


def test_a_night_settles_what_the_events_left_provisional() -> None:
    world = World()
    a_regular(world)

    report = world.settle(now=NIGHT)

    record = world.tiers.held[world.wang]
    assert (report.written, report.announced) == (1, 0)
    assert (record.settled, record.settled_on) == (Tier.POTENTIAL, (NIGHT + DAY).date())
    assert world.told() == [(world.wang, "prospect", "new"), (world.wang, "new", "potential")]


def test_a_second_settlement_of_the_day_writes_nothing() -> None:
    world = World()
    a_regular(world)
    world.settle(now=NIGHT)
    before = world.essence()

    report = world.settle(now=NIGHT + timedelta(hours=2))

    assert (report.written, report.welcomed) == (0, 0)
    assert world.essence() == before


def test_an_ordinary_day_later_is_no_change() -> None:
    world = World()
    a_regular(world)
    world.settle(now=NIGHT)

    assert world.settle(now=NIGHT + DAY).written == 0


def test_time_alone_makes_an_owner_at_risk_and_the_night_tells_it() -> None:
    world = World()
    world.process([an_arrival(a_service(on=NOW.date() - 2 * DAY), at=NOW - 2 * DAY)])

    report = world.settle(now=NIGHT + 620 * DAY)

    assert report.announced == 1
    assert world.told()[-1] == (world.wang, "new", "at_risk")
    assert [row["cause"][:6] for row in world.history.rows["tier_changes"]] == ["e_1", "night#"]


def test_a_repeated_night_tells_its_changes_under_the_same_identity() -> None:
    world = World()
    world.process([an_arrival(a_service(on=NOW.date() - 2 * DAY), at=NOW - 2 * DAY)])
    late = NIGHT + 620 * DAY

    world.settle(now=late)
    world.settle(now=late)

    assert len(world.bus.events) == 3
    assert len(world.told()) == 2


def test_the_immediate_tier_and_the_settled_one_agree() -> None:
    world = World()
    a_regular(world, orders=4)
    at_once = world.tiers.held[world.wang].state

    world.settle(now=NOW)

    assert world.tiers.held[world.wang].state == at_once


def test_a_change_into_a_welcomed_tier_asks_for_one_commercial_contact() -> None:
    world = World()
    a_regular(world)

    report = world.settle(now=NIGHT)
    world.settle(now=NIGHT)

    (contact,) = world.contacts.held.values()
    assert report.welcomed == 1
    assert (contact.contact_class, contact.topic, contact.item) == (
        ContactClass.COMMERCIAL,
        "tier_welcome",
        "potential",
    )
    assert (contact.person_id, contact.text, contact.due_cycle) == (world.wang, "welcome to potential", "")
    assert contact.vehicle_id == world.car().vehicle_id
    assert len(contact.trail) == 1


def test_a_new_owner_is_not_welcomed() -> None:
    world = World()
    a_regular(world, orders=1)

    assert world.settle(now=NIGHT).welcomed == 0


def test_without_consent_to_marketing_nobody_is_welcomed() -> None:
    world = World(marketing=False)
    a_regular(world)

    assert world.settle(now=NIGHT).welcomed == 0
    assert world.tiers.held[world.wang].settled is Tier.POTENTIAL


def test_coming_back_to_a_tier_is_no_second_welcome() -> None:
    world = World()
    a_regular(world)
    world.settle(now=NIGHT)
    world.settle(now=NIGHT + 650 * DAY)
    world.process(
        [an_arrival(a_purchase(order_id="o-9"), key="e_9", at=NOW + 660 * DAY, received_at=NOW + 661 * DAY)],
        now=NOW + 661 * DAY,
    )

    report = world.settle(now=NIGHT + 690 * DAY)

    assert world.tiers.held[world.wang].settled is Tier.POTENTIAL
    assert report.welcomed == 0
    assert len(world.contacts.held) == 1


def test_a_writer_in_between_is_settled_on_a_second_look() -> None:
    world = World()
    a_regular(world)
    touched: list[str] = []

    def touch(operation: str) -> None:
        if operation == "tiers.save" and not touched:
            touched.append(operation)
            held = world.tiers.held[world.wang]
            world.tiers.held[world.wang] = replace(held, version=held.version + 1)

    world.on_operation = touch

    report = world.settle(now=NIGHT)

    assert (report.written, report.lost) == (1, 0)


def test_a_store_larger_than_a_page_is_settled_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settle_tiers, "PAGE", 1)
    world = World()
    a_regular(world)

    assert world.settle(now=NIGHT).owners == 2
