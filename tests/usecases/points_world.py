"""A world with a mall, and what owners earn and redeem in it."""

from dataclasses import replace
from datetime import date

from ownerloop.domain.interactions import PointsRedeemed
from ownerloop.domain.points import Account
from ownerloop.domain.redemption import Mall, MallItem
from tests.usecases.interaction_world import DAY, NOW, WANG, World, a_purchase, an_arrival

LONG_AGO = NOW - 30 * DAY  # beyond the return window: its points can be spent
MUG = MallItem("mug", "杯", "Mug", 30, 3)


def a_redemption(number: int = 1, *, item_id: str | None = "mug", quantity: int = 1) -> PointsRedeemed:
    return PointsRedeemed(f"r-{number}", item_id, quantity, None)


def spending(points: int, number: int = 1) -> PointsRedeemed:
    return PointsRedeemed(f"r-{number}", None, 1, points)


def a_world() -> World:
    world = World()
    world.points_desk = replace(world.points_desk, mall_on=lambda _: Mall("m", date(2014, 1, 1), {"mug": MUG}))
    return world


def account(world: World, person_id: str | None = None) -> Account:
    return world.points.accounts([person_id or world.wang])[person_id or world.wang]


def rich(world: World, *, points: int = 80, subject: str = WANG) -> None:
    """Let an owner earn points that can be spent today."""
    order = a_purchase(order_id=f"rich-{subject}", fen=points * 1_000)
    report = world.process([an_arrival(order, key=f"rich-{subject}", at=LONG_AGO, subject=subject)])
    assert report.accepted


def answers(world: World) -> list[tuple[str, str]]:
    """Return what was told of redemptions, each answer once: state and reason."""
    told = {e["id"]: e["data"] for e in world.bus.events if e["type"] == "ownerloop.points.redeemed.v1"}
    return [(data["state"], data["reason"]) for data in told.values()]
