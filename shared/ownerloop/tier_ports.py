"""What the settlement of tiers needs from the world."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ownerloop.domain.welcoming import SettleRules
from ownerloop.outreach_ports import Contacts
from ownerloop.owner_ports import CutPoints, TierAnnouncement, TierPolicies, Tiers
from ownerloop.ports import Bus, History, Owners, Vehicles


@dataclass(frozen=True, slots=True)
class Settling:
    """What the settlement needs: the ports, and the rules by day."""

    tiers: Tiers
    cuts: CutPoints
    owners: Owners
    vehicles: Vehicles
    contacts: Contacts
    bus: Bus
    history: History
    rules_on: Callable[[date], SettleRules]
    tier_policy: TierPolicies
    announcement: TierAnnouncement
