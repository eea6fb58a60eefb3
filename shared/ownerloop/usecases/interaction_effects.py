"""What an interaction changes of an owner's wishes and complaints."""

from datetime import datetime

from ownerloop.domain import cases
from ownerloop.domain.interactions import (
    ANY,
    WECOM,
    ComplaintClosed,
    ComplaintOpened,
    Interaction,
    Subscribed,
    Unsubscribed,
    WecomFriendDeleted,
)
from ownerloop.domain.owner import Owner, Subscribe, Unsubscribe, subscribed, unsubscribed


def case_key(event: Interaction, person_id: str) -> str | None:
    """Return the case that the event is about, or None."""
    if isinstance(event, ComplaintOpened | ComplaintClosed):
        return cases.case_key(person_id, event.case_id)
    return None


def changed_case(
    event: Interaction, case: cases.Case | None, *, at: datetime, store_id: str | None
) -> cases.Case | None:
    """Return the case after the event, or None for an event about none."""
    match event:
        case ComplaintOpened() if case:
            return cases.opened(case, at=at, topic=event.topic, store_id=store_id)
        case ComplaintClosed() if case:
            return cases.closed(case, at=at)
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
