"""What portraits and benefits need from the world: the records with stock and budget, what is read, who is told."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Grant, Stock, Voucher
from ownerloop.domain.granting import BenefitRules
from ownerloop.domain.plans import Store
from ownerloop.outreach_ports import Contacts
from ownerloop.owner_ports import Facts, TierPolicies, Tiers
from ownerloop.ports import Bus, Owners, Vehicles


class Benefits(Protocol):
    """The owners' records, their grants, and what has gone of each benefit."""

    def load(self, person_ids: Iterable[str]) -> dict[str, BenefitRecord]:
        """Return each person's record; one without an item comes with version 0."""
        ...

    def stocks(self, benefit_ids: Iterable[str], *, period: str) -> dict[str, Stock]:
        """Return what has gone of each benefit in the period of its budget."""
        ...

    def settle(self, record: BenefitRecord, new: Sequence[tuple[Grant, Voucher]]) -> frozenset[str]:
        """Write the record with its new grants and what they take, in one transaction; return what was used up.

        Nothing is written where something was. Raise VersionConflictError where the record moved.
        """
        ...


class GrantAnnouncement(Protocol):
    """How a grant is told to others."""

    def __call__(self, grant: Grant, *, store_id: str | None) -> Mapping[str, Any]:
        """Return the event; its id follows from the grant."""
        ...


@dataclass(frozen=True, slots=True)
class BenefitWorld:
    """What the settlement needs: the ports, the stores, and the rules by day."""

    benefits: Benefits
    tiers: Tiers
    owners: Owners
    vehicles: Vehicles
    facts: Facts
    contacts: Contacts
    bus: Bus
    stores: Mapping[str, Store]
    rules_on: Callable[[date], BenefitRules]
    tier_policy: TierPolicies
    announcement: GrantAnnouncement
