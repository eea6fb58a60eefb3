"""Refused events: listed with their reason, mended under the intake's own rules, sent again and applied once."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import boto3
import pytest

from infra.operation import releasing
from infra.operation.audit import lines_of
from infra.operation.mending import NotMendedError, keep, mended, ready_of
from infra.operation.mending import mend as mend_all
from infra.operation.names import Names
from infra.operation.quarantine import Choice, Row, Stand, row_called, rows_of
from infra.operation.releasing import Tally, release
from infra.operation.site import Site
from ownerloop.adapters.dynamodb.quarantine import DynamoQuarantine
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.envelope import unpack
from ownerloop.contracts.identity import identity_of
from ownerloop.ports import Refusal
from tests.builders import START
from tests.functions.stack import Stack, function, sqs_event
from tests.messages import VIN, a_telemetry, body, metres

UNIT = "data.signals.Vehicle.TraveledDistance.unit"


class StandingClock:
    def now(self) -> Any:
        return START


def take_in(stack: Stack, *bodies: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run the intake of vehicle data on events, as its queue would."""
    with function(stack, "ingest_vehicle_data") as intake:
        monkeypatch.setattr(intake, "the_clock", StandingClock)
        assert intake.handler(sqs_event(*(one.decode() for one in bodies)), None) == {"batchItemFailures": []}


def furlongs(event_id: str, value: object = 10_100_000, **more: Any) -> bytes:
    return body(a_telemetry(event_id=event_id, received_at=START, signals=metres(value, unit="furlong"), **more))


def listed(site: Site, **choice: Any) -> dict[str, Row]:
    return {row.event_key: row for row in rows_of(Choice(**choice), site)}


def mend(site: Site, row: Row, *settings: str, patch: Any = None) -> Row:
    kept = mended(row, patch=patch, settings=settings, site=site, names=Names(site))
    assert keep(row, kept, by="arn:operator", site=site)
    held = row_called(row.event_key, site)
    assert held is not None
    return held


def let_go(site: Site, *rows: Row, given: Mapping[str, bytes] | None = None) -> Tally:
    return release(rows, site=site, names=Names(site), by="arn:operator", given=given)


@pytest.fixture
def refused(stack: Stack, site: Site, vehicle_id: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Row]:
    take_in(stack, furlongs("e-1"), furlongs("e-2"), b"no json at all", monkeypatch=monkeypatch)
    return listed(site)


def test_everything_refused_is_listed_with_its_reason_and_where_it_broke(
    refused: dict[str, Row], vehicle_id: str
) -> None:
    kept = [row for row in refused.values() if row.body]

    assert sorted(row.reason for row in refused.values()) == ["not_json", "wrong_unit", "wrong_unit"]
    assert {(row.surrogate, row.source, row.stand) for row in kept} == {(vehicle_id, "urn:test:cars", Stand.OPEN)}
    assert all(VIN not in (row.body or b"").decode() for row in kept)


def test_rows_are_chosen_by_day_reason_field_and_source(site: Site, refused: dict[str, Row]) -> None:
    day = START.date().isoformat()

    assert len(listed(site, reason="not_json")) == 1
    assert len(listed(site, source="urn:test:cars")) == 2
    assert len(listed(site, days=(day,), reason="wrong_unit")) == 2
    assert listed(site, days=("2020-01-01",)) == {}


def test_a_row_is_found_by_its_key_as_long_as_it_may_be_kept(site: Site, refused: dict[str, Row]) -> None:
    key, row = next(iter(refused.items()))
    late = replace(site, now=START + timedelta(days=60))

    assert row_called(key, late) == row


def test_a_mended_event_goes_back_under_its_own_identity_and_is_applied_once(
    stack: Stack, site: Site, refused: dict[str, Row], vehicle_id: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [mend(site, row, f"{UNIT}=m") for row in refused.values() if row.body]

    tally = let_go(site, *rows)

    queued = stack.queue("VehicleDataQueue")
    events = [event for one in queued for event in unpack(one).events]
    assert sorted(tally.redriven) == sorted(row.event_key for row in rows)
    assert {identity_of(event).event_key for event in events} == set(tally.redriven)
    assert all(identity_of(event).received_at == START for event in events)
    take_in(stack, *events, monkeypatch=monkeypatch)
    take_in(stack, *events, monkeypatch=monkeypatch)
    car = DynamoVehicles(stack.names["VehiclesTable"]).load([vehicle_id])[vehicle_id]
    assert [reading.odometer_m for reading in car.evidence] == [10_100_000]
    assert [row.reason for row in listed(site).values()] == ["not_json"]
    assert {row.stand for row in listed(site, with_done=True).values() if row.body} == {Stand.REDRIVEN}


def test_the_original_stays_beside_what_was_mended(site: Site, refused: dict[str, Row]) -> None:
    row = next(row for row in refused.values() if row.body)

    held = mend(site, row, patch={"data": {"signals": {"Vehicle.TraveledDistance": {"unit": "km", "value": 10_100}}}})

    assert held.stand is Stand.MENDED
    assert held.sealed == row.sealed
    assert held.mended_by == "arn:operator"
    assert VIN not in (held.mended or b"").decode()
    assert json.loads(held.mended or b"")["data"]["signals"]["Vehicle.TraveledDistance"] == {
        "value": 10_100,
        "unit": "km",
    }


@pytest.mark.parametrize(
    ("setting", "rule"),
    [
        (f"{UNIT}=mile?", "unit"),
        ("data.signals.Vehicle.TraveledDistance.value=-1", "value"),
        ("id=another", "another event"),
        ("time=2999-01-01T00:00:00Z", "time"),
    ],
)
def test_a_change_that_the_intake_would_refuse_is_not_kept(
    site: Site, refused: dict[str, Row], setting: str, rule: str
) -> None:
    row = next(row for row in refused.values() if row.body)
    settings = [setting] if "unit" in setting else [f"{UNIT}=m", setting]

    with pytest.raises(NotMendedError, match=rule):
        mended(row, patch=None, settings=settings, site=site, names=Names(site))

    assert row_called(row.event_key, site) == row


def test_nothing_is_kept_or_sent_of_a_car_that_the_vault_forgot(
    stack: Stack, site: Site, refused: dict[str, Row], vehicle_id: str
) -> None:
    row = next(row for row in refused.values() if row.body)
    key = {"pk": {"S": f"vehicle#{vehicle_id}"}, "sk": {"S": "plain"}}
    table = stack.names["VaultTable"]
    held = boto3.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
    boto3.client("dynamodb").delete_item(TableName=table, Key=key)
    try:
        with pytest.raises(NotMendedError, match="no longer knows"):
            mended(row, patch=None, settings=[f"{UNIT}=m"], site=site, names=Names(site))
        tally = let_go(site, row)
    finally:
        boto3.client("dynamodb").put_item(TableName=table, Item=held)

    assert list(tally.refused) == [row.event_key]
    assert stack.queue("VehicleDataQueue") == []


def test_a_mended_event_of_a_car_without_a_live_consent_is_not_kept(
    stack: Stack, site: Site, refused: dict[str, Row], vehicle_id: str
) -> None:
    row = next(row for row in refused.values() if row.body)
    late = replace(site, now=START + timedelta(days=1_001))

    with pytest.raises(NotMendedError, match="live consent"):
        mended(row, patch=None, settings=[f"{UNIT}=m"], site=late, names=Names(site))


def test_an_event_of_which_nothing_was_kept_goes_back_from_its_sources_hand(
    stack: Stack, site: Site, refused: dict[str, Row]
) -> None:
    row = next(row for row in refused.values() if not row.body)
    whole = body(a_telemetry(event_id="e-9", received_at=START, signals=metres(10_200_000)))

    with_nothing = let_go(site, row)
    with_body = let_go(site, row, given={row.event_key: whole})

    assert "never kept" in with_nothing.refused[row.event_key]
    assert with_body.redriven == [row.event_key]
    assert [unpack(one).events for one in stack.queue("VehicleDataQueue")] == [[whole]]
    assert listed(site, with_done=True)[row.event_key].body is None


def test_a_body_of_another_event_is_not_sent_in_its_place(site: Site, stack: Stack, refused: dict[str, Row]) -> None:
    row = next(row for row in refused.values() if row.body)

    tally = let_go(site, row, given={row.event_key: body(a_telemetry(event_id="e-77", received_at=START))})

    assert "another event" in tally.refused[row.event_key]
    assert stack.queue("VehicleDataQueue") == []


@pytest.mark.parametrize(
    ("kind", "subject", "data", "queue"),
    [
        ("ownerloop.owner.unsubscribed.v1", "K-1", {"channel": "wecom", "topic": "*"}, "EnrolmentQueue"),
        ("ownerloop.interaction.check_in.v1", "K-1", {"check_in_id": "c-1", "place": "app"}, "InteractionQueue"),
    ],
)
def test_each_event_goes_back_to_the_queue_of_its_kind(
    site: Site, kind: str, subject: str, data: dict[str, Any], queue: str
) -> None:
    event = a_telemetry(event_id="e-5", received_at=START) | {"type": kind, "subject": subject, "data": data}
    row = Row("2026-01-05", identity_of(body(event)).event_key, kind, "r", "f", "r", "h", "", START)

    assert ready_of(row, site=site, names=Names(site), given=body(event)).queue == queue


def test_a_run_that_dies_before_sending_leaves_rows_that_are_sent_the_next_time(
    stack: Stack, site: Site, refused: dict[str, Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = mend(site, next(row for row in refused.values() if row.body), f"{UNIT}=m")

    class DeathError(BaseException):
        """The process is gone."""

    def dying(*_: Any) -> None:
        raise DeathError

    with monkeypatch.context() as patched:
        patched.setattr(releasing, "_send", dying)
        with pytest.raises(DeathError):
            let_go(site, row)
    left = listed(site)[row.event_key]
    tally = let_go(site, left)

    assert left.stand is Stand.REDRIVING
    assert tally.redriven == [row.event_key]
    assert len(stack.queue("VehicleDataQueue")) == 1


def test_what_is_refused_again_while_it_is_sent_stays_listed_with_its_new_reason(
    stack: Stack, site: Site, refused: dict[str, Row], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = mend(site, next(row for row in refused.values() if row.body), f"{UNIT}=m")
    again = Refusal(
        event_key=row.event_key,
        event_type=row.event_type,
        reason="too_old",
        field="time",
        rule="lies further back than policy takes",
        payload_hash="another",
        received_at=row.received_at,
    )
    intake = DynamoQuarantine(stack.names["QuarantineTable"])

    with monkeypatch.context() as patched:
        patched.setattr(releasing, "_send", lambda *_: intake.put([again], now=START))
        tally = let_go(site, row)

    held = listed(site)[row.event_key]
    assert (tally.redriven, tally.changed) == ([], [row.event_key])
    assert (held.stand, held.reason) == (Stand.OPEN, "too_old")


def test_a_fix_of_a_row_that_changed_meanwhile_is_not_kept(site: Site, refused: dict[str, Row]) -> None:
    rows = [row for row in refused.values() if row.body]
    stale = [replace(rows[0], payload_hash="what it was before"), *rows[1:]]

    done, left = mend_all(stale, patch=None, settings=[f"{UNIT}=m"], site=site, by="arn:operator")

    assert (done, left) == ([rows[1].event_key], {rows[0].event_key: "changed meanwhile"})
    assert row_called(rows[0].event_key, site) == rows[0]
    assert [line["keys"] for line in lines_of(START.date().isoformat(), site)] == [done]


def test_a_record_of_a_delivery_that_was_no_event_goes_back_as_the_event_it_should_have_been(site: Site) -> None:
    row = Row("2026-01-05", "d" * 32, "webhook.smartcar", "unknown_vehicle", "record 3", "r", "h", "", START)
    event = body(a_telemetry(event_id="e-5", received_at=START))

    assert ready_of(row, site=site, names=Names(site), given=event).queue == "VehicleDataQueue"
