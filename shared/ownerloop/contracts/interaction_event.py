"""What all interaction events say."""

from ownerloop.contracts.cloud_event import FeedEvent, Instant, Name


class InteractionEvent(FeedEvent):
    """The attributes that all interactions share."""

    subject: Name
    time: Instant
    receivedat: Instant | None = None
