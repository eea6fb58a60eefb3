"""Points of owners who were joined: spent together, and parted so that everybody has paid for what they asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.interactions import PointsRedeemed, RedemptionReturned
from ownerloop.domain.points import books
from ownerloop.usecases.merge_people import Cause, merge_persons, split_person
from ownerloop.usecases.part_points import part_points
from tests.identity_builders import people_in
from tests.points_builders import folded
from tests.usecases.interaction_world import DAY, LI, NOW, WANG, World, a_purchase, an_arrival

LONG_AGO = NOW - 30 * DAY


def a_world(*, joined: bool = True) -> World:
    world = World()
    if joined:
        join(world)
    return world


def join(world: World) -> None:
    wang, li = world.owner(world.wang), world.owner(world.li)
    world.owners.held[world.wang] = replace(wang, version=wang.version + 1, members=(world.li,))
    world.owners.held[world.li] = replace(li, version=li.version + 1, merged_into=world.wang)


def part(world: World) -> int:
    for person_id in (world.wang, world.li):
        held = world.owner(person_id)
        world.owners.held[person_id] = replace(held, version=held.version + 1, members=(), merged_into=None)
    return part_points({world.li}, {world.wang}, points=world.points, ledger=world.points, now=NOW)


def earn(world: World, subject: str, points: int, *, number: int = 1) -> None:
    order = a_purchase(order_id=f"{subject}-{number}", fen=points * 1_000)
    at = LONG_AGO + timedelta(minutes=number)
    assert world.process([an_arrival(order, key=f"{subject}-{number}", at=at, subject=subject)]).accepted


def spend(world: World, subject: str, points: int, *, number: int = 1) -> str:
    asked = PointsRedeemed(f"r-{number}", None, 1, points)
    report = world.process([an_arrival(asked, key=f"spend-{number}", subject=subject)])
    return next(iter(report.redemptions))


def give_back(world: World, subject: str, *, number: int = 1) -> None:
    world.process([an_arrival(RedemptionReturned(f"r-{number}"), key=f"back-{number}-{subject}", subject=subject)])


def net(world: World) -> tuple[int, int]:
    """Return what each has, less what each owes: Wang, Li."""
    wang, li = (world.points.accounts([one])[one] for one in (world.wang, world.li))
    return wang.balance - wang.debt, li.balance - li.debt


def check_whole(world: World) -> None:
    assert sum(books(world.points.written.values()).values()) == 0
    for person_id, held in world.points.held.items():
        assert folded(person_id, world.points.entries(person_id)) == held
        assert all(lot.remaining >= 0 for lot in held.lots.values())
        assert held.debt == 0 or held.balance == 0


def test_what_was_earned_under_one_key_can_be_spent_under_another() -> None:
    apart, joined = a_world(joined=False), a_world()
    for world in (apart, joined):
        earn(world, WANG, 80)

    assert (spend(apart, LI, 50), spend(joined, LI, 50)) == ("insufficient_points", "redeemed")
    assert net(joined) == (30, 0)


def test_after_a_split_lots_that_the_other_spent_are_whole_and_the_other_owes_them() -> None:
    world = a_world()
    earn(world, WANG, 80)
    earn(world, LI, 20)
    spend(world, LI, 90)

    assert (part(world), part(world)) == (1, 0)

    assert net(world) == (80, -70)
    check_whole(world)


def test_a_redemption_that_moved_goes_back_to_whoever_paid_for_it() -> None:
    world = a_world()
    earn(world, WANG, 80)
    earn(world, LI, 20)
    spend(world, LI, 90)
    part(world)
    earn(world, LI, 100, number=2)

    give_back(world, WANG)
    held = net(world)
    give_back(world, LI)

    assert held == (80, 30)
    assert net(world) == (80, 120)
    check_whole(world)


def test_each_of_a_group_can_give_back_what_another_asked_for() -> None:
    world = a_world()
    earn(world, WANG, 80)
    spend(world, LI, 50)

    give_back(world, WANG)

    assert net(world) == (80, 0)
    assert part(world) == 0


@pytest.mark.parametrize("change", [join, part])
def test_a_group_that_changes_amid_a_redemption_decides_it_anew(change: object) -> None:
    world = a_world(joined=change is part)
    earn(world, WANG, 80)

    def hook(name: str) -> None:
        if name == "interactions.apply":
            world.on_operation = lambda _: None
            change(world)  # type: ignore[operator]  # one of the two above

    world.on_operation = hook
    spend(world, LI, 50)
    spend(world, LI, 50, number=2)

    assert net(world) == ((80, 0) if change is part else (30, 0))
    check_whole(world)


def test_a_split_that_an_operator_asks_for_parts_the_points_too_however_often_it_is_told() -> None:
    world = a_world(joined=False)
    people = people_in(world.owners, points=world.points)
    merge_persons(world.wang, world.li, people=people, cause=Cause("m", "one phone"), now=NOW)
    earn(world, WANG, 80)
    spend(world, LI, 50)

    for _ in range(2):
        split_person(world.wang, world.li, people=people, cause=Cause("s", "two brothers"), now=NOW)

    assert net(world) == (80, -50)
    check_whole(world)


asks = st.tuples(st.sampled_from([WANG, LI]), st.sampled_from(["earn", "spend", "back"]), st.integers(1, 60))


@settings(max_examples=60, deadline=None)
@given(st.lists(asks, max_size=10), st.lists(asks, max_size=4))
def test_after_a_split_everybody_has_what_they_earned_less_what_they_asked_for(
    together: list[tuple[str, str, int]], alone: list[tuple[str, str, int]]
) -> None:
    world = a_world()
    due = {WANG: 0, LI: 0}
    asked: list[tuple[str, int, int]] = []
    for number, (who, what, points) in enumerate([*together, *alone]):
        if number == len(together):
            part(world)
        if what == "earn":
            earn(world, who, points, number=number)
            due[who] += points
        elif what == "spend" and spend(world, who, points, number=number) == "redeemed":
            asked.append((who, number, points))
            due[who] -= points
        elif what == "back" and asked:
            asker, one, paid = asked.pop(points % len(asked))
            give_back(world, asker, number=one)
            due[asker] += paid
    part(world)

    check_whole(world)
    assert net(world) == (due[WANG], due[LI])
    assert part_points({world.li}, {world.wang}, points=world.points, ledger=world.points, now=NOW) == 0
