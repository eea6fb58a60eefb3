"""What a partner sends: each event held to its contract on its own, the good ones on their queue."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ownerloop.domain.access import NOTHING_HELD, Action, authorize
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.partner import AcceptedEvent, Caller, EventAnswer, Partner
from ownerloop.partner_ports import EventQueue, PartnerEvents

ID_MAX = 256  # characters of an id that we repeat to its sender


@dataclass(frozen=True, slots=True)
class EventWorld:
    """Where events go."""

    contract: PartnerEvents
    vehicle_data: EventQueue
    interactions: EventQueue


def accept_events(events: Sequence[Any], *, caller: Caller, world: EventWorld) -> tuple[EventAnswer, ...]:
    """Queue every event that keeps its contract and return one answer for each, in their order.

    Whoever may only book sends events about bookings; others are refused one by one. Nothing is queued before all are
    read, so that a fault leaves only whole queues to be sent again.
    """
    may_all = Action.SEND_EVENTS in caller.partner.scopes or Action.BOOK not in caller.partner.scopes
    authorize(caller.partner, Action.SEND_EVENTS if may_all else Action.BOOK, NOTHING_HELD, now=caller.now)
    read = [_read(index, event, world.contract, caller.partner) for index, event in enumerate(events)]
    accepted = [one for _, one in read if one is not None]
    if vehicle_data := [one.body for one in accepted if one.is_vehicle_data]:
        world.vehicle_data.send(vehicle_data, received_at=caller.now)
    if interactions := [one.body for one in accepted if not one.is_vehicle_data]:
        world.interactions.send(interactions, received_at=caller.now)
    return tuple(answer for answer, _ in read)


def _of_partner(event: AcceptedEvent, partner: Partner) -> AcceptedEvent:
    """Return the event, or refuse one that its scopes do not cover, or whose source is not the partner's.

    Another's source could stand for somebody else's events.
    """
    if not partner.speaks_for(event.source):
        rule = f"goes on from {' or '.join(partner.source_prefixes)}"
        raise MalformedEventError(field="source", rule=rule, reason="foreign_source")
    if not event.is_booking and Action.SEND_EVENTS not in partner.scopes:
        rule = f"is a kind that the scope {Action.BOOK} covers: one about a booking"
        raise MalformedEventError(field="type", rule=rule, reason="scope_missing")
    return event


def refused(answers: Sequence[EventAnswer]) -> Counter[str]:
    """Return how many events were refused, by reason."""
    return Counter(answer.reason for answer in answers if not answer.is_accepted)


def _read(
    index: int, event: Any, contract: PartnerEvents, partner: Partner
) -> tuple[EventAnswer, AcceptedEvent | None]:
    try:
        accepted = _of_partner(contract.read(event), partner)
    except MalformedEventError as refusal:
        said = event.get("id") if isinstance(event, dict) else None
        name = said if isinstance(said, str) and len(said) <= ID_MAX else None
        why = {"reason": refusal.reason, "field": refusal.field, "rule": refusal.rule}
        return EventAnswer(index, name, is_accepted=False, **why), None
    return EventAnswer(index, accepted.event_id, is_accepted=True), accepted
