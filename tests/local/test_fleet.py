"""The simulated fleet: the same seed says the same, and everything that can happen does."""

import json
import random
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.demo.setting import Options, fleet_of
from infra.fleet.connecting import AGGREGATOR, delivery, name_at_aggregator
from infra.fleet.driving import TELEMETRY
from infra.fleet.fleet import Fleet
from infra.fleet.interacting import Habit, habit_of
from infra.fleet.misdeeds import misdeeds
from infra.fleet.parcels import Lane, broken_parcel, cloud_event, messages, parcel
from infra.fleet.parts import Part, is_silent, reported
from infra.fleet.people import Temper
from infra.fleet.second_keys import Way
from infra.simulator.people import read_people
from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.interaction_parsing import parse_interaction
from ownerloop.contracts.interactions import MODELS
from ownerloop.domain.calendar import add_months

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Fleet:
    return fleet_of(some_options(tmp_path_factory.mktemp("fleet")))


def some_options(folder: Path, *, seed: int = 11) -> Options:
    return Options(seed=seed, owners=50, days=30, work_dir=folder)


def test_the_same_seed_sends_the_same_events_and_another_seed_others(fleet: Fleet, tmp_path: Path) -> None:
    again, other = fleet_of(some_options(tmp_path)), fleet_of(some_options(tmp_path, seed=12))

    assert again == fleet
    assert other != fleet


def test_every_kind_of_owner_is_there(fleet: Fleet) -> None:
    assert {person.temper for person in fleet.people} == set(Temper)
    assert {0, 1, 2, 3} <= {person.daily_max for person in fleet.people}


def test_some_owners_have_four_cars_and_more_whose_time_is_up_on_one_day(fleet: Fleet) -> None:
    pools = [person for person in fleet.people if person.temper is Temper.POOL]

    assert pools
    for person in pools:
        cars = [car for car in fleet.cars if car.owner_key == person.owner_key]
        months = [min(i.every_months for i in car.plan.items if i.every_months) for car in cars]
        assert len(cars) >= 4
        assert len({add_months(car.serviced_on, m) for car, m in zip(cars, months, strict=True)}) <= 2


def test_about_one_event_in_twenty_comes_twice(fleet: Fleet) -> None:
    sent = Counter(item.identity for day in fleet.days for item in (*day.morning, *day.night))
    doubled = sum(count > 1 for count in sent.values())

    assert 0.03 < doubled / len(sent) < 0.07


def test_about_one_reading_in_ten_is_overtaken(fleet: Fleet) -> None:
    days_late = Counter(
        day - (date.fromisoformat(item.body["time"][:10]) - date(2026, 3, 2)).days
        for day, parcels in enumerate(fleet.days)
        for item in parcels.morning
        if item.lane is Lane.VEHICLE_DATA and not isinstance(item.body, bytes) and item.body["type"] == TELEMETRY
    )
    overtaken = sum(count for days, count in days_late.items() if 1 < days <= 4)

    assert 0.05 < overtaken / sum(days_late.values()) < 0.2


def told(fleet: Fleet, lane: Lane) -> list[Mapping[str, Any]]:
    sent = (item for day in fleet.days for item in (*day.enrolments, *day.morning, *day.night) if item.lane is lane)
    return [item.body for item in sent if not isinstance(item.body, bytes)]


def test_owners_do_everything_that_an_interaction_can_tell(fleet: Fleet) -> None:
    kinds = Counter(event["type"] for event in told(fleet, Lane.INTERACTION))
    lost = [deed for deed in told(fleet, Lane.CALLBACK) if deed["ChangeType"] == "del_follow_user"]

    assert {name for name in MODELS if "wecom_friend" not in name} <= set(kinds)
    assert lost


def test_what_owners_tell_keeps_its_contract(fleet: Fleet) -> None:
    broken = {due.parcel.identity for due in misdeeds(list(fleet.cars), seed=11, starts_on=date(2026, 3, 2), days=30)}
    sent = (item for day in fleet.days for item in (*day.morning, *day.night) if item.lane is Lane.INTERACTION)

    for item in sent:
        if item.identity not in broken:
            assert parse_interaction(item.body).type in MODELS


def test_owners_came_before_the_run_as_often_as_their_tier_needs(fleet: Fleet) -> None:
    visits = Counter(
        event["subject"] for event in told(fleet, Lane.INTERACTION) if event["data"].get("items") == ["repair"]
    )
    before = [visits[person.owner_key] for person in fleet.people]

    assert set(before) >= {0, 1, 2, 3, 4}
    assert {habit_of(place) for place in range(len(fleet.people))} == set(Habit)


def test_a_visit_that_dealer_and_workshop_tell_is_one_order(fleet: Fleet) -> None:
    orders: dict[str, list[dict[str, Any]]] = {}
    for event in (*told(fleet, Lane.ENROLMENT), *told(fleet, Lane.INTERACTION)):
        if str(event["data"].get("order_id", "")).startswith("visit-"):
            said = {name: event["data"][name] for name in ("on", "odometer_m", "items")}
            orders.setdefault(event["data"]["order_id"], []).append(said)

    assert any(len(tellings) > 1 for tellings in orders.values())
    assert all(telling == tellings[0] for tellings in orders.values() for telling in tellings)


def test_interactions_are_broken_in_every_way_and_each_stays_an_event_of_its_own(fleet: Fleet) -> None:
    broken = misdeeds(list(fleet.cars), seed=11, starts_on=date(2026, 3, 2), days=5)
    identities = [due.parcel.identity for due in broken]

    assert len(set(identities)) == len(identities) == 10
    assert set(identities) & fleet.identities


def test_the_person_map_names_everybody_who_can_be_reached(fleet: Fleet, tmp_path: Path) -> None:
    fleet.write_people(tmp_path / "people.json")
    people = read_people(tmp_path / "people.json")

    for person in fleet.people:
        if person.external_userid is not None:
            found = people.find(person.external_userid)
            assert found is not None
            assert found.person == person.human
            assert found.zone.key == person.lives_in


def test_messages_carry_every_parcel_once_and_stamp_events_only() -> None:
    events = [
        cloud_event("ownerloop.vehicle.telemetry.v1", subject=f"car {n}", at=NOW, data={}, source="urn:test")
        for n in range(400)
    ]
    parcels = [parcel(Lane.VEHICLE_DATA, event) for event in events] + [broken_parcel(Lane.VEHICLE_DATA, b"{no")]
    bodies = list(messages(parcels, received_at=NOW))
    carried = [item for body in bodies if body != "{no" for item in unpack(body).events]

    assert bodies.count("{no") == 1
    assert len(bodies) < 10
    assert {json.loads(item)["id"] for item in carried} == {event["id"] for event in events}
    assert all(json.loads(item)["receivedat"] == "2026-03-02T06:00:00Z" for item in carried)


def test_each_part_is_played_and_a_connected_car_speaks_through_its_aggregator_alone(fleet: Fleet) -> None:
    parts = {car.part for car in fleet.cars if car.part}
    (connected,) = (car for car in fleet.cars if car.part is Part.CONNECTED)

    assert parts == set(Part)
    assert told(fleet, Lane.WEBHOOK)
    assert connected.vin not in {event["subject"] for event in told(fleet, Lane.VEHICLE_DATA) if "subject" in event}
    linked = [event["data"] for event in told(fleet, Lane.ENROLMENT) if event["subject"] == connected.vin]
    assert any(data.get("aggregator_ids") == {AGGREGATOR: name_at_aggregator(connected.vin)} for data in linked)


def test_a_delivery_is_accounted_by_the_telemetry_that_it_becomes() -> None:
    parcels = [delivery("0DMDEMXX300000001", shown_m=48_213_400, read_at=at) for at in (NOW, NOW, NOW + HOUR)]

    assert parcels[0] == parcels[1]
    assert parcels[0].identity != parcels[2].identity


def test_ailments_come_and_are_cured_within_the_run() -> None:
    draw = random.Random(1)
    codes = [
        reported(Part.FAULTY, day=day, days=30, draw=draw)["Vehicle.Diagnostics.DTCList"]["value"] for day in range(30)
    ]

    assert [bool(found) for found in codes] == [7 <= day < 13 for day in range(30)]
    assert [is_silent(Part.GAPPED, day=day, days=30) for day in range(30)].count(True) == 8
    assert not any(is_silent(None, day=day, days=30) for day in range(30))


def test_some_owners_come_under_two_keys_that_fall_due_together_and_one_human_being_is_counted(fleet: Fleet) -> None:
    pairs = {pair.way: pair for pair in reversed(fleet.pairs)}
    two_cars = pairs[Way.PHONE]

    assert set(pairs) == set(Way)
    assert all(0 < pair.joins_on < len(fleet.days) - 1 for pair in fleet.pairs)
    assert {pair.second.human for pair in fleet.pairs if pair.parts_on is None} <= {p.owner_key for p in fleet.people}
    assert pairs[Way.HOUSEHOLD].first.human != pairs[Way.HOUSEHOLD].second.human
    assert sum(car.owner_key in {two_cars.first.owner_key, two_cars.second.owner_key} for car in fleet.cars) >= 7


def test_a_second_key_has_no_address_before_the_day_on_which_it_is_told_whose_it_is(fleet: Fleet) -> None:
    for pair in fleet.pairs:
        for day, parcels in enumerate(fleet.days):
            told = [item.body for item in parcels.enrolments if not isinstance(item.body, bytes)]
            mine = [one["data"] for one in told if one["subject"] == pair.second.owner_key]
            if pair.parts_on is None and any("wecom_external_userid" in data for data in mine):
                assert day >= pair.joins_on


def test_what_shows_who_is_one_comes_while_the_day_is_planned(fleet: Fleet) -> None:
    linked = [item.body["subject"] for day in fleet.days for item in day.joins if not isinstance(item.body, bytes)]

    assert sorted(linked) == sorted(p.second.owner_key for p in fleet.pairs if p.way is not Way.ADDRESS)
