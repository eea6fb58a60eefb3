"""The welcome to a tier: one commercial contact a person and tier, asked once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ownerloop.domain.calendar import civil_day, end_of_day, zone_of
from ownerloop.domain.consent import Purpose
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.ids import contact_id
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.recheck import consent_reason
from ownerloop.domain.requesting import is_held_out
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Vehicle

WELCOME_TOPIC = "tier_welcome"


@dataclass(frozen=True, slots=True)
class SettleRules:
    """The policies in force on a day, and the welcome's text for a tier, store and language."""

    tiers: TierPolicy
    contact: ContactPolicy
    text_of: Callable[[str, Store, str], str]


def is_welcomed(record: TierRecord, *, policy: TierPolicy, on: date) -> bool:
    """Return whether the night of the day brought the owner into a tier that is welcomed."""
    return record.settled_on == on and record.settled in policy.welcome_tiers


def car_with_consent(cars: Iterable[Vehicle], *, person_id: str, now: datetime) -> Vehicle | None:
    """Return the first car, by its id, that the person owns and allowed marketing for, or None."""
    allowed = (
        car
        for car in sorted(cars, key=lambda car: car.vehicle_id)
        if car.consent.owner_at(now) == person_id
        and consent_reason(car.consent, person_id=person_id, purpose=Purpose.MARKETING, now=now) is None
    )
    return next(allowed, None)


def welcome(
    record: TierRecord, *, owner: Owner, car: Vehicle, store: Store, rules: SettleRules, now: datetime
) -> Contact:
    """Return the contact that welcomes the owner to the settled tier; its id follows from person and tier.

    It is followed by what last moved the tier: an event, or a night.
    """
    zone = zone_of(owner.zone, store.zone)
    last_day = civil_day(now, zone) + timedelta(days=rules.tiers.welcome_valid_days)
    return Contact(
        contact_id=contact_id(owner.person_id, WELCOME_TOPIC, record.settled, 1),
        person_id=owner.person_id,
        vehicle_id=car.vehicle_id,
        store_id=store.store_id,
        staff_userid=owner.staff_userid,
        contact_class=ContactClass.COMMERCIAL,
        topic=WELCOME_TOPIC,
        item=record.settled,
        due_cycle="",
        stage=1,
        priority=rules.tiers.welcome_priority,
        requested_at=now,
        valid_until=end_of_day(last_day, zone),
        policy_version=f"{rules.contact.version} {rules.tiers.version}",
        trigger="tier_changed",
        text=rules.text_of(record.settled, store, owner.language),
        holdout=is_held_out(owner, percent=rules.contact.holdout_percent),
        trail=(Step(ContactState.REQUESTED, "requested", now),),
        next_look_at=now + rules.contact.send_grace,
        correlation_id=record.changes[-1].cause if record.changes else None,
    )
