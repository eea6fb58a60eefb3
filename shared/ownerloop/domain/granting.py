"""The rules of a settlement, and the message about a voucher: one commercial contact a grant."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.benefits import BenefitPolicy, Grant
from ownerloop.domain.contact import Contact
from ownerloop.domain.health import HealthPolicy
from ownerloop.domain.ids import contact_id
from ownerloop.domain.offering import Offer
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.portrait import PortraitPolicy
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
    offer = Offer(
        contact_id=contact_id(grant.person_id, BENEFIT_TOPIC, grant.grant_id, 1),
        topic=BENEFIT_TOPIC,
        item=grant.benefit_id,
        trigger=f"grant#{grant.grant_id}",
        priority=rules.benefits.contact_priority,
        text=rules.text_of(grant.benefit_id, store, owner.language),
        policy_version=rules.benefits.version,
        valid_days=rules.benefits.contact_valid_days,
        ends_on=grant.valid_until,
    )
    return offer.to(owner, car=car, store=store, policy=rules.contact, now=now, correlation_id=correlation_id)
