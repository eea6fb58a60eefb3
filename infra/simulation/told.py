"""What is fed in: one record an event, plain enough for a file, with everything that decides how it travels."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Told:
    """One event: what it says of whom, when it is sent, and after how many milliseconds it is sent once more."""

    number: int
    kind: str
    at_ms: int
    key: str  # whose: an owner's key at the dealer
    said: Mapping[str, Any] = field(default_factory=dict)
    copies_ms: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """Return the name of the event, which all its copies share."""
        return f"e-{self.number}"

    def as_row(self) -> dict[str, Any]:
        """Return the event as a file holds it."""
        return {**asdict(self), "said": dict(self.said), "copies_ms": list(self.copies_ms)}


def from_row(row: Mapping[str, Any]) -> Told:
    """Return the event of a file's row."""
    return Told(**{**row, "copies_ms": tuple(row["copies_ms"])})


@dataclass(frozen=True, slots=True)
class Key:
    """One key under which a dealer knows somebody; `human` is who it really is, written down before anything runs."""

    name: str
    human: int
    zone: str
    daily_max: int
    staff: str
    cars: tuple[str, ...]

    @property
    def address(self) -> str:
        """Return where the provider reaches this key."""
        return f"wm-{self.name}"


@dataclass(frozen=True, slots=True)
class Story:
    """Everything that is told in one run, and who is one person in it."""

    seed: int
    keys: tuple[Key, ...]
    told: tuple[Told, ...]
    main_ms: int  # when everybody is enrolled
    ends_ms: int  # when nothing is told any more
