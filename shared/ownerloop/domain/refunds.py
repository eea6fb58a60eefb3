"""What was given back of an owner's orders, and the orders as they count then, whichever of both came first."""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from ownerloop.domain.facts import Fact, FactKind, Occasion, order_of

REFUNDS_MAX = 100  # newest refunds kept for the tier, 2.4 KB; the facts themselves are all kept
_PACKED = struct.Struct(">IIQQ")  # at, fen, order, refund: 24 bytes a refund


class Refunded(NamedTuple):
    """One refund: when it was told (seconds since 1970), money in fen, the order it is of, and its own number."""

    at: int
    fen: int
    order: int
    refund: int


def refunded_of(fact: Fact) -> Refunded | None:
    """Return the refund as the tiers see it, or None for a fact that is none; `detail` is the kind of its order."""
    if fact.kind is not FactKind.REFUND:
        return None
    return Refunded(
        at=int(fact.occurred_at.timestamp()),
        fen=fact.amount_fen or 0,
        order=order_of(fact.detail, fact.reference),
        refund=int(fact.part[:16], 16),
    )


def merge(held: Iterable[Refunded], new: Iterable[Refunded]) -> tuple[Refunded, ...]:
    """Return the newest telling of each refund, the newest `REFUNDS_MAX` of them; a join, as for the orders."""
    newest: dict[tuple[int, int], Refunded] = {}
    for one in (*held, *new):
        place = one.order, one.refund
        if one >= newest.get(place, one):
            newest[place] = one
    return tuple(sorted(newest.values())[-REFUNDS_MAX:])


def net(occasions: Iterable[Occasion], refunds: Iterable[Refunded]) -> tuple[Occasion, ...]:
    """Return the orders less what was given back of each, never below 0.

    A purchase that was given back whole is no order any more; a visit to the workshop stays one. A refund of an order
    that nobody told of waits without effect.
    """
    given_back: dict[int, int] = {}
    for refund in refunds:
        given_back[refund.order] = given_back.get(refund.order, 0) + refund.fen
    if not given_back:
        return tuple(occasions)
    counted: list[Occasion] = []
    for one in occasions:
        if one.order not in given_back:
            counted.append(one)
        elif (fen := max(0, one.fen - given_back[one.order])) or one.is_visit:
            counted.append(Occasion(one.at, one.on, one.is_visit, fen, one.order))
    return tuple(counted)


def pack(refunds: Iterable[Refunded]) -> bytes:
    """Return 24 bytes a refund, big-endian: at, fen, order, refund."""
    return b"".join(_PACKED.pack(*one) for one in refunds)


def unpack(packed: bytes) -> tuple[Refunded, ...]:
    """Return the refunds behind `pack`."""
    return tuple(Refunded(*values) for values in _PACKED.iter_unpack(packed))
