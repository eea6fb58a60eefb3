"""`ownerloop presence`: an operator reads where a car was seen, and only what its owner's consent covers."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from typer.testing import CliRunner, Result

from infra.command_line import presence as command
from infra.command_line.main import app
from infra.presence.desk import Desk
from ownerloop.adapters.dynamodb.client import client
from ownerloop.adapters.dynamodb.presence import DynamoPresenceBook
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.presence import Presence
from tests.builders import START, a_consent, a_grant, a_vehicle
from tests.tables import Tables, moto_tables

V = "v_000000000000000000000001"
HOUR = timedelta(hours=1)


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tables]:
    with moto_tables() as names:
        desk = Desk(client("dynamodb"), vehicles_table=names.vehicles, now=START)
        monkeypatch.setattr(command, "the_desk", lambda *_: desk)
        yield names


def seen(tables: Tables, *, purpose: Purpose) -> None:
    """Keep a car with a consent for this purpose that was in two zones today and in one a week ago."""
    consent = a_consent(grants=(a_grant(purpose=purpose, classes=frozenset({DataClass.LOCATION})),))
    assert DynamoVehicles(tables.vehicles).save([a_vehicle(vehicle_id=V, version=1, consent=consent)]) == set()
    at = START - 3 * HOUR
    today = Presence(V, "store-a", at.replace(minute=0, second=0), at, at + timedelta(minutes=4))
    old = replace(today, hour=today.hour - 170 * HOUR, first_at=at - 170 * HOUR, last_at=at - 170 * HOUR)
    DynamoPresenceBook(tables.vehicles).note([today, replace(today, zone_id="store-b"), old])


def asked(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["presence", V, *arguments])


def test_the_zones_of_the_last_seven_days_are_told_in_order(tables: Tables) -> None:
    seen(tables, purpose=Purpose.PRESENCE)

    told = json.loads(asked("--json").stdout)

    assert [fact["zone_id"] for fact in told["seen"]] == ["store-a", "store-b"]
    assert "store-a" in asked().stdout


def test_nothing_is_told_without_a_consent_for_presence(tables: Tables) -> None:
    seen(tables, purpose=Purpose.MAINTENANCE)

    assert json.loads(asked("--json").stdout)["seen"] == []
    assert "store-a" not in asked().stdout


@pytest.mark.usefixtures("tables")
def test_a_car_nobody_enrolled_is_no_car() -> None:
    assert asked().exit_code == 2
