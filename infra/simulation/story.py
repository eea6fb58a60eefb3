"""Draws the story of a run: who lives in it and everything that is told of them, in bursts and in between."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from infra.simulation.faults import seed_of
from infra.simulation.stage import STARTS_AT
from infra.simulation.told import Key, Story, Told

SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
DAY = 24 * HOUR
MAIN_MS = HOUR
ZONES = ("Asia/Shanghai", "Asia/Shanghai", "Asia/Urumqi", "America/New_York", "Europe/Berlin")
DAILY_MAX = (3, 3, 3, 3, 2, 1)  # what owners ask for; the one of a burst takes all there are
EVENTS_A_KEY = 130
BURST_CLOCKS = (9.5, 14.0, 20.2)  # of the second day: twice by day, and before quiet hours
BURST_MS = 400
MOMENTS_OF: dict[str, tuple[int, ...]] = {  # most contacts are asked for at once; what stops them comes later
    "request": tuple(accumulate((6, 1, 2))),
    **dict.fromkeys(("unsubscribed", "withdrawn", "complaint", "merged", "split"), tuple(accumulate((0, 1, 1)))),
}
COPY_SHARE = 0.12  # of events that are told twice
COPIED_MS = (0, 20, SECOND, 4 * MINUTE, 5 * HOUR)  # later at most; in a burst at once, or all copies as another one
BURST_COPIED_MS = (0, 20, SECOND, 4 * MINUTE)
LATE_SHARE, AHEAD_SHARE = 0.6, 0.01  # of readings that come late, or from a clock that is ahead
BURST_LATE_SHARE = 0.93  # spread over days, so that of many a lost one can be seen
ITEM_SHARE, CLOSED_SHARE, OWN_TEXT_SHARE = 0.3, 0.8, 0.5
KINDS = (  # of what is told once everybody is enrolled, with their weights
    ("reading", 58),
    ("purchase", 8),
    ("refund", 3),
    ("check_in", 3),
    ("redeemed", 6),
    ("returned", 2),
    ("complaint", 1),
    ("request", 16),
    ("unsubscribed", 0.4),
    ("withdrawn", 0.8),
    ("merged", 0.5),
    ("split", 0.3),
    ("handed_over", 0.3),
)
BURST_KINDS = (
    ("reading", 57),
    ("purchase", 13.5),
    ("refund", 2),
    ("check_in", 2),
    ("redeemed", 13.5),
    ("returned", 1.5),
    ("complaint", 0.6),
    ("request", 8),
    ("unsubscribed", 0.1),
    ("withdrawn", 0.1),
    ("merged", 0.4),
    ("split", 0.2),
)
STRANGER = Key("owner-9", 9, "Asia/Shanghai", 3, "staff-0", ())  # who buys a car in a burst
CLASSES = (("service", "maintenance", 40, 5), ("commercial", "campaign", 90, 4), ("safety", "recall", 10, 1))


@dataclass(slots=True)
class _Pen:
    """What a story has told so far."""

    draw: Random
    keys: tuple[Key, ...]
    told: list[Told] = field(default_factory=list)
    orders: dict[str, list[str]] = field(default_factory=dict)
    redemptions: dict[str, list[str]] = field(default_factory=dict)
    odometers: dict[str, int] = field(default_factory=dict)
    kinds: tuple[tuple[str, float], ...] = KINDS
    readings_late_ms: int = 2 * DAY
    late_share: float = LATE_SHARE
    copied_ms: tuple[int, ...] = COPIED_MS
    is_burst: bool = False
    texts: set[tuple[str, str]] = field(default_factory=set)
    sold: set[str] = field(default_factory=set)

    def kind(self) -> str:
        """Draw what is told next."""
        names, until = _drawn_from(self.kinds)
        return self.draw.choices(names, cum_weights=until)[0]

    def write(self, kind: str, at_ms: int, key: Key, *, copies: bool = True, **said: Any) -> Told:
        """Add an event; some are told again a little or much later."""
        again = []
        while copies and self.draw.random() < COPY_SHARE:
            latest_ms = self.draw.choice(self.copied_ms)
            again.append(latest_ms if self.is_burst else int(latest_ms * self.draw.random()))
        told = Told(len(self.told), kind, at_ms, key.name, said, tuple(again))
        self.told.append(told)
        return told


@cache
def _drawn_from(kinds: tuple[tuple[str, float], ...]) -> tuple[list[str], list[float]]:
    return [kind for kind, _ in kinds], list(accumulate(weight for _, weight in kinds))


def whole_story(seed: int, *, events: int) -> Story:
    """Return a story of so many events over some days, with bursts on one owner and quiet times between them."""
    draw = Random(seed_of(seed, "story"))  # noqa: S311  # seeded, not secret
    pen = _Pen(draw, _people(draw, max(2, events // EVENTS_A_KEY)))
    _enrol(pen)
    days = 3 if events > EVENTS_A_KEY else 1
    span = days * DAY
    while len(pen.told) < events:
        key, start = draw.choice(pen.keys), MAIN_MS + int(draw.random() * span)
        size = draw.choice((1, 1, 1, 6, 25, 60))
        width = draw.choice((SECOND, 20 * SECOND, 10 * MINUTE))
        for _ in range(min(size, events - len(pen.told))):
            _WAYS[pen.kind()](pen, start + int(draw.random() * width), key)
    return Story(seed, pen.keys, tuple(pen.told), MAIN_MS, MAIN_MS + span + HOUR)


def burst_story(seed: int, *, events: int) -> Story:
    """Return a story in which everything happens to one person, in a few moments of two days.

    Halfway one car is sold, amid the burst, and later another's consents are taken back; the data and messages of both
    go on arriving.
    """
    draw = Random(seed_of(seed, "burst"))  # noqa: S311  # seeded, not secret
    pen = _Pen(draw, (*_people(draw, 1), STRANGER), kinds=BURST_KINDS)
    pen.readings_late_ms, pen.late_share = 6 * DAY, BURST_LATE_SHARE
    pen.copied_ms, pen.is_burst = BURST_COPIED_MS, True
    _enrol(pen)
    first = pen.keys[0]
    moments = [_at_clock(first, clock) for clock in BURST_CLOCKS]
    for purpose in ("maintenance", "marketing"):
        pen.write("withdrawn", moments[2] - HOUR, first, car=first.cars[0], purpose=purpose)
    _handed_over(pen, moments[1] + int(draw.random() * BURST_MS), pen.keys[1])
    mine = [key for key in pen.keys if key.human == first.human]
    for _ in range(events - len(pen.told)):
        kind = pen.kind()
        (moment,) = draw.choices(moments, cum_weights=MOMENTS_OF.get(kind))
        at_ms = moment + int(draw.random() ** 2 * BURST_MS)
        _WAYS[kind](pen, at_ms, draw.choice((first, first, *mine)))
    return Story(seed, pen.keys, tuple(pen.told), MAIN_MS, MAIN_MS + 2 * DAY)


def _at_clock(key: Key, clock: float) -> int:
    """Return the instant at which the clock of the key's zone shows so many hours of its second day."""
    midnight = datetime.combine(STARTS_AT.date() + timedelta(days=1), time(0), ZoneInfo(key.zone))
    return int((midnight - STARTS_AT).total_seconds() * SECOND + clock * HOUR)


def _people(draw: Random, keys: int) -> tuple[Key, ...]:
    people: list[Key] = []
    human = 0
    while len(people) < keys:
        zone, daily_max = draw.choice(ZONES), draw.choice(DAILY_MAX if keys > 1 else DAILY_MAX[:1])
        for _ in range(draw.choice((1, 1, 2)) if keys > 1 else 2):
            number = len(people)
            cars = tuple(f"0DMDEMXX3{number:04d}{car:04d}" for car in range(draw.choice((1, 2)) if keys > 1 else 2))
            people.append(Key(f"owner-{number}", human, zone, daily_max, f"staff-{number % 3}", cars))
        human += 1
    return tuple(people)


def _enrol(pen: _Pen) -> None:
    for key in pen.keys:
        at = int(pen.draw.random() * (SECOND if pen.is_burst else MINUTE))
        pen.write("registered", at, key)
        for car in key.cars:
            pen.odometers[car] = 10_000_000 + int(pen.draw.random() * 1_000_000)
            pen.write("linked", at + SECOND, key, car=car)
            for purpose in ("maintenance", "marketing"):
                pen.write("granted", at + 2 * SECOND, key, car=car, purpose=purpose)


def _reading(pen: _Pen, at_ms: int, key: Key) -> None:
    car = pen.draw.choice(key.cars)
    drawn = pen.draw.random()
    late_ms = (
        int(pen.draw.random() * pen.readings_late_ms) if drawn < pen.late_share else int(pen.draw.random() * 5 * MINUTE)
    )
    if drawn > 1 - AHEAD_SHARE:
        late_ms = -20 * MINUTE  # a car whose clock is ahead
    read_ms = (at_ms - late_ms) // SECOND * SECOND
    metres = pen.odometers[car] + read_ms // HOUR * 1_500 + pen.draw.randrange(900)
    pen.write("reading", at_ms, key, car=car, read_ms=read_ms, metres=metres)


def _purchase(pen: _Pen, at_ms: int, key: Key) -> None:
    orders = pen.orders.setdefault(key.name, [])
    orders.append(f"o-{key.name}-{len(orders)}")
    ago_ms = int(pen.draw.choice((0.01, 9, 20)) * DAY)
    fen = pen.draw.randrange(10, 160) * 1_000
    category = pen.draw.choice(("parts", "insurance"))
    pen.write("purchase", at_ms, key, order=orders[-1], fen=fen, category=category, ago_ms=ago_ms)


def _refund(pen: _Pen, at_ms: int, key: Key) -> None:
    orders = pen.orders.get(key.name) or [f"o-{key.name}-never"]
    fen = pen.draw.randrange(1, 90) * 1_000
    pen.write("refund", at_ms, key, order=pen.draw.choice(orders), refund=f"f-{len(pen.told)}", fen=fen)


def _redeemed(pen: _Pen, at_ms: int, key: Key) -> None:
    redemptions = pen.redemptions.setdefault(key.name, [])
    redemptions.append(f"r-{key.name}-{len(redemptions)}")
    is_item = pen.draw.random() < ITEM_SHARE
    points = None if is_item else 10 * pen.draw.randrange(1, 12)
    pen.write("redeemed", at_ms, key, redemption=redemptions[-1], item="mug" if is_item else None, points=points)


def _returned(pen: _Pen, at_ms: int, key: Key) -> None:
    redemptions = pen.redemptions.get(key.name) or [f"r-{key.name}-0"]
    pen.write("returned", at_ms, key, redemption=pen.draw.choice(redemptions))


def _complaint(pen: _Pen, at_ms: int, key: Key) -> None:
    case = f"case-{len(pen.told)}"
    pen.write("complaint_opened", at_ms, key, case=case)
    if pen.draw.random() < CLOSED_SHARE:
        pen.write("complaint_closed", at_ms + int(pen.draw.random() * HOUR), key, case=case)


def _request(pen: _Pen, at_ms: int, key: Key) -> None:
    kind, topic, priority, _ = pen.draw.choices(CLASSES, [weight for *_, weight in CLASSES])[0]
    text = f"text of {len(pen.told) // 40} for {topic}"
    if pen.draw.random() < OWN_TEXT_SHARE or (key.name, text) in pen.texts:
        text = f"text {len(pen.told)}"  # nobody is asked twice in the same words, so that the provider's book can tell
    pen.texts.add((key.name, text))
    valid_ms = int(pen.draw.choice((0.2, 1, 2.5)) * DAY)
    car = pen.draw.choice(key.cars)
    pen.write("request", at_ms, key, car=car, cls=kind, topic=topic, priority=priority, text=text, valid_ms=valid_ms)


def _plain(kind: str) -> Callable[[_Pen, int, Key], None]:
    def tell(pen: _Pen, at_ms: int, key: Key) -> None:
        pen.write(kind, at_ms, key)

    return tell


def _unsubscribed(pen: _Pen, at_ms: int, key: Key) -> None:
    pen.write("unsubscribed", at_ms, key, topic=pen.draw.choice(("maintenance", "campaign")))


def _withdrawn(pen: _Pen, at_ms: int, key: Key) -> None:
    purpose = pen.draw.choice(("maintenance", "marketing", "marketing"))
    pen.write("withdrawn", at_ms, key, car=pen.draw.choice(key.cars), purpose=purpose)


def _handed_over(pen: _Pen, at_ms: int, key: Key) -> None:
    strangers = [one for one in pen.keys if one.human != key.human]
    cars = [car for car in key.cars if car not in pen.sold]
    if strangers and cars:
        car = pen.draw.choice(cars)
        pen.sold.add(car)
        pen.write("handed_over", at_ms, key, car=car, to=pen.draw.choice(strangers).name)


def _joined(kind: str) -> Callable[[_Pen, int, Key], None]:
    def tell(pen: _Pen, at_ms: int, key: Key) -> None:
        others = [one for one in pen.keys if one.human == key.human and one is not key]
        if others:
            pen.write(kind, at_ms, key, other=pen.draw.choice(others).name)

    return tell


_WAYS: dict[str, Callable[[_Pen, int, Key], None]] = {
    "reading": _reading,
    "purchase": _purchase,
    "refund": _refund,
    "check_in": _plain("check_in"),
    "redeemed": _redeemed,
    "returned": _returned,
    "complaint": _complaint,
    "request": _request,
    "unsubscribed": _unsubscribed,
    "withdrawn": _withdrawn,
    "merged": _joined("merged"),
    "split": _joined("split"),
    "handed_over": _handed_over,
}
