"""One day of a workshop: who gets which hour, who waits, and that nothing ever exceeds what it can do."""

from typing import Any

from ownerloop.domain.workshop import BookingState, Day, Place, capacity, load, place_for, waiting
from ownerloop.domain.workshop_day import PROMOTED_MAX, Outcome, Terms, book, cancel, finish, miss, move, move_to
from tests.workshop_builders import (
    ELEVEN,
    INSPECTION,
    MAINTENANCE,
    NINE,
    OPENING,
    REPAIR,
    TEN,
    VISIT_ON,
    a_day,
    asked,
    rules,
    terms,
)

S = BookingState


def filled(*wishes: Any, on: Day | None = None, under: Terms | None = None) -> Day:
    day = on or a_day()
    for wish in wishes:
        day = book(day, wish, terms=under or terms()).day
    return day


def sure(outcome: Outcome | None) -> Outcome:
    assert outcome is not None
    return outcome


def placed(outcome: Outcome) -> Place:
    assert outcome.booking.place is not None
    return outcome.booking.place


def test_a_booking_takes_consecutive_slots_of_one_technician_and_one_bay() -> None:
    done = book(a_day(), asked(minute=TEN), terms=terms())

    assert (done.booking.state, done.reason, done.day.version) == (S.BOOKED, "booked", 1)
    place = placed(done)
    assert (place.start_minute, place.minutes, place.bay) == (TEN, 60, 1)


def test_whoever_can_do_least_else_takes_the_job_so_that_the_others_stay_free() -> None:
    day = filled(asked(1))

    assert [one.place and one.place.technician_id for one in day.bookings] == ["ann"]


def test_the_technician_who_served_the_car_last_comes_first_if_free() -> None:
    done = book(a_day(), asked(own_technician="bo"), terms=terms())

    assert done.reason == "own_technician"
    assert placed(done).technician_id == "bo"


def test_where_the_own_technician_is_busy_another_one_will_do() -> None:
    day = filled(asked(1, own_technician="bo"))

    done = book(day, asked(2, own_technician="bo"), terms=terms())

    assert (done.reason, placed(done).technician_id) == ("booked", "ann")


def test_an_owner_who_wants_nobody_else_waits_for_the_own_technician() -> None:
    day = filled(asked(1, own_technician="bo"))

    done = book(day, asked(2, own_technician="bo", only_own=True), terms=terms())

    assert (done.booking.state, done.reason) == (S.WAITLISTED, "waitlisted")


def test_a_technician_who_left_is_waited_for_by_nobody() -> None:
    done = book(a_day(), asked(own_technician="gone", only_own=True), terms=terms())

    assert done.booking.state is S.BOOKED


def test_an_hour_that_is_taken_is_waited_for_and_a_flexible_owner_gets_the_nearest_free_one() -> None:
    day = filled(asked(1), asked(2))

    strict = book(day, asked(3), terms=terms())
    flexible = book(day, asked(4, is_flexible=True), terms=terms())

    assert (strict.booking.state, strict.day.place_of(strict.booking.booking_key)) == (S.WAITLISTED, 1)
    assert placed(flexible).start_minute == TEN


def test_a_wish_between_two_slots_is_booked_at_the_start_of_its_slot() -> None:
    done = book(a_day(), asked(minute=NINE + 47), terms=terms())

    assert placed(done).start_minute == NINE + 30


def test_a_job_must_end_before_the_workshop_closes() -> None:
    late = asked(minute=16 * 60 + 30)

    assert place_for(a_day(), late, rules=rules(), opening=OPENING, since_minute=0) is None
    assert place_for(a_day(), asked(minute=16 * 60), rules=rules(), opening=OPENING, since_minute=0)


def test_a_class_takes_no_more_jobs_than_its_daily_maximum() -> None:
    day = filled(asked(1, minute=NINE, job_class=REPAIR), asked(2, minute=12 * 60, job_class=REPAIR))

    done = book(day, asked(3, job_class=REPAIR, is_flexible=True), terms=terms())

    assert done.booking.state is S.WAITLISTED


def test_a_full_waitlist_refuses_and_leaves_the_day_as_it_was() -> None:
    day = filled(*(asked(number) for number in range(1, 8)))

    done = book(day, asked(8), terms=terms())

    assert (len(day.waitlist), done.booking.state, done.reason) == (5, S.REFUSED, "full")
    assert (done.day, done.has_changed) == (day, False)


def test_what_somebody_promised_waits_before_the_others_and_never_over_capacity() -> None:
    day = filled(*(asked(number) for number in range(1, 8)))

    done = book(day, asked(8, is_promised=True), terms=terms())

    assert (done.booking.state, done.reason) == (S.WAITLISTED, "over_capacity")
    assert done.day.place_of(done.booking.booking_key) == 1
    assert load(done.day).total == load(day).total


def test_a_cancelled_hour_goes_to_the_first_of_the_waitlist_who_fits() -> None:
    first, second, third = asked(3, job_class=REPAIR), asked(4), asked(5)
    day = filled(asked(1), asked(2), first, second, third)

    done = sure(cancel(day, asked(1).booking_key, terms=terms()))

    assert done.booking.state is S.CANCELLED
    assert [one.booking_key for one in done.promoted] == [second.booking_key]
    assert [one.booking_key for one in done.day.waitlist] == [first.booking_key, third.booking_key]


def test_one_long_job_that_goes_makes_room_for_several_short_ones() -> None:
    long = asked(1, job_class=REPAIR)
    others = [asked(2), asked(3, minute=TEN), asked(4, minute=ELEVEN)]
    waiting_ones = [asked(5), asked(6, minute=TEN), asked(7, minute=ELEVEN)]
    day = filled(long, *others, *waiting_ones)

    done = sure(cancel(day, long.booking_key, terms=terms()))

    assert [one.booking_key for one in done.promoted] == [one.booking_key for one in waiting_ones]


def test_an_hour_that_has_begun_goes_to_nobody() -> None:
    day = filled(asked(1), asked(2), asked(3))

    done = sure(cancel(day, asked(1).booking_key, terms=terms(since_minute=NINE + 1)))

    assert done.promoted == ()


def test_a_moved_booking_gives_its_hour_to_whoever_waited_for_it() -> None:
    day = filled(asked(1), asked(2), asked(3))

    done = sure(move(day, asked(1, minute=TEN), terms=terms()))

    assert placed(done).start_minute == TEN
    assert [one.booking_key for one in done.promoted] == [asked(3).booking_key]


def test_a_booking_that_finds_no_other_hour_keeps_its_own() -> None:
    day = filled(asked(1), asked(2, minute=TEN), asked(3, minute=TEN))

    done = sure(move(day, asked(1, minute=TEN), terms=terms()))

    assert (done.reason, done.day, done.has_changed) == ("no_room", day, False)


def test_a_booking_moves_to_another_day_and_its_old_hour_goes_to_who_waited() -> None:
    old, new = filled(asked(1), asked(2), asked(3)), a_day(on=VISIT_ON.replace(day=11))

    both = move_to(old, new, asked(1, minute=TEN), old_terms=terms(), new_terms=terms())

    assert both is not None
    left = sure(both[1])
    assert [one.booking_key for one in both[0].day.bookings] == [asked(1).booking_key]
    assert [one.booking_key for one in left.promoted] == [asked(3).booking_key]


def test_a_full_day_takes_nobody_from_another_day() -> None:
    old, new = filled(asked(1)), filled(asked(2), asked(3), on=a_day(on=VISIT_ON.replace(day=11)))

    both = move_to(old, new, asked(1), old_terms=terms(), new_terms=terms())

    assert both is not None
    assert (both[0].reason, both[0].day, both[1]) == ("no_room", old, None)


OTHER_ON = VISIT_ON.replace(day=11)


def test_who_waits_may_wait_for_another_day_instead() -> None:
    old, new = filled(asked(1), asked(2), asked(3)), filled(asked(4), asked(5), on=a_day(on=OTHER_ON))

    both = move_to(old, new, asked(3), old_terms=terms(), new_terms=terms())

    assert both is not None
    assert (both[0].reason, [one.booking_key for one in both[0].day.waitlist]) == ("waitlisted", [asked(3).booking_key])
    assert sure(both[1]).day.waitlist == ()


def test_who_waits_keeps_waiting_where_the_other_day_takes_nobody() -> None:
    old = filled(asked(1), asked(2), asked(3))
    new = filled(asked(4), asked(5), on=a_day(on=OTHER_ON))

    both = move_to(old, new, asked(3), old_terms=terms(), new_terms=terms(waitlist_max=0))

    assert both is not None
    assert (both[0].reason, both[0].day, both[1]) == ("no_room", old, None)


def test_an_hour_is_given_up_for_a_day_without_one_only_where_somebody_promised_it() -> None:
    old, new = filled(asked(1)), filled(asked(2), asked(3), on=a_day(on=OTHER_ON))

    both = move_to(old, new, asked(1, is_promised=True), old_terms=terms(), new_terms=terms())

    assert both is not None
    assert (both[0].booking.state, both[0].reason) == (S.WAITLISTED, "over_capacity")
    assert sure(both[1]).day.bookings == ()


def test_who_only_waited_cannot_have_missed_anything() -> None:
    day = filled(asked(1), asked(2), asked(3))

    assert miss(day, asked(3).booking_key) is None


def test_a_workshop_that_opens_after_all_calls_only_so_many_at_once_and_the_rest_with_the_next_change() -> None:
    wishes = [asked(number, minute=NINE, job_class=INSPECTION, is_flexible=True) for number in range(1, 11)]
    day = filled(*wishes, under=terms(opening=None, waitlist_max=20))

    first = book(day, asked(11, minute=ELEVEN), terms=terms())
    then = sure(cancel(first.day, asked(11).booking_key, terms=terms()))

    assert [one.booking_key for one in first.promoted] == [one.booking_key for one in wishes[:PROMOTED_MAX]]
    assert [one.booking_key for one in then.promoted] == [one.booking_key for one in wishes[PROMOTED_MAX:]]


def test_who_did_not_come_is_counted_and_nobody_is_called_for_an_hour_that_is_gone() -> None:
    day = filled(asked(1), asked(2), asked(3))

    done = sure(miss(day, asked(1).booking_key))

    assert (done.booking.state, done.day.missed, done.promoted) == (S.MISSED, 1, ())
    assert load(done.day).total == load(day).total


def test_a_finished_booking_keeps_its_hour_and_ends_only_once() -> None:
    done = sure(finish(filled(asked(1)), asked(1).booking_key))

    assert done.booking.state is S.DONE
    assert finish(done.day, asked(1).booking_key) is None
    assert cancel(done.day, asked(1).booking_key, terms=terms()) is None
    assert miss(done.day, asked(1).booking_key) is None


def test_a_car_that_was_served_while_it_waited_leaves_the_waitlist() -> None:
    done = sure(finish(filled(asked(1), asked(2), asked(3)), asked(3).booking_key))

    assert (done.booking.state, done.day.waitlist) == (S.DONE, ())


def test_a_closed_day_has_no_capacity_and_gives_no_hour() -> None:
    assert capacity(rules(), None).total == 0
    assert place_for(a_day(), asked(), rules=rules(), opening=None, since_minute=0) is None


def test_capacity_is_bounded_by_bays_hands_and_the_daily_maximum() -> None:
    room = capacity(rules(), OPENING)

    assert room.total == 2 * 480
    assert room.by_class == {MAINTENANCE: 720, INSPECTION: 360, REPAIR: 360}


def test_load_is_what_holds_an_hour_and_the_waitlist_is_told_beside_it() -> None:
    day = filled(asked(1), asked(2), asked(3), asked(4, job_class=INSPECTION, minute=TEN))

    assert (load(day).total, load(day).by_class[MAINTENANCE], waiting(day).total) == (150, 120, 60)


def test_a_booking_that_is_not_there_changes_nothing() -> None:
    day, wish = a_day(), asked(1)

    assert cancel(day, wish.booking_key, terms=terms()) is None
    assert move(day, wish, terms=terms()) is None
    assert move_to(day, a_day(on=OTHER_ON), wish, old_terms=terms(), new_terms=terms()) is None
