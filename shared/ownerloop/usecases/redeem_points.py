"""Redemptions: each decided once, in the order of arrival, and recorded, whether it was granted or refused."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from ownerloop.domain.errors import InsufficientPointsError, MalformedEventError
from ownerloop.domain.interactions import PointsRedeemed
from ownerloop.domain.points_change import PointsChange, posted
from ownerloop.domain.points_moves import redeem_together, restore
from ownerloop.domain.redemption import MallItem, Redemption, RedemptionState, Taken
from ownerloop.points_ports import PointsDesk

_S = RedemptionState


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks, under which number, when it is decided, and the day whose lots and prices hold."""

    redemption_key: str
    person_id: str
    now: datetime
    on: date
    persons: tuple[str, ...] = ()  # everybody who is one with the asker, the asker too; of nobody else the asker alone
    group: tuple[str, int] | None = None  # the head of these, and its profile's version as read

    @property
    def drawn_on(self) -> tuple[str, ...]:
        """Return the persons whose points can be spent."""
        return self.persons or (self.person_id,)


def redeem_points(asking: Asking, event: PointsRedeemed, *, desk: PointsDesk) -> tuple[Redemption, PointsChange]:
    """Return the redemption as it stands after the event, and what changes; nothing where it was decided before.

    Raises MalformedEventError where its name stands for another redemption.
    """
    held = desk.points.redemption(asking.redemption_key)
    if held is not None:
        _check_owner(held, asking)
        if held.version == 1 and held.reason == _RETURNED_EARLY:
            return _recorded(replace(held, version=2, item_id=event.item_id, quantity=event.quantity))
        if not held.asks_the_same(item_id=event.item_id, quantity=event.quantity, points=event.points):
            raise MalformedEventError(
                field="data.redemption_id", rule="already names another redemption", reason="identity_reused"
            )
        return held, PointsChange()
    item = desk.mall_on(asking.on).items.get(event.item_id) if event.item_id else None
    refusal, points = _priced(event, item, desk=desk)
    fresh = Redemption(
        redemption_key=asking.redemption_key,
        person_id=asking.person_id,
        state=_S.REFUSED,
        reason=refusal,
        decided_at=asking.now,
        item_id=event.item_id,
        quantity=event.quantity,
        points=points,
    )
    return _recorded(fresh) if refusal else _drawn(fresh, asking, item, desk=desk)


def return_redemption(asking: Asking, *, desk: PointsDesk) -> tuple[Redemption, PointsChange]:
    """Return the redemption given back, and what changes; nothing for one that was refused or given back before.

    One that comes before its redemption is kept, so that the redemption, when it comes, takes nothing.
    """
    held = desk.points.redemption(asking.redemption_key)
    if held is None:
        early = Redemption(asking.redemption_key, asking.person_id, _S.RETURNED, _RETURNED_EARLY, asking.now)
        return _recorded(early)
    _check_owner(held, asking)
    if held.state is not _S.REDEEMED:
        return held, PointsChange()
    accounts = desk.points.accounts([person_id for person_id, _ in held.entries])
    postings = []
    for person_id, number in held.entries:
        drawn = desk.points.entry(person_id, number)
        back = restore(accounts[person_id], drawn, entry_id=f"return#{held.redemption_key}", at=asking.now)
        postings.append(posted(accounts[person_id], back))
        accounts[person_id] = postings[-1].account  # a split may have left two entries on one account
    redemption = replace(held, state=_S.RETURNED, reason="returned", version=held.version + 1)
    taken = Taken(held.item_id, -held.quantity, _ANY_STOCK) if held.item_id else None
    return redemption, PointsChange(tuple(postings), redemption=redemption, taken=taken)


_RETURNED_EARLY = "returned_before_redeemed"
_ANY_STOCK = 2**53  # giving back asks for no room


def _priced(event: PointsRedeemed, item: MallItem | None, *, desk: PointsDesk) -> tuple[str, int]:
    # The reason to refuse ("" for none), and what it costs or was thought to cost.
    if event.item_id is None:
        return "", event.points or 0
    if item is None:
        return "unknown_item", event.points or 0
    points = item.points * event.quantity
    if event.points is not None and event.points != points:
        return "price_changed", event.points
    if desk.points.taken([item.item_id])[item.item_id] + event.quantity > item.stock:
        return "out_of_stock", points
    return "", points


def _drawn(
    fresh: Redemption, asking: Asking, item: MallItem | None, *, desk: PointsDesk
) -> tuple[Redemption, PointsChange]:
    accounts = desk.points.accounts(asking.drawn_on)
    try:
        entries = redeem_together(
            list(accounts.values()),
            fresh.points,
            entry_id=f"redeem#{fresh.redemption_key}",
            cause=fresh.redemption_key,
            at=asking.now,
            on=asking.on,
            asked_by=asking.person_id,
        )
    except InsufficientPointsError as refused:
        return _recorded(replace(fresh, reason=refused.reason))
    redemption = replace(
        fresh,
        state=_S.REDEEMED,
        reason="redeemed",
        entries=tuple((entry.person_id, entry.number) for entry in entries),
    )
    postings = tuple(posted(accounts[entry.person_id], entry) for entry in entries)
    taken = Taken(item.item_id, fresh.quantity, item.stock) if item else None
    return redemption, PointsChange(postings, redemption=redemption, taken=taken, group=asking.group)


def _recorded(redemption: Redemption) -> tuple[Redemption, PointsChange]:
    return redemption, PointsChange(redemption=redemption)


def _check_owner(held: Redemption, asking: Asking) -> None:
    if held.person_id not in asking.drawn_on:
        raise MalformedEventError(
            field="data.redemption_id", rule="names a redemption of the owner", reason="foreign_redemption"
        )
