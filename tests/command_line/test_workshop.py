"""`ownerloop workshop day`: what people and programs are told of a workshop's day."""

import json
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from infra.command_line import workshop as command
from infra.command_line.main import app
from infra.leads.desk import Desk
from infra.workshop.telling import data_of, tables_of
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.commands import put_of
from ownerloop.adapters.dynamodb.workshop import day_values
from ownerloop.domain.workshop import Day
from ownerloop.domain.workshop_day import book, miss
from tests.tables import Tables, moto_tables
from tests.workshop_builders import BOOKED_AT, OPENING, REPAIR, STORE, TEN, VISIT_ON, a_day, asked, rules, terms


@pytest.fixture
def tables() -> Iterator[Tables]:
    with moto_tables() as names:
        yield names


def a_busy_day() -> Day:
    day = a_day()
    for wish in (asked(1), asked(2, job_class=REPAIR), asked(3), asked(4, minute=TEN, is_promised=True), asked(5)):
        day = book(day, wish, terms=terms()).day
    missed = miss(day, asked(1).booking_key)
    assert missed
    return missed.day


def shown(day: Day, language: Any) -> str:
    screen = StringIO()
    console = Console(file=screen, width=160)
    for table in tables_of(day, rules(), OPENING, language):
        console.print(table)
    return screen.getvalue()


@pytest.mark.parametrize(("language", "words"), [("zh", ("候补", "爽约")), ("en", ("Waitlist", "did not come"))])
def test_people_see_the_slots_the_bookings_the_load_and_who_waits(language: str, words: tuple[str, ...]) -> None:
    screen = shown(a_busy_day(), language)

    assert all(word in screen for word in ("09:00-10:00", "09:00-12:00", "ann", "bo", *words))


def test_programs_read_the_same_day_as_plain_data() -> None:
    said = json.loads(json.dumps(data_of(a_busy_day(), rules(), OPENING)))

    assert (said["opens_at"], said["closes_at"], said["missed"]) == ("09:00", "17:00", 1)
    assert (said["load"]["total"], said["capacity"]["total"], said["waiting"]["total"]) == (300, 960, 120)
    assert [(one["starts_at"], one["technician_id"]) for one in said["bookings"]][:2] == [
        ("09:00", "ann"),
        ("09:00", "bo"),
    ]
    assert [one["waits_as"] for one in said["waitlist"]] == [1, 2]
    assert said["slots"][0] == {"at": "09:00", "free_bays": 0, "free_technicians": []}
    assert said["slots"][-1] == {"at": "16:30", "free_bays": 2, "free_technicians": ["ann", "bo"]}


def test_a_closed_day_has_no_slots() -> None:
    said = data_of(a_day(), rules(), None)

    assert (said["slots"], said["opens_at"], said["capacity"]["total"]) == ([], None, 0)


def test_the_command_reads_the_day_of_the_table(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    client("dynamodb").put_item(**put_of(tables.workshop, day_values(a_busy_day())))
    monkeypatch.setattr(command, "the_desk", lambda *_: Desk(client("dynamodb"), tables.workshop, BOOKED_AT))
    asked_for = ["workshop", "day", "--store", STORE, "--stack", "s", "--json", "--on"]

    full = CliRunner().invoke(app, [*asked_for, VISIT_ON.isoformat()])
    empty = CliRunner().invoke(app, [*asked_for, "2026-03-11"])

    assert len(json.loads(full.stdout)["bookings"]) == 3
    assert json.loads(empty.stdout)["version"] == 0


@pytest.mark.parametrize("wrong", [["--store", "nowhere"], ["--store", STORE, "--on", "tomorrow"]])
def test_a_store_or_a_day_that_is_none_is_named(wrong: list[str]) -> None:
    assert CliRunner().invoke(app, ["workshop", "day", *wrong]).exit_code == 2
