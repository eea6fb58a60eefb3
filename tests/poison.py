"""Vehicle events with poison in them, and what an operator does about each kind."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from infra.fleet.vins import synthetic_vin
from ownerloop.adapters.envelope import pack
from ownerloop.contracts.identity import identity_of
from tests.messages import a_telemetry, body, metres

READINGS_PER_CAR = 100
PER_MESSAGE = 500
POISONS = ("unit", "flag", "cut", "fault")
SETTINGS = {"unit": "data.signals.Vehicle.TraveledDistance.unit=m", "flag": "data.date_only=false"}


@dataclass(slots=True)
class Flood:
    """The events of a flood by their kinds, `good` and the four poisons; those of `cut` as their source has them."""

    now: datetime
    vins: list[str] = field(default_factory=list)
    events: dict[str, list[bytes]] = field(default_factory=dict)

    def keys(self, *kinds: str) -> set[str]:
        """Return the identities of the events of some kinds."""
        return {identity_of(event).event_key for kind in kinds for event in self.events[kind]}

    def messages(self, random: Random) -> list[str]:
        """Return good events and broken ones mixed, in packed messages."""
        mixed = [(event, kind) for kind in ("good", "unit", "flag", "cut") for event in self.events[kind]]
        random.shuffle(mixed)
        sent = [event[: len(event) // 2] if kind == "cut" else event for event, kind in mixed]
        parts = (sent[at : at + PER_MESSAGE] for at in range(0, len(sent), PER_MESSAGE))
        return [message for part in parts for message in pack(part, received_at=self.now)]

    def faulting(self) -> list[str]:
        """Return the events that fault, ten a message."""
        events = self.events["fault"]
        parts = (events[at : at + 10] for at in range(0, len(events), 10))
        return [message for part in parts for message in pack(part, received_at=self.now)]


def a_flood(*, good: int, bad: int, now: datetime) -> Flood:
    """Return a flood: cars of a hundred readings each, and a quarter of the bad events of each poison."""
    flood = Flood(now)
    cars = -(-good // READINGS_PER_CAR)
    flood.vins = [synthetic_vin(number) for number in range(cars + 2)]

    def event(kind: str, number: int, vin: str, **more: Any) -> bytes:
        at = now - timedelta(minutes=30 + 40 * (READINGS_PER_CAR - number % READINGS_PER_CAR))
        signals = metres(10_000_000 + 1_000 * (number % READINGS_PER_CAR), unit=more.pop("unit", "m"))
        told = a_telemetry(event_id=f"{kind}-{number}", vin=vin, at=at, received_at=now, signals=signals)
        told["data"].update(more)
        return body(told)

    flood.events["good"] = [event("good", n, flood.vins[n // READINGS_PER_CAR]) for n in range(good)]
    wrong: dict[str, dict[str, Any]] = {"unit": {"unit": "furlong"}, "flag": {"date_only": "perhaps"}}
    for place, kind in enumerate(POISONS):
        count = bad // 4 + (place < bad % 4)
        vin = flood.vins[-1] if kind == "fault" else flood.vins[-2]
        flood.events[kind] = [event(kind, n, vin, **wrong.get(kind, {})) for n in range(count)]
    return flood
