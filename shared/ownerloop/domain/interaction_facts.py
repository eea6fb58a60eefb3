"""The fact that each interaction leaves behind."""

from datetime import date

from ownerloop.domain.facts import Fact, FactKind
from ownerloop.domain.ids import digest
from ownerloop.domain.interactions import (
    WECOM,
    BookingCancelled,
    BookingChanged,
    BookingMade,
    BookingMissed,
    CallbackMade,
    ComplaintAssigned,
    ComplaintClosed,
    ComplaintOpened,
    Doing,
    Interaction,
    InteractionArrival,
    PointsRedeemed,
    Purchase,
    RedemptionReturned,
    Refund,
    ServiceOrderCompleted,
    Subscribed,
    Touch,
    Unsubscribed,
    WecomChat,
    WecomFriendAdded,
    WecomFriendDeleted,
)


def fact_of(
    arrival: InteractionArrival, *, person_id: str, store_id: str | None, vehicle_id: str | None, on: date
) -> Fact:
    """Return the fact that the interaction leaves; `on` is the civil day of its instant."""
    event = arrival.interaction
    touch = event if isinstance(event, Touch) else _touch_of(event)
    return Fact(
        event_key=arrival.event_key,
        person_id=person_id,
        kind=touch.kind,
        occurred_at=arrival.occurred_at,
        received_at=arrival.received_at,
        on=event.on if isinstance(event, ServiceOrderCompleted) else on,
        store_id=touch.store_id or store_id,
        vehicle_id=vehicle_id,
        amount_fen=touch.amount_fen,
        reference=reference_of(touch.about),
        contact_id=touch.contact_id,
        detail=touch.detail,
        part=reference_of(touch.number),
        duration_s=touch.duration_s,
        score=touch.score,
        lines=event.lines if isinstance(event, Purchase | ServiceOrderCompleted) else (),
    )


def kind_of(event: Interaction) -> FactKind:
    """Return the kind of fact that the interaction leaves."""
    return event.kind if isinstance(event, Touch) else _KINDS[type(event)]


def reference_of(number: str) -> str:
    """Return what a fact keeps of a source's own number, which may spell out a VIN or an owner's key."""
    return digest(number)[:24] if number else ""


def _touch_of(event: Doing) -> Touch:
    return Touch(
        kind=_KINDS[type(event)],
        about=_about(event),
        number=event.refund_id if isinstance(event, Refund) else "",
        detail=_detail(event),
        contact_id=event.contact_id if isinstance(event, BookingMade) else None,
        amount_fen=event.amount_fen if isinstance(event, Purchase | Refund | ServiceOrderCompleted) else None,
    )


def _about(event: Doing) -> str:
    match event:
        case Purchase() | Refund() | ServiceOrderCompleted():
            return event.order_id
        case BookingMade() | BookingChanged() | BookingCancelled() | BookingMissed():
            return event.booking_id
        case ComplaintOpened() | ComplaintAssigned() | CallbackMade() | ComplaintClosed():
            return event.case_id
        case PointsRedeemed() | RedemptionReturned():
            return event.redemption_id
        case WecomChat():
            return event.message_id
        case _:
            return ""


def _detail(event: Doing) -> str:
    words = ""
    match event:
        case Purchase():
            words = event.category
        case Refund():
            words = event.order_kind
        case ServiceOrderCompleted():
            words = " ".join(sorted(event.items))
        case BookingMade() | BookingChanged():
            words = event.for_at.isoformat()
        case WecomChat():
            words = event.direction
        case ComplaintOpened() | ComplaintClosed() | CallbackMade():
            words = _of_complaint(event)
        case Subscribed() | Unsubscribed():
            words = f"{event.channel}/{event.topic}"
        case WecomFriendAdded() | WecomFriendDeleted():
            words = WECOM
        case PointsRedeemed():
            words = event.item_id or ""
    return words


def _of_complaint(event: ComplaintOpened | ComplaintClosed | CallbackMade) -> str:
    if isinstance(event, CallbackMade):
        return "reached" if event.was_reached else "not_reached"
    return event.topic


_KINDS: dict[type[Doing], FactKind] = {
    Purchase: FactKind.PURCHASE,
    Refund: FactKind.REFUND,
    ServiceOrderCompleted: FactKind.SERVICE_ORDER_COMPLETED,
    BookingMade: FactKind.BOOKING_MADE,
    BookingChanged: FactKind.BOOKING_CHANGED,
    BookingCancelled: FactKind.BOOKING_CANCELLED,
    BookingMissed: FactKind.BOOKING_MISSED,
    WecomChat: FactKind.WECOM_CHAT,
    ComplaintOpened: FactKind.COMPLAINT_OPENED,
    ComplaintAssigned: FactKind.COMPLAINT_ASSIGNED,
    CallbackMade: FactKind.CALLBACK_MADE,
    ComplaintClosed: FactKind.COMPLAINT_CLOSED,
    Subscribed: FactKind.SUBSCRIBED,
    Unsubscribed: FactKind.UNSUBSCRIBED,
    WecomFriendAdded: FactKind.WECOM_FRIEND_ADDED,
    WecomFriendDeleted: FactKind.WECOM_FRIEND_DELETED,
    PointsRedeemed: FactKind.POINTS_REDEEMED,
    RedemptionReturned: FactKind.REDEMPTION_RETURNED,
}
