"""What is kept of an owner's tier: the orders behind it, the value that follows, and how it changed."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from ownerloop.domain import refunds as refunding
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.facts import Fact, Occasion, merge, occasion_of
from ownerloop.domain.ids import digest
from ownerloop.domain.refunds import Refunded
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tiers import Tier, TierState, settle

CHANGES_KEPT = 8  # newest changes on the item; each was published when it happened
NIGHTS_KEPT = 32  # newest nights that settled another tier; with the minimum stay more than a year of them


@dataclass(frozen=True, slots=True)
class TierChange:
    """One change of the tier: from what, to what, why, and which event or night caused it."""

    version: int
    before: Tier
    after: Tier
    at: datetime
    cause: str


@dataclass(frozen=True, slots=True)
class TierRecord:
    """The tier item of one person. `version` is 0 for a person without one, who is a prospect.

    `state` is provisional between two nights; `settled` is the tier of the last night and `settled_on` the day on which
    it last changed: multipliers and welcomes use these two.
    """

    person_id: str
    version: int = 0
    occasions: tuple[Occasion, ...] = ()
    state: TierState | None = None
    settled: Tier = Tier.PROSPECT
    settled_on: date | None = None
    changes: tuple[TierChange, ...] = ()
    nights: tuple[tuple[date, Tier], ...] = ()  # the nights that settled another tier, oldest first
    refunds: tuple[Refunded, ...] = ()  # of these orders, or of orders that nobody told of yet
    joined: tuple[Occasion, ...] = ()  # what the rest of the owner's group ordered, as read; never stored

    @property
    def orders(self) -> tuple[Occasion, ...]:
        """Return the orders as they count: less what was given back of them, and with those of the owner's group."""
        own = refunding.net(self.occasions, self.refunds)
        return merge(own, self.joined) if self.joined else own

    @property
    def tier(self) -> Tier:
        """Return the tier as last computed."""
        return self.state.tier if self.state else Tier.PROSPECT

    def caused_by(self, cause: str) -> tuple[TierChange, ...]:
        """Return the changes that the event or night caused, as far as they are kept."""
        return tuple(change for change in self.changes if change.cause == cause)

    def settled_before(self, day: date) -> Tier:
        """Return the tier of the last night before the day; of a day older than all that is kept, the oldest."""
        known = [tier for on, tier in self.nights if on < day]
        if known:
            return known[-1]
        return self.nights[0][1] if len(self.nights) == NIGHTS_KEPT else Tier.PROSPECT

    def state_on(self, as_of: date, *, policy: TierPolicy) -> TierState:
        """Return the tier as the orders and the policy say it is on the day."""
        return settle(self.orders, policy=policy, as_of=as_of)


def as_one(record: TierRecord, others: Iterable[TierRecord]) -> TierRecord:
    """Return the record with the orders of the whole group; an order that two of them told of counts once."""
    orders: tuple[Occasion, ...] = ()
    for other in others:
        orders = merge(orders, other.orders)
    return changed_copy(record, joined=orders) if orders else record


def with_occasion(
    record: TierRecord, occasion: Occasion, *, policy: TierPolicy, as_of: date, at: datetime, cause: str
) -> TierRecord:
    """Return the record after one more order, one version on; the very record where it tells nothing new."""
    occasions = merge(record.occasions, [occasion])
    if occasions == record.occasions:
        return record
    told = changed_copy(record, occasions=occasions)
    return _moved(told, told.state_on(as_of, policy=policy), at=at, cause=cause)


def with_refund(
    record: TierRecord, refund: Refunded, *, policy: TierPolicy, as_of: date, at: datetime, cause: str
) -> TierRecord:
    """Return the record after one more refund, one version on; the very record where it tells nothing new.

    A refund whose order was not told of is kept and has no effect until the order comes.
    """
    refunds = refunding.merge(record.refunds, [refund])
    if refunds == record.refunds:
        return record
    told = changed_copy(record, refunds=refunds)
    return _moved(told, told.state_on(as_of, policy=policy), at=at, cause=cause)


def with_fact(
    record: TierRecord, fact: Fact, *, policy: Callable[[date], TierPolicy], as_of: date, at: datetime
) -> TierRecord:
    """Return the record after one more fact; the very record for one that tells the tier nothing new."""
    cause = fact.event_key
    if occasion := occasion_of(fact):
        return with_occasion(record, occasion, policy=policy(as_of), as_of=as_of, at=at, cause=cause)
    if refund := refunding.refunded_of(fact):
        return with_refund(record, refund, policy=policy(as_of), as_of=as_of, at=at, cause=cause)
    return record


def settled(record: TierRecord, state: TierState, *, at: datetime, cause: str) -> TierRecord:
    """Return the record after a night that found this state, one version on; the very record if nothing changed."""
    if record.settled is state.tier and _says_the_same(record, state):
        return record
    if record.settled is state.tier:
        return _moved(record, state, at=at, cause=cause)
    nights = (*record.nights, (state.as_of, state.tier))[-NIGHTS_KEPT:]
    night = changed_copy(record, settled=state.tier, settled_on=state.as_of, nights=nights)
    return _moved(night, state, at=at, cause=cause)


def refolded(record: TierRecord, state: TierState, *, at: datetime, cause: str) -> TierRecord:
    """Return the record with the state that its orders have among those of its group now; the very record if it does.

    Provisional, like what an event brings.
    """
    return record if _says_the_same(record, state) else _moved(record, state, at=at, cause=cause)


def night_of(as_of: date) -> str:
    """Return the cause that a night's settlement leaves on what it changes."""
    return f"night#{as_of.isoformat()}"


def change_id(person_id: str, change: TierChange) -> str:
    """Return the identity of a change, the same whenever it is told."""
    return digest("tier_changed", person_id, str(change.version))[:32]


def _says_the_same(record: TierRecord, state: TierState) -> bool:
    # Each day is one day later: that alone is no change, whoever reads counts the days since.
    if record.state is None:
        return state.tier is Tier.PROSPECT
    return replace(record.state, as_of=state.as_of, recency_days=state.recency_days) == state


def _moved(record: TierRecord, state: TierState, *, at: datetime, cause: str) -> TierRecord:
    version = record.version + 1
    changes = record.changes
    if state.tier is not record.tier:
        change = TierChange(version=version, before=record.tier, after=state.tier, at=at, cause=cause)
        changes = (*changes, change)[-CHANGES_KEPT:]
    return changed_copy(record, version=version, state=state, changes=changes)
