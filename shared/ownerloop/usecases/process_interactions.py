"""What owners do becomes facts, tiers, cases and wishes: each event once, whatever the order of arrival."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.enrolment import complete_service
from ownerloop.domain.errors import MalformedEventError, VersionConflictError
from ownerloop.domain.facts import FIRST_DAY, Fact
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.interaction_facts import fact_of
from ownerloop.domain.interactions import (
    WECOM,
    InteractionArrival,
    ServiceOrderCompleted,
    vin_of,
)
from ownerloop.domain.owner import Owner
from ownerloop.domain.redemption import Redemption
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tier_record import TierChange, TierRecord, with_fact
from ownerloop.domain.vehicle import Vehicle
from ownerloop.owner_ports import Directory, Interactions
from ownerloop.points_ports import PointsDesk
from ownerloop.ports import Bus, History, Quarantine, Refusal, Row, Vehicles
from ownerloop.usecases import moving_points
from ownerloop.usecases.book_service import settle
from ownerloop.usecases.booking_answers import refusals_told, standings_told, tell
from ownerloop.usecases.interaction_effects import case_key, changed_case, changed_owner
from ownerloop.usecases.interaction_rows import InteractionReport, interaction_row, refusal_of, tier_change_row
from ownerloop.usecases.refusal_rows import refusal_row
from ownerloop.workshop_ports import BookingDesk

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue
FUTURE_MAX = timedelta(minutes=5)
ONE_DAY = timedelta(days=1)  # a workshop's day may be one ahead of the owner's


class TierAnnouncement(Protocol):
    """How a change of tier is told to others."""

    def __call__(self, record: TierRecord, *, change: TierChange, store_id: str | None) -> Mapping[str, Any]:
        """Return the event; its id follows from the person and the version of the change."""
        ...


@dataclass(frozen=True, slots=True)
class InteractionWorld:
    """The ports, and the rules by day."""

    directory: Directory
    interactions: Interactions
    vehicles: Vehicles
    history: History
    quarantine: Quarantine
    bus: Bus
    replan: Callable[[Vehicle, datetime], Vehicle]
    tier_policy: Callable[[date], TierPolicy]
    store_zone: Callable[[str | None], str | None]
    announcement: TierAnnouncement
    bookings: BookingDesk
    points: PointsDesk


@dataclass(frozen=True, slots=True)
class _Names:
    # Who is behind the identifiers of a batch, looked up once.
    aliases: Mapping[str, str]
    addresses: Mapping[str, str]
    cars: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Done:
    fact: Fact
    owner: Owner
    tier: TierRecord
    standings: tuple[Standing, ...] = ()  # the event's own booking first, then those that it promoted
    redemption: Redemption | None = None


def process(
    arrivals: Sequence[InteractionArrival],
    *,
    world: InteractionWorld,
    now: datetime,
    refusals: Sequence[Refusal] = (),
) -> InteractionReport:
    """Apply every arrival with its inbox marker, record and announce it; `refusals` are the malformed ones."""
    report = InteractionReport(refused=list(refusals))
    names = _names(arrivals, directory=world.directory)
    rows: list[Row] = []
    changes: list[Row] = []
    answers: list[Mapping[str, Any]] = []  # to bookings and redemptions that broke a rule
    for arrival in arrivals:
        try:
            done = _take(arrival, names=names, world=world, now=now)
        except MalformedEventError as error:
            refused = refusal_of(arrival, reason=error.reason, at_field=error.field, rule=error.rule)
            report.refused.append(refused)
            answers += refusals_told(arrival, error, desk=world.bookings)
            answers += moving_points.refusals_told(arrival, error, desk=world.points)
            continue
        except Exception as fault:  # noqa: BLE001  # reported and queued again; the other events must not pay for it
            report.faulted.append(arrival.event_key)
            report.faults.append(fault)
            continue
        report.accepted.append(arrival.event_key)
        rows.append(interaction_row(done.fact))
        changes += _change_rows(done, cause=arrival.event_key)
        report.bookings.update(standing.reason for standing in done.standings)
        report.redemptions.update([done.redemption.reason] if done.redemption else [])
    if report.refused:
        world.quarantine.put(report.refused)
        world.history.append("refusals", [refusal_row(refusal) for refusal in report.refused])
    if answers:
        world.bus.publish(answers)
    if rows:
        world.history.append("interactions", rows)
    if changes:
        world.history.append("tier_changes", changes)
    report.announced = len(changes)
    return report


def _names(arrivals: Sequence[InteractionArrival], *, directory: Directory) -> _Names:
    keys = {a.subject for a in arrivals if not a.is_wecom_address}
    addresses = {a.subject for a in arrivals if a.is_wecom_address}
    vins = {vin for a in arrivals if (vin := vin_of(a.interaction))}
    return _Names(
        aliases=directory.alias_ids(sorted(keys)) if keys else {},
        addresses=directory.persons_at(sorted(addresses), channel=WECOM) if addresses else {},
        cars=directory.vehicle_ids(sorted(vins)) if vins else {},
    )


def _take(arrival: InteractionArrival, *, names: _Names, world: InteractionWorld, now: datetime) -> _Done:
    done = _apply(arrival, names=names, world=world, now=now)
    if changes := done.tier.caused_by(arrival.event_key):
        store_id = done.owner.store_id
        world.bus.publish([world.announcement(done.tier, change=change, store_id=store_id) for change in changes])
    if done.standings:
        tell(arrival, done.standings, desk=world.bookings, bus=world.bus)
    if done.redemption:
        moving_points.tell_redemption(arrival, done.redemption, desk=world.points, bus=world.bus)
    return done


def _apply(arrival: InteractionArrival, *, names: _Names, world: InteractionWorld, now: datetime) -> _Done:
    person_id = _person(arrival, names=names, world=world)
    for _ in range(ATTEMPTS_MAX):
        held = world.interactions.held(
            person_id, event_key=arrival.event_key, case_key=case_key(arrival.interaction, person_id)
        )
        if held.applied is not None:
            return _found(arrival, held, names=names, world=world)
        try:
            done = _decide(arrival, held, names=names, world=world, now=now)
        except VersionConflictError:
            continue
        if done is not None:
            return done
    raise VersionConflictError(item=person_id)


def _decide(
    arrival: InteractionArrival, held: Held, *, names: _Names, world: InteractionWorld, now: datetime
) -> _Done | None:
    # None if somebody else applied the event meanwhile.
    change = _change(arrival, held, names=names, world=world, now=now)
    today = civil_day(now, _zone(held.owner, world))
    moved = moving_points.move_points(arrival, change.fact, tier=held.tier, desk=world.points, now=now, today=today)
    if not world.interactions.apply(replace(change, points=moved.change)):
        return None
    owner, tier = change.owner or held.owner, change.tier or held.tier
    return _Done(change.fact, owner, tier, change.workshop.standings, moved.redemption)


def _found(arrival: InteractionArrival, held: Held, *, names: _Names, world: InteractionWorld) -> _Done:
    # A redelivery: nothing changes, and what was told is told again under the same identities.
    if held.applied != arrival.payload_hash:
        raise MalformedEventError(field="id", rule="already names another event", reason="identity_reused")
    standings = standings_told(arrival, desk=world.bookings)
    vehicle_id = names.cars.get(vin_of(arrival.interaction) or "") or (standings[0].vehicle_id if standings else None)
    fact = _fact(arrival, held.owner, vehicle_id=vehicle_id, world=world)
    redemption = moving_points.redemption_told(arrival, desk=world.points)
    return _Done(fact, held.owner, held.tier, standings, redemption)


def _person(arrival: InteractionArrival, *, names: _Names, world: InteractionWorld) -> str:
    if arrival.is_wecom_address:
        person_id = names.addresses.get(arrival.subject)
    else:
        alias_id = names.aliases.get(arrival.subject)
        person_id = world.interactions.person_of(alias_id) if alias_id else None
    if person_id is None:
        raise _unknown_owner()
    return person_id


def _change(
    arrival: InteractionArrival, held: Held, *, names: _Names, world: InteractionWorld, now: datetime
) -> InteractionChange:
    event = arrival.interaction
    _check_time(arrival, held.owner)
    vehicle = _vehicle(arrival, person_id=held.owner.person_id, names=names, world=world)
    # The same rule as for `service.completed`: an order that either feed told already says nothing new.
    order = event.as_service(at=arrival.occurred_at) if isinstance(event, ServiceOrderCompleted) else None
    served = complete_service(vehicle, order) if vehicle and order else vehicle
    settled = settle(arrival, owner=held.owner, vehicle=served, desk=world.bookings, vehicles=world.vehicles, now=now)
    car = settled.vehicle
    fact = _fact(arrival, held.owner, vehicle_id=car.vehicle_id if car else None, world=world)
    if not FIRST_DAY <= fact.on <= civil_day(arrival.occurred_at, _zone(held.owner, world)) + ONE_DAY:
        raise MalformedEventError(field="data.on", rule="is a day from 2000 up to the day of the event")
    case = changed_case(event, held.case, at=arrival.occurred_at, store_id=held.owner.store_id)
    owner = changed_owner(event, held.owner, case=case, at=arrival.occurred_at)
    tier = _changed_tier(fact, held, world=world, now=now)
    if car and (served != vehicle or settled.is_free_again):
        car = world.replan(car, now)
    return InteractionChange(
        event_key=arrival.event_key,
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
        fact=fact,
        owner=None if owner == held.owner else replace(owner, version=owner.version + 1),
        tier=None if tier is held.tier else tier,
        case=None if case is None or case == held.case else replace(case, version=case.version + 1),
        vehicle=None if car is None or car == (settled.held or vehicle) else replace(car, version=car.version + 1),
        workshop=settled.change,
    )


def _check_time(arrival: InteractionArrival, owner: Owner) -> None:
    if owner.version == 0:
        raise _unknown_owner()
    if arrival.occurred_at > arrival.received_at + FUTURE_MAX:
        rule = "lies more than 5 minutes after it was received"
        raise MalformedEventError(field="time", rule=rule, reason="future_time")
    if owner.known_since is not None and arrival.occurred_at < owner.known_since:
        rule = "lies before the owner was registered"
        raise MalformedEventError(field="time", rule=rule, reason="before_owner")


def _vehicle(arrival: InteractionArrival, *, person_id: str, names: _Names, world: InteractionWorld) -> Vehicle | None:
    vin = vin_of(arrival.interaction)
    if vin is None:
        return None
    vehicle_id = names.cars.get(vin)
    if vehicle_id is None:
        raise MalformedEventError(field="data.vin", rule="is a car that was linked", reason="unknown_vehicle")
    vehicle = world.vehicles.load([vehicle_id])[vehicle_id]
    if vehicle.consent.owner_at(arrival.occurred_at) != person_id:
        rule = "is a car that belonged to the owner at the time"
        raise MalformedEventError(field="data.vin", rule=rule, reason="foreign_vehicle")
    return vehicle


def _fact(arrival: InteractionArrival, owner: Owner, *, vehicle_id: str | None, world: InteractionWorld) -> Fact:
    on = civil_day(arrival.occurred_at, _zone(owner, world))
    return fact_of(arrival, person_id=owner.person_id, store_id=owner.store_id, vehicle_id=vehicle_id, on=on)


def _zone(owner: Owner, world: InteractionWorld) -> ZoneInfo:
    return zone_of(owner.zone, world.store_zone(owner.store_id))


def _changed_tier(fact: Fact, held: Held, *, world: InteractionWorld, now: datetime) -> TierRecord:
    as_of = civil_day(now, _zone(held.owner, world))
    return with_fact(held.tier, fact, policy=world.tier_policy, as_of=as_of, at=now)


def _change_rows(done: _Done, *, cause: str) -> list[Row]:
    store_id = done.owner.store_id
    return [tier_change_row(done.tier, change, store_id=store_id) for change in done.tier.caused_by(cause)]


def _unknown_owner() -> MalformedEventError:
    return MalformedEventError(field="subject", rule="is an owner who was registered", reason="unknown_owner")
