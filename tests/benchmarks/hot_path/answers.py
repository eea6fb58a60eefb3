"""What every contender must agree about."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CarAnswer:
    """One car after the last invocation: metres, metres a day, the reminder day, and the due days by item."""

    last_odometer_m: int
    metres_per_day: int
    remind_on: str
    items: tuple[tuple[str, str, str, str], ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of the events, how many rows and announcements left, and every car with a forecast."""

    accepted: int
    duplicates: int
    refused: dict[str, int]
    rows: int
    told: int
    cars: dict[str, CarAnswer]
