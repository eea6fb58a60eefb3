"""What a partner is shown: of a car its maintenance, of an owner the parts that the partner's role may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ownerloop.domain.access import Shown
from ownerloop.domain.consent import DataClass
from ownerloop.domain.owner import Owner
from ownerloop.domain.partner import SEES, OwnerPart, Role
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle


@dataclass(frozen=True, slots=True)
class ItemView:
    """When one service item falls due: the days by which it is due in 10, 50 and 90 of 100 cases."""

    item: str
    due_p10: date
    due_p50: date
    due_p90: date
    remaining_km: int | None
    basis: str


@dataclass(frozen=True, slots=True)
class MaintenanceView:
    """A car's next services. Without a forecast yet there are no items and no inputs."""

    vehicle_id: str
    store_id: str | None
    as_of: date | None
    reading_age_days: int | None
    rule_version: str | None
    reasons: tuple[str, ...] = ()
    items: tuple[ItemView, ...] = ()


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


def maintenance_view(vehicle: Vehicle, *, on: date) -> MaintenanceView:
    """Return the car's maintenance; the age of the last reading is counted to the day, not to the forecast."""
    forecast = vehicle.forecast
    if forecast is None:
        return MaintenanceView(vehicle.vehicle_id, vehicle.store_id, None, None, None)
    return MaintenanceView(
        vehicle_id=vehicle.vehicle_id,
        store_id=vehicle.store_id,
        as_of=forecast.as_of,
        reading_age_days=forecast.reading_age_days + max(0, (on - forecast.as_of).days),
        rule_version=forecast.rule_version,
        reasons=forecast.reasons,
        items=tuple(map(_item_view, forecast.items)),
    )


def owner_view(
    owner: Owner, tier: TierRecord, vehicles: Mapping[str, Vehicle], *, role: Role, shown: Shown
) -> OwnerView:
    """Return what the role may see of the owner; a car's service only where its owner shares that class."""
    parts = SEES[role]
    sees_tier = OwnerPart.TIER in parts
    cars = [vehicles[key] for key in sorted(shown) if DataClass.SERVICE in shown[key]]
    services = [next_service(car.vehicle_id, car.forecast) for car in cars if car.forecast and car.forecast.items]
    return OwnerView(
        person_id=owner.person_id,
        role=role,
        parts=parts,
        store_id=owner.store_id if OwnerPart.STORE in parts else None,
        tier=tier.tier.value if sees_tier else None,
        tier_since=tier.state.since if sees_tier and tier.state else None,
        next_services=tuple(services) if OwnerPart.NEXT_SERVICE in parts else (),
    )


def next_service(vehicle_id: str, forecast: Forecast) -> NextService:
    """Return the item that falls due first; of equal days the first by name."""
    first = min(forecast.items, key=lambda item: (item.due_p50, item.item))
    return NextService(vehicle_id=vehicle_id, item=first.item, due_p50=first.due_p50)


def _item_view(item: ItemForecast) -> ItemView:
    remaining = None if item.remaining_m is None else round(item.remaining_m / 1000)
    return ItemView(item.item, item.due_p10, item.due_p50, item.due_p90, remaining, item.basis)
