"""The laws of a workshop day: never over capacity, nobody overtaken, no free hour waited for, whatever the order."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.workshop import Day, JobClass, capacity, load, place_for
from ownerloop.domain.workshop_day import PROMOTED_MAX, Outcome, Terms, book, cancel, finish, miss, move
from tests.workshop_builders import OPENING, a_day, asked, terms

WISHES = st.builds(
    asked,
    st.integers(1, 25),
    minute=st.integers(9 * 60, 17 * 60 - 1),
    job_class=st.sampled_from(JobClass),
    is_flexible=st.booleans(),
    own_technician=st.sampled_from([None, "ann", "bo", "gone"]),
    only_own=st.booleans(),
    is_promised=st.booleans(),
)

STEPS = st.lists(st.tuples(st.sampled_from(["book", "book", "cancel", "move", "miss", "finish"]), WISHES), max_size=60)
SHOPS = st.builds(terms, bays=st.integers(1, 3), waitlist_max=st.integers(0, 6))


def stepped(day: Day, act: str, wish: Any, under: Terms) -> Outcome | None:
    match act:
        case "book":
            return None if day.find(wish.booking_key) else book(day, wish, terms=under)
        case "cancel":
            return cancel(day, wish.booking_key, terms=under)
        case "move":
            return move(day, wish, terms=under)
        case "miss":
            return miss(day, wish.booking_key)
        case _:
            return finish(day, wish.booking_key)


def outcomes(steps: list[tuple[str, Any]], under: Terms) -> Iterator[tuple[Day, Outcome]]:
    """Yield the day before each step that means something, and what came of it."""
    day = a_day()
    for act, wish in steps:
        if outcome := stepped(day, act, wish, under):
            yield day, outcome
            day = outcome.day


def assert_within_capacity(day: Day, under: Terms) -> None:
    shop = under.rules
    able = {technician.technician_id: technician.job_classes for technician in shop.technicians}
    places = [one.place for one in day.bookings if one.place]
    assert len(places) == len(day.bookings)
    for one in day.bookings:
        assert one.place
        assert one.asked.job_class in able[one.place.technician_id]
        assert one.place.minutes == shop.minutes_of(one.asked.job_class)
        assert 9 * 60 <= one.place.start_minute <= 17 * 60 - one.place.minutes
    for minute in range(9 * 60, 17 * 60, shop.slot_minutes):
        busy = [place for place in places if place.mask >> minute & 1]
        assert len({place.technician_id for place in busy}) == len(busy)
        assert len({place.bay for place in busy}) == len(busy) <= shop.bays
    for job_class, job in shop.jobs.items():
        assert sum(one.asked.job_class is job_class for one in day.bookings) <= job.daily_max
    assert load(day).total <= capacity(shop, under.opening).total


@settings(max_examples=150, deadline=None)
@given(steps=STEPS, under=SHOPS)
def test_no_order_of_bookings_changes_cancellations_and_no_shows_ever_exceeds_the_capacity(
    steps: list[tuple[str, Any]], under: Terms
) -> None:
    for day, outcome in outcomes(steps, under):
        assert outcome.day.version == day.version + outcome.has_changed
        assert_within_capacity(outcome.day, under)
        keys = [one.booking_key for one in (*outcome.day.bookings, *outcome.day.waitlist)]
        assert len(keys) == len(set(keys))


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, under=SHOPS)
def test_nobody_waits_for_an_hour_that_is_free_and_nobody_is_overtaken_by_a_like_wish(
    steps: list[tuple[str, Any]], under: Terms
) -> None:
    for day, outcome in outcomes(steps, under):
        waited = {one.booking_key: place for place, one in enumerate(day.waitlist)}
        for one in outcome.promoted:
            # Whoever waited before and wished the same still waits only if he or she wants one technician alone.
            before = [w for w in day.waitlist if waited[w.booking_key] < waited[one.booking_key]]
            still = {w.booking_key for w in outcome.day.waitlist}
            assert not [w for w in before if w.booking_key in still and _alike(w, one)]
        if len(outcome.promoted) < PROMOTED_MAX:
            free = partial(place_for, outcome.day, rules=under.rules, opening=OPENING, since_minute=0)
            assert not [w for w in outcome.day.waitlist if free(w.asked)]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS, under=SHOPS)
def test_what_is_promised_waits_before_what_is_not_and_the_waitlist_stays_short(
    steps: list[tuple[str, Any]], under: Terms
) -> None:
    for _, outcome in outcomes(steps, under):
        promised = [one.asked.is_promised for one in outcome.day.waitlist]
        assert promised == sorted(promised, reverse=True)
        assert promised.count(True) <= under.policy.promised_max
        assert promised.count(False) <= under.policy.waitlist_max


def _alike(one: Any, other: Any) -> bool:
    def essence(booking: Any) -> Any:
        return replace(booking.asked, booking_key="", person_id="", vehicle_id="", contact_id=None)

    return bool(essence(one) == essence(other))
