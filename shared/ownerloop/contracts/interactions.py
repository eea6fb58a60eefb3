"""How interactions come in: one model per kind, each with its meaning in the domain."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from ownerloop.contracts.bookings import BookingCancelledV1, BookingChangedV1, BookingMadeV1, BookingMissedV1
from ownerloop.contracts.cloud_event import FEED, Day, Name, Vin
from ownerloop.contracts.enrolment import ItemName, Metres
from ownerloop.contracts.interaction_event import InteractionEvent
from ownerloop.domain import interactions as domain
from ownerloop.domain.facts import FEN_MAX

PREFIX = "ownerloop.interaction."
WECOM_SUBJECT = "wecom:"  # before an external_userid, where the subject is no owner key
Word = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,63}$")]
WordOrAny = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z][a-z0-9_]{0,63})$")]
Fen = Annotated[int, Field(ge=0, le=FEN_MAX)]


class PurchaseData(BaseModel):
    """An order, its money and what it was for."""

    model_config = FEED

    order_id: Name
    amount_fen: Fen
    currency: Literal["CNY"]
    category: Word
    vin: Vin | None = None


class PurchaseV1(InteractionEvent):
    """An owner bought something."""

    type: Literal["ownerloop.interaction.purchase.v1"]
    data: PurchaseData

    def to_domain(self) -> domain.Purchase:
        """Return the purchase in the words of the domain."""
        said = self.data
        return domain.Purchase(said.order_id, said.amount_fen, said.category, _upper(said.vin))


class ServiceOrderCompletedData(BaseModel):
    """A finished workshop order: items for the plan, money for the tier."""

    model_config = FEED

    order_id: Name
    vin: Vin
    on: Day
    odometer_m: Metres | None = None
    items: Annotated[list[ItemName], Field(min_length=1, max_length=50)]
    amount_fen: Fen
    currency: Literal["CNY"]
    technician_id: Name | None = None


class ServiceOrderCompletedV1(InteractionEvent):
    """The workshop finished an owner's order."""

    type: Literal["ownerloop.interaction.service_order_completed.v1"]
    data: ServiceOrderCompletedData

    def to_domain(self) -> domain.ServiceOrderCompleted:
        """Return the order in the words of the domain."""
        said = self.data
        return domain.ServiceOrderCompleted(
            order_id=said.order_id,
            vin=said.vin.upper(),
            on=said.on,
            odometer_m=said.odometer_m,
            items=tuple(said.items),
            amount_fen=said.amount_fen,
            technician_id=said.technician_id,
        )


class WecomChatData(BaseModel):
    """That somebody wrote, never what."""

    model_config = FEED

    direction: Literal["in", "out"]
    message_id: Name


class WecomChatV1(InteractionEvent):
    """An owner and a staff member wrote to each other."""

    type: Literal["ownerloop.interaction.wecom_chat.v1"]
    data: WecomChatData

    def to_domain(self) -> domain.WecomChat:
        """Return the chat in the words of the domain."""
        return domain.WecomChat(self.data.direction, self.data.message_id)


class ComplaintData(BaseModel):
    """Which complaint, and what it is about."""

    model_config = FEED

    case_id: Name
    topic: Word


class ComplaintOpenedV1(InteractionEvent):
    """An owner complained."""

    type: Literal["ownerloop.interaction.complaint_opened.v1"]
    data: ComplaintData

    def to_domain(self) -> domain.ComplaintOpened:
        """Return the complaint in the words of the domain."""
        return domain.ComplaintOpened(self.data.case_id, self.data.topic)


class ComplaintClosedV1(InteractionEvent):
    """A complaint was settled."""

    type: Literal["ownerloop.interaction.complaint_closed.v1"]
    data: ComplaintData

    def to_domain(self) -> domain.ComplaintClosed:
        """Return the end of the complaint in the words of the domain."""
        return domain.ComplaintClosed(self.data.case_id, self.data.topic)


class WishData(BaseModel):
    """Which channel and topic; `*` is every one."""

    model_config = FEED

    channel: WordOrAny
    topic: WordOrAny


class SubscribedV1(InteractionEvent):
    """An owner wants messages of a topic."""

    type: Literal["ownerloop.interaction.subscribed.v1"]
    data: WishData

    def to_domain(self) -> domain.Subscribed:
        """Return the wish in the words of the domain."""
        return domain.Subscribed(self.data.channel, self.data.topic)


class UnsubscribedV1(InteractionEvent):
    """An owner wants no more of a topic."""

    type: Literal["ownerloop.interaction.unsubscribed.v1"]
    data: WishData

    def to_domain(self) -> domain.Unsubscribed:
        """Return the wish in the words of the domain."""
        return domain.Unsubscribed(self.data.channel, self.data.topic)


class WecomFriendData(BaseModel):
    """Which staff member it was about."""

    model_config = FEED

    staff_userid: Name | None = None


class WecomFriendAddedV1(InteractionEvent):
    """An owner and a staff member became friends on WeCom."""

    type: Literal["ownerloop.interaction.wecom_friend_added.v1"]
    data: WecomFriendData

    def to_domain(self) -> domain.WecomFriendAdded:
        """Return the friendship in the words of the domain."""
        return domain.WecomFriendAdded()


class WecomFriendDeletedV1(InteractionEvent):
    """An owner deleted the staff member on WeCom."""

    type: Literal["ownerloop.interaction.wecom_friend_deleted.v1"]
    data: WecomFriendData

    def to_domain(self) -> domain.WecomFriendDeleted:
        """Return the deletion in the words of the domain."""
        return domain.WecomFriendDeleted()


InteractionMessage = (
    PurchaseV1
    | ServiceOrderCompletedV1
    | BookingMadeV1
    | BookingChangedV1
    | BookingCancelledV1
    | BookingMissedV1
    | WecomChatV1
    | ComplaintOpenedV1
    | ComplaintClosedV1
    | SubscribedV1
    | UnsubscribedV1
    | WecomFriendAddedV1
    | WecomFriendDeletedV1
)
MODELS: dict[str, type[InteractionMessage]] = {
    f"{PREFIX}purchase.v1": PurchaseV1,
    f"{PREFIX}service_order_completed.v1": ServiceOrderCompletedV1,
    f"{PREFIX}booking_made.v1": BookingMadeV1,
    f"{PREFIX}booking_changed.v1": BookingChangedV1,
    f"{PREFIX}booking_cancelled.v1": BookingCancelledV1,
    f"{PREFIX}booking_missed.v1": BookingMissedV1,
    f"{PREFIX}wecom_chat.v1": WecomChatV1,
    f"{PREFIX}complaint_opened.v1": ComplaintOpenedV1,
    f"{PREFIX}complaint_closed.v1": ComplaintClosedV1,
    f"{PREFIX}subscribed.v1": SubscribedV1,
    f"{PREFIX}unsubscribed.v1": UnsubscribedV1,
    f"{PREFIX}wecom_friend_added.v1": WecomFriendAddedV1,
    f"{PREFIX}wecom_friend_deleted.v1": WecomFriendDeletedV1,
}


def _upper(vin: str | None) -> str | None:
    return vin.upper() if vin else None
