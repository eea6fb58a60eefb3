"""The cars of the benchmark: who owns them, what was allowed, and a year of stored readings, all by one seed."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

DAY_SECONDS = 86_400
BEGINS = datetime(2026, 6, 1, tzinfo=UTC)
BEGINS_SECONDS = int(BEGINS.timestamp())
STORES = ("sh-pudong", "cd-gaoxin", "ur-tianshan")
MODELS = ("petrol-sedan", "petrol-suv", "hybrid-sedan", "plugin-suv", "electric-compact", "electric-suv")
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ0123456789"
_YEAR = timedelta(days=365)
ALL_CLASSES = ("odometer", "service", "diagnostics", "battery")


@dataclass(frozen=True, slots=True)
class Car:
    """One car as the programme knew it before the first event; `is_known` says whether the vault names it."""

    vin: str
    vehicle_id: str
    model: str
    store_id: str
    in_service_on: date
    classes: tuple[str, ...]  # what its owner granted; empty for an owner who never did
    granted_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    oil_changed: tuple[date, int] | None
    seconds: tuple[int, ...]
    metres: tuple[int, ...]
    metres_per_day: float
    is_known: bool

    @property
    def person_id(self) -> str:
        """Return the owner's surrogate."""
        return "p" + self.vehicle_id[1:]

    def odometer_at(self, seconds: float) -> int:
        """Return what the car shows at an instant after its stored readings."""
        return round(self.metres[-1] + (seconds - self.seconds[-1]) / DAY_SECONDS * self.metres_per_day)


def the_fleet(cars: int, *, readings: int = 40, unauthorised: float = 0.03, seed: int = 7) -> list[Car]:
    """Return the cars; a third each of the unauthorised are unknown, never asked, and withdrawn."""
    chance = np.random.default_rng(seed)
    made: list[Car] = []
    for number in range(cars):
        place = number / cars / unauthorised * 3  # the first ones are the unauthorised
        rate = float(chance.lognormal(10.4, 0.5))
        days = np.sort(chance.choice(400, size=readings, replace=False))[::-1] + 1
        seconds = BEGINS_SECONDS - days * DAY_SECONDS + chance.integers(0, 40_000, readings)
        pace = rate * (1 + 0.3 * chance.standard_normal(readings)).clip(0.1)
        metres = 20_000_000 + chance.integers(0, 60_000_000) + np.cumsum(np.append(0, -np.diff(days) * pace[1:]))
        is_narrow = chance.random() < 0.1
        done = (
            (datetime.fromtimestamp(int(seconds[5]), UTC).date(), int(metres[5]) // 1000 * 1000)
            if chance.random() < 0.5
            else None
        )
        made.append(
            Car(
                vin=vin_of(number),
                vehicle_id=f"v_{number:024x}",
                model=MODELS[number % len(MODELS)],
                store_id=STORES[number % len(STORES)],
                in_service_on=(BEGINS - _YEAR * 2 - timedelta(days=int(chance.integers(0, 700)))).date(),
                classes=() if 1 <= place < 2 else ("odometer",) if is_narrow else ALL_CLASSES,
                granted_at=BEGINS - _YEAR * 2,
                expires_at=BEGINS + _YEAR,
                withdrawn_at=BEGINS - timedelta(days=3) if 2 <= place < 3 else None,
                oil_changed=done,
                seconds=tuple(seconds.tolist()),
                metres=tuple(metres.astype(int).tolist()),
                metres_per_day=rate,
                is_known=place >= 1,
            )
        )
    return made


def vin_of(number: int) -> str:
    """Return a made-up VIN of a maker that does not exist."""
    tail = ""
    for _ in range(4):
        number, place = divmod(number, len(_LETTERS))
        tail = _LETTERS[place] + tail
    return f"0DMDEMXX0{'0' * 4}{tail}"
