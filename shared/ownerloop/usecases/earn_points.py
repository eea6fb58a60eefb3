"""What a fact earns or takes back: the claim as it is told now, and the entry that brings the account to it."""

from datetime import date, datetime

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.facts import Fact
from ownerloop.domain.points_change import PointsChange, posted
from ownerloop.domain.points_earning import Claim, claim_id_of, earned, refunded, told_by
from ownerloop.domain.points_moves import is_closed, settle
from ownerloop.domain.tier_record import TierRecord
from ownerloop.points_ports import PointsDesk


def earn(fact: Fact, *, tier: TierRecord, desk: PointsDesk, now: datetime, today: date) -> PointsChange:
    """Return what the fact changes of its owner's points; nothing for one of a kind that never earns."""
    if desk.policy_on(fact.on).rule_of(fact.kind, fact.detail) is None:
        return PointsChange()
    held = desk.points.claim(fact.person_id, claim_id_of(fact))
    return _settled(held, told_by(held, fact), fact=fact, tier=tier, desk=desk, now=now, today=today)


def take_back(
    fact: Fact, *, claim_id: str, tier: TierRecord, desk: PointsDesk, now: datetime, today: date
) -> PointsChange:
    """Return what the refund changes of its owner's points; one whose order nobody told of waits for it."""
    held = desk.points.claim(fact.person_id, claim_id)
    claim = refunded(held, refund_id=fact.part, at=fact.occurred_at, fen=fact.amount_fen or 0)
    return _settled(held, claim, fact=fact, tier=tier, desk=desk, now=now, today=today)


def _settled(
    held: Claim, claim: Claim, *, fact: Fact, tier: TierRecord, desk: PointsDesk, now: datetime, today: date
) -> PointsChange:
    if claim == held:
        return PointsChange()
    change = PointsChange(claim=changed_copy(claim, version=held.version + 1))
    policy = desk.policy_on(claim.on)
    terms = earned(claim, policy=policy, tier=tier.settled_before(claim.on))
    if terms is None or is_closed(terms, on=today):
        return change
    account = desk.points.accounts([claim.person_id])[claim.person_id]
    entry = settle(
        account,
        lot_id=claim.claim_id,
        terms=terms,
        raised_max=lambda year: desk.policy_on(date(year, 1, 1)).raised_max,
        entry_id=fact.event_key,
        cause=claim.claim_id,
        policy_version=policy.version,
        at=now,
    )
    return changed_copy(change, postings=(posted(account, entry),)) if entry else change
