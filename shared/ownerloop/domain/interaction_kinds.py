"""What each kind of interaction can change beside the timeline and the points: one table, for whoever decides."""

from collections.abc import Mapping
from enum import Flag, auto

from ownerloop.domain.facts import FactKind


class Effect(Flag):
    """What an interaction can change."""

    NONE = 0
    TIER = auto()
    SERVICE = auto()  # the car's plan counts from it
    BOOKING = auto()  # a workshop's day, a booking, the car's visits
    CASE = auto()  # a complaint, and with it what the owner may be sent
    WISH = auto()  # what the owner wants to be sent


EFFECTS: Mapping[FactKind, Effect] = {
    FactKind.REGISTRATION: Effect.NONE,
    FactKind.STORE_SCAN: Effect.NONE,
    FactKind.CHECK_IN: Effect.NONE,
    FactKind.TEST_DRIVE: Effect.NONE,
    FactKind.PURCHASE: Effect.TIER,
    FactKind.REFUND: Effect.TIER,
    FactKind.PAYMENT: Effect.NONE,
    FactKind.PAYMENT_REFUND: Effect.NONE,
    FactKind.SERVICE_ORDER_OPENED: Effect.NONE,
    FactKind.SERVICE_ORDER_PROGRESSED: Effect.NONE,
    FactKind.SERVICE_ORDER_COMPLETED: Effect.TIER | Effect.SERVICE | Effect.BOOKING,
    FactKind.BOOKING_MADE: Effect.BOOKING,
    FactKind.BOOKING_CHANGED: Effect.BOOKING,
    FactKind.BOOKING_CANCELLED: Effect.BOOKING,
    FactKind.BOOKING_MISSED: Effect.BOOKING,
    FactKind.WECOM_CHAT: Effect.NONE,
    FactKind.WECOM_FRIEND_ADDED: Effect.NONE,
    FactKind.WECOM_FRIEND_DELETED: Effect.WISH,
    FactKind.COMPLAINT_OPENED: Effect.CASE,
    FactKind.COMPLAINT_ASSIGNED: Effect.CASE,
    FactKind.CALLBACK_MADE: Effect.CASE,
    FactKind.COMPLAINT_CLOSED: Effect.CASE,
    FactKind.SUBSCRIBED: Effect.WISH,
    FactKind.UNSUBSCRIBED: Effect.WISH,
    FactKind.COMMUNITY_POST: Effect.NONE,
    FactKind.BRAND_MENTION: Effect.NONE,
    FactKind.CONTENT_VIEW: Effect.NONE,
    FactKind.PAGE_VIEW: Effect.NONE,
    FactKind.LINK_CLICK: Effect.NONE,
    FactKind.IN_CAR_INTERACTION: Effect.NONE,
    FactKind.SURVEY_ANSWERED: Effect.NONE,
    FactKind.NPS_ANSWERED: Effect.NONE,
    FactKind.COUPON_ISSUED: Effect.NONE,
    FactKind.COUPON_USED: Effect.NONE,
    FactKind.CAMPAIGN_JOINED: Effect.NONE,
    FactKind.GAME_PLAYED: Effect.NONE,
    FactKind.REFERRAL: Effect.NONE,
    FactKind.POINTS_REDEEMED: Effect.NONE,
    FactKind.REDEMPTION_RETURNED: Effect.NONE,
    FactKind.TAG_ADDED: Effect.NONE,
    FactKind.TAG_REMOVED: Effect.NONE,
}
