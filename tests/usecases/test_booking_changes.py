"""Bookings that are changed, cancelled, missed or finished: in any order, each once."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.interactions import BookingCancelled, BookingChanged, BookingMissed, Interaction
from tests.usecases.booking_world import (
    HOUR,
    MINUTE,
    NINE,
    ON,
    THIRD,
    THIRDS_VIN,
    Workshop,
    made,
    told,
    two_for_one_hour,
)
from tests.usecases.interaction_world import DAY, LI, LIS_VIN, NOW, VIN, WANG, a_service


def test_a_booking_moves_to_another_hour_and_its_own_goes_to_who_waited() -> None:
    world = two_for_one_hour()

    world.tell(BookingChanged("b-1", NINE + 2 * HOUR), at=NOW + MINUTE)

    assert (world.state("b-1"), world.stands("b-1").for_at) == ("booked", NINE + 2 * HOUR)
    assert (world.state("b-2"), world.stands("b-2").for_at) == ("booked", NINE)


def test_a_booking_moves_to_another_day_with_its_car() -> None:
    world = two_for_one_hour()

    world.tell(BookingChanged("b-1", NINE + 2 * DAY), at=NOW + MINUTE)

    later = ON + 2 * DAY
    assert [one.booking_key for one in world.day(later).bookings] == [world.stands("b-1").booking_key]
    assert [one.booking_key for one in world.day().bookings] == [world.stands("b-2").booking_key]
    assert [one.on for one in world.car().booked] == [later]


def test_a_change_that_finds_no_room_leaves_the_booking_where_it_was() -> None:
    world = two_for_one_hour()
    world.tell(made("b-3", vin=THIRDS_VIN, for_at=NINE + 2 * HOUR), subject=THIRD)

    world.tell(BookingChanged("b-3", NINE), subject=THIRD, at=NOW + MINUTE)

    assert (world.state("b-3"), world.stands("b-3").for_at) == ("booked", NINE + 2 * HOUR)
    assert world.answers()[-1] == ("booked", "no_room")


def test_an_older_change_that_comes_late_changes_nothing() -> None:
    world = Workshop()
    world.tell(made(), at=NOW - HOUR)
    world.tell(BookingChanged("b-1", NINE + 2 * HOUR), at=NOW)

    world.tell(BookingChanged("b-1", NINE + 4 * HOUR), at=NOW - MINUTE)

    assert world.stands().for_at == NINE + 2 * HOUR


def test_a_cancellation_that_overtakes_its_booking_still_holds() -> None:
    world = Workshop()

    world.tell(BookingCancelled("b-1"), at=NOW)
    world.tell(made(), at=NOW - HOUR)

    assert world.state() == "cancelled"
    assert world.workshop.held == {}
    assert world.car().booked == ()


def test_a_change_that_overtakes_its_booking_decides_the_hour() -> None:
    world = Workshop()

    world.tell(BookingChanged("b-1", NINE + 2 * HOUR), at=NOW)
    world.tell(made(), at=NOW - HOUR)

    assert (world.state(), world.stands().for_at) == ("booked", NINE + 2 * HOUR)


def test_a_no_show_is_a_fact_and_counted_on_its_day() -> None:
    world = Workshop()
    world.tell(made())

    early = world.tell(BookingMissed("b-1"), at=NOW)
    world.process([told(BookingMissed("b-1"), key="e_late", at=NINE + HOUR)], now=NINE + HOUR)

    assert early.refused[0].reason == "not_yet"
    assert (world.state(), world.day().missed) == ("missed", 1)
    assert world.car().booked == ()
    assert "booking_missed" in {fact.kind for fact in world.interactions.facts.values()}


def test_a_finished_order_ends_the_car_s_booking_of_that_day_and_remembers_who_served_it() -> None:
    world = Workshop()
    world.tell(made())

    order = told(a_service(on=ON), key="e_order", at=NINE + 2 * HOUR)
    world.process([order], now=NINE + 2 * HOUR)
    world.process([told(made("b-2", for_at=NINE + 7 * DAY), key="e_next", at=NINE + 3 * HOUR)], now=NINE + 3 * HOUR)

    assert (world.state(), world.car().own_technician) == ("done", "ann")
    assert world.stands("b-2").reason == "own_technician"
    assert world.answers()[1] == ("done", "done")


def test_an_order_of_another_day_leaves_the_booking_open() -> None:
    world = Workshop()
    world.tell(made())

    world.tell(a_service())

    assert world.state() == "booked"


CARS = {WANG: VIN, LI: LIS_VIN, THIRD: THIRDS_VIN}

STEPS = st.lists(
    st.tuples(
        st.sampled_from(["made", "made", "cancelled", "changed", "missed"]),
        st.sampled_from(sorted(CARS)),
        st.integers(0, 2),
        st.integers(0, 4),
        st.booleans(),
    ),
    min_size=1,
    max_size=14,
)


def event_of(act: str, owner: str, number: int, hours: int) -> Interaction:
    booking_id, for_at = f"{owner}-{number}", NINE + hours * HOUR + number * 2 * DAY
    match act:
        case "made":
            return made(booking_id, vin=CARS[owner], for_at=for_at)
        case "changed":
            return BookingChanged(booking_id, for_at + HOUR)
        case "cancelled":
            return BookingCancelled(booking_id)
        case _:
            return BookingMissed(booking_id)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_whatever_is_told_and_however_often_days_cars_and_bookings_agree(steps: list[Any]) -> None:
    world = Workshop()
    for at, (act, owner, number, hours, is_repeated) in enumerate(steps):
        arrival = told(event_of(act, owner, number, hours), key=f"e_{at}", subject=owner, at=NOW + at * MINUTE)
        for _ in range(1 + is_repeated):
            report = world.process([arrival], now=NOW + HOUR)
            assert report.faults == []

    for day in world.workshop.held.values():
        taken = [one.place.mask for one in day.bookings if one.place]
        assert sum(mask.bit_count() for mask in taken) == sum(taken).bit_count()  # one bay, one technician: no overlap
    placed = {
        one.booking_key: (day.on, str(one.state))
        for day in world.workshop.held.values()
        for one in (*day.bookings, *day.waitlist)
    }
    stands = {key: (one.on, str(one.state)) for key, one in world.workshop.bookings.items() if one.is_open}
    assert {key: at for key, at in placed.items() if at[1] in {"booked", "waitlisted"}} == stands
    carried = {one.booking_key: one.on for car in world.vehicles.held.values() for one in car.booked}
    assert carried == {key: on for key, (on, _) in stands.items()}
