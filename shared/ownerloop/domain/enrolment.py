"""What enrolment events say, and how each changes a person or a car. Facts are sets, so arrival order is free."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TypeVar

from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose, Withdrawal
from ownerloop.domain.identity_events import IdentityEvent, IdentityLinked, MergeAsked, SplitAsked
from ownerloop.domain.owner import Owner, Unsubscribe, unsubscribed
from ownerloop.domain.turning_over import turned_over
from ownerloop.domain.vehicle import ServiceDone, Vehicle

HEAD_FACTS_MAX = 8  # newest grants, withdrawals and ownerships kept on the car; the Consents table keeps all

Fact = TypeVar("Fact", Ownership, Grant, Withdrawal)


@dataclass(frozen=True, slots=True)
class OwnerRegistered:
    """A dealer's owner with wishes and addresses."""

    owner_key: str
    at: datetime
    store_id: str
    zone: str | None
    language: str
    daily_max: int
    wecom_external_userid: str | None
    staff_userid: str | None
    phone: str | None = None
    phone_verified: bool = False
    team: str | None = None
    birthday: str | None = None  # MM-DD


@dataclass(frozen=True, slots=True)
class VehicleLinked:
    """An owner has this car since an instant."""

    vin: str
    owner_key: str
    at: datetime
    since: datetime
    model: str
    store_id: str
    in_service_on: date | None
    remind: bool
    aggregator_ids: tuple[tuple[str, str], ...] = ()  # (source, what that source calls the car)


@dataclass(frozen=True, slots=True)
class VehicleHandedOver:
    """The car belongs to somebody else from an instant on."""

    vin: str
    to_owner_key: str
    at: datetime
    store_id: str | None


@dataclass(frozen=True, slots=True)
class ServiceCompleted:
    """The workshop finished these items."""

    vin: str
    order_id: str
    at: datetime
    on: date
    odometer_m: int | None
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConsentGranted:
    """An owner allowed data classes of a car for a purpose and a period."""

    vin: str
    owner_key: str
    purpose: str
    classes: frozenset[str]
    valid_from: datetime
    valid_until: datetime
    evidence: str
    text_version: str


@dataclass(frozen=True, slots=True)
class ConsentWithdrawn:
    """An owner took back a purpose, or some classes of it."""

    vin: str
    owner_key: str
    purpose: str
    classes: frozenset[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class OwnerUnsubscribed:
    """An owner wants no more of a topic on a channel."""

    owner_key: str
    at: datetime
    channel: str
    topic: str


@dataclass(frozen=True, slots=True)
class OdometerImported:
    """A reading out of a dealer's old system: older than the intake of live data would take."""

    vin: str
    at: datetime
    odometer_m: int
    is_bare_date: bool


@dataclass(frozen=True, slots=True)
class CaseAnswered:
    """An operator answered a case of doubt: `yes` or `no`."""

    case_key: str
    at: datetime
    answer: str


EnrolmentEvent = (
    OwnerRegistered
    | VehicleLinked
    | VehicleHandedOver
    | ServiceCompleted
    | ConsentGranted
    | ConsentWithdrawn
    | OwnerUnsubscribed
    | OdometerImported
    | CaseAnswered
    | IdentityEvent
)


def owner_key_of(event: EnrolmentEvent) -> str:
    """Return the owner key that the event names, or an empty text."""
    match event:
        case ServiceCompleted() | OdometerImported() | CaseAnswered() | MergeAsked() | SplitAsked():
            return ""
        case VehicleHandedOver():
            return event.to_owner_key
        case _:
            return event.owner_key


def vin_of(event: EnrolmentEvent) -> str:
    """Return the VIN that the event names, or an empty text."""
    match event:
        case OwnerRegistered() | OwnerUnsubscribed() | CaseAnswered() | IdentityLinked() | MergeAsked() | SplitAsked():
            return ""
        case _:
            return event.vin


def car_name_of(event: EnrolmentEvent) -> str:
    """Return what the event calls its car: a VIN, the case about it, or an empty text."""
    return event.case_key if isinstance(event, CaseAnswered) else vin_of(event)


def register(owner: Owner, event: OwnerRegistered) -> Owner:
    """Return the owner with the newest registration; an older one only says how long the owner is known."""
    known_since = min(owner.known_since or owner.registered_at or event.at, event.at)
    if owner.registered_at is not None and event.at < owner.registered_at:
        return replace(owner, known_since=known_since)
    return replace(
        owner,
        registered_at=event.at,
        known_since=known_since,
        team=event.team,
        store_id=event.store_id,
        zone=event.zone,
        language=event.language,
        daily_max=event.daily_max,
        staff_userid=event.staff_userid,
        channels=("wecom",) if event.wecom_external_userid else (),
        birthday=event.birthday,
    )


def unsubscribe(owner: Owner, event: OwnerUnsubscribed) -> Owner:
    """Return the owner with this refusal added once; the newest instant of equal refusals is kept."""
    return unsubscribed(owner, Unsubscribe(at=event.at, channel=event.channel, topic=event.topic))


def keep_car(owner: Owner, vehicle_id: str) -> Owner:
    """Return the owner with this car among those ever linked."""
    return replace(owner, vehicle_ids=tuple(sorted({*owner.vehicle_ids, vehicle_id})))


def link(vehicle: Vehicle, event: VehicleLinked, *, person_id: str) -> Vehicle:
    """Return the car with this ownership; the latest link decides model, store and reminders.

    A link to somebody else than the newest owner is a hand-over under another name.
    """
    owned = _own(vehicle, Ownership(since=event.since, person_id=person_id))
    if vehicle.consent.owners and vehicle.consent.newest_owner != owned.consent.newest_owner:
        owned = turned_over(owned)
    if owned.linked_at is not None and event.at < owned.linked_at:
        return owned
    return replace(
        owned,
        linked_at=event.at,
        model=event.model,
        store_id=event.store_id,
        in_service_on=event.in_service_on or owned.in_service_on,
        remind=event.remind,
    )


def hand_over(vehicle: Vehicle, event: VehicleHandedOver, *, person_id: str) -> Vehicle:
    """Return the car in its new owner's hands: both epochs rise and what the old owner's data said is gone.

    One that is told after a later one is only noted: what the car says since then is the later owner's.
    """
    ownership = Ownership(since=event.at, person_id=person_id)
    if ownership in vehicle.consent.owners:
        return vehicle
    owned = _own(vehicle, ownership)
    if max(owned.consent.owners) != ownership:
        return replace(owned, state_epoch=owned.state_epoch + 1, consent_epoch=owned.consent_epoch + 1)
    return turned_over(replace(owned, store_id=event.store_id or owned.store_id))


def complete_service(vehicle: Vehicle, event: ServiceCompleted) -> Vehicle:
    """Return the car with each item's newest finished service; equal days keep the higher odometer."""
    newest = {done.item: done for done in vehicle.services}
    for item in event.items:
        done = ServiceDone(item=item, on=event.on, odometer_m=event.odometer_m)
        held = newest.get(item)
        if held is None or (done.on, done.odometer_m or -1) > (held.on, held.odometer_m or -1):
            newest[item] = done
    return replace(vehicle, services=tuple(sorted(newest.values(), key=lambda done: done.item)))


def grant(vehicle: Vehicle, event: ConsentGranted, *, person_id: str) -> Vehicle:
    """Return the car with this consent on its head."""
    given = Grant(
        granted_at=event.valid_from,
        expires_at=event.valid_until,
        person_id=person_id,
        purpose=event.purpose,
        classes=event.classes,
    )
    if given not in vehicle.consent.grants and _is_outlived(given, vehicle.consent.withdrawals):
        return vehicle
    return replace(vehicle, consent=replace(vehicle.consent, grants=_kept([*vehicle.consent.grants, given])))


def withdraw(vehicle: Vehicle, event: ConsentWithdrawn, *, person_id: str) -> Vehicle:
    """Return the car with the consent ended and its consent epoch raised, once per withdrawal."""
    taken = Withdrawal(withdrawn_at=event.at, person_id=person_id, purpose=event.purpose, classes=event.classes)
    if taken in vehicle.consent.withdrawals:
        return vehicle
    withdrawals = _newest([*vehicle.consent.withdrawals, taken])
    forgotten = {*vehicle.consent.withdrawals, taken} - set(withdrawals)
    # A withdrawal that leaves the short list takes its grants along, so that forgetting never revives a consent.
    grants = tuple(g for g in vehicle.consent.grants if not any(vehicle.consent.takes_back(w, g) for w in forgotten))
    head = replace(vehicle.consent, grants=grants, withdrawals=withdrawals)
    return replace(vehicle, consent=head, consent_epoch=vehicle.consent_epoch + 1)


def _is_outlived(given: Grant, taken: Sequence[Withdrawal]) -> bool:
    # Told late: what took it back may be among the withdrawals that the short list has forgotten, and default is deny.
    return len(taken) == HEAD_FACTS_MAX and given.granted_at <= min(one.withdrawn_at for one in taken)


def _own(vehicle: Vehicle, ownership: Ownership) -> Vehicle:
    head: ConsentHead = vehicle.consent
    return replace(vehicle, consent=head.owned_by(_newest([*head.owners, ownership])))


def _kept(grants: Iterable[Grant]) -> tuple[Grant, ...]:
    # Consents to share with many partners never push out what our own purposes rest on.
    known = sorted(set(grants), key=_fact_order)
    ours = {grant.purpose: grant for grant in known if grant.purpose in set(Purpose)}
    others = [grant for grant in known if grant not in ours.values()]
    return _newest([*ours.values(), *others[len(ours) - HEAD_FACTS_MAX :]])


def _newest(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    # Sets have no order of their own and frozensets only a partial one, so the text of the fact decides ties.
    return tuple(sorted(set(facts), key=_fact_order)[-HEAD_FACTS_MAX:])


def _fact_order(fact: Ownership | Grant | Withdrawal) -> tuple[datetime, str]:
    match fact:
        case Ownership():
            return (fact.since, fact.person_id)
        case Grant():
            until = fact.expires_at.isoformat()
            return (fact.granted_at, f"{until}|{fact.person_id}|{fact.purpose}|{sorted(fact.classes)}")
        case Withdrawal():
            return (fact.withdrawn_at, f"{fact.person_id}|{fact.purpose}|{sorted(fact.classes)}")
