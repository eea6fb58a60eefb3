"""What goes wrong, and when: drawn for each invocation by its own name, so that leaving one out leaves the rest."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from math import ceil

THROTTLED, ANSWER_LOST = "throttled", "answer_lost"
DIED_BEFORE, DIED_AFTER, TIMED_OUT = "died_before", "died_after", "timed_out"
KINDS = ((THROTTLED, 0.40), (ANSWER_LOST, 0.35), (DIED_BEFORE, 0.10), (DIED_AFTER, 0.15))
CALM, STORM, STORM_SHARE = 0.06, 0.25, 0.12  # of operations faulted, and of invocations that meet a storm

Place = tuple[str, int]  # an invocation, and the number of its operation


class Weather:
    """What one invocation meets: which share of its operations goes wrong, and draws that follow from its name.

    Each is one step of a congruential generator (Knuth's MMIX), of which the upper 53 bits count.
    """

    __slots__ = ("calm_from", "held")

    def __init__(self, seed: int) -> None:
        self.held, self.calm_from = seed & MASK, 0

    def next(self) -> float:
        """Return the next number in [0, 1)."""
        self.held = (self.held * FACTOR + STEP) & MASK
        return (self.held >> 11) * 2.0**-53

    def turn(self, share: float) -> None:
        """Let so large a share of the operations go wrong from now on: where the number is below it."""
        self.calm_from = ceil(share * 2**53) << 11


MASK = (1 << 64) - 1
FACTOR, STEP = 6_364_136_223_846_793_005, 1_442_695_040_888_963_407


@dataclass(slots=True)
class Faults:
    """Draws faults until `until_ms`, and keeps what it drew; with `only` it plays these and draws nothing."""

    seed: int
    until_ms: int
    only: Collection[Place] | None = None
    drawn_at: list[Place] = field(default_factory=list)

    def weather(self, key: str, *, at_ms: int) -> Weather:
        """Return the weather of an invocation: mostly calm, sometimes a storm, still once the faults are over."""
        weather = Weather(seed_of(self.seed, key))
        if at_ms < self.until_ms:
            weather.turn(STORM if weather.next() < STORM_SHARE else CALM)
        return weather

    def drawn(self, weather: Weather, key: str, operation: int) -> str | None:
        """Return what goes wrong at an operation of an invocation."""
        weather.held = held = (weather.held * FACTOR + STEP) & MASK  # `next`, as a whole number and without the call
        if held >= weather.calm_from:
            return None
        kind, place = self.kind(weather), (key, operation)
        if self.only is not None and place not in self.only:
            return None
        self.drawn_at.append(place)
        return kind

    def kind(self, weather: Weather) -> str:
        """Return which of the kinds it is."""
        drawn = weather.next()
        for kind, share in KINDS:
            if drawn < share:
                return kind
            drawn -= share
        return THROTTLED


def seed_of(seed: int, *names: object) -> int:
    """Return a seed of its own for whatever has this name."""
    told = "\x1f".join(map(str, (seed, *names)))
    return int.from_bytes(hashlib.blake2b(told.encode(), digest_size=8).digest())
