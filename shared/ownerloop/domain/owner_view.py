"""What is known of an owner on a day, as attributes that audiences ask for, with the health and value behind them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations

from ownerloop.domain.attributes import OwnerView, Value, without_profile
from ownerloop.domain.car_bookings import is_booked
from ownerloop.domain.consent import DataClass, Purpose
from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.hand_tags import put_by_hand
from ownerloop.domain.health import PERMILLE, Health, HealthPolicy, Part, health
from ownerloop.domain.owner import Owner
from ownerloop.domain.portrait import PortraitPolicy, Tag, TagSource, intent, may_profile, tags, topics, value
from ownerloop.domain.portrait import Value as Worth
from ownerloop.domain.recheck import MAINTENANCE_TOPIC, channel_of
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import TierState
from ownerloop.domain.vehicle import ItemForecast, Vehicle

_SEVERITIES = ("none", "advise", "soon", "now")
_DUE_CLASSES = frozenset({DataClass.ODOMETER})
_REPORT_CLASSES = frozenset({DataClass.DIAGNOSTICS, DataClass.BATTERY, DataClass.TYRES})
_MARKS = frozenset({FactKind.NPS_ANSWERED, FactKind.SURVEY_ANSWERED})
_MONTH_DAYS = 30.4375


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that is read of an owner for a portrait, as of an instant and its civil day; newest facts first."""

    owner: Owner
    record: TierRecord
    state: TierState
    cars: tuple[Vehicle, ...]
    facts: tuple[Fact, ...]
    now: datetime
    as_of: date

    @property
    def owned(self) -> list[Vehicle]:
        """Return the cars that are the owner's now, or of whoever is one with the owner."""
        group = {self.owner.person_id, *(one.person_id for one in self.owner.joined)}
        return [car for car in self.cars if car.consent.owner_now(self.now) in group]

    def with_classes(self, classes: frozenset[DataClass]) -> list[Vehicle]:
        """Return the cars whose data of these classes may be used for offers, beyond what a reminder needs."""
        return [car for car in self.owned if classes <= self._allowed(car, Purpose.MARKETING)]

    def allows(self, purpose: Purpose) -> bool:
        """Return whether a consent of the owner is live for the purpose on any car."""
        return any(self._allowed(car, purpose) for car in self.owned)

    def days_since(self, *kinds: FactKind) -> int | None:
        """Return the days since the newest fact of these kinds, or None."""
        days = [(self.as_of - fact.on).days for fact in self.facts if fact.kind in kinds and fact.on <= self.as_of]
        return min(days, default=None)

    def _allowed(self, car: Vehicle, purpose: Purpose) -> frozenset[str]:
        person_id = car.consent.owner_now(self.now)
        return car.consent.classes_now(self.now, person_id=person_id, purpose=purpose) if person_id else frozenset()


@dataclass(frozen=True, slots=True)
class Portrayed:
    """An owner on a day: the view for audiences, and behind it health, value and tags.

    Of an owner who opted out of profiling there are none of the three.
    """

    view: OwnerView
    is_profiled: bool
    health: Health | None = None
    worth: Worth | None = None
    tags: tuple[Tag, ...] = ()


def portrayed(
    known: Known, *, held: Iterable[Tag], health_policy: HealthPolicy, portrait_policy: PortraitPolicy
) -> Portrayed:
    """Return the owner as audiences see it; `held` are the tags of before, of which staff's stay until they say so."""
    plain = plain_view(known)
    if not may_profile(known.owner):
        return Portrayed(view=without_profile(plain), is_profiled=False)
    found = health(health_inputs(known, policy=health_policy), policy=health_policy)
    recency = recency_percent(known.state)
    worth = value(known.record.orders, known.facts, recency_percent=recency, policy=portrait_policy, as_of=known.as_of)
    view: dict[str, Value | None] = {
        **plain,
        **_tier_view(known),
        "health": found.score,
        "health_confidence": found.confidence,
        "intent": intent(known.facts, policy=portrait_policy, as_of=known.as_of),
        "visit_chance_percent": worth.chance_percent,
        "value_fen": worth.value_fen,
        "satisfaction": satisfaction(known, policy=health_policy),
        "test_drive_days": known.days_since(FactKind.TEST_DRIVE),
        "topics": topics(known.facts, days=portrait_policy.topic_days, as_of=known.as_of),
    }
    before = tuple(held)
    by_hand = put_by_hand(known.facts, held=before, as_of=known.as_of)
    others = (tag for tag in before if tag.source is not TagSource.HAND)
    words = tags(view, known.facts, held=(*by_hand, *others), policy=portrait_policy, as_of=known.as_of)
    view["tags"] = frozenset(tag.name for tag in words)
    return Portrayed(view=view, is_profiled=True, health=found, worth=worth, tags=words)


def plain_view(known: Known) -> dict[str, Value | None]:
    """Return what judges nobody: the car, the plan, the visits, the wishes."""
    owner, owned = known.owner, known.owned
    first_days = [car.in_service_on for car in owned if car.in_service_on]
    closed = known.days_since(FactKind.COMPLAINT_CLOSED)
    return {
        "store_id": owner.store_id,
        "language": owner.language,
        "models": frozenset(car.model for car in owned if car.model),
        "cars": len(owned),
        "car_age_months": int((known.as_of - min(first_days)).days / _MONTH_DAYS) if first_days else None,
        "service_due_days": _due_days(known),
        "severity": _severity(known),
        "has_booking": any(is_booked(car.booked, on=known.as_of) for car in owned),
        "service_completed_days": known.days_since(FactKind.SERVICE_ORDER_COMPLETED),
        "birthday_in_days": days_until(owner.birthday, as_of=known.as_of),
        "anniversary_in_days": days_until(min(first_days).strftime("%m-%d"), as_of=known.as_of) if first_days else None,
        "known_days": (known.now - owner.known_since).days if owner.known_since else None,
        "open_complaints": len(owner.open_cases),
        "complaint_closed_days": None if owner.open_cases else closed,
        "has_marketing_consent": known.allows(Purpose.MARKETING),
        "is_reachable": owner.daily_max > 0 and channel_of(owner, topic=MAINTENANCE_TOPIC) is not None,
    }


def health_inputs(known: Known, *, policy: HealthPolicy) -> Mapping[Part, int | None]:
    """Return the input of each part of the health score, None where it is unknown."""
    return {
        Part.ON_TIME: _overdue_percent(known),
        Part.RECENCY: recency_percent(known.state),
        Part.SATISFACTION: satisfaction(known, policy=policy),
        Part.COMPLAINTS: len(known.owner.open_cases) + repeated_repairs(known, policy=policy),
        Part.REACHABILITY: _reachability(known),
        Part.VEHICLE: None if (worst := _severity(known)) is None else _SEVERITIES.index(worst),
    }


def recency_percent(state: TierState) -> int | None:
    """Return the days since the last visit in percent of the owner's own interval, or None without any order."""
    return None if state.recency_days is None else state.recency_days * 100 // state.interval_days


def satisfaction(known: Known, *, policy: HealthPolicy) -> int | None:
    """Return the mean of the newest marks in tenths, 0-100, or None where nobody was asked of late."""
    fresh = [fact for fact in known.facts if (known.as_of - fact.on).days <= policy.satisfaction_days]
    marks = [fact.score for fact in fresh if fact.kind in _MARKS and fact.score is not None][: policy.marks_counted]
    return sum(marks) * 10 // len(marks) if marks else None


def repeated_repairs(known: Known, *, policy: HealthPolicy) -> int:
    """Return how many pairs of orders for one car did the same work within the policy's days, the second of late."""
    orders = [fact for fact in known.facts if fact.kind is FactKind.SERVICE_ORDER_COMPLETED and fact.vehicle_id]
    fresh = [fact for fact in orders if 0 <= (known.as_of - fact.on).days <= 2 * policy.repeat_days]
    return sum(_is_repeat(one, other, policy.repeat_days) for one, other in combinations(fresh, 2))


def days_until(month_and_day: str | None, *, as_of: date) -> int | None:
    """Return the days until the next such day, 0-365; 29 February falls on the 28th of other years."""
    if not month_and_day:
        return None
    coming = (_day_of(month_and_day, year) for year in (as_of.year, as_of.year + 1))
    return next((day - as_of).days for day in coming if day >= as_of)


def _day_of(month_and_day: str, year: int) -> date:
    month, _, day = month_and_day.partition("-")
    is_leap = date(year, 3, 1).toordinal() - date(year, 2, 1).toordinal() == 29  # noqa: PLR2004  # days of February
    return date(year, int(month), 28 if month_and_day == "02-29" and not is_leap else int(day))


def _tier_view(known: Known) -> dict[str, Value | None]:
    state = known.state
    return {
        "tier": str(state.tier),
        "tier_days": (known.as_of - state.since).days if state.since else None,
        "r": state.r,
        "f": state.f,
        "m": state.m,
        "recency_days": state.recency_days,
        "recency_percent": recency_percent(state),
        "frequency": state.frequency,
        "monetary_fen": state.monetary_fen,
    }


def _due_items(known: Known) -> Sequence[tuple[Vehicle, ItemForecast]]:
    cars = known.with_classes(_DUE_CLASSES)
    return [(car, item) for car in cars if car.forecast for item in car.forecast.items if item.basis != "condition"]


def _due_days(known: Known) -> int | None:
    return min(((item.due_p50 - known.as_of).days for _, item in _due_items(known)), default=None)


def _overdue_percent(known: Known) -> int | None:
    # A visit that is booked is no longer late.
    items = _due_items(known)
    late = ((known.as_of - item.due_p50).days for car, item in items if not is_booked(car.booked, on=known.as_of))
    return max(0, max(late, default=0)) * 100 // known.state.interval_days if items else None


def _severity(known: Known) -> str | None:
    cars = [car for car in known.with_classes(_REPORT_CLASSES) if car.forecast]
    said = [item.severity or "none" for car in cars if car.forecast for item in car.forecast.items]
    return max(said, key=_SEVERITIES.index, default="none") if cars else None


def _reachability(known: Known) -> int:
    owner = known.owner
    is_open = owner.daily_max > 0 and channel_of(owner, topic=MAINTENANCE_TOPIC) is not None
    return (
        PERMILLE // 2 * is_open
        + PERMILLE // 4 * known.allows(Purpose.MAINTENANCE)
        + PERMILLE // 4 * known.allows(Purpose.MARKETING)
    )


def _is_repeat(one: Fact, other: Fact, days_max: int) -> bool:
    is_near = one.vehicle_id == other.vehicle_id and abs((one.on - other.on).days) <= days_max
    is_another = one.reference != other.reference
    return is_near and is_another and bool(set(one.detail.split()) & set(other.detail.split()))
