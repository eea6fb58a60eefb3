"""The refusal of an event that was well-formed and broke a rule of the programme."""

from ownerloop.domain.arrival import Arrival
from ownerloop.domain.interactions import InteractionArrival
from ownerloop.ports import Refusal


def refusal_of(arrival: Arrival | InteractionArrival, *, reason: str, field: str, rule: str) -> Refusal:
    """Return the refusal; of the body only its hash is kept."""
    return Refusal(
        event_key=arrival.event_key,
        event_type=arrival.event_type,
        reason=reason,
        field=field,
        rule=rule,
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
    )
