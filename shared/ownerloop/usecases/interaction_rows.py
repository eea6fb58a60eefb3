"""Interactions as history tells them: one row an event; and what their use case reports."""

from dataclasses import dataclass, field

from ownerloop.domain.facts import Fact
from ownerloop.domain.interactions import InteractionArrival
from ownerloop.ports import Refusal, Row


@dataclass(slots=True)
class InteractionReport:
    """What became of a batch: keys that were applied or found applied, refusals, and keys whose fault may heal."""

    accepted: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    faulted: list[str] = field(default_factory=list)
    announced: int = 0


def interaction_row(fact: Fact) -> Row:
    """Return the history row of a fact."""
    return {
        "event_key": fact.event_key,
        "kind": str(fact.kind),
        "person_id": fact.person_id,
        "vehicle_id": fact.vehicle_id or "",
        "store_id": fact.store_id or "",
        "contact_id": fact.contact_id or "",
        "amount_fen": fact.amount_fen,
        "occurred_at": fact.occurred_at,
        "on": fact.on,
        "received_at": fact.received_at,
    }


def refusal_of(arrival: InteractionArrival, *, reason: str, at_field: str, rule: str) -> Refusal:
    """Return the refusal of a well-formed interaction that broke a rule of the programme."""
    return Refusal(
        event_key=arrival.event_key,
        event_type=arrival.event_type,
        reason=reason,
        field=at_field,
        rule=rule,
        payload_hash=arrival.payload_hash,
        received_at=arrival.received_at,
    )
