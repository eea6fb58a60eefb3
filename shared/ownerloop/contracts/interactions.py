"""How interactions come in: one model per kind, each with its meaning in the domain."""

from typing import Literal, get_args

from pydantic import BaseModel

from ownerloop.contracts import attention, bookings, complaints, orders, participation, redemptions, tags
from ownerloop.contracts.cloud_event import FEED, Name
from ownerloop.contracts.interaction_event import InteractionEvent, WordOrAny
from ownerloop.domain import interactions as domain

PREFIX = "ownerloop.interaction."
WECOM_SUBJECT = "wecom:"  # before an external_userid, where the subject is no owner key
CASE_SUBJECT = "case:"  # before our name of a case, where whoever tells it knows nothing else of the owner
PERSON_SUBJECT = "person:"  # before our name of a person, where our own operator tells it


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


_KINDS: tuple[type[InteractionEvent], ...] = (
    participation.RegistrationV1,
    participation.StoreScanV1,
    participation.CheckInV1,
    participation.TestDriveV1,
    orders.PurchaseV1,
    orders.RefundV1,
    orders.PaymentV1,
    orders.PaymentRefundV1,
    orders.ServiceOrderOpenedV1,
    orders.ServiceOrderProgressedV1,
    orders.ServiceOrderCompletedV1,
    bookings.BookingMadeV1,
    bookings.BookingChangedV1,
    bookings.BookingCancelledV1,
    bookings.BookingMissedV1,
    WecomChatV1,
    WecomFriendAddedV1,
    WecomFriendDeletedV1,
    complaints.ComplaintOpenedV1,
    complaints.ComplaintAssignedV1,
    complaints.CallbackMadeV1,
    complaints.ComplaintClosedV1,
    SubscribedV1,
    UnsubscribedV1,
    attention.CommunityPostV1,
    attention.BrandMentionV1,
    attention.ContentViewV1,
    attention.PageViewV1,
    attention.LinkClickV1,
    attention.InCarInteractionV1,
    participation.SurveyAnsweredV1,
    participation.NpsAnsweredV1,
    participation.CouponIssuedV1,
    participation.CouponUsedV1,
    participation.CampaignJoinedV1,
    participation.GamePlayedV1,
    participation.ReferralV1,
    redemptions.PointsRedeemedV1,
    redemptions.RedemptionReturnedV1,
    tags.TagAddedV1,
    tags.TagRemovedV1,
)
MODELS: dict[str, type[InteractionEvent]] = {
    name: model for model in _KINDS for name in get_args(model.model_fields["type"].annotation)
}
