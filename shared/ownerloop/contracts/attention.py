"""How attention comes in: posts, mentions, views, clicks and the cockpit; ids and topics, never what was said."""

from typing import Literal

from ownerloop.contracts.cloud_event import Name, Vin
from ownerloop.contracts.interaction_event import Code, ContactId, Seconds, TouchData, TouchEvent, Word, words
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interactions import Touch


class CommunityPostData(TouchData):
    """Which post, in which community and on which topic; never its text."""

    post_id: Name
    topic: Word
    community: Word | None = None

    def touch(self) -> Touch:
        """Return the post in the words of the domain."""
        return Touch(FactKind.COMMUNITY_POST, about=self.post_id, detail=words(self.topic, self.community))


class CommunityPostV1(TouchEvent):
    """An owner wrote in a community."""

    type: Literal["ownerloop.interaction.community_post.v1"]
    data: CommunityPostData


class BrandMentionData(TouchData):
    """Which mention, where, and in what mood; never its text."""

    mention_id: Name
    platform: Word
    sentiment: Literal["positive", "neutral", "negative"]

    def touch(self) -> Touch:
        """Return the mention in the words of the domain."""
        return Touch(FactKind.BRAND_MENTION, about=self.mention_id, detail=words(self.platform, self.sentiment))


class BrandMentionV1(TouchEvent):
    """An owner named the brand in public."""

    type: Literal["ownerloop.interaction.brand_mention.v1"]
    data: BrandMentionData


class ContentViewData(TouchData):
    """What was watched or read, and for how long."""

    content_id: Name
    medium: Literal["short_video", "live_stream", "article"]
    topic: Word | None = None
    duration_s: Seconds

    def touch(self) -> Touch:
        """Return the view in the words of the domain."""
        detail = words(self.medium, self.topic)
        return Touch(FactKind.CONTENT_VIEW, about=self.content_id, detail=detail, duration_s=self.duration_s)


class ContentViewV1(TouchEvent):
    """An owner watched a video or a live stream, or read an article."""

    type: Literal["ownerloop.interaction.content_view.v1"]
    data: ContentViewData


class PageViewData(TouchData):
    """Which page of the mini-program or site, and for how long."""

    page: Code
    duration_s: Seconds | None = None

    def touch(self) -> Touch:
        """Return the view in the words of the domain."""
        return Touch(FactKind.PAGE_VIEW, detail=self.page, duration_s=self.duration_s)


class PageViewV1(TouchEvent):
    """An owner looked at a page."""

    type: Literal["ownerloop.interaction.page_view.v1"]
    data: PageViewData


class LinkClickData(TouchData):
    """Which link, and the contact that it stood in if it did."""

    link: Code
    contact_id: ContactId | None = None

    def touch(self) -> Touch:
        """Return the click in the words of the domain."""
        return Touch(FactKind.LINK_CLICK, detail=self.link, contact_id=self.contact_id)


class LinkClickV1(TouchEvent):
    """An owner followed a link."""

    type: Literal["ownerloop.interaction.link_click.v1"]
    data: LinkClickData


class InCarInteractionData(TouchData):
    """Which function of the cockpit was used, in which car, and for how long."""

    feature: Word
    vin: Vin
    duration_s: Seconds

    def touch(self) -> Touch:
        """Return the use in the words of the domain."""
        kind, vin = FactKind.IN_CAR_INTERACTION, self.vin.upper()
        return Touch(kind, detail=self.feature, vin=vin, duration_s=self.duration_s)


class InCarInteractionV1(TouchEvent):
    """An owner used the cockpit of the car."""

    type: Literal["ownerloop.interaction.in_car_interaction.v1"]
    data: InCarInteractionData
