"""What the priced lead time needs from the world: what is published for each store."""

from collections.abc import Iterable
from typing import Protocol

from ownerloop.domain.lead_time import LeadTime


class LeadTimes(Protocol):
    """The published lead times, one a store."""

    def of_stores(self, store_ids: Iterable[str]) -> dict[str, LeadTime]:
        """Return the newest lead time of each store that has one; it may be some minutes old."""
        ...

    def publish(self, lead: LeadTime) -> None:
        """Write the store's lead time; one that is not newer than the one held changes nothing."""
        ...
