"""The first contender, the usual handler: Powertools' BatchProcessor, json, a pydantic model a record, car by car."""

import base64
import hashlib
import json
import math
import zlib
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from pydantic import ValidationError

from ownerloop.contracts.cloud_event import refusal_of
from ownerloop.contracts.telemetry import VehicleTelemetryV1
from ownerloop.domain import usage
from ownerloop.domain.intake import IntakeRules
from ownerloop.domain.policy import UsageModel
from tests.benchmarks.hot_path import plain_rules as plain
from tests.benchmarks.hot_path.answers import Answers
from tests.benchmarks.hot_path.fleet import DAY_SECONDS, Car
from tests.benchmarks.hot_path.plain_gaps import resyncs_of
from tests.benchmarks.hot_path.traffic import Invocation

NORMAL = (-1.2816, 0.0, 1.2816)


@dataclass(slots=True)
class Batch:
    """What one invocation gathers before it looks at the cars."""

    now: datetime
    rules: IntakeRules
    keys: set[str] = field(default_factory=set)
    by_vin: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


class Usual:
    """The usual handler."""

    def __init__(self, fleet: Sequence[Car]) -> None:
        self.store = plain.store_of(fleet)
        self.processor = BatchProcessor(event_type=EventType.SQS)
        self.accepted, self.duplicates, self.refused = 0, 0, Counter[str]()

    def take(self, invocation: Invocation) -> None:
        """Take one invocation in."""
        batch = Batch(invocation.now, plain.RULES(invocation.now.date()))

        def on_record(record: SQSRecord) -> None:
            body = record.body
            received_at = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
            for text in events_of(body):
                self._on_event(text, received_at, batch)

        process_partial_response(
            event=invocation.event, record_handler=on_record, processor=self.processor, context=None
        )
        self._settle(batch)

    def answers(self) -> Answers:
        """Return what came out."""
        return plain.answers_of(
            self.store, accepted=self.accepted, duplicates=self.duplicates, refused=dict(self.refused)
        )

    def _on_event(self, text: str, received_at: datetime, batch: Batch) -> None:
        loaded: Any = None
        with suppress(ValueError):
            loaded = json.loads(text)
        if not isinstance(loaded, dict):
            self._refuse("not_json", key_of(None, text), batch)
            return
        try:
            model = VehicleTelemetryV1.model_validate(loaded)
        except ValidationError as error:
            self._refuse(refusal_of(error).reason, key_of(loaded, text), batch)
            return
        key = key_of(loaded, text)
        if key in batch.keys:
            self.duplicates += 1
            return
        read_at = model.time.astimezone(UTC)
        reason = plain.age_refusal(read_at, received_at, batch.now, batch.rules)
        if reason:
            self._refuse(reason, key, batch)
            return
        batch.keys.add(key)
        odometer, charge = model.data.signals.odometer, model.data.signals.state_of_charge
        metres = round(odometer.value * 1000) if odometer.unit == "km" else int(odometer.value)
        if metres > batch.rules.intake.odometer_max_m:
            batch.keys.discard(key)
            self._refuse("bad_value", key, batch)
            return
        batch.by_vin.setdefault(model.subject.upper(), []).append(
            {
                "event_key": key,
                "source": model.source,
                "vin": model.subject.upper(),
                "read_at": read_at,
                "received_at": received_at,
                "metres": metres,
                "charge": charge.value,
                "is_doubted": plain.is_doubted(model.subject),
            }
        )

    def _refuse(self, reason: str, key: str, batch: Batch) -> None:
        if key in batch.keys:
            self.duplicates += 1
            return
        batch.keys.add(key)
        self.refused[reason] += 1
        self.store.refusals.append({"event_key": key, "reason": reason})

    def _settle(self, batch: Batch) -> None:
        for vin, events in batch.by_vin.items():
            vehicle_id = self.store.ids.get(vin)
            if vehicle_id is None:
                for event in events:
                    self._drop("unknown_vehicle", event)
                continue
            self._settle_car(copy(self.store.cars[vehicle_id]), events, batch)

    def _settle_car(self, car: plain.Held, events: list[dict[str, Any]], batch: Batch) -> None:
        version, epoch, rules = car.version, car.consent_epoch, batch.rules
        new, used, came = [], [], []
        for event in events:
            allowed = plain.usable(car, event["read_at"], batch.now)
            if not allowed:
                self._drop(plain.why_not(car), event)
                continue
            used.append((event, allowed))
            if event["received_at"] - event["read_at"] <= rules.intake.state_age_max:
                new.append((int(event["read_at"].timestamp()), event["metres"]))
                came.append((event["read_at"], event["received_at"]))
        self.store.told += resyncs_of(car, car.evidence, came, rules)
        evidence = plain.merged(car.evidence, new)
        if evidence != car.evidence:
            before = plain.what_it_holds(car)
            car.evidence = evidence
            points = plain.cleaned(evidence, rules)
            on = batch.now.date()
            targets = plain.targets_of(car, points, rules, on)
            rate, days = days_of(points, targets, rules)
            plain.forecast_of(car, points, targets, days, rate=rate, rules=rules, now=batch.now)
            self.store.write(car, held_version=version, held_epoch=epoch)
            if plain.is_news(car, before, rules):
                self.store.told.append(plain.news_of(car, now=batch.now))
        self.accepted += len(used)
        self.store.rows += [row_of(event, car, allowed) for event, allowed in used]

    def _drop(self, reason: str, event: dict[str, Any]) -> None:
        self.refused[reason] += 1
        self.store.refusals.append({"event_key": event["event_key"], "reason": reason})


def events_of(body: str) -> list[str]:
    """Return the texts of the events in a message body."""
    if body.startswith("["):
        return [json.dumps(event) for event in json.loads(body)]
    if '"zlib+base64"' in body:
        return zlib.decompress(base64.b64decode(json.loads(body)["events"])).decode().split("\n")
    return [body]


def key_of(event: dict[str, Any] | None, text: str) -> str:
    """Return the identity of an event."""
    if event and "id" in event and "source" in event:
        return hashlib.sha256(f"{event['source']}\x1f{event['id']}".encode()).hexdigest()[:32]
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def row_of(event: dict[str, Any], car: plain.Held, allowed: frozenset[str]) -> dict[str, Any]:
    """Return the row of history."""
    return {
        "event_key": event["event_key"],
        "vehicle_id": car.vehicle_id,
        "store_id": car.store_id,
        "read_at": event["read_at"],
        "received_at": event["received_at"],
        "odometer_m": event["metres"],
        "state_of_charge_percent": event["charge"] if "battery" in allowed else None,
        "consent_epoch": car.consent_epoch,
        "source": event["source"],
    }


def days_of(
    points: list[tuple[int, int]], targets: list[plain.Target], rules: IntakeRules
) -> tuple[float, list[list[int]]]:
    """Return the rate and the days to each target's three quantiles, for one car."""
    model = rules.forecast.usage
    assert model is not None
    metres, variance = _expected(points, float(rules.forecast.fleet_metres_per_day), model)
    ends = usage._HORIZONS
    days = []
    for target in targets:
        left = 0 if target.target_m is None else max(target.target_m - points[-1][1], 0)
        at = min(max(int(np.searchsorted(metres, left, side="right")), 1), ends.size - 1)
        low, high = metres[at - 1], metres[at]
        middle = ends[at - 1] + (left - low) / (high - low) * (ends[at] - ends[at - 1])
        ahead = min(max(middle, 2.0), ends[-1])
        spread = math.sqrt(np.interp(ahead, ends, variance)) / ahead
        days.append([round(min(middle * math.exp(spread * z), 36_500)) for z in NORMAL])
    return float(metres[usage._SHOWN_AT]) / usage.SHOWN_DAYS, days


def _expected(points: list[tuple[int, int]], prior: float, model: UsageModel) -> tuple[Any, Any]:
    """Return the metres and their variance within each horizon (the formula of `ownerloop.domain.usage`)."""
    shape = usage._shape(model)
    last = points[-1][0] if points else 0
    oldest = last - points[0][0] if points else 0
    passed, edges = [], []
    for edge in usage.EDGES:
        age = min(edge * DAY_SECONDS, oldest)
        edges.append(age)
        passed.append(_odometer_at(points, last - age))
    seen = np.maximum(np.diff(edges) / DAY_SECONDS, usage._UNSEEN)
    today = last / DAY_SECONDS
    is_seen = (seen > usage._UNSEEN).astype(np.float64)
    even = -np.diff(passed) / seen * is_seen
    seasonal = even / usage._season(today - usage._FAR, today - usage._NEAR, model)
    between = shape.between + np.diag(model.noise_days / seen)
    solved = np.linalg.solve(between, np.column_stack([is_seen, seasonal, even, shape.ahead]))
    across = shape.ahead.T @ solved
    information = float(is_seen @ solved[:, 0])
    windows = max(int(is_seen.sum()) - 1, 0)
    free = min(windows, max(len(points) - 2, 0))
    known = model.scale_strength + free
    paces, scales, likely = [], [], []
    for column, rates in ((1, seasonal), (2, even)):
        total = float(solved[:, 0] @ rates)
        mean = max(float(rates @ seen / seen.sum()), usage._UNSEEN)
        apart = max(float(rates @ solved[:, column]) - total**2 / max(information, usage._UNSEEN), 0.0)
        varies = apart / mean**2 * free / max(windows, 1) / model.spread_factor
        scale = min((model.scale_strength + varies) / known, usage._SCALE_MAX)
        level = prior + (total - prior * information) / (scale / model.level_variance + information)
        parts = np.append(level, across[:, column] - level * across[:, 0])
        slowest = max(0.1 * max(level, 0.1 * prior), 1.0)
        paces.append(np.maximum(np.diff(parts @ shape.reach) / np.diff(usage._HORIZONS), slowest))
        scales.append(scale)
        likely.append(-known / 2 * math.log(model.scale_strength + varies))
    paces[0] *= usage._season(today + usage._SINCE, today + usage._UNTIL, model)
    odds = math.exp(likely[1] - likely[0]) * (1 - model.season_share) / model.season_share
    share = 1 / (1 + odds)
    pace = share * paces[0] + (1 - share) * paces[1]
    metres = np.append(0.0, np.cumsum(pace * np.diff(usage._HORIZONS)))
    wide = (share * scales[0] + (1 - share) * scales[1]) * known / (known - 2)
    reach = shape.reach[1:]
    apart = np.maximum(shape.unsure - ((across[:, 3:] @ reach) * reach).sum(axis=0), 0.0)
    level_left = 1 / (1 / model.level_variance + information / wide)
    return metres, model.spread_factor * (wide * apart + level_left * (usage._HORIZONS - across[:, 0] @ reach) ** 2)


def _odometer_at(points: list[tuple[int, int]], second: int) -> float:
    if not points:
        return 0.0
    place = bisect_left(points, second, key=lambda point: point[0])
    if place == 0 or points[place][0] == second:
        return float(points[place][1])
    (s0, m0), (s1, m1) = points[place - 1], points[place]
    return m0 + (second - s0) / (s1 - s0) * (m1 - m0)
