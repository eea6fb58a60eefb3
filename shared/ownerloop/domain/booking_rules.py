"""The workshops of the stores and the rules of booking in force, as one value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from ownerloop.domain.booking_wish import Clock
from ownerloop.domain.calendar import zone_of
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.workdays import Opening
from ownerloop.domain.workshop import BookingPolicy, WorkshopRules
from ownerloop.domain.workshop_day import Terms


@dataclass(frozen=True, slots=True)
class BookingRules:
    """The stores and their workshops, when they are open, and the policies by day."""

    stores: Mapping[str, Store]
    workshops: Mapping[str, WorkshopRules]
    opening_on: Callable[[str, date], Opening | None]
    policy_on: Callable[[date], BookingPolicy]
    contact_on: Callable[[date], ContactPolicy]
    text_of: Callable[[Store, str], str]  # of a promotion: store, language

    def workshop_of(self, store_id: str | None) -> WorkshopRules:
        """Return the store's workshop, or refuse a store without one."""
        rules = self.workshops.get(store_id or "") if store_id in self.stores else None
        if rules is None:
            rule = "is a store of ours with a workshop"
            raise MalformedEventError(field="data.store_id", rule=rule, reason="unknown_store")
        return rules

    def clock(self, store_id: str, *, now: datetime) -> Clock:
        """Return the store's clock."""
        return Clock(zone_of(self.stores[store_id].zone), now)

    def terms(self, store_id: str, on: date, *, now: datetime) -> Terms:
        """Return what the store's day is decided on."""
        clock = self.clock(store_id, now=now)
        return Terms(
            rules=self.workshop_of(store_id),
            policy=self.policy_on(clock.today),
            opening=self.opening_on(store_id, on),
            since_minute=clock.since_minute(on),
        )
