"""What we offer an owner: a commercial contact, with all that every one of them carries."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ownerloop.domain.calendar import civil_day, end_of_day, zone_of
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.requesting import is_held_out
from ownerloop.domain.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered in which words, and for how many days at most; `contact_id` says which offers are one."""

    contact_id: str
    topic: str
    item: str
    trigger: str
    priority: int
    text: str
    policy_version: str  # of what made the offer; the one of the contact is added
    valid_days: int
    ends_on: date | None = None  # it is valid no longer than this day

    def to(
        self,
        owner: Owner,
        *,
        car: Vehicle,
        store: Store,
        policy: ContactPolicy,
        now: datetime,
        correlation_id: str | None = None,
    ) -> Contact:
        """Return the contact that tells the owner, valid to the end of its last civil day there."""
        zone = zone_of(owner.zone, store.zone)
        last_day = civil_day(now, zone) + timedelta(days=self.valid_days)
        return Contact(
            contact_id=self.contact_id,
            person_id=owner.person_id,
            vehicle_id=car.vehicle_id,
            store_id=store.store_id,
            staff_userid=owner.staff_userid,
            contact_class=ContactClass.COMMERCIAL,
            topic=self.topic,
            item=self.item,
            due_cycle="",
            stage=1,
            priority=self.priority,
            requested_at=now,
            valid_until=end_of_day(min(last_day, self.ends_on or last_day), zone),
            policy_version=f"{policy.version} {self.policy_version}",
            trigger=self.trigger,
            text=self.text,
            holdout=is_held_out(owner, percent=policy.holdout_percent),
            trail=(Step(ContactState.REQUESTED, "requested", now),),
            next_look_at=now + policy.send_grace,
            correlation_id=correlation_id,
        )
