"""Where an interaction meets the points: what it earns, takes back or redeems, and what is answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.facts import Fact
from ownerloop.domain.interactions import InteractionArrival, PointsRedeemed, RedemptionReturned, Refund
from ownerloop.domain.owner import Owner
from ownerloop.domain.points_change import PointsChange
from ownerloop.domain.redemption import Redemption, redemption_key
from ownerloop.domain.tier_record import TierRecord
from ownerloop.points_ports import PointsDesk
from ownerloop.ports import Bus
from ownerloop.usecases.earn_points import earn, take_back
from ownerloop.usecases.following import groups
from ownerloop.usecases.redeem_points import Asking, redeem_points, return_redemption

LATE_DAYS_MAX = timedelta(days=1)  # a redemption asked for yesterday is decided by yesterday's lots and prices


@dataclass(frozen=True, slots=True)
class Moved:
    """What an interaction changes of the points, and its redemption where it is about one."""

    change: PointsChange = field(default_factory=PointsChange)
    redemption: Redemption | None = None


def key_of(arrival: InteractionArrival) -> str | None:
    """Return the redemption that the event is about, or None for one about no redemption."""
    event = arrival.interaction
    if isinstance(event, PointsRedeemed | RedemptionReturned):
        return redemption_key(arrival.source, event.redemption_id)
    return None


def move_points(
    arrival: InteractionArrival,
    fact: Fact,
    *,
    owner: Owner,
    tier: TierRecord,
    desk: PointsDesk,
    now: datetime,
    today: date,
) -> Moved:
    """Return what the event changes of the points of its owner; `today` is the owner's civil day."""
    event = arrival.interaction

    def asked() -> Asking:
        return _asking(arrival, owner, desk=desk, now=now, on=max(fact.on, today - LATE_DAYS_MAX))

    match event:
        case PointsRedeemed():
            redemption, change = redeem_points(asked(), event, desk=desk)
            return Moved(change, redemption)
        case RedemptionReturned():
            redemption, change = return_redemption(asked(), desk=desk)
            return Moved(change, redemption)
        case Refund():
            claim_id = f"{event.order_kind}#{fact.reference}"
            return Moved(take_back(fact, claim_id=claim_id, tier=tier, desk=desk, now=now, today=today))
        case _:
            return Moved(earn(fact, tier=tier, desk=desk, now=now, today=today))


def _asking(arrival: InteractionArrival, owner: Owner, *, desk: PointsDesk, now: datetime, on: date) -> Asking:
    key = key_of(arrival) or ""
    if owner.head_id == owner.person_id and not owner.members:
        return Asking(key, owner.person_id, now, on)
    ((head_id, group),) = groups(desk.owners, [owner.person_id]).items()
    return Asking(key, owner.person_id, now, on, persons=tuple(sorted(group)), group=(head_id, group[head_id].version))


def redemption_told(arrival: InteractionArrival, *, desk: PointsDesk) -> Redemption | None:
    """Return how the event's redemption stands, for an event that was applied before."""
    key = key_of(arrival)
    return desk.points.redemption(key) if key else None


def tell_redemption(arrival: InteractionArrival, redemption: Redemption, *, desk: PointsDesk, bus: Bus) -> None:
    """Publish how the redemption stands; the same again at every redelivery."""
    bus.publish([desk.answers.redeemed(redemption, at=arrival.received_at)])


def refusals_told(
    arrival: InteractionArrival, error: MalformedEventError, *, desk: PointsDesk
) -> Sequence[Mapping[str, Any]]:
    """Return the answer to an event about a redemption that broke a rule; nothing for another event."""
    key = key_of(arrival)
    if key is None:
        return []
    return [desk.answers.redemption_refused(key, event_key=arrival.event_key, error=error, at=arrival.received_at)]
