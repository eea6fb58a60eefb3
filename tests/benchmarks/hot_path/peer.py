"""The second contender, the best ordinary peer: msgspec structs on the way in, one numpy pass for the forecasts."""

import base64
import hashlib
import zlib
from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta, Struct

from ownerloop.contracts import hot
from ownerloop.domain import usage
from ownerloop.domain.intake import IntakeRules
from ownerloop.domain.rate import Points
from tests.benchmarks.hot_path import plain_rules as plain
from tests.benchmarks.hot_path.answers import Answers
from tests.benchmarks.hot_path.fleet import Car
from tests.benchmarks.hot_path.plain_gaps import resyncs_of
from tests.benchmarks.hot_path.traffic import Invocation
from tests.benchmarks.hot_path.usual import NORMAL


class Odometer(Struct):
    unit: Literal["m", "km"]
    value: Annotated[int, Meta(ge=0)] | Annotated[float, Meta(ge=0)]


class Charge(Struct):
    unit: Literal["percent"]
    value: Annotated[int, Meta(ge=0, le=100)] | Annotated[float, Meta(ge=0, le=100)]


class Signals(Struct):
    odometer: Odometer = msgspec.field(name="Vehicle.TraveledDistance")
    charge: Charge = msgspec.field(name="Vehicle.Powertrain.TractionBattery.StateOfCharge.Displayed")


class Data(Struct):
    signals: Signals


class Telemetry(Struct):
    specversion: Literal["1.0"]
    id: Annotated[str, Meta(min_length=1, max_length=256)]
    source: Annotated[str, Meta(min_length=1, max_length=256)]
    type: Literal["ownerloop.vehicle.telemetry.v1"]
    subject: Annotated[str, Meta(pattern="^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$")]
    time: Annotated[datetime, Meta(tz=True)]
    data: Data


class Packed(Struct):
    encoding: Literal["zlib+base64"]
    events: str


@dataclass(slots=True)
class Event:
    key: str
    source: str
    vin: str
    read_at: datetime
    received_at: datetime
    metres: int
    charge: float


@dataclass(slots=True)
class Changed:
    car: plain.Held
    before: plain.Told
    points: list[tuple[int, int]]
    targets: list[plain.Target] = field(default_factory=list)


_decode = msgspec.json.Decoder(Telemetry).decode
_decode_array = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_packed = msgspec.json.Decoder(Packed).decode


class Peer:
    """msgspec and numpy."""

    def __init__(self, fleet: Sequence[Car]) -> None:
        self.store = plain.store_of(fleet)
        self.accepted, self.duplicates, self.refused = 0, 0, Counter[str]()

    def take(self, invocation: Invocation) -> None:
        """Take one invocation in."""
        now, rules = invocation.now, plain.RULES(invocation.now.date())
        keys: set[str] = set()
        by_vin: dict[str, list[Event]] = {}
        for record in invocation.event["Records"]:
            received_at = datetime.fromtimestamp(int(record["attributes"]["SentTimestamp"]) / 1000, UTC)
            for body in bodies_of(record["body"]):
                key, reason, event = self._read(body, received_at, now, rules)
                if key in keys:
                    self.duplicates += 1
                    continue
                keys.add(key)
                if event is None:
                    self._drop(reason, key)
                else:
                    by_vin.setdefault(event.vin, []).append(event)
        self._settle(by_vin, now, rules)

    def answers(self) -> Answers:
        """Return what came out."""
        return plain.answers_of(
            self.store, accepted=self.accepted, duplicates=self.duplicates, refused=dict(self.refused)
        )

    def _read(
        self, body: bytes, received_at: datetime, now: datetime, rules: IntakeRules
    ) -> tuple[str, str, Event | None]:
        try:
            said = _decode(body)
        except ValueError:
            return _named(body), _reason(body), None
        key = hashlib.sha256(f"{said.source}\x1f{said.id}".encode()).hexdigest()[:32]
        read_at = said.time.astimezone(UTC)
        reason = plain.age_refusal(read_at, received_at, now, rules)
        if reason:
            return key, reason, None
        odometer = said.data.signals.odometer
        metres = round(odometer.value * 1000) if odometer.unit == "km" else int(odometer.value)
        if metres > rules.intake.odometer_max_m:
            return key, "bad_value", None
        vin = said.subject.upper()
        plain.is_doubted(vin)
        return key, "", Event(key, said.source, vin, read_at, received_at, metres, said.data.signals.charge.value)

    def _settle(self, by_vin: dict[str, list[Event]], now: datetime, rules: IntakeRules) -> None:
        changed: list[Changed] = []
        for vin, events in by_vin.items():
            vehicle_id = self.store.ids.get(vin)
            if vehicle_id is None:
                for event in events:
                    self._drop("unknown_vehicle", event.key)
                continue
            car = copy(self.store.cars[vehicle_id])
            new, came = [], []
            for event in events:
                allowed = plain.usable(car, event.read_at, now)
                if not allowed:
                    self._drop(plain.why_not(car), event.key)
                    continue
                if event.received_at - event.read_at <= rules.intake.state_age_max:
                    new.append((int(event.read_at.timestamp()), event.metres))
                    came.append((event.read_at, event.received_at))
                self.accepted += 1
                self.store.rows.append(row_of(event, car, allowed))
            self.store.told += resyncs_of(car, car.evidence, came, rules)
            evidence = plain.merged(car.evidence, new)
            if evidence != car.evidence:
                before = plain.what_it_holds(car)
                car.evidence = evidence
                points = plain.cleaned(evidence, rules)
                changed.append(Changed(car, before, points, plain.targets_of(car, points, rules, now.date())))
        self._forecast(changed, rules, now)

    def _forecast(self, changed: list[Changed], rules: IntakeRules, now: datetime) -> None:
        for one, rate, days in zip(changed, *days_of(changed, rules), strict=True):
            plain.forecast_of(one.car, one.points, one.targets, days, rate=rate, rules=rules, now=now)
            self.store.write(one.car, held_version=one.car.version, held_epoch=one.car.consent_epoch)
            if plain.is_news(one.car, one.before, rules):
                self.store.told.append(plain.news_of(one.car, now=now))

    def _drop(self, reason: str, key: str) -> None:
        self.refused[reason] += 1
        self.store.refusals.append({"event_key": key, "reason": reason})


def days_of(changed: list[Changed], rules: IntakeRules) -> tuple[list[float], list[list[list[int]]]]:
    """Return for each car its rate and the days to each target's quantiles: all cars in one pass of numpy."""
    model = rules.forecast.usage
    assert model is not None
    sizes = [len(one.points) for one in changed]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    flat = np.array([point for one in changed for point in one.points], dtype=np.int64).reshape(-1, 2)
    prior = np.full(len(changed), float(rules.forecast.fleet_metres_per_day))
    found = usage.usage_of(Points(flat[:, 0].copy(), flat[:, 1].copy(), starts), prior, model=model)
    cars = np.repeat(np.arange(len(changed)), [len(one.targets) for one in changed])
    left = np.array(
        [
            0 if target.target_m is None else max(target.target_m - one.points[-1][1], 0)
            for one in changed
            for target in one.targets
        ],
        dtype=np.float64,
    )
    middle = found.days_to(left, cars)
    spread = found.spread(middle, cars)
    days = np.rint(np.minimum(middle[:, None] * np.exp(spread[:, None] * np.array(NORMAL)), 36_500)).astype(int)
    ends = np.cumsum([len(one.targets) for one in changed])[:-1]
    return found.rates.tolist(), [part.tolist() for part in np.split(days, ends)]


def bodies_of(body: str) -> list[bytes]:
    """Return the events of a message body."""
    if body.startswith("["):
        return list(map(bytes, _decode_array(body)))
    if '"zlib+base64"' in body:
        return zlib.decompress(base64.b64decode(_decode_packed(body).events)).split(b"\n")
    return [body.encode()]


def _named(body: bytes) -> str:
    try:
        event = msgspec.json.decode(body)
    except ValueError:
        event = None
    if isinstance(event, dict):
        return hashlib.sha256(f"{event['source']}\x1f{event['id']}".encode()).hexdigest()[:32]
    return hashlib.sha256(body).hexdigest()[:32]


def _reason(body: bytes) -> str:
    """Return the reason of a refusal; only one event of two hundred comes here."""
    try:
        hot.read(body)
    except hot.MalformedEventError as error:
        return error.reason
    raise AssertionError(body)


def row_of(event: Event, car: plain.Held, allowed: frozenset[str]) -> dict[str, Any]:
    """Return the row of history."""
    return {
        "event_key": event.key,
        "vehicle_id": car.vehicle_id,
        "store_id": car.store_id,
        "read_at": event.read_at,
        "received_at": event.received_at,
        "odometer_m": event.metres,
        "state_of_charge_percent": event.charge if "battery" in allowed else None,
        "consent_epoch": car.consent_epoch,
        "source": event.source,
    }
