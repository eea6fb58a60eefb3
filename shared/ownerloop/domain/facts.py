"""What owners did, as append-only facts, and the orders among them as the tiers see them."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

from ownerloop.domain.ids import digest

OCCASIONS_MAX = 400  # newest orders kept for the tier, 8 KB; the facts themselves are all kept
FEN_MAX = 2**32 - 1  # 42.9 million yuan in one order
_PACKED = struct.Struct(">IHBIQ")  # at, day, is_visit, fen, order: 19 bytes an occasion
FIRST_DAY = date(2000, 1, 1)  # of a fact: no order of the programme is older
_FIRST = FIRST_DAY.toordinal()


class FactKind(StrEnum):
    """What a fact is about."""

    REGISTRATION = "registration"
    STORE_SCAN = "store_scan"
    CHECK_IN = "check_in"
    TEST_DRIVE = "test_drive"
    PURCHASE = "purchase"
    REFUND = "refund"
    PAYMENT = "payment"
    PAYMENT_REFUND = "payment_refund"
    SERVICE_ORDER_OPENED = "service_order_opened"
    SERVICE_ORDER_PROGRESSED = "service_order_progressed"
    SERVICE_ORDER_COMPLETED = "service_order_completed"
    BOOKING_MADE = "booking_made"
    BOOKING_CHANGED = "booking_changed"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_MISSED = "booking_missed"
    WECOM_CHAT = "wecom_chat"
    WECOM_FRIEND_ADDED = "wecom_friend_added"
    WECOM_FRIEND_DELETED = "wecom_friend_deleted"
    COMPLAINT_OPENED = "complaint_opened"
    COMPLAINT_ASSIGNED = "complaint_assigned"
    CALLBACK_MADE = "callback_made"
    COMPLAINT_CLOSED = "complaint_closed"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    COMMUNITY_POST = "community_post"
    BRAND_MENTION = "brand_mention"
    CONTENT_VIEW = "content_view"
    PAGE_VIEW = "page_view"
    LINK_CLICK = "link_click"
    IN_CAR_INTERACTION = "in_car_interaction"
    SURVEY_ANSWERED = "survey_answered"
    NPS_ANSWERED = "nps_answered"
    COUPON_ISSUED = "coupon_issued"
    COUPON_USED = "coupon_used"
    CAMPAIGN_JOINED = "campaign_joined"
    GAME_PLAYED = "game_played"
    REFERRAL = "referral"
    POINTS_REDEEMED = "points_redeemed"
    REDEMPTION_RETURNED = "redemption_returned"
    TAG_ADDED = "tag_added"
    TAG_REMOVED = "tag_removed"


ORDER_KINDS = frozenset({FactKind.PURCHASE, FactKind.SERVICE_ORDER_COMPLETED})  # what the tiers count


class Line(NamedTuple):
    """One line of an order: what kind of goods or work, its price and, where told, its cost, in fen."""

    category: str
    amount_fen: int
    cost_fen: int | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that an owner did. `on` is the civil day it counts for.

    `reference` is a digest of the number of what it belongs to (order, booking, case, registration), so that all facts
    about one thing meet; `part` is a digest of its own number in that, where it has one (refund, payment, step).
    """

    event_key: str
    person_id: str
    kind: FactKind
    occurred_at: datetime
    received_at: datetime
    on: date
    store_id: str | None = None
    vehicle_id: str | None = None
    amount_fen: int | None = None
    reference: str = ""
    contact_id: str | None = None
    detail: str = ""  # the category, direction, topic or `channel/topic`; never free text
    part: str = ""
    duration_s: int | None = None
    score: int | None = None  # 0-10
    lines: tuple[Line, ...] = ()

    @property
    def cost_fen(self) -> int | None:
        """Return what the order cost the dealer, or None where a line leaves it open or there are none."""
        costs = [line.cost_fen for line in self.lines]
        known = [cost for cost in costs if cost is not None]
        return sum(known) if costs and len(known) == len(costs) else None


class Occasion(NamedTuple):
    """One order: when it was told (seconds since 1970), the day it counts for (ordinal), money in fen, whether a visit.

    `order` stands for the order's kind and number; whoever tells an order again corrects it.
    """

    at: int
    on: int
    is_visit: bool
    fen: int
    order: int


def occasion_of(fact: Fact) -> Occasion | None:
    """Return the fact as the tiers see it, or None for a fact that no tier counts."""
    if fact.kind not in ORDER_KINDS:
        return None
    return Occasion(
        at=int(fact.occurred_at.timestamp()),
        on=fact.on.toordinal(),
        is_visit=fact.kind is FactKind.SERVICE_ORDER_COMPLETED,
        fen=fact.amount_fen or 0,
        order=order_of(fact.kind, fact.reference),
    )


def order_of(kind: str, reference: str) -> int:
    """Return what stands for an order among its owner's: 64 bits of its kind and the digest of its number."""
    return int(digest(kind, reference)[:16], 16)


def merge(held: Iterable[Occasion], new: Iterable[Occasion]) -> tuple[Occasion, ...]:
    """Return the newest telling of each order, in their order in time, the newest `OCCASIONS_MAX` of them.

    What is newest is decided by the whole value, so merging is idempotent, commutative and associative.
    """
    newest: dict[int, Occasion] = {}
    for occasion in (*held, *new):
        if occasion >= newest.get(occasion.order, occasion):
            newest[occasion.order] = occasion
    return tuple(sorted(newest.values())[-OCCASIONS_MAX:])


def pack(occasions: Iterable[Occasion]) -> bytes:
    """Return 19 bytes an occasion, big-endian: at, days since 2000, visit, fen, order."""
    return b"".join(_PACKED.pack(one.at, one.on - _FIRST, one.is_visit, one.fen, one.order) for one in occasions)


def unpack(packed: bytes) -> tuple[Occasion, ...]:
    """Return the occasions behind `pack`."""
    return tuple(
        Occasion(at, day + _FIRST, bool(is_visit), fen, order)
        for at, day, is_visit, fen, order in _PACKED.iter_unpack(packed)
    )
