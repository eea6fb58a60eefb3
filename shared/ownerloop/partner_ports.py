"""What partners need from the world: who they are, what proves it, and the way of their events."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from ownerloop.domain.partner import AcceptedEvent, Partner


class Partners(Protocol):
    """The partners of the dealer group."""

    def load(self, partner_id: str) -> Partner | None:
        """Return the partner, or None."""
        ...

    def of_principal(self, principal: str) -> Partner | None:
        """Return the partner that calls by this principal, or None."""
        ...

    def save(self, partner: Partner) -> None:
        """Write the partner and what it is known by."""
        ...


class Tokens(Protocol):
    """The tokens that partners bring; whatever proves nothing raises UnauthorizedError."""

    def partner_id_in(self, token: str) -> str:
        """Return which partner the token says it is of, before anything is proved."""
        ...

    def scopes_in(self, token: str, *, partner: Partner, now: datetime) -> frozenset[str] | None:
        """Prove the token with the partner's keys and return the scopes it is limited to, None if to none."""
        ...


class PartnerEvents(Protocol):
    """The contract of the events that partners send."""

    def read(self, event: Any) -> AcceptedEvent:
        """Return the event, or raise MalformedEventError for the first field that breaks its rule."""
        ...


class EventQueue(Protocol):
    """A queue of events."""

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events in as few messages as it takes, with the instant they came to us."""
        ...
