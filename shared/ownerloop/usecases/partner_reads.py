"""What a partner reads: authorised at the moment of reading, and on record before it is told."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ownerloop.domain.access import Action, Resource, Shown, authorize
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.errors import OwnerLoopError
from ownerloop.domain.identity import strictest
from ownerloop.domain.owner import Owner
from ownerloop.domain.partner import Caller
from ownerloop.domain.partner_views import MaintenanceView, OwnerView, ReadRules, maintenance_view, owner_view
from ownerloop.domain.vehicle import Vehicle
from ownerloop.owner_ports import Tiers
from ownerloop.ports import History, Owners, Row, Vehicles
from ownerloop.usecases.following import people

DATASET = "partner_reads"
CARS_MAX = 100  # of one owner; a fleet is a partner of its own
NOBODY = Owner(person_id="")
_is_vehicle_id = re.compile(r"v_[0-9a-f]{24}").fullmatch
_is_person_id = re.compile(r"p_[0-9a-f]{24}").fullmatch


@dataclass(frozen=True, slots=True)
class ReadWorld:
    """What reading needs."""

    vehicles: Vehicles
    owners: Owners
    tiers: Tiers
    history: History
    rules: ReadRules


def read_maintenance(vehicle_id: str, *, caller: Caller, world: ReadWorld) -> MaintenanceView:
    """Return the car's maintenance, or raise why this partner is not told."""
    known = _load(world, [vehicle_id] if _is_vehicle_id(vehicle_id) else [])
    resource = Resource(cars={key: car.consent for key, car in known.items()})
    shown = _authorized(Action.READ_MAINTENANCE, resource, caller=caller, world=world, vehicle_id="".join(known))
    vehicle = known[vehicle_id]
    today = civil_day(caller.now, world.rules.zone_of(vehicle.store_id))
    return maintenance_view(vehicle, on=today, rule=world.rules.visit_on(today), shown=shown[vehicle_id])


def read_owner(person_id: str, *, caller: Caller, world: ReadWorld) -> OwnerView:
    """Return the owner as the partner's role sees it, or raise why this partner is not told."""
    owner = people(world.owners, [person_id])[person_id] if _is_person_id(person_id) else NOBODY
    cars = _load(world, owner.vehicle_ids[:CARS_MAX])
    heads = {key: strictest(car.consent, owner) for key, car in cars.items()}
    resource = Resource(cars=heads, person_id=person_id)
    subject = person_id if owner.version else ""
    shown = _authorized(Action.READ_OWNER, resource, caller=caller, world=world, person_id=subject)
    tier = world.tiers.load([person_id])[person_id]
    return owner_view(owner, tier, cars, role=caller.partner.role, shown=shown)


def _authorized(
    action: Action,
    resource: Resource,
    *,
    caller: Caller,
    world: ReadWorld,
    vehicle_id: str = "",
    person_id: str = "",
) -> Shown:
    row: dict[str, object] = {
        "request_id": caller.request_id,
        "partner_id": caller.partner.partner_id,
        "action": action.value,
        "vehicle_id": vehicle_id,
        "person_id": person_id,
        "received_at": caller.now,
    }
    try:
        shown = authorize(caller.partner, action, resource, now=caller.now)
    except OwnerLoopError as refusal:
        _record(world, {**row, "outcome": refusal.reason})
        raise
    _record(world, {**row, "outcome": "shown"})
    return shown


def _record(world: ReadWorld, row: Row) -> None:
    world.history.append(DATASET, [row])


def _load(world: ReadWorld, vehicle_ids: list[str] | tuple[str, ...]) -> Mapping[str, Vehicle]:
    loaded = world.vehicles.load(vehicle_ids) if vehicle_ids else {}
    return {key: car for key, car in loaded.items() if car.version}
