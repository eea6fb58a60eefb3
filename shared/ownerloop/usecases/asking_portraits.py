"""What of an interaction asks at once for a new look at the portrait of its owner."""

from collections.abc import Mapping
from typing import Any

from ownerloop.domain.asking_anew import asks_anew
from ownerloop.domain.facts import Fact
from ownerloop.domain.owner import Owner
from ownerloop.domain.portrait import may_profile
from ownerloop.owner_ports import PortraitDesk


def portrait_asks(fact: Fact, *, owner: Owner, desk: PortraitDesk) -> list[Mapping[str, Any]]:
    """Return the event that asks, or nothing: of whoever opted out of profiling nothing is asked."""
    if owner.store_id is None or not may_profile(owner) or not asks_anew(fact, desk.rules_on(fact.on)):
        return []
    return [desk.announcement(fact, store_id=owner.store_id)]
