"""Decides on one interaction: whether the rules take it, and everything that it changes."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.enrolment import complete_service
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import FIRST_DAY, Fact
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.interaction_facts import fact_of, kind_of
from ownerloop.domain.interaction_kinds import EFFECTS, Effect
from ownerloop.domain.interactions import InteractionArrival, ServiceOrderCompleted, Touch, vin_of
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_cuts import crowd_store
from ownerloop.domain.tier_record import with_fact
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.book_service import settle
from ownerloop.usecases.booking_answers import Settled
from ownerloop.usecases.interaction_effects import changed_case, changed_owner
from ownerloop.usecases.interaction_world import InteractionWorld, Names

ONE_DAY = timedelta(days=1)  # a workshop's day may be one ahead of the owner's


def change_of(
    arrival: InteractionArrival, held: Held, *, names: Names, world: InteractionWorld, now: datetime
) -> InteractionChange:
    """Return what the interaction changes, points aside; raise MalformedEventError where a rule refuses it."""
    event, owner = arrival.interaction, held.owner
    effects = EFFECTS[kind_of(event)]
    _check_time(arrival, owner, world=world)
    _check_store(arrival, world=world)
    vehicle = _vehicle(arrival, owner, names=names, world=world)
    served = _served(arrival, vehicle) if vehicle else None
    settled = Settled(vehicle=served)
    if Effect.BOOKING in effects:
        settled = settle(arrival, owner=owner, vehicle=served, desk=world.bookings, vehicles=world.vehicles, now=now)
    car = settled.vehicle
    fact = fact_in(arrival, owner, vehicle_id=car.vehicle_id if car else None, world=world)
    zone = world.zone(owner)
    if not FIRST_DAY <= fact.on <= civil_day(arrival.occurred_at, zone) + ONE_DAY:
        raise MalformedEventError(field="data.on", rule="is a day from 2000 up to the day of the event")
    case = changed_case(arrival, held.case, owner=owner, now=now)
    wishes = changed_owner(event, owner, case=case, at=arrival.occurred_at)
    as_of = civil_day(now, zone)
    tier = held.tier
    if Effect.TIER in effects:
        policy = partial(world.rules.tier_policy, store_id=crowd_store(owner))
        tier = with_fact(held.tier, fact, policy=policy, as_of=as_of, at=now)
    if car and (served != vehicle or settled.is_free_again):
        car = world.replan(car, now)
    return InteractionChange(
        event_key=arrival.event_key,
        payload_hash=arrival.payload_hash,
        applied_at=now,
        fact=fact,
        owner=None if wishes == owner else replace(wishes, version=wishes.version + 1),
        tier=None if tier is held.tier else tier,
        case=None if case is None or case == held.case else replace(case, version=case.version + 1),
        vehicle=None if car is None or car == (settled.held or vehicle) else replace(car, version=car.version + 1),
        workshop=settled.change,
    )


def fact_in(arrival: InteractionArrival, owner: Owner, *, vehicle_id: str | None, world: InteractionWorld) -> Fact:
    """Return the fact that the interaction leaves on its owner's timeline."""
    on = civil_day(arrival.occurred_at, world.zone(owner))
    return fact_of(arrival, person_id=owner.person_id, store_id=owner.store_id, vehicle_id=vehicle_id, on=on)


def unknown_owner() -> MalformedEventError:
    """Return the refusal of an event about somebody whom nobody registered."""
    return MalformedEventError(field="subject", rule="is an owner who was registered", reason="unknown_owner")


def _served(arrival: InteractionArrival, vehicle: Vehicle) -> Vehicle:
    # The same rule as for `service.completed`: an order that either feed told already says nothing new.
    event = arrival.interaction
    if not isinstance(event, ServiceOrderCompleted):
        return vehicle
    return complete_service(vehicle, event.as_service(at=arrival.occurred_at))


def _check_time(arrival: InteractionArrival, owner: Owner, *, world: InteractionWorld) -> None:
    if owner.version == 0:
        raise unknown_owner()
    policy = world.rules.policy(arrival.received_at.date())
    if arrival.occurred_at > arrival.received_at + policy.future_max:
        minutes = policy.future_max // timedelta(minutes=1)
        rule = f"lies at most {minutes} minutes after its arrival"
        raise MalformedEventError(field="time", rule=rule, reason="future_time")
    if owner.known_since is not None and arrival.occurred_at < owner.known_since - policy.before_owner_max:
        hours = policy.before_owner_max // timedelta(hours=1)
        rule = f"lies at most {hours} hours before the owner was registered"
        raise MalformedEventError(field="time", rule=rule, reason="before_owner")


def _check_store(arrival: InteractionArrival, *, world: InteractionWorld) -> None:
    event = arrival.interaction
    if isinstance(event, Touch) and event.store_id and world.rules.store_zone(event.store_id) is None:
        raise MalformedEventError(field="data.store_id", rule="is a store of ours", reason="unknown_store")


def _vehicle(arrival: InteractionArrival, owner: Owner, *, names: Names, world: InteractionWorld) -> Vehicle | None:
    vin = vin_of(arrival.interaction)
    if vin is None:
        return None
    vehicle_id = names.cars.get(vin)
    if vehicle_id is None:
        raise MalformedEventError(field="data.vin", rule="is a car that was linked", reason="unknown_vehicle")
    vehicle = world.vehicles.load([vehicle_id])[vehicle_id]
    if not _is_of(owner, vehicle.consent.owner_at(arrival.occurred_at), world=world):
        rule = "is a car that belonged to the owner at the time"
        raise MalformedEventError(field="data.vin", rule=rule, reason="foreign_vehicle")
    return vehicle


def _is_of(owner: Owner, person_id: str | None, *, world: InteractionWorld) -> bool:
    # Whoever is one with the owner has the car under another key.
    if person_id is None or person_id == owner.person_id:
        return person_id is not None
    if owner.merged_into is None and not owner.members:
        return False
    return world.points.owners.load([person_id])[person_id].head_id == owner.head_id
