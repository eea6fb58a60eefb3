"""Presence: zones instead of positions, one fact an hour, and nobody asks without a consent of its own."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.consent import ConsentHead, DataClass, Ownership, Purpose, Withdrawal
from ownerloop.domain.presence import LIVES_FOR, Position, Presence, Zone, joined, seen, visible, zones_holding
from tests.builders import DAY, START, a_consent, a_grant

STORE = Zone("store-a", longitude=121.5447, latitude=31.2215, radius_m=1_500)
ELSEWHERE = Zone("store-b", longitude=104.0657, latitude=30.5702, radius_m=1_500)
INSIDE = Position(longitude=121.5447, latitude=31.2300)
HOUR = timedelta(hours=1)
PLACED = a_grant(purpose=Purpose.PRESENCE, classes=[DataClass.LOCATION])

some_facts = st.lists(
    st.builds(
        lambda car, minute: seen(car, INSIDE, at=START + minute * timedelta(minutes=1), zones=[STORE])[0],
        st.sampled_from(["v_1", "v_2"]),
        st.integers(0, 180),
    ),
    max_size=20,
)


def a_sight(*, at: datetime = START) -> Presence:
    (fact,) = seen("v_1", INSIDE, at=at, zones=[STORE])
    return fact


def test_a_position_becomes_the_zones_that_hold_it_and_the_hour() -> None:
    at = datetime(2026, 1, 5, 12, 34, 56, tzinfo=UTC)

    (fact,) = seen("v_1", INSIDE, at=at, zones=[ELSEWHERE, STORE])

    assert fact == Presence("v_1", "store-a", at.replace(minute=0, second=0), at, at)
    assert seen("v_1", INSIDE, at=at, zones=[ELSEWHERE]) == []


def test_the_border_of_a_zone_belongs_to_it() -> None:
    a_degree_m = 111_195.0797  # of latitude on a sphere of 6,371,009 m

    for metres, expected in ((1_499, ["z"]), (1_500, ["z"]), (1_501, [])):
        zone = Zone("z", longitude=10.0, latitude=0.0, radius_m=1_500)
        assert zones_holding(10.0, (metres - 0.5) / a_degree_m, [zone]) == expected


def test_zones_hold_positions_on_both_sides_of_the_date_line_and_at_a_pole() -> None:
    zone = Zone("z", longitude=179.999, latitude=0.0, radius_m=500)

    assert zones_holding(-179.999, 0.0, [zone]) == ["z"]
    assert zones_holding(-90.0, 90.0, [Zone("p", longitude=90.0, latitude=90.0, radius_m=1)]) == ["p"]


@given(some_facts, some_facts)
def test_facts_join_in_any_order_and_batching(first: list[Presence], second: list[Presence]) -> None:
    whole = joined([*first, *second])

    assert joined([*joined(second), *joined(first)]) == whole == joined([*whole, *first])


def test_presence_is_seen_with_a_consent_of_its_own_only() -> None:
    everything = a_grant(purpose=Purpose.MAINTENANCE, classes=tuple(DataClass))

    assert shown(a_consent(grants=[PLACED])) == [a_sight()]
    assert shown(a_consent(grants=[everything])) == shown(ConsentHead()) == []


def test_a_withdrawal_ends_reading_at_once() -> None:
    taken = Withdrawal(START + HOUR, "p_1", Purpose.PRESENCE)

    assert shown(a_consent(grants=[PLACED], withdrawals=[taken]), now=START + HOUR) == []
    assert (
        shown(a_consent(grants=[PLACED], withdrawals=[taken]), now=START + HOUR - timedelta(seconds=1)) == []
    )  # read before it


def test_a_new_owner_never_sees_where_the_car_was_before() -> None:
    theirs = a_grant(person_id="p_2", purpose=Purpose.PRESENCE, classes=[DataClass.LOCATION])
    head = a_consent(grants=[PLACED, theirs])
    sold = ConsentHead(owners=(*head.owners, Ownership(START + HOUR, "p_2")), grants=head.grants)

    assert shown(sold, now=START + DAY) == []
    assert visible([a_sight(at=START + 2 * HOUR)], consent=sold, now=START + DAY) != []


@pytest.mark.parametrize(("after", "count"), [(LIVES_FOR - timedelta(seconds=1), 1), (LIVES_FOR, 0)])
def test_presence_is_known_for_seven_days(after: timedelta, count: int) -> None:
    assert len(shown(a_consent(grants=[PLACED]), now=START + after)) == count


def test_an_hour_in_which_consent_began_is_not_shown() -> None:
    began = a_grant(purpose=Purpose.PRESENCE, classes=[DataClass.LOCATION], granted_at=START + HOUR / 2)
    whole = joined([a_sight(at=START), a_sight(at=START + timedelta(minutes=50))])

    assert visible(whole, consent=a_consent(grants=[began]), now=START + DAY) == []


def shown(head: ConsentHead, *, now: datetime = START + HOUR) -> list[Presence]:
    return visible([a_sight()], consent=head, now=now)
