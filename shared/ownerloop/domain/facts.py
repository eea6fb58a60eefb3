"""What owners did, as append-only facts, and the orders among them as the tiers see them."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
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

    PURCHASE = "purchase"
    SERVICE_ORDER_COMPLETED = "service_order_completed"
    BOOKING_MADE = "booking_made"
    BOOKING_CHANGED = "booking_changed"
    BOOKING_CANCELLED = "booking_cancelled"
    BOOKING_MISSED = "booking_missed"
    WECOM_CHAT = "wecom_chat"
    COMPLAINT_OPENED = "complaint_opened"
    COMPLAINT_CLOSED = "complaint_closed"
    SUBSCRIBED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    WECOM_FRIEND_ADDED = "wecom_friend_added"
    WECOM_FRIEND_DELETED = "wecom_friend_deleted"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that an owner did. `on` is the civil day it counts for; `reference` a digest of its source's number."""

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


class Occasion(NamedTuple):
    """One order: when it was told (seconds since 1970), the day it counts for (ordinal), money in fen, whether a visit.

    `order` stands for the order's number; whoever tells an order again corrects it.
    """

    at: int
    on: int
    is_visit: bool
    fen: int
    order: int


def occasion_of(fact: Fact) -> Occasion | None:
    """Return the fact as the tiers see it, or None for a fact that no tier counts."""
    if fact.kind not in {FactKind.PURCHASE, FactKind.SERVICE_ORDER_COMPLETED}:
        return None
    return Occasion(
        at=int(fact.occurred_at.timestamp()),
        on=fact.on.toordinal(),
        is_visit=fact.kind is FactKind.SERVICE_ORDER_COMPLETED,
        fen=fact.amount_fen or 0,
        order=int(digest(fact.kind, fact.reference, fact.vehicle_id or "")[:16], 16),
    )


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


def told_at(occasion: Occasion) -> datetime:
    """Return the instant at which the order was told."""
    return datetime.fromtimestamp(occasion.at, UTC)
