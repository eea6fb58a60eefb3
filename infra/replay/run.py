"""Replays a real odometer log through the queue of a running stack and accounts for every row.

The cars get clearly synthetic VINs and owners, the owners synthetic consents, and no contact is ever started.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from infra.demo.outlets import send
from infra.explain.record import Record, record_of
from infra.fleet.parcels import cloud_event, identity_of, instant_text, packed
from infra.local.lake_view import LakeView
from infra.local.stack import Stack
from infra.replay.rows import LoggedReading, RefusedRow, read_log, vins_of
from ownerloop.domain.vehicle import Vehicle

SOURCE = "urn:ownerloop:replay"
STORE_ID = "sh-pudong"
ANSWER_SECONDS_MAX = 300.0
_POLL_SECONDS = 0.2
_PACK_OF = 400
_DAY = timedelta(days=1)
_CONSENTED_FOR = 2 * _DAY  # beyond the stack's own now, since a consent must cover that too


class NotAnsweredError(Exception):
    """Some events were neither accepted nor refused, and nothing moved for too long."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} events had no answer, and none came for {ANSWER_SECONDS_MAX:.0f} s")
        self.count = count


@dataclass(frozen=True, slots=True)
class Log:
    """An odometer log as it will be sent."""

    readings: tuple[LoggedReading, ...]
    refused: tuple[RefusedRow, ...]
    vins: dict[str, str]

    @property
    def last_instant(self) -> datetime:
        """Return the instant of the newest row."""
        return max(reading.read_at for reading in self.readings)


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of a replay: every refused row, how many were accepted, and the cars with their forecasts."""

    accepted: int
    refused: tuple[RefusedRow, ...]
    in_raw: int
    vehicles: dict[str, Vehicle]  # by the log's own name of the car


def open_log(path: Path) -> Log:
    """Return the log of a file."""
    rows = list(read_log(path))
    readings = tuple(row for row in rows if isinstance(row, LoggedReading))
    refused = tuple(row for row in rows if isinstance(row, RefusedRow))
    return Log(readings=readings, refused=refused, vins=vins_of([reading.vehicle_id for reading in readings]))


def replay(log: Log, stack: Stack, *, advance: Callable[[int], None]) -> Replayed:
    """Enrol the log's cars, send every reading, return what became of each; `advance` hears how many are answered."""
    clock = stack.moved_clock
    if clock is not None and clock.now() < log.last_instant:
        clock.move_to(log.last_instant)
    lake = LakeView(stack.endpoint, stack.outputs["LakeBucketName"])
    until = max(log.last_instant, stack.now()) + _CONSENTED_FOR
    enrolments = [event for name in log.vins for event in _enrolments(log, name, until=until)]
    _send(stack, "EnrolmentQueueUrl", enrolments)
    _await(lake, {identity_of(event["source"], event["id"]) for event in enrolments}, advance=lambda _: None)
    events = [_reading(reading, log.vins[reading.vehicle_id]) for reading in log.readings]
    lines = {identity_of(e["source"], e["id"]): r.line for e, r in zip(events, log.readings, strict=True)}
    _send(stack, "VehicleDataQueueUrl", events)
    _await(lake, set(lines), advance=advance)
    taken = {key for key in lines if lake.accepted.get(key) == "readings"}
    late = [
        RefusedRow(lines[key], min(lake.refused[key])[1], "", "refused by the intake")
        for key in lines
        if key not in taken
    ]
    refused = tuple(sorted((*log.refused, *late), key=lambda row: row.line))
    in_raw = len(set(lines) & _readings_in(lake))
    return Replayed(accepted=len(taken), refused=refused, in_raw=in_raw, vehicles=_cars(log, stack))


def _readings_in(lake: LakeView) -> set[str]:
    return {key for key, dataset in lake.accepted.items() if dataset == "readings"}


def _enrolments(log: Log, name: str, *, until: datetime) -> list[dict[str, Any]]:
    since = min(reading.read_at for reading in log.readings if reading.vehicle_id == name) - _DAY
    owner_key, vin = f"replay-{name}", log.vins[name]
    told = (
        ("owner.registered", owner_key, {"store_id": STORE_ID, "language": "zh", "daily_max": 0}),
        (
            "vehicle.linked",
            vin,
            {
                "owner_key": owner_key,
                "model": "replayed",
                "store_id": STORE_ID,
                "since": instant_text(since),
                "remind": False,
            },
        ),
        (
            "consent.granted",
            vin,
            {
                "owner_key": owner_key,
                "purpose": "maintenance",
                "data_classes": ["odometer"],
                "valid_from": instant_text(since),
                "valid_until": instant_text(until),
                "evidence": "synthetic consent of a replayed log",
                "text_version": "replay",
            },
        ),
    )
    return [_event(f"ownerloop.{kind}.v1", subject, since, data) for kind, subject, data in told]


def _reading(reading: LoggedReading, vin: str) -> dict[str, Any]:
    kilometres = reading.odometer_km
    value = int(kilometres) if kilometres == kilometres.to_integral_value() else float(kilometres)
    signals = {"Vehicle.TraveledDistance": {"value": value, "unit": "km"}}
    data = {"signals": signals, "date_only": reading.is_bare_date}
    event = _event("ownerloop.vehicle.telemetry.v1", vin, reading.read_at, data)
    return {**event, "id": reading.identity}


def _event(event_type: str, subject: str, at: datetime, data: dict[str, Any]) -> dict[str, Any]:
    event = cloud_event(event_type, subject=subject, at=at, data=data, source=SOURCE)
    return {**event, "receivedat": instant_text(at)}


def _send(stack: Stack, output: str, events: Sequence[dict[str, Any]]) -> None:
    bodies = [packed(events[start : start + _PACK_OF]) for start in range(0, len(events), _PACK_OF)]
    send(stack, stack.outputs[output], bodies)


def _await(lake: LakeView, wanted: set[str], *, advance: Callable[[int], None]) -> None:
    ends_at = time.monotonic() + ANSWER_SECONDS_MAX
    while lost := wanted - lake.answered():
        if time.monotonic() > ends_at:
            raise NotAnsweredError(len(lost))
        time.sleep(_POLL_SECONDS)
        lake.look(("readings", "enrolments", "refusals"))
        still = wanted - lake.answered()
        if len(still) < len(lost):
            ends_at = time.monotonic() + ANSWER_SECONDS_MAX
        advance(len(wanted) - len(still))


def _cars(log: Log, stack: Stack) -> dict[str, Vehicle]:
    record: Record = record_of(stack.endpoint, stack.outputs, at=stack.now())
    by_person = {car.consent.owners[-1].person_id: car for car in record.vehicles.values() if car.consent.owners}
    persons = {name: record.persons.get(f"replay-{name}", "") for name in log.vins}
    return {name: by_person[person] for name, person in persons.items() if person in by_person}
