"""What points buy: redeemed once, given back once, never oversold, and every refusal told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.domain.interactions import PointsRedeemed, RedemptionReturned
from tests.usecases.interaction_world import LI, NOW, WANG, World, a_purchase, an_arrival
from tests.usecases.points_world import LONG_AGO, a_redemption, a_world, account, answers, rich, spending


@pytest.fixture
def world() -> World:
    return a_world()


def test_an_item_of_the_mall_costs_its_points_and_leaves_the_stock_once(world: World) -> None:
    rich(world)

    report = world.process([an_arrival(a_redemption(quantity=2))])
    again = world.process([an_arrival(a_redemption(quantity=2))])

    assert (account(world).balance, world.points.gone) == (20, {"mug": 2})
    assert (report.redemptions, again.redemptions) == ({"redeemed": 1}, {"redeemed": 1})
    assert answers(world) == [("redeemed", "redeemed")]


def test_a_redemption_told_by_another_event_is_the_same_redemption(world: World) -> None:
    rich(world)

    world.process([an_arrival(a_redemption(), key="e_1"), an_arrival(a_redemption(), key="e_2")])

    assert (account(world).balance, answers(world)) == (50, [("redeemed", "redeemed")])


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (spending(81), "insufficient_points"),
        (a_redemption(quantity=3), "insufficient_points"),
        (a_redemption(quantity=4), "out_of_stock"),
        (a_redemption(item_id="yacht"), "unknown_item"),
        (PointsRedeemed("r-1", "mug", 1, 29), "price_changed"),
    ],
)
def test_a_redemption_that_cannot_be_is_refused_once_and_for_all(
    world: World, asked: PointsRedeemed, reason: str
) -> None:
    rich(world)

    world.process([an_arrival(asked, key="e_1")])
    rich(world, points=500, subject=LI)
    world.process([an_arrival(a_purchase(order_id="o-9", fen=500_000), key="e_8", at=LONG_AGO)])
    world.process([an_arrival(asked, key="e_1"), an_arrival(asked, key="e_2")])

    assert answers(world) == [("refused", reason)]
    assert (account(world).balance, world.points.gone) == (580, {})


def test_points_still_pending_cannot_be_spent(world: World) -> None:
    world.process([an_arrival(a_purchase(), key="e_1"), an_arrival(spending(1), key="e_2")])

    assert answers(world) == [("refused", "insufficient_points")]


def test_a_redemption_given_back_restores_lots_and_stock_once(world: World) -> None:
    rich(world)
    before = account(world).lots
    world.process([an_arrival(a_redemption(quantity=2), key="e_1")])

    for key in ("e_2", "e_3"):
        world.process([an_arrival(RedemptionReturned("r-1"), key=key)])

    assert (account(world).lots, world.points.gone) == (before, {"mug": 0})
    assert answers(world)[-1] == ("returned", "returned")


def test_a_redemption_given_back_before_it_came_takes_nothing(world: World) -> None:
    rich(world)

    world.process([an_arrival(RedemptionReturned("r-1"), key="e_1"), an_arrival(a_redemption(), key="e_2")])

    assert (account(world).balance, world.points.gone) == (80, {})
    assert answers(world)[-1] == ("returned", "returned_before_redeemed")


def test_a_refused_redemption_has_nothing_to_give_back(world: World) -> None:
    world.process([an_arrival(a_redemption(), key="e_1"), an_arrival(RedemptionReturned("r-1"), key="e_2")])

    assert answers(world) == [("refused", "insufficient_points")]


@pytest.mark.parametrize(
    ("other", "subject", "reason"),
    [
        (a_redemption(quantity=2), WANG, "identity_reused"),
        (PointsRedeemed("r-1", "mug", 1, 29), WANG, "identity_reused"),
        (a_redemption(), LI, "foreign_redemption"),
        (RedemptionReturned("r-1"), LI, "foreign_redemption"),
    ],
)
def test_a_number_that_names_another_redemption_is_refused_and_told(
    world: World, other: PointsRedeemed | RedemptionReturned, subject: str, reason: str
) -> None:
    rich(world)
    rich(world, subject=LI)
    world.process([an_arrival(a_redemption(), key="e_1")])

    report = world.process([an_arrival(other, key="e_2", subject=subject)])

    assert [refusal.reason for refusal in report.refused] == [reason]
    assert ("refused", reason) in answers(world)
    assert account(world).balance == 50


def test_the_last_of_an_item_goes_to_one_of_two_who_ask_at_the_same_moment(world: World) -> None:
    rich(world, points=200)
    rich(world, points=200, subject=LI)
    world.process([an_arrival(a_redemption(quantity=2), key="e_1")])
    rival = an_arrival(a_redemption(7), key="e_3", subject=LI)
    _between(world, "interactions.apply", lambda: world.process([rival]))

    world.process([an_arrival(a_redemption(8), key="e_2")])

    assert world.points.gone == {"mug": 3}
    assert sorted(answers(world)) == [("redeemed", "redeemed"), ("redeemed", "redeemed"), ("refused", "out_of_stock")]


def test_a_spending_that_meets_another_is_decided_on_what_that_left(world: World) -> None:
    rich(world)
    _between(world, "interactions.apply", lambda: world.process([an_arrival(spending(50, 7), key="e_3")]))

    world.process([an_arrival(spending(50, 8), key="e_2")])

    assert (account(world).balance, sorted(answers(world))) == (
        30,
        [("redeemed", "redeemed"), ("refused", "insufficient_points")],
    )


def test_a_redemption_of_yesterday_evening_counts_by_yesterdays_lots(world: World) -> None:
    rich(world, points=100)
    (lot,) = account(world).lots.values()
    gone_today = replace(lot, terms=replace(lot.terms, expires_on=NOW.date()))
    world.points.held[world.wang] = replace(account(world), lots={lot.lot_id: gone_today})

    world.process([an_arrival(spending(60, 1), key="e_1", at=NOW - timedelta(hours=13))])  # 23:00 in Shanghai
    world.process([an_arrival(spending(40, 2), key="e_2", at=NOW)])

    assert answers(world) == [("redeemed", "redeemed"), ("refused", "insufficient_points")]


def _between(world: World, operation: str, happens: Callable[[], object]) -> None:
    """Let something happen once, right before the operation."""

    def hook(name: str) -> None:
        if name == operation:
            world.on_operation = lambda _: None
            happens()

    world.on_operation = hook
