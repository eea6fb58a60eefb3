"""What a partner is shown: of a car its maintenance, of an owner the parts that the partner's role may see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from zoneinfo import ZoneInfo

from ownerloop.domain.access import Shown
from ownerloop.domain.consent import DataClass
from ownerloop.domain.observations import class_of
from ownerloop.domain.owner import Owner
from ownerloop.domain.partner import SEES, OwnerPart, Role
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle
from ownerloop.domain.visits import VisitRule, visits

_CONDITION, _STALE = "condition", "stale"
_SIGNAL_REASONS = frozenset({_CONDITION, _STALE})  # how reasons begin that name a signal


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The stores' clocks, and which services one visit does on a day."""

    zone_of: Callable[[str | None], ZoneInfo]
    visit_on: Callable[[date], VisitRule]


@dataclass(frozen=True, slots=True)
class ItemView:
    """When one service item falls due: the days by which it is due in 10, 50 and 90 of 100 cases.

    `severity` says how long what the car reports may wait, None where it reports nothing of it.
    """

    item: str
    due_p10: date
    due_p50: date
    due_p90: date
    remaining_km: int | None
    basis: str
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class VisitView:
    """Items that one visit does, the first to fall due first, and when that is."""

    items: tuple[str, ...]
    due_p50: date


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """A car's next services and visits. Without a forecast yet there are no items and no inputs."""

    vehicle_id: str
    store_id: str | None
    as_of: date | None
    reading_age_days: int | None
    rule_version: str | None
    reasons: tuple[str, ...] = ()
    items: tuple[ItemView, ...] = ()
    visits: tuple[VisitView, ...] = ()


@dataclass(frozen=True, slots=True)
class NextService:
    """The next service of one car."""

    vehicle_id: str
    item: str
    due_p50: date


@dataclass(frozen=True, slots=True)
class OwnerView:
    """An owner as one role sees it; `parts` says which of the rest is meant, even where it is empty."""

    person_id: str
    role: Role
    parts: frozenset[OwnerPart]
    store_id: str | None = None
    tier: str | None = None
    tier_since: date | None = None
    next_services: tuple[NextService, ...] = field(default=())


def maintenance_view(vehicle: Vehicle, *, on: date, rule: VisitRule, shown: frozenset[str]) -> MaintenanceView:
    """Return the car's maintenance; the age of the last reading is counted to the day, not to the forecast.

    What the car reports of itself is told only where every class of data that says so is shown.
    """
    forecast = vehicle.forecast
    if forecast is None:
        return MaintenanceView(vehicle.vehicle_id, vehicle.store_id, None, None, None)
    told = _reasons_shown(forecast, shown)
    items = _items_shown(forecast, told)
    return MaintenanceView(
        vehicle_id=vehicle.vehicle_id,
        store_id=vehicle.store_id,
        as_of=forecast.as_of,
        reading_age_days=forecast.reading_age_days + max(0, (on - forecast.as_of).days),
        rule_version=forecast.rule_version,
        reasons=told,
        items=tuple(map(_item_view, items)),
        visits=tuple(
            VisitView(tuple(item.item for item in visit.items), visit.first.due_p50)
            for visit in visits(items, rule=rule)
        ),
    )


def owner_view(
    owner: Owner, tier: TierRecord, vehicles: Mapping[str, Vehicle], *, role: Role, shown: Shown
) -> OwnerView:
    """Return what the role may see of the owner; a car's service only where its owner shares that class."""
    parts = SEES[role]
    sees_tier = OwnerPart.TIER in parts
    cars = [vehicles[key] for key in sorted(shown) if DataClass.SERVICE in shown[key]]
    services = [found for car in cars if (found := next_service(car, shown[car.vehicle_id]))]
    return OwnerView(
        person_id=owner.person_id,
        role=role,
        parts=parts,
        store_id=owner.store_id if OwnerPart.STORE in parts else None,
        tier=tier.tier.value if sees_tier else None,
        tier_since=tier.state.since if sees_tier and tier.state else None,
        next_services=tuple(services) if OwnerPart.NEXT_SERVICE in parts else (),
    )


def next_service(vehicle: Vehicle, shown: frozenset[str]) -> NextService | None:
    """Return the item that falls due first of those that may be told; of equal days the first by name."""
    items = _items_shown(vehicle.forecast, _reasons_shown(vehicle.forecast, shown)) if vehicle.forecast else ()
    first = min(items, key=lambda item: (item.due_p50, item.item), default=None)
    return NextService(vehicle_id=vehicle.vehicle_id, item=first.item, due_p50=first.due_p50) if first else None


def _item_view(item: ItemForecast) -> ItemView:
    remaining = None if item.remaining_m is None else round(item.remaining_m / 1000)
    return ItemView(item.item, item.due_p10, item.due_p50, item.due_p90, remaining, item.basis, item.severity)


def _class_of(reason: str) -> str | None:
    """Return the data class of the signal that a reason names, or None for a reason that names none."""
    kind, _, named = reason.partition(":")
    if kind not in _SIGNAL_REASONS:
        return None
    return class_of(named.rpartition(":")[0] if kind == _CONDITION else named)


def _reasons_shown(forecast: Forecast, shown: frozenset[str]) -> tuple[str, ...]:
    return tuple(reason for reason in forecast.reasons if _class_of(reason) in {None, *shown})


def _items_shown(forecast: Forecast, told: tuple[str, ...]) -> tuple[ItemForecast, ...]:
    """Return the items, without what the car reports where one of the reasons for it is not told."""
    if len(told) == len(forecast.reasons):
        return forecast.items
    return tuple(replace(item, severity=None) for item in forecast.items if item.basis != _CONDITION)
