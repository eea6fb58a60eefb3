"""The rules of a settlement, and the message about a voucher: one commercial contact a grant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ownerloop.domain.benefits import BenefitPolicy, Grant
from ownerloop.domain.calendar import civil_day, end_of_day, zone_of
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.health import HealthPolicy
from ownerloop.domain.ids import contact_id
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.portrait import PortraitPolicy
from ownerloop.domain.requesting import is_held_out
from ownerloop.domain.vehicle import Vehicle

BENEFIT_TOPIC = "benefit"


@dataclass(frozen=True, slots=True)
class BenefitRules:
    """The policies in force on a day, and a voucher's message for a store and language."""

    health: HealthPolicy
    portrait: PortraitPolicy
    benefits: BenefitPolicy
    contact: ContactPolicy
    text_of: Callable[[str, Store, str], str]


@dataclass(frozen=True, slots=True)
class OwnerMoved:
    """One owner to settle at once, what caused it, and what that began with."""

    person_id: str
    cause: str
    correlation_id: str | None = None


def told_of(
    grant: Grant,
    *,
    owner: Owner,
    car: Vehicle,
    store: Store,
    rules: BenefitRules,
    now: datetime,
    correlation_id: str | None = None,
) -> Contact:
    """Return the contact that tells the owner of the grant, valid no longer than the voucher; its id is the grant's."""
    zone = zone_of(owner.zone, store.zone)
    last_day = min(civil_day(now, zone) + timedelta(days=rules.benefits.contact_valid_days), grant.valid_until)
    return Contact(
        contact_id=contact_id(grant.person_id, BENEFIT_TOPIC, grant.grant_id, 1),
        person_id=owner.person_id,
        vehicle_id=car.vehicle_id,
        store_id=store.store_id,
        staff_userid=owner.staff_userid,
        contact_class=ContactClass.COMMERCIAL,
        topic=BENEFIT_TOPIC,
        item=grant.benefit_id,
        due_cycle="",
        stage=1,
        priority=rules.benefits.contact_priority,
        requested_at=now,
        valid_until=end_of_day(last_day, zone),
        policy_version=f"{rules.contact.version} {rules.benefits.version}",
        trigger=f"grant#{grant.grant_id}",
        text=rules.text_of(grant.benefit_id, store, owner.language),
        holdout=is_held_out(owner, percent=rules.contact.holdout_percent),
        trail=(Step(ContactState.REQUESTED, "requested", now),),
        next_look_at=now + rules.contact.send_grace,
        correlation_id=correlation_id,
    )
