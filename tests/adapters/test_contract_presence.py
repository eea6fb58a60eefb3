"""The promises of presence, on every backend: a join of sights by car, zone and hour."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import pytest

from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.presence import DynamoPresenceBook
from ownerloop.adapters.memory_presence import MemoryPresenceBook
from ownerloop.domain.presence import LIVES_FOR, Presence, joined
from ownerloop.ports import PresenceBook
from tests.builders import START
from tests.kept import sights_of
from tests.tables import Tables

MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shelf:
    """A book, and what is kept in it of a car."""

    book: PresenceBook
    of_car: Callable[[str], list[Presence]]


@pytest.fixture
def shelf(backend: Tables | None) -> Shelf:
    if backend is None:
        book = MemoryPresenceBook()
        return Shelf(book, lambda vehicle_id: [fact for fact in book.held if fact.vehicle_id == vehicle_id])
    return Shelf(DynamoPresenceBook(backend.vehicles), partial(sights_of, vehicles_table=backend.vehicles))


def a_presence(
    *, minute: int = 0, zone_id: str = "store-a", vehicle_id: str = "v_1", until: int | None = None
) -> Presence:
    at = START + minute * MINUTE
    hour = at.replace(minute=0)
    return Presence(vehicle_id, zone_id, hour, at, at if until is None else START + until * MINUTE)


def test_a_car_nobody_saw_is_nowhere(shelf: Shelf) -> None:
    shelf.book.note([])

    assert shelf.of_car("v_1") == []


def test_what_was_noted_comes_back_in_order(shelf: Shelf) -> None:
    facts = [a_presence(minute=70), a_presence(minute=5), a_presence(minute=5, zone_id="store-b")]

    shelf.book.note([*facts, a_presence(vehicle_id="v_2")])

    assert shelf.of_car("v_1") == sorted(facts)


def test_an_hour_is_one_fact_from_its_first_to_its_last_sight(shelf: Shelf) -> None:
    for minute in (20, 40, 10, 30):
        shelf.book.note([a_presence(minute=minute)])

    assert shelf.of_car("v_1") == [a_presence(minute=10, until=40)]


def test_the_same_sights_again_change_nothing(shelf: Shelf) -> None:
    facts = [a_presence(minute=minute) for minute in (1, 59)]

    shelf.book.note(facts)
    shelf.book.note(reversed(facts))

    assert shelf.of_car("v_1") == joined(facts)


def test_many_cars_are_noted_at_once(shelf: Shelf) -> None:
    facts = [a_presence(vehicle_id=f"v_{number}") for number in range(130)]

    shelf.book.note(facts)

    assert all(shelf.of_car(fact.vehicle_id) == [fact] for fact in facts)


@pytest.mark.emulator
def test_writers_at_the_same_time_lose_no_sight(emulated_tables: Tables) -> None:
    book = DynamoPresenceBook(emulated_tables.vehicles)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda minute: book.note([a_presence(minute=minute)]), (30, 10, 50, 20)))

    assert sights_of("v_1", vehicles_table=emulated_tables.vehicles) == [a_presence(minute=10, until=50)]


def test_who_loses_to_another_writer_reads_again_and_joins(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    book = DynamoPresenceBook(tables.vehicles)
    book.note([a_presence(minute=30)])
    other = DynamoPresenceBook(tables.vehicles)
    read: Callable[..., object] = book._held  # the moment between reading and writing
    interruptions = iter([a_presence(minute=10)])

    def read_then_be_overtaken(facts: list[Presence]) -> object:
        held = read(facts)
        other.note(interruptions)
        return held

    monkeypatch.setattr(
        DynamoPresenceBook, "_held", lambda self, facts: read_then_be_overtaken(facts) if self is book else read(facts)
    )
    book.note([a_presence(minute=50)])

    assert sights_of("v_1", vehicles_table=tables.vehicles) == [a_presence(minute=10, until=50)]


def test_a_row_ends_seven_days_after_its_hour_began_and_holds_no_position(tables: Tables) -> None:
    DynamoPresenceBook(tables.vehicles).note([a_presence(minute=59)])

    (item,) = client("dynamodb").scan(TableName=tables.vehicles)["Items"]
    assert item["sk"] == {"S": "presence#store-a#2026-01-05T04"}
    assert _instant(item["expires_at"]["N"]) == START + LIVES_FOR
    assert set(item) == {"pk", "sk", "schema", "first_at", "last_at", "expires_at"}


def _instant(seconds: str) -> datetime:
    return datetime.fromtimestamp(int(seconds), START.tzinfo)
