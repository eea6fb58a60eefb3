"""The night's settlement of lead times: what messages taught, what the workshop's days cost, published once."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ownerloop.adapters.memory import MemoryVehicles
from ownerloop.adapters.memory_leads import MemoryLeadEvidence, MemoryLeadTimes
from ownerloop.adapters.memory_workshop import MemoryWorkshop
from ownerloop.domain.booking_curve import learned_curve
from ownerloop.domain.car_bookings import CarBooking
from ownerloop.domain.lead_policy import LeadRules
from ownerloop.domain.lead_time import LeadTime
from ownerloop.domain.vehicle import Reminded, Vehicle
from ownerloop.domain.visits import VisitRule
from ownerloop.domain.workshop import Booking, BookingState, Day
from ownerloop.usecases.settle_lead_times import LeadReport, LeadSettling, settle_lead_time
from tests.builders import a_forecast, a_store, a_vehicle, an_item_forecast
from tests.domain.test_booking_curve import LATE_PEAK, drawn_from, worst
from tests.lead_builders import TODAY, a_curve, a_lead_policy, a_lead_time, a_sending, an_answer
from tests.workshop_builders import asked

DAY = timedelta(days=1)
NIGHT = datetime(2026, 3, 1, 18, 30, tzinfo=UTC)  # 2 March, half past two, in Shanghai
STORES = {name: a_store(store_id=name) for name in ("sh-pudong", "cd-gaoxin")}
SUNDAY = 6


class World:
    """Everything in memory; the workshop has 600 minutes a day but on Sundays, a visit takes 60."""

    def __init__(self, cars: Iterable[Vehicle] = (), *, has_workshop: bool = True) -> None:
        self.leads, self.evidence, self.workshop = MemoryLeadTimes(), MemoryLeadEvidence(), MemoryWorkshop()
        rules = LeadRules(
            policy=a_lead_policy(),
            visit=VisitRule(),
            capacity_on=lambda _, on: 600 if has_workshop and on.weekday() != SUNDAY else 0,
            visit_minutes=lambda _: 60 if has_workshop else None,
        )
        vehicles = MemoryVehicles(cars)
        self.settling = LeadSettling(self.leads, self.evidence, self.workshop, vehicles, rules_on=lambda _: rules)

    def settle(self, *, now: datetime = NIGHT) -> LeadReport:
        return settle_lead_time(STORES["sh-pudong"], stores=STORES, settling=self.settling, now=now)

    def book(self, on: date, minutes: int, *, contact_id: str | None = None) -> None:
        held = Booking(replace(asked(), contact_id=contact_id), BookingState.BOOKED, minutes)
        self.workshop.held["sh-pudong", on] = Day("sh-pudong", on, version=1, bookings=(held,))


def a_car(number: int, *, due_in: int = 30, remind_in: int = 9) -> Vehicle:
    day = TODAY + due_in * DAY
    item = an_item_forecast(item="oil", due_cycle="c", due_p10=day, due_p50=day, due_p90=day)
    car = a_vehicle(vehicle_id=f"v_{number:024x}", store_id="sh-pudong", forecast=a_forecast(items=[item]))
    return replace(car, remind_on=TODAY + remind_in * DAY)


def test_the_first_night_publishes_the_prior_without_prices() -> None:
    world = World()

    report = world.settle()

    assert (report.is_new, report.lead.version, report.lead.is_learned) == (True, 1, False)
    assert report.lead.curve.rates_ppm == a_curve().rates_ppm
    assert set(report.lead.prices_fen) == {0}
    assert world.leads.of_stores(["sh-pudong"]) == {"sh-pudong": report.lead}


def test_a_night_is_settled_once_and_the_next_one_goes_on_from_it() -> None:
    world = World()
    first = world.settle()

    again, next_night = world.settle(now=NIGHT + timedelta(hours=2)), world.settle(now=NIGHT + DAY)

    assert (again.is_new, again.lead) == (False, first.lead)
    assert (next_night.is_new, next_night.lead.version, next_night.lead.first_on) == (True, 2, TODAY + DAY)


def test_a_day_that_is_full_gets_a_price_and_keeps_it_while_it_stays_full() -> None:
    world = World()
    full = TODAY + 10 * DAY
    world.book(full, 900, contact_id="c_1")

    first = world.settle().lead
    second = world.settle(now=NIGHT + DAY).lead

    assert 0 < first.price_on(full) < second.price_on(full)
    assert first.price_on(full + DAY) == 0


def test_what_a_weekday_usually_takes_counts_before_it_is_booked() -> None:
    world = World()
    for week in range(1, 9):
        world.book(TODAY - 7 * week * DAY, 900)

    lead = world.settle().lead

    assert lead.price_on(TODAY + 7 * DAY) > 0
    assert lead.price_on(TODAY + 8 * DAY) == 0


def test_reminders_that_would_all_meet_on_one_day_are_spread_by_its_price() -> None:
    together = [a_car(number, due_in=27 + number % 7) for number in range(280)]

    lead = World(together).settle().lead

    best = TODAY + (30 - 21 + 7) * DAY  # the best lead's day of the middle one, and its visits a week later
    assert min(lead.price_on(best + apart * DAY) for apart in (-3, 2)) > 0
    assert lead.price_on(best + 20 * DAY) == 0


def test_a_car_asked_for_already_or_booked_or_of_another_store_asks_for_nothing() -> None:
    done = replace(a_car(1), reminded=(Reminded("oil", "c", 1),))
    booked = replace(a_car(2), booked=(CarBooking(TODAY + 3 * DAY, "b_1"),))
    moved = replace(a_car(3), store_id="cd-gaoxin")

    assert World([done, booked, moved, a_car(4)]).settle().open_visits == 1


def test_a_store_without_a_workshop_has_no_prices() -> None:
    report = World([a_car(1)], has_workshop=False).settle()

    assert (set(report.lead.prices_fen), report.open_visits) == ({0}, 0)


def test_what_a_group_learned_speaks_for_a_store_that_knows_nothing() -> None:
    world = World()
    taught = learned_curve(*drawn_from(LATE_PEAK, messages=20_000, spread_days=5), prior=a_curve(), strength=40)
    kin: LeadTime = a_lead_time(store_id="cd-gaoxin", as_of=TODAY - DAY, curve=taught, is_learned=True)
    world.leads.publish(kin)

    report = world.settle()

    assert worst(report.lead.curve, LATE_PEAK) < 0.09
    assert (report.lead.is_learned, report.messages) == (False, 0)


def test_the_order_in_which_a_nights_stores_are_settled_decides_nothing() -> None:
    published = [_settled_in_order(order) for order in (("sh-pudong", "cd-gaoxin"), ("cd-gaoxin", "sh-pudong"))]

    assert published[0] == published[1]


def _settled_in_order(store_ids: tuple[str, ...]) -> dict[str, LeadTime]:
    world, old = World(), TODAY - 40 * DAY
    for number in range(60):
        world.evidence.sent([a_sending(number, sent_on=old, due_p50=old + 9 * DAY)])
        world.evidence.answered([an_answer(number, booked_on=old + DAY, visit_on=old + 8 * DAY)])
    for store_id in store_ids:
        settle_lead_time(STORES[store_id], stores=STORES, settling=world.settling, now=NIGHT)
    return world.leads.of_stores(STORES)


def test_a_message_teaches_when_its_time_to_be_answered_is_over() -> None:
    world = World()
    old = TODAY - 40 * DAY
    world.evidence.sent([a_sending(1, sent_on=old, due_p50=old + 21 * DAY), a_sending(2)])
    world.evidence.answered([an_answer(1, booked_on=old + DAY, visit_on=old + 8 * DAY)])

    report = world.settle()

    assert (report.messages, report.lead.lags.visits, report.lead.is_learned) == (1, 1, True)
