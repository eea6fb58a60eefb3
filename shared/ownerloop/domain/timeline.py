"""An owner's timeline: what was done, newest first, with everything about one undertaking in one entry."""

from collections.abc import Iterable
from dataclasses import dataclass

from ownerloop.domain.facts import Fact, FactKind

_K = FactKind
_UNDERTAKINGS = (
    {_K.REGISTRATION, _K.STORE_SCAN},
    {_K.SERVICE_ORDER_OPENED, _K.SERVICE_ORDER_PROGRESSED, _K.SERVICE_ORDER_COMPLETED, _K.SURVEY_ANSWERED},
    {_K.PURCHASE, _K.PAYMENT, _K.PAYMENT_REFUND},
    {_K.BOOKING_MADE, _K.BOOKING_CHANGED, _K.BOOKING_CANCELLED, _K.BOOKING_MISSED},
    {_K.COMPLAINT_OPENED, _K.COMPLAINT_ASSIGNED, _K.CALLBACK_MADE, _K.COMPLAINT_CLOSED},
    {_K.COUPON_ISSUED, _K.COUPON_USED},
    {_K.POINTS_REDEEMED, _K.REDEMPTION_RETURNED},
    {_K.REFERRAL},
)
_OF_KIND = {kind: place for place, kinds in enumerate(_UNDERTAKINGS) for kind in kinds}


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of one undertaking: an order, booking, complaint, registration; or a single fact. Oldest first."""

    facts: tuple[Fact, ...]

    @property
    def newest(self) -> Fact:
        """Return the fact that tells how it stands."""
        return self.facts[-1]


def entries(facts: Iterable[Fact]) -> list[Entry]:
    """Return the facts as entries, the one with the newest fact first; neither order nor duplicates matter."""
    found: dict[tuple[object, str], list[Fact]] = {}
    for fact in sorted(set(facts), key=_order):
        found.setdefault(_place(fact), []).append(fact)
    return sorted((Entry(tuple(some)) for some in found.values()), key=lambda entry: _order(entry.newest), reverse=True)


def _order(fact: Fact) -> tuple[object, ...]:
    return fact.occurred_at, fact.event_key


def _place(fact: Fact) -> tuple[object, str]:
    kind = fact.kind
    if kind is _K.REFUND:
        kind = FactKind(fact.detail)  # a refund belongs to the order whose money it gives back
    if kind in _OF_KIND and fact.reference:
        return _OF_KIND[kind], fact.reference
    return "alone", fact.event_key
