"""Points of owners: earned and taken back in any order, whole in spite of crashes."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.facts import FactKind
from ownerloop.domain.interactions import (
    InteractionArrival,
    PointsRedeemed,
    Purchase,
    RedemptionReturned,
    Refund,
    ServiceOrderCompleted,
    Touch,
)
from ownerloop.domain.points import books
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import Tier
from ownerloop.usecases.expire_points import expire_points
from ownerloop.usecases.interaction_rows import InteractionReport
from tests.naive.naive_points import NaivePoints
from tests.points_builders import folded
from tests.usecases.interaction_world import DAY, NOW, YESTERDAY, World, a_purchase, a_service, an_arrival
from tests.usecases.points_world import LONG_AGO, a_redemption, a_world, account, answers, rich, spending

CRASHES_MAX = 200  # more operations than any event has


def a_refund(*, order_id: str = "o-1", refund_id: str = "f-1", fen: int = 80_000) -> Refund:
    return Refund(order_id=order_id, refund_id=refund_id, amount_fen=fen)


@pytest.fixture
def world() -> World:
    return a_world()


def test_a_purchase_and_a_service_earn_a_point_for_ten_yuan_after_the_return_window(world: World) -> None:
    world.process([an_arrival(a_purchase(fen=80_900), key="e_1"), an_arrival(a_service(), key="e_2")])

    held = account(world)
    assert (held.balance, held.usable(on=NOW.date())) == (80 + 60, 0)
    assert held.usable(on=YESTERDAY + timedelta(days=7)) == 140


def test_two_check_ins_of_a_day_earn_once(world: World) -> None:
    visits = [an_arrival(Touch(FactKind.CHECK_IN), key=f"e_{n}", at=NOW - DAY + timedelta(minutes=n)) for n in (1, 2)]
    next_day = an_arrival(Touch(FactKind.CHECK_IN), key="e_3", at=NOW)

    world.process([*visits, next_day])

    assert account(world).balance == 2 * 5


def test_a_kind_that_earns_nothing_opens_no_account(world: World) -> None:
    world.process([an_arrival(Touch(FactKind.PAGE_VIEW))])

    assert (world.points.held, world.points.told) == ({}, {})


def test_an_owner_at_risk_before_the_order_earns_twice(world: World) -> None:
    nights = ((YESTERDAY - DAY, Tier.AT_RISK), (YESTERDAY, Tier.CORE))
    world.tiers.held[world.wang] = TierRecord(world.wang, version=1, settled=Tier.CORE, nights=nights)

    world.process([an_arrival(a_purchase())])

    assert account(world).balance == 160


@pytest.mark.parametrize("turned", [False, True])
def test_a_refund_takes_its_points_whether_it_comes_after_its_purchase_or_before(world: World, turned: bool) -> None:
    events = [an_arrival(a_purchase(), key="e_1"), an_arrival(a_refund(fen=30_000), key="e_2")]

    world.process(events[::-1] if turned else events)

    assert account(world).balance == 50


def test_a_refund_of_what_was_never_bought_waits_and_moves_nothing(world: World) -> None:
    report = world.process([an_arrival(a_refund())])

    (claim,) = world.points.told.values()
    assert (report.accepted, world.points.held, claim.told_at) == (["e_1"], {}, None)


def test_points_that_were_spent_before_their_goods_came_back_are_owed(world: World) -> None:
    rich(world)
    world.process([an_arrival(spending(60), key="e_1")])

    world.process([an_arrival(a_refund(order_id="rich-wang"), key="e_2")])
    owed = (account(world).balance, account(world).debt)
    world.process([an_arrival(a_purchase(order_id="o-2", fen=100_000), key="e_3")])

    assert owed == (0, 60)
    assert (account(world).balance, account(world).debt) == (40, 0)


def test_a_number_that_was_given_back_before_it_came_names_that_redemption_for_good(world: World) -> None:
    rich(world)
    world.process([an_arrival(RedemptionReturned("r-1"), key="e_1"), an_arrival(a_redemption(), key="e_2")])

    again = world.process([an_arrival(a_redemption(), key="e_3")])
    other = world.process([an_arrival(a_redemption(quantity=2), key="e_4")])

    assert again.accepted == ["e_3"]
    assert [refusal.reason for refusal in other.refused] == ["identity_reused"]


def test_who_names_the_right_price_pays_it(world: World) -> None:
    rich(world)

    world.process([an_arrival(PointsRedeemed("r-1", "mug", 2, 60))])

    assert answers(world) == [("redeemed", "redeemed")]


class CrashError(Exception):
    """The function died here."""


def _a_life(world: World) -> Iterator[list[InteractionArrival]]:
    nights = ((LONG_AGO.date() - 9 * DAY, Tier.AT_RISK),)
    world.tiers.held[world.wang] = TierRecord(world.wang, version=1, settled=Tier.AT_RISK, nights=nights)
    yield [an_arrival(a_purchase(order_id=f"o-{n}"), key=f"b_{n}", at=LONG_AGO + n * DAY) for n in range(4)]
    yield [an_arrival(a_redemption(quantity=2), key="r_1")]
    yield [an_arrival(spending(200, 2), key="r_2")]
    yield [an_arrival(a_refund(order_id="o-0"), key="f_1"), an_arrival(RedemptionReturned("r-1"), key="r_3")]


def test_a_crash_before_any_read_or_write_leaves_nothing_half_done() -> None:
    calm = a_world()
    for events in _a_life(calm):
        assert calm.process(events).accepted == [event.event_key for event in events]

    crashes = 0
    for place in range(CRASHES_MAX):
        world = a_world()
        crashed = False
        for events in _a_life(world):
            left, fuse = list(events), iter(range(place))

            def hook(_: str, fuse: Iterator[int] = fuse) -> None:
                if next(fuse, None) is None:
                    raise CrashError

            world.on_operation = hook
            report = _until_dead(world, left)
            crashed |= report is None or bool(report.faulted)
            world.on_operation = lambda _: None
            _check_whole(world)
            world.process(left)  # the queue delivers the whole batch again
        crashes += crashed
        assert _decided(world) == _decided(calm)
        if not crashed:
            break

    assert crashes > 10
    assert not crashed


def _until_dead(world: World, events: Sequence[InteractionArrival]) -> InteractionReport | None:
    try:
        return world.process(events)
    except CrashError:
        return None


def _decided(world: World) -> tuple[object, ...]:
    """Return what was decided, without the instants of writing."""
    held = {key: (one.lots, one.debt) for key, one in world.points.held.items()}
    return held, world.points.told, world.points.gone, world.points.redemptions, set(answers(world))


def _check_whole(world: World) -> None:
    """Hold the laws of the ledger: sum zero, balance = lots = fold of the entries, nothing negative."""
    posted = books(world.points.written.values())
    assert sum(posted.values()) == 0
    for person_id, held in world.points.held.items():
        entries = world.points.entries(person_id)
        assert folded(person_id, entries) == held
        assert posted.get(f"person:{person_id}", 0) == held.balance
        assert held.debt == 0 or held.balance == 0
        assert all(lot.remaining >= 0 for lot in held.lots.values())


orders = st.builds(a_purchase, order_id=st.sampled_from(["o-1", "o-2", "o-3"]), fen=st.integers(0, 90_000)) | st.builds(
    a_service, order_id=st.sampled_from(["o-1", "s-2"])
)

refunds = st.builds(
    a_refund,
    order_id=st.sampled_from(["o-1", "o-2", "o-4"]),
    refund_id=st.sampled_from(["f-1", "f-2"]),
    fen=st.integers(0, 90_000),
)

check_ins = st.just(Touch(FactKind.CHECK_IN))

deeds = st.tuples(orders | refunds | check_ins, st.integers(0, 12))

Deed = tuple[Purchase | ServiceOrderCompleted | Refund | Touch, int]


@settings(max_examples=60, deadline=None)
@given(told=st.lists(deeds, max_size=8), chance=st.randoms(use_true_random=False))
def test_any_order_number_and_batching_of_the_same_facts_gives_the_same_points(
    told: list[Deed], chance: Random
) -> None:
    straight, shuffled = a_world(), a_world()
    for world in (straight, shuffled):
        nights = ((YESTERDAY - 8 * DAY, Tier.AT_RISK),)
        world.tiers.held[world.wang] = TierRecord(world.wang, version=1, settled=Tier.AT_RISK, nights=nights)
    events = [
        an_arrival(deed, key=f"e_{number}", at=NOW - days * DAY, payload=str(number))
        for number, (deed, days) in enumerate(told)
    ]
    straight.process(events)

    mixed = [*events, *chance.sample(events, k=min(4, len(events)))]
    chance.shuffle(mixed)
    while mixed:
        size = chance.randint(1, 3)
        shuffled.process(mixed[:size])
        del mixed[:size]

    for world in (straight, shuffled):
        _check_whole(world)
    assert shuffled.essence()["points"] == straight.essence()["points"]
    assert shuffled.essence()["claims"] == straight.essence()["claims"]


def test_where_the_ledger_agrees_with_itself_a_counter_keyed_on_messages_does_not() -> None:
    agreeing = naive_agreeing = 0
    for seed in range(40):
        chance = Random(seed)
        events = [_drawn(chance, number) for number in range(8)]
        ends, naive_ends = set(), set()
        for _ in range(3):
            delivered = [*events, *chance.sample(events, k=2)]
            chance.shuffle(delivered)
            world, naive = a_world(), NaivePoints()
            world.process(delivered)
            for message_id, event in enumerate(delivered):
                naive.take(str(message_id), event.interaction)
            ends.add((account(world).balance, account(world).debt))
            naive_ends.add(naive.balance)
        agreeing += len(ends) == 1
        naive_agreeing += len(naive_ends) == 1

    assert agreeing == 40
    assert naive_agreeing < 10


def _drawn(chance: Random, number: int) -> InteractionArrival:
    order_id = f"o-{chance.randrange(3)}"
    is_refund = chance.random() < 0.4
    deed = (
        a_refund(order_id=order_id, refund_id=f"f-{number}", fen=chance.randrange(90) * 1_000)
        if is_refund
        else a_purchase(order_id=order_id, fen=chance.randrange(90) * 1_000)
    )
    return an_arrival(deed, key=f"e_{number}", at=NOW - number * DAY, payload=str(number))


def test_expiry_of_the_same_night_finds_nothing_a_second_time(world: World) -> None:
    rich(world)
    (lot,) = account(world).lots.values()
    night = NOW + (lot.terms.expires_on - NOW.date()) + DAY

    lapsed = [_expired(world, now) for now in (night - 2 * DAY, night, night)]

    assert lapsed == [0, 80, 0]
    _check_whole(world)


def _expired(world: World, now: object) -> int:
    runs = [expire_points(n, points=world.points, ledger=world.points, now=now) for n in range(16)]  # type: ignore[arg-type]
    for run in runs:
        run.faults.raise_first()
    return sum(run.points for run in runs)
