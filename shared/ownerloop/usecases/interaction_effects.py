"""What an interaction changes of an owner's wishes and complaints."""

from datetime import datetime

from ownerloop.domain import cases, complaints
from ownerloop.domain.interactions import (
    ANY,
    WECOM,
    CallbackMade,
    ComplaintAssigned,
    ComplaintClosed,
    ComplaintOpened,
    Interaction,
    InteractionArrival,
    Subscribed,
    Unsubscribed,
    WecomFriendDeleted,
)
from ownerloop.domain.owner import Owner, Subscribe, Unsubscribe, subscribed, unsubscribed

COMPLAINT_EVENTS = (ComplaintOpened, ComplaintAssigned, CallbackMade, ComplaintClosed)


def case_key(event: Interaction, person_id: str) -> str | None:
    """Return the case that the event is about, or None."""
    if isinstance(event, COMPLAINT_EVENTS):
        return cases.case_key(person_id, event.case_id)
    return None


def changed_case(
    arrival: InteractionArrival, case: cases.Case | None, *, owner: Owner, now: datetime
) -> cases.Case | None:
    """Return the case after the event, or None for an event about none."""
    if case is None:
        return None
    complaints.check_person(case, person_id=owner.person_id)
    told = complaints.Telling(arrival.occurred_at, told_at=arrival.received_at, now=now)
    match arrival.interaction:
        case ComplaintOpened() as event:
            return complaints.opened(
                case,
                told,
                topic=event.topic,
                complaint_type=event.complaint_type,
                evidence=event.evidence,
                store_id=owner.store_id,
            )
        case ComplaintAssigned() as event:
            return complaints.assigned(case, told, staff_userid=event.staff_userid)
        case CallbackMade() as event:
            return complaints.called_back(case, told) if event.was_reached else case
        case ComplaintClosed():
            return complaints.closed(case, told)
        case _:
            return None


def changed_owner(event: Interaction, owner: Owner, *, case: cases.Case | None, at: datetime) -> Owner:
    """Return the owner after the event; the same owner where nothing changed."""
    match event:
        case Subscribed():
            return subscribed(owner, Subscribe(at, event.channel, event.topic))
        case Unsubscribed():
            return unsubscribed(owner, Unsubscribe(at, event.channel, event.topic))
        case WecomFriendDeleted():
            return unsubscribed(owner, Unsubscribe(at, WECOM, ANY))
        case _:
            return cases.with_case(owner, case) if case else owner
