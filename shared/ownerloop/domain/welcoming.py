"""The welcome to a tier: one commercial contact a person and tier, asked once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ownerloop.domain.consent import Purpose
from ownerloop.domain.contact import Contact
from ownerloop.domain.ids import contact_id
from ownerloop.domain.offering import Offer
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.recheck import consent_reason
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
        if car.consent.owner_now(now) == person_id
        and consent_reason(car.consent, person_id=person_id, purpose=Purpose.MARKETING, now=now) is None
    )
    return next(allowed, None)


def welcome(
    record: TierRecord, *, owner: Owner, car: Vehicle, store: Store, rules: SettleRules, now: datetime
) -> Contact:
    """Return the contact that welcomes the owner to the settled tier; its id follows from person and tier.

    It is followed by what last moved the tier: an event, or a night.
    """
    offer = Offer(
        contact_id=contact_id(owner.person_id, WELCOME_TOPIC, record.settled, 1),
        topic=WELCOME_TOPIC,
        item=record.settled,
        trigger="tier_changed",
        priority=rules.tiers.welcome_priority,
        text=rules.text_of(record.settled, store, owner.language),
        policy_version=rules.tiers.version,
        valid_days=rules.tiers.welcome_valid_days,
    )
    cause = record.changes[-1].cause if record.changes else None
    return offer.to(owner, car=car, store=store, policy=rules.contact, now=now, correlation_id=cause)
