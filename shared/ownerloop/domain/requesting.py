"""How a due reminder becomes a contact request: everything it carries that cannot be added later."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ownerloop.domain.calendar import civil_day, end_of_day, zone_of
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.ids import contact_id, digest
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import ServicePlan, Store
from ownerloop.domain.policy import ContactPolicy, ForecastPolicy, ReminderPolicy
from ownerloop.domain.recheck import MAINTENANCE_TOPIC
from ownerloop.domain.reminders import DueReminder
from ownerloop.domain.vehicle import Vehicle


@dataclass(frozen=True, slots=True)
class PlanningRules:
    """The policies, plans and texts in force on the day that is planned."""

    contact: ContactPolicy
    reminder: ReminderPolicy
    forecast: ForecastPolicy
    plan_of: Callable[[str | None], ServicePlan]
    text_of: Callable[[DueReminder, Store, str], str]  # the visit, store, language
    lead: LeadPolicy | None = None  # None leaves the fallback rule alone

    @property
    def version(self) -> str:
        """Return the versions that decided, for the contact to carry."""
        versions = (self.contact.version, self.reminder.version, self.lead.version if self.lead else "")
        return " ".join(filter(None, versions))


def held_out(person_id: str, *, percent: int) -> bool:
    """Return whether the person belongs to the share that is not contacted; the same persons at every planning."""
    return int(digest("holdout", person_id)[:8], 16) % 100 < percent


def is_held_out(owner: Owner, *, percent: int) -> bool:
    """Return whether the owner, or anybody of the owner's group, belongs to the share: one who does wins."""
    return any(held_out(one.person_id, percent=percent) for one in (owner, *owner.joined))


def request(
    vehicle: Vehicle,
    due: DueReminder,
    *,
    owner: Owner,
    store: Store,
    rules: PlanningRules,
    now: datetime,
    correlation_id: str | None = None,
) -> Contact:
    """Return the contact that asks for one stage of one visit; valid to the end of its last civil day."""
    zone = zone_of(owner.zone, store.zone)
    last_day = civil_day(now, zone) + timedelta(days=due.valid_days)
    return Contact(
        contact_id=_id_of(vehicle, due, owner),
        person_id=owner.person_id,
        vehicle_id=vehicle.vehicle_id,
        store_id=store.store_id,
        staff_userid=owner.staff_userid,
        contact_class=ContactClass.SERVICE,
        topic=MAINTENANCE_TOPIC,
        item=due.item,
        due_cycle=due.due_cycle,
        stage=due.stage,
        bundled=tuple(item for item, _ in due.bundled),
        priority=due.priority,
        requested_at=now,
        valid_until=end_of_day(last_day, zone),
        policy_version=rules.version,
        trigger=f"reminder_day#{civil_day(now, zone_of(store.zone)).isoformat()}",
        text=rules.text_of(due, store, owner.language),
        reason="reminder_due",
        trail=(Step(state=ContactState.REQUESTED, reason="reminder_due", at=now),),
        experiment_arm=str(due.arm) if due.arm else None,
        lead=due.lead,
        holdout=is_held_out(owner, percent=rules.contact.holdout_percent),
        next_look_at=now + rules.contact.send_grace,
        correlation_id=correlation_id,
    )


def _id_of(vehicle: Vehicle, due: DueReminder, owner: Owner) -> str:
    had_another = any(one.person_id != owner.person_id for one in vehicle.consent.owners)
    later_owner = owner.person_id if had_another else ""
    return contact_id(vehicle.vehicle_id, due.item, due.due_cycle, due.stage, owner=later_owner)
