"""What a source delivers by webhook: one delivery, how long it may have been under way, and who took it before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ownerloop.domain.errors import OwnerLoopError
from ownerloop.domain.ids import event_key

UNDER_WAY_MAX = timedelta(minutes=5)  # Smartcar's last attempt ends 3:40 after its first (25 + 50 + 100 s, 15 s each)


class DeliveryRefusedError(OwnerLoopError):
    """A delivery that is proved and not taken: `stale_delivery` or `delivery_id_reused`."""

    def __init__(self, *, reason: str, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.reason, self.field, self.rule = reason, field, rule


class Claim(StrEnum):
    """Whose a delivery is: ours to queue, queued before, or an id that stood for something else."""

    OPEN = "open"
    DONE = "done"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery of a source: its id there, the digest of what it says, and when it was sent, where it tells that."""

    source: str
    delivery_id: str
    digest: str
    sent_at: datetime | None

    @property
    def key(self) -> str:
        """Return the identity of the delivery among those of all sources."""
        return event_key(f"webhook:{self.source}", self.delivery_id)

    def is_timely(self, now: datetime) -> bool:
        """Return whether it was sent at most five minutes ago or ahead; one that does not tell is held to its id."""
        return self.sent_at is None or abs(now - self.sent_at) <= UNDER_WAY_MAX
