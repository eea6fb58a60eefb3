"""The promises of the points, on every backend."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.interactions import DynamoInteractions
from ownerloop.adapters.dynamodb.points import DynamoLedger, DynamoPoints
from ownerloop.adapters.memory import MemoryEnrolments, MemoryOwners, MemoryVehicles
from ownerloop.adapters.memory_owners import MemoryInteractions, MemoryTiers
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.ids import SHARD_COUNT, shard
from ownerloop.domain.interaction_change import InteractionChange
from ownerloop.domain.points import Account
from ownerloop.domain.points_change import PointsChange, posted
from ownerloop.domain.points_earning import Claim, GivenBack
from ownerloop.domain.points_moves import expire
from ownerloop.domain.redemption import Redemption, RedemptionState, Taken
from ownerloop.owner_ports import Interactions
from ownerloop.points_ports import Ledger, Points
from ownerloop.ports import EnrolmentChange, Enrolments, Marker
from tests.adapters.full_items import surrogate
from tests.builders import an_owner
from tests.points_builders import NOW, TODAY, a_lot, an_account, postings_of, redeem
from tests.tables import Tables

P, Q = surrogate("p", 1), surrogate("p", 2)


@dataclass(frozen=True, slots=True)
class Place:
    """The ports of the points, on one backend."""

    points: Points
    ledger: Ledger
    interactions: Interactions
    enrolments: Enrolments


@pytest.fixture
def place(backend: Tables | None) -> Place:
    return on_dynamodb(backend) if backend else in_memory()


def in_memory() -> Place:
    owners, vehicles, points = MemoryOwners(), MemoryVehicles(), MemoryPoints()
    enrolments = MemoryEnrolments(owners, vehicles)
    interactions = MemoryInteractions(owners, vehicles, MemoryTiers(owners), enrolments, points=points)
    return Place(points, points, interactions, enrolments)


def on_dynamodb(tables: Tables) -> Place:
    enrolments = DynamoEnrolments(tables.owners, tables.consents, tables.vehicles, tables.cases)
    interactions = DynamoInteractions(tables.interactions)
    return Place(DynamoPoints(tables.points), DynamoLedger(tables.points), interactions, enrolments)


def a_change(key: str, **parts: Any) -> InteractionChange:
    fact = Fact(key, P, FactKind.CHECK_IN, NOW, NOW, TODAY)
    return InteractionChange(key, "h", NOW, fact, points=PointsChange(**parts))


def a_claim(**changes: Any) -> Claim:
    claim = Claim(
        P, "purchase#0f", 1, NOW, TODAY, 128_800, "parts", {"f1": GivenBack(1_780_000_000, 800), "f2": GivenBack(0, 0)}
    )
    return replace(claim, **changes)


def a_redemption(**changes: Any) -> Redemption:
    held = Redemption("r_1", P, RedemptionState.REDEEMED, "redeemed", NOW, 1, "car-wash", 2, 600, ((P, 2), (Q, 7)))
    return replace(held, **changes)


def test_everything_that_an_event_moves_is_written_with_its_marker(place: Place) -> None:
    (posting,) = postings_of(Account(P), a_lot(points=100, extra=28))
    taken = Taken("car-wash", 2, 5)

    place.interactions.apply(
        a_change("e_1", postings=(posting,), claim=a_claim(), redemption=a_redemption(), taken=taken)
    )

    assert place.points.accounts([P, Q]) == {P: posting.account, Q: Account(Q)}
    assert place.points.entry(P, 1) == posting.entry
    assert list(place.ledger.entries(P)) == [posting.entry]
    assert place.points.claim(P, "purchase#0f") == a_claim()
    assert place.points.redemption("r_1") == a_redemption()
    assert place.points.taken(["car-wash", "mug"]) == {"car-wash": 2, "mug": 0}


def test_what_nobody_told_of_is_empty(place: Place) -> None:
    assert place.points.claim(P, "purchase#0f") == Claim(P, "purchase#0f")
    assert place.points.redemption("r_1") is None
    assert list(place.ledger.lapsing(shard(P), by=date(2030, 1, 1))) == []
    assert (place.points.accounts([]), place.points.taken([])) == ({}, {})


def test_a_waiting_refund_and_a_bare_redemption_come_back_as_they_were(place: Place) -> None:
    waiting = Claim(P, "purchase#0f", 1, refunds={"f1": GivenBack(1_780_000_000, 800)}, parts=(("parts", 900),))
    bare = Redemption("r_1", P, RedemptionState.REFUSED, "insufficient_points", NOW, points=10)

    place.interactions.apply(a_change("e_1", claim=waiting, redemption=bare))

    assert (place.points.claim(P, "purchase#0f"), place.points.redemption("r_1")) == (waiting, bare)


@pytest.mark.parametrize("stale", ["account", "claim", "redemption"])
def test_an_item_that_moved_stops_the_whole_event(place: Place, stale: str) -> None:
    first, second = postings_of(Account(P), a_lot("a"), a_lot("b"))
    parts: dict[str, dict[str, Any]] = {
        "account": {"postings": (second,)},
        "claim": {"claim": a_claim(version=2)},
        "redemption": {"redemption": a_redemption(version=2)},
    }

    with pytest.raises(VersionConflictError):
        place.interactions.apply(a_change("e_1", **({"postings": (first,)} | parts[stale])))

    assert place.points.accounts([P])[P].version == 0
    assert place.interactions.held(P, event_key="e_1", case_key=None).applied is None


def test_no_more_leaves_the_mall_than_was_put_on_offer(place: Place) -> None:
    place.interactions.apply(a_change("e_1", taken=Taken("mug", 2, 3)))

    with pytest.raises(VersionConflictError):
        place.interactions.apply(a_change("e_2", taken=Taken("mug", 2, 3)))

    assert place.points.taken(["mug"]) == {"mug": 2}
    place.interactions.apply(a_change("e_3", taken=Taken("mug", -1, 2**53)))
    place.interactions.apply(a_change("e_4", taken=Taken("mug", 2, 3)))
    assert place.points.taken(["mug"]) == {"mug": 3}


def test_an_account_is_written_only_over_the_version_that_was_read(place: Place) -> None:
    (posting,) = postings_of(Account(P), a_lot())

    assert place.ledger.post(posting)
    assert not place.ledger.post(posting)

    assert place.points.accounts([P])[P] == posting.account


def test_two_entries_of_one_account_are_one_transaction(place: Place) -> None:
    first, second = postings_of(Account(P), a_lot("a", points=10), a_lot("b", points=20))
    (other,) = postings_of(Account(Q), a_lot(points=5))

    assert place.ledger.post(first, second, other, redemption=a_redemption())
    assert not place.ledger.post(first, second, redemption=a_redemption())

    assert place.points.accounts([P, Q]) == {P: second.account, Q: other.account}
    assert list(place.ledger.entries(P)) == [first.entry, second.entry]
    assert place.points.redemption("r_1") == a_redemption()


def test_a_group_that_changed_stops_a_redemption_that_drew_on_it(place: Place) -> None:
    head = an_owner(person_id=Q)
    place.enrolments.apply(EnrolmentChange(markers=(Marker("m", "h", NOW),), owners=(head,)))
    (posting,) = postings_of(Account(P), a_lot())

    with pytest.raises(VersionConflictError):
        place.interactions.apply(a_change("e_1", postings=(posting,), group=(Q, head.version + 1)))

    assert place.points.accounts([P])[P].version == 0
    assert place.interactions.apply(a_change("e_2", postings=(posting,), group=(Q, head.version)))


def test_accounts_are_found_by_the_first_day_that_takes_from_them(place: Place) -> None:
    early, late = a_lot("a", expires_on=date(2026, 6, 1)), a_lot("b", expires_on=date(2027, 6, 1))
    for person_id, lots in ((P, (early, late)), (Q, (late,))):
        for posting in postings_of(Account(person_id), *lots):
            assert place.ledger.post(posting)

    def lapsing(by: date) -> list[str]:
        return [person for number in range(SHARD_COUNT) for person in place.ledger.lapsing(number, by=by)]

    assert lapsing(date(2026, 5, 31)) == []
    assert lapsing(date(2026, 6, 1)) == [P]
    assert sorted(lapsing(date(2027, 6, 1))) == [P, Q]
    assert list(place.ledger.lapsing(shard(P), by=date(2026, 6, 1))) == [P]


def test_an_account_without_points_is_found_no_more(place: Place) -> None:
    account = an_account(a_lot(points=10, expires_on=date(2026, 6, 1)))
    for posting in postings_of(Account("p_1"), a_lot(points=10, expires_on=date(2026, 6, 1))):
        place.ledger.post(posting)
    assert list(place.ledger.lapsing(shard("p_1"), by=date(2030, 1, 1))) == ["p_1"]

    lapsed = expire(account, on=date(2026, 6, 1), at=NOW)
    assert lapsed is not None
    place.ledger.post(posted(account, lapsed))

    assert list(place.ledger.lapsing(shard("p_1"), by=date(2030, 1, 1))) == []


def test_entries_come_in_the_order_of_their_numbers(place: Place) -> None:
    postings = postings_of(Account(P), *(a_lot(f"lot{number:02d}", points=number) for number in range(1, 12)))
    account = postings[-1].account
    last = posted(account, redeem(account, 60, entry_id="r", cause="x", at=NOW, on=TODAY))
    for posting in [*postings, last]:
        assert place.ledger.post(posting)

    assert list(place.ledger.entries(P)) == [posting.entry for posting in [*postings, last]]
