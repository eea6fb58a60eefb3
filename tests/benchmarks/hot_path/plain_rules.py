"""The rules of the intake as a good engineer writes them for one car at a time; both peers use them.

What the input never shows (bare dates, a cluster that was replaced, two owners) is left out, to the peers' advantage.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from ownerloop.adapters.intake_rules import intake_rules
from ownerloop.adapters.store_zones import zone_of_store
from ownerloop.domain.calendar import add_months
from ownerloop.domain.intake import IntakeRules
from ownerloop.domain.vin import has_valid_check_digit
from tests.benchmarks.hot_path.answers import Answers, CarAnswer
from tests.benchmarks.hot_path.fleet import Car
from tests.benchmarks.hot_path.plain_readings import cleaned, merged

__all__ = ["cleaned", "merged"]  # the peers take all rules from here


@dataclass(slots=True)
class Held:
    """One car in the peers' store."""

    vehicle_id: str
    model: str
    store_id: str
    in_service_on: date
    person_id: str
    classes: frozenset[str]
    granted_at: datetime
    expires_at: datetime
    withdrawn_at: datetime | None
    oil_changed: tuple[date, int] | None
    evidence: list[tuple[int, int]]
    version: int = 1
    consent_epoch: int = 1
    forecast: dict[str, Any] | None = None
    remind_on: date | None = None
    told: "Told | None" = None


Told = tuple[date | None, list[tuple[str, date, date]]]


@dataclass(slots=True)
class Store:
    """What stands behind the peers: the vault and the cars, and where rows and announcements go."""

    ids: dict[str, str]
    cars: dict[str, Held]
    rows: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    told: list[dict[str, Any]] = field(default_factory=list)

    def write(self, car: Held, *, held_version: int, held_epoch: int) -> None:
        """Write the car if nobody else did."""
        stands = self.cars[car.vehicle_id]
        assert (stands.version, stands.consent_epoch) == (held_version, held_epoch)
        car.version = held_version + 1
        self.cars[car.vehicle_id] = car


def store_of(fleet: Sequence[Car]) -> Store:
    """Return the store as it was before the first event."""
    cars = {
        car.vehicle_id: Held(
            vehicle_id=car.vehicle_id,
            model=car.model,
            store_id=car.store_id,
            in_service_on=car.in_service_on,
            person_id=car.person_id,
            classes=frozenset(car.classes),
            granted_at=car.granted_at,
            expires_at=car.expires_at,
            withdrawn_at=car.withdrawn_at,
            oil_changed=car.oil_changed,
            evidence=merged([], list(zip(car.seconds, car.metres, strict=True))),
        )
        for car in fleet
        if car.is_known
    }
    return Store(ids={car.vin: car.vehicle_id for car in fleet if car.is_known}, cars=cars)


def age_refusal(read_at: datetime, received_at: datetime, now: datetime, rules: IntakeRules) -> str:
    """Return why an event of this age is refused, or nothing."""
    if read_at - min(received_at, now) > rules.intake.future_max:
        return "future_time"
    return "too_old" if received_at - read_at > rules.intake.age_max else ""


def is_doubted(vin: str) -> bool:
    """Return whether the check digit of the VIN is wrong."""
    return not has_valid_check_digit(vin)


def usable(car: Held, read_at: datetime, now: datetime) -> frozenset[str]:
    """Return the classes that a live consent covers at the event time and now."""
    allowed = car.classes
    for at in (read_at, now):
        if not car.granted_at <= at < car.expires_at:
            return frozenset()
        if car.withdrawn_at and car.granted_at <= car.withdrawn_at <= at:
            return frozenset()
    return allowed


def why_not(car: Held) -> str:
    """Return the reason of a refusal for want of consent."""
    return "consent_withdrawn" if car.withdrawn_at and car.classes else "no_consent"


@dataclass(slots=True)
class Target:
    """One plan item of a car: where and when it is due at the latest."""

    item: str
    due_cycle: str
    target_m: int | None
    limit_on: date | None


def targets_of(car: Held, points: list[tuple[int, int]], rules: IntakeRules, on: date) -> list[Target]:
    """Return the limits of each plan item that has one."""
    found = []
    last_m = points[-1][1] if points else 0
    for item in rules.plan_of(car.model, on).items:
        if item.item == "oil" and car.oil_changed:
            done_on, done_m = car.oil_changed
            cycle = f"{done_on.isoformat()}#{done_m}"
            target_m = done_m + item.every_m if item.every_m and points else None
            limit_on = add_months(done_on, item.every_months) if item.every_months else None
        else:
            multiple = (last_m // item.every_m + 1) * item.every_m if item.every_m else 0
            cycle = f"start#{multiple}"
            target_m = multiple if item.every_m and points else None
            limit_on = add_months(car.in_service_on, item.every_months) if item.every_months else None
        if target_m is not None or limit_on is not None:
            found.append(Target(item.item, cycle, target_m, limit_on))
    return found


def due_days(target: Target, points: list[tuple[int, int]], zone: ZoneInfo, days: Sequence[int]) -> tuple[date, ...]:
    """Return P10, P50 and P90 of one item from the days that its distance takes."""
    last = target.limit_on or date.max
    if target.target_m is None or not points:
        return (last, last, last)
    last_second, last_m = points[-1]
    if target.target_m > last_m:
        start = datetime.fromtimestamp(last_second, zone).date()
        return tuple(min(start + timedelta(days=later), last) for later in days)
    place = bisect_left(points, target.target_m, key=lambda point: point[1])
    at = float(points[place][0])
    if place:
        (s0, m0), (s1, m1) = points[place - 1], points[place]
        at = s0 + (s1 - s0) * ((target.target_m - m0) / (m1 - m0))
    reached = datetime.fromtimestamp(at, zone).date()
    return (min(reached, last),) * 3


def remind_day(
    car: Held, items: list[dict[str, Any]], *, last_on: date, metres_per_day: int, rules: IntakeRules, on: date
) -> date | None:
    """Return the first day on which a stage of an item is reached; `last_on` is the day of the last reading."""
    days = []
    for item in items:
        for stage in rules.reminder.stages:
            day = item["due_p50"] - timedelta(days=stage.lead_days)
            if stage.remaining_m is not None and item["remaining_m"] is not None:
                to_drive = max(0, item["remaining_m"] - stage.remaining_m)
                day = min(day, last_on + timedelta(days=min(-(-to_drive // max(1, metres_per_day)), 36_500)))
            days.append(day)
    return max(min(days), on) if days else None


def forecast_of(
    car: Held,
    points: list[tuple[int, int]],
    targets: list[Target],
    days: Sequence[Sequence[int]],
    *,
    rate: float,
    rules: IntakeRules,
    now: datetime,
) -> None:
    """Give the car its forecast and reminder day from the days that each of its targets takes."""
    zone = zone_of_store(car.store_id)
    on = now.astimezone(zone).date()
    items = []
    for target, its_days in zip(targets, days, strict=True):
        p10, p50, p90 = due_days(target, points, zone, its_days)
        items.append(
            {
                "item": target.item,
                "due_cycle": target.due_cycle,
                "due_p10": p10,
                "due_p50": p50,
                "due_p90": p90,
                "remaining_m": None if target.target_m is None else target.target_m - points[-1][1],
                "basis": "time" if target.target_m is None else "both" if target.limit_on else "distance",
            }
        )
    last_on = datetime.fromtimestamp(points[-1][0], zone).date() if points else on
    age = max(0, (on - last_on).days)
    rounded = round(rate)
    car.forecast = {
        "as_of": on,
        "metres_per_day": rounded,
        "reading_age_days": age,
        "last_odometer_m": points[-1][1] if points else 0,
        "items": items,
    }
    shown = on - timedelta(days=age)
    car.remind_on = remind_day(car, items, last_on=shown, metres_per_day=rounded, rules=rules, on=on)


def news_of(car: Held, *, now: datetime) -> dict[str, Any]:
    """Return the announcement of a car's lead time."""
    forecast = car.forecast or {}
    return {
        "specversion": "1.0",
        "id": f"{car.vehicle_id}#{car.version}",
        "source": "urn:peer",
        "type": "ownerloop.maintenance.lead_time_updated.v1",
        "subject": car.vehicle_id,
        "time": now.astimezone(UTC).isoformat(),
        "data": {
            "vehicle_id": car.vehicle_id,
            "version": car.version,
            "store_id": car.store_id,
            "as_of": forecast["as_of"].isoformat(),
            "metres_per_day": forecast["metres_per_day"],
            "reading_age_days": forecast["reading_age_days"],
            "last_odometer_m": forecast["last_odometer_m"],
            "remind_on": car.remind_on.isoformat() if car.remind_on else None,
            "items": [
                item | {name: item[name].isoformat() for name in ("due_p10", "due_p50", "due_p90")}
                for item in forecast["items"]
            ],
        },
    }


def what_it_holds(car: Held) -> Told:
    """Return what others know of the car if nothing was kept from them."""
    items = car.forecast["items"] if car.forecast else ()
    return car.remind_on, [(item["item"], item["due_p50"], item["due_p90"]) for item in items]


def is_news(car: Held, before: Told, rules: IntakeRules) -> bool:
    """Return whether others must hear of the car, and keep what they know if they need not."""
    told, now = car.told or before, what_it_holds(car)
    assert car.forecast is not None
    if _is_told_anew(told, now, car.forecast["as_of"], rules.intake.news_percent):
        car.told = None
        return True
    car.told = None if car.told is None and now == before else told
    return False


def _is_told_anew(told: Told, now: Told, on: date, percent: int) -> bool:
    (spoke_on, items), (speaks_on, new_items) = told, now
    if [item for item, _, _ in items] != [item for item, _, _ in new_items]:
        return True
    pairs = [
        (was, new)
        for old, fresh in zip(items, new_items, strict=True)
        for was, new in zip(old[1:], fresh[1:], strict=True)
    ]
    if spoke_on is None or speaks_on is None:
        if spoke_on != speaks_on:
            return True
    else:
        pairs.append((max(spoke_on, on), speaks_on))
    return any(abs((new - was).days) * 100 > max((was - on).days, 0) * percent for was, new in pairs if new != was)


def answers_of(store: Store, *, accepted: int, duplicates: int, refused: dict[str, int]) -> Answers:
    """Return what came out."""
    cars = {}
    for key, car in store.cars.items():
        if car.forecast is None:
            continue
        items = tuple(
            (item["item"], str(item["due_p10"]), str(item["due_p50"]), str(item["due_p90"]))
            for item in car.forecast["items"]
        )
        last_m, rate = car.forecast["last_odometer_m"], car.forecast["metres_per_day"]
        cars[key] = CarAnswer(last_m, rate, str(car.remind_on), items)
    return Answers(accepted, duplicates, dict(refused), len(store.rows), len(store.told), cars)


RULES = intake_rules
