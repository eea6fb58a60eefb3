"""What a run's bookings, lead times and conditions come to, and when a workshop's day holds too much."""

from dataclasses import replace
from datetime import date, timedelta

from infra.demo.tally import (
    bookings_of,
    cases_of,
    condition_contacts,
    lead_of,
    merges_of,
    mistaken,
    overbooked,
    points_of,
    unbalanced,
)
from infra.explain.record import Item, Record
from infra.fleet.fleet import Fleet
from infra.fleet.people import Person, Temper
from ownerloop.adapters.dynamodb.cases import case_values
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.identity import line_values
from ownerloop.adapters.dynamodb.items import written
from ownerloop.adapters.dynamodb.owners import owner_values
from ownerloop.adapters.dynamodb.point_items import account_values, entry_values
from ownerloop.adapters.dynamodb.workshop import day_values, standing_values
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.identity import LogKind, LogLine
from ownerloop.domain.lead_time import Arm
from ownerloop.domain.points import Account
from ownerloop.domain.standing import Standing
from ownerloop.domain.workshop import Asked, Booking, BookingState, Day, JobClass, Place
from tests.contact_builders import ANN, BEN, NOW, a_contact, an_owner
from tests.points_builders import a_lot, postings_of

ON = date(2026, 3, 9)


def a_standing(number: int, state: BookingState, *, contact_id: str | None = None) -> Standing:
    key = f"b_{number:024d}"
    return Standing(key, ANN, state, "made", NOW, version=1, vehicle_id="v_1", for_at=NOW, contact_id=contact_id)


def a_booking(number: int, *, start: int, technician: str, bay: int) -> Booking:
    asked = Asked(f"b_{number:024d}", ANN, "v_1", JobClass.MAINTENANCE, start, NOW)
    return Booking(asked, BookingState.BOOKED, 60, Place(start, 60, technician, bay))


def a_first(number: int, arm: Arm, *, arrived: bool = True) -> Contact:
    contact = replace(a_contact(number), experiment_arm=str(arm))
    return replace(contact, state=ContactState.ACCEPTED) if arrived else contact


def test_bookings_are_counted_by_where_they_stand() -> None:
    states = [BookingState.BOOKED, BookingState.DONE, BookingState.DONE, BookingState.REFUSED]
    rows: list[Item] = [written(standing_values(a_standing(number, state))) for number, state in enumerate(states)]

    counted = bookings_of(Record(at=NOW, items={"bookings": rows}))

    assert counted == {"booked": 1, "waitlisted": 0, "cancelled": 0, "missed": 0, "done": 2}


def test_the_booking_rate_counts_first_messages_that_arrived_by_arm() -> None:
    contacts = [a_first(1, Arm.PRICED), a_first(2, Arm.PRICED), a_first(3, Arm.RANDOM, arrived=False), a_contact(4)]
    booked = a_standing(1, BookingState.DONE, contact_id=contacts[0].contact_id)
    items: dict[str, list[Item]] = {
        "contacts": [written(contact_values(contact)) for contact in contacts],
        "bookings": [written(standing_values(booked))],
    }

    assert lead_of(Record(at=NOW, items=items)) == {"arms": {"priced": {"sent": 2, "booked": 1}}, "booking_rate": 0.5}
    assert lead_of(Record(at=NOW, items={"contacts": []})) == {"arms": {}, "booking_rate": None}


def test_what_a_car_reports_is_told_from_what_its_plan_says() -> None:
    contacts = [a_contact(1), replace(a_contact(2), due_cycle="condition#2026-03-01")]

    assert condition_contacts(contacts) == 1


def test_doubts_are_counted_with_their_answers_beside_complaints() -> None:
    doubt = Case("k_1", "", version=1, kind=CaseKind.CLUSTER_REPLACED, opened_at=NOW, vehicle_id="v_1")
    answered = replace(doubt, case_key="k_2", answer="yes", closed_at=NOW + timedelta(days=1))
    complaint = Case("k_3", ANN, version=1, opened_at=NOW, topic="billing")
    rows: list[Item] = [written(case_values(case)) for case in (doubt, answered, complaint)]

    counted = cases_of(Record(at=NOW, items={"cases": rows}))

    assert (counted["complaint"], counted["cluster_replaced"]) == (1, 2)
    assert (counted["answered_yes"], counted["answered_no"], counted["open"]) == (1, 0, 2)


def test_a_technician_or_bay_with_two_bookings_at_one_time_is_named() -> None:
    one = a_booking(1, start=600, technician="ann", bay=1)
    apart, beside = (
        a_booking(2, start=660, technician="ann", bay=1),
        a_booking(3, start=630, technician="bob", bay=1),
    )
    fine, broken = Day("s", ON, bookings=(one, apart)), Day("s", ON, bookings=(one, beside))

    assert list(overbooked([fine])) == []
    assert list(overbooked([broken])) == ["bay 1 of s is booked twice on 2026-03-09"]


def test_days_are_read_back_from_a_record_with_their_store_and_day() -> None:
    day = Day("sh-pudong", ON, version=2, bookings=(a_booking(1, start=600, technician="ann", bay=1),))

    assert Record(at=NOW, items={"days": [written(day_values(day))]}).days == [day]


def test_points_are_summed_from_the_entries_and_must_be_what_the_accounts_hold() -> None:
    posting = postings_of(Account(ANN), a_lot(points=120))[-1]
    rows: dict[str, list[Item]] = {
        "accounts": [written(account_values(posting.account))],
        "entries": [written(entry_values(posting.entry))],
    }
    record = Record(at=NOW, items=rows)

    assert points_of(record) == {
        "earned": 120,
        "redeemed": 0,
        "expired": 0,
        "liability": 120,
        "debt": 0,
        "sum_zero": True,
    }
    assert points_of(Record(at=NOW, items={"accounts": [written(account_values(Account(ANN, debt=5)))]}))["debt"] == 5
    assert list(unbalanced(record)) == []
    assert list(unbalanced(Record(at=NOW, items=rows | {"entries": []})))


def test_merges_are_counted_once_and_who_is_one_by_mistake_is_named() -> None:
    one, other = replace(an_owner(ANN, version=2), members=(BEN,)), replace(an_owner(BEN, version=2), merged_into=ANN)
    line = LogLine("m_1", LogKind.MERGED, NOW, ANN, (ANN, BEN), "shared and proved by both")
    aliases = {ANN: "demo-1", BEN: "demo-1-b"}
    rows: dict[str, list[Item]] = {
        "owners": [written(owner_values(owner)) for owner in (one, other)],
        "identity_log": [written(line_values(person, line)) for person in (ANN, BEN)],
        "aliases": [written({"pk": f"alias#o_{p}", "sk": "alias", "person_id": p}) for p in aliases],
        "owner_keys": [written({"pk": f"alias#o_{p}", "sk": "plain", "owner_key": k}) for p, k in aliases.items()],
    }
    record = Record(at=NOW, items=rows)
    apart = Record(at=NOW, items=rows | {"owners": [written(owner_values(an_owner(p, version=1))) for p in aliases]})

    assert merges_of(record) == {"merged": 1, "split": 0, "people": 1, "keys": 2}
    assert list(mistaken(record, a_fleet(first_key="demo-1"))) == []
    assert list(mistaken(apart, a_fleet(first_key="demo-1"))) == ["demo-1 stands as 2 persons"]
    assert list(mistaken(record, a_fleet(first_key=None))) == [
        f"{ANN} is one person, and behind it are demo-1, demo-1-b"
    ]


def a_fleet(*, first_key: str | None) -> Fleet:
    plain = Person(
        owner_key="demo-1",
        temper=Temper.PLAIN,
        store_id="sh-pudong",
        zone=None,
        store_zone="Asia/Shanghai",
        language="zh",
        daily_max=3,
        staff_userid="staff-1",
        external_userid=None,
        acts_on=1,
    )
    return Fleet(people=(plain, replace(plain, owner_key="demo-1-b", first_key=first_key)), cars=(), days=())
