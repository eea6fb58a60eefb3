"""What items weigh, what they hold while they wait, and which releases can read them."""

import base64
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.commands import get_item
from ownerloop.adapters.dynamodb.contact_items import contact_of, contact_values
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.items import (
    SCHEMA,
    Item,
    UnreadableItemError,
    packed,
    read,
    unpacked_with_rest,
    written,
)
from ownerloop.adapters.dynamodb.vehicle_items import _WORDS, vehicle_from, vehicle_of, vehicle_values
from ownerloop.domain.contact import ContactClass, ContactState
from ownerloop.domain.gate import Entry, Gate
from ownerloop.domain.vehicle import Told
from tests.adapters.full_items import a_full_contact, a_full_vehicle, full_evidence, surrogate
from tests.builders import DAY, START, TODAY, a_contact, a_vehicle, readings
from tests.tables import Tables

KIB = 1024
WRITE_UNIT = KIB


def weight(item: Item) -> int:
    """Return the bytes that the service bills, by the rules of its guide (CapacityUnitCalculations)."""
    return sum(len(name.encode()) + _weight(value) for name, value in item.items())


def _weight(typed: dict[str, Any]) -> int:
    ((kind, value),) = typed.items()
    match kind:
        case "S":
            return len(value.encode())
        case "N":
            return (len(value.lstrip("-0")) + 1) // 2 + 1 + value.startswith("-")
        case "B":
            return len(value)
        case "L":
            return 3 + sum(1 + _weight(part) for part in value)
        case _:
            return 1


def test_the_largest_car_weighs_at_most_two_kilobytes() -> None:
    car = a_full_vehicle()

    item = written({**vehicle_values(car), "nonce": "01234567"})

    assert len(full_evidence()) >= 130
    assert weight(item) <= 2 * KIB


def test_a_car_that_waits_for_no_reminder_is_in_no_index() -> None:
    values = vehicle_values(a_vehicle(remind_on=None))

    assert "reminder_key" not in written(values)


def test_a_reminder_key_names_store_day_and_one_of_sixteen_shards() -> None:
    keys = {
        vehicle_values(a_vehicle(vehicle_id=surrogate("v", n), remind_on=TODAY))["reminder_key"] for n in range(300)
    }

    assert keys == {f"sh-pudong#2026-01-05#{place}" for place in range(16)}


def test_a_car_stands_in_the_index_on_the_day_on_which_planning_looks_at_it() -> None:
    car = replace(a_vehicle(remind_on=TODAY), look_on=TODAY - 9 * DAY)

    values = vehicle_values(car)

    assert values["reminder_key"].startswith("sh-pudong#2025-12-27#")
    back = vehicle_from(values)
    assert (back.remind_on, back.look_on, back.found_on) == (TODAY, TODAY - 9 * DAY, TODAY - 9 * DAY)


def test_what_others_were_told_of_a_car_comes_back_by_name_median_p90_and_severity() -> None:
    car = a_full_vehicle()
    assert car.forecast is not None
    assert car.told is not None
    others = Told(None, car.told.items[1:3])

    for told in (car.told, others, replace(others, items=()), None):
        back = vehicle_from(vehicle_values(replace(car, told=told))).told
        assert as_told(back) == as_told(told)

    bare = vehicle_from(vehicle_values(replace(a_vehicle(), told=Told(TODAY))))
    assert bare.told == Told(TODAY)


def as_told(told: Told | None) -> object:
    return told and (told.remind_on, [(one.item, one.due_p50, one.due_p90, one.severity) for one in told.items])


def test_a_contact_that_ended_for_good_is_in_no_index() -> None:
    ended = replace(a_contact(), state=ContactState.DELIVERED, next_look_at=None)

    item = written(contact_values(ended))

    assert not {"open_person", "group_key", "due_key", "due_sort"} & item.keys()


def test_an_accepted_contact_is_still_looked_at_but_no_longer_open() -> None:
    accepted = replace(a_contact(), state=ContactState.ACCEPTED, next_look_at=START)

    item = written(contact_values(accepted))

    assert "open_person" not in item
    assert item["due_sort"]["S"] == "contact#2026-01-05T04:00:00.000000Z#c_1"


def test_a_full_contact_weighs_one_write_unit() -> None:
    assert weight(written({**contact_values(a_full_contact()), "nonce": "01234567"})) <= WRITE_UNIT


def test_a_gate_with_everything_a_limit_can_see_weighs_one_write_unit(tables: Tables) -> None:
    service = [_entry(n, ContactClass.SERVICE, cycle=f"{n // 3:012x}") for n in range(21)]
    commercial = [_entry(100 + n, ContactClass.COMMERCIAL, cycle="") for n in range(4)]
    gate = Gate(surrogate("p", 1), 1, tuple(service + commercial), merged_into=surrogate("p", 2))
    gates = DynamoGates(tables.contacts)

    gates.save(gate)

    values = get_item(tables.contacts, (f"gate#{gate.person_id}", "gate"))
    assert values is not None
    assert weight(written(values)) <= WRITE_UNIT
    assert gates.load(gate.person_id) == gate


def test_a_stream_image_reads_like_the_item() -> None:
    car, contact = a_full_vehicle(), a_full_contact()

    assert vehicle_of(as_streamed(written(vehicle_values(car)))) == car
    assert contact_of(as_streamed(written(contact_values(contact)))) == contact


@pytest.mark.parametrize("schema", [SCHEMA - 1, SCHEMA])
def test_a_release_reads_its_own_schema_and_the_one_before(schema: int) -> None:
    item = written(vehicle_values(a_vehicle())) | {"schema": {"N": str(schema)}}

    assert vehicle_of(item) == a_vehicle()


@pytest.mark.parametrize("schema", [SCHEMA - 2, SCHEMA + 1])
def test_a_release_stops_at_a_schema_it_does_not_know(schema: int) -> None:
    with pytest.raises(UnreadableItemError):
        read({"schema": {"N": str(schema)}})


def test_what_an_item_cannot_hold_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        written({"price": 1.5})


def as_streamed(item: Item) -> dict[str, Any]:
    """Return the image as a stream event carries it: binary as base64 text."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in item.items()
    }


def _entry(number: int, kind: ContactClass, *, cycle: str) -> Entry:
    taken_at = START - number * timedelta(hours=7)
    return Entry((taken_at - DAY).date(), surrogate("c", number), taken_at, kind, "wecom", cycle)


def test_a_car_that_was_written_before_bodies_had_words_of_their_own_is_read_all_the_same() -> None:
    car = a_vehicle(vehicle_id=surrogate("v", 1), evidence=readings(days=range(30)))
    values = vehicle_values(car)
    body, rest = unpacked_with_rest(values["body"], words=_WORDS)

    before = {**values, "body": packed(body) + rest}

    assert vehicle_from(before) == vehicle_from(values) == car
    assert len(values["body"]) < len(before["body"])
