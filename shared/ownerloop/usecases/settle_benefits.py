"""Portraits and benefits: every owner of a store by night, one owner at once when the tier changed."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import islice

from ownerloop.benefit_ports import BenefitWorld
from ownerloop.domain.benefit_record import BenefitRecord, settled
from ownerloop.domain.benefits import (
    Asking,
    Grant,
    Stock,
    Voucher,
    coupon_reference,
    decide,
    granted,
    period_of,
)
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import FactKind
from ownerloop.domain.granting import BenefitRules, OwnerMoved, told_of
from ownerloop.domain.owner import Owner
from ownerloop.domain.owner_view import Known, portrayed
from ownerloop.domain.plans import Store
from ownerloop.domain.tier_cuts import crowd_store
from ownerloop.domain.tier_record import TierRecord, as_one
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.welcoming import car_with_consent
from ownerloop.usecases.apart import Faults

JOB = "settle_benefits"
PAGE = 100  # owners read together
OWNERS_MAX = 1_000_000  # of one store: more is a mistake of the index
ATTEMPTS_MAX = 8  # settlements of one owner that others overtook, or that found something used up


@dataclass(slots=True)
class BenefitReport:
    """How many owners were settled, records written, vouchers granted by benefit, contacts asked for; who faulted."""

    owners: int = 0
    written: int = 0
    granted: Counter[str] = field(default_factory=Counter)
    requested: int = 0
    correlations: set[str] = field(default_factory=set)  # what the requests began with
    faults: Faults = field(default_factory=Faults)  # for the caller to raise

    @property
    def facts(self) -> dict[str, int]:
        """Return what is counted, in the names of the metrics."""
        return {
            "PortraitsSettled": self.owners,
            "PortraitsWritten": self.written,
            "BenefitsGranted": self.granted.total(),
            "BenefitContactsRequested": self.requested,
        }


@dataclass(frozen=True, slots=True)
class _Settlement:
    # One store's settlement as of a day, and the stocks as last seen: the table has the last word.
    store: Store
    world: BenefitWorld
    rules: BenefitRules
    cause: str
    correlation_id: str
    now: datetime
    as_of: date
    stocks: dict[str, Stock]


def settle(work: Store | OwnerMoved, *, world: BenefitWorld, now: datetime) -> BenefitReport:
    """Settle a store's owners, or the one owner whose tier moved."""
    return settle_store(work, world=world, now=now) if isinstance(work, Store) else _settle_one(work, world, now)


def settle_store(store: Store, *, world: BenefitWorld, now: datetime) -> BenefitReport:
    """Settle every owner of the store as of its civil day; repeated on one day, it grants nothing anew.

    One owner's fault keeps no other waiting.
    """
    as_of = civil_day(now, zone_of(store.zone))
    return _settled(world.tiers.of_store(store.store_id), store, cause=f"night#{as_of}", world=world, now=now)


def _settle_one(moved: OwnerMoved, world: BenefitWorld, now: datetime) -> BenefitReport:
    # Somebody of no store of ours is passed over; whoever was joined to another is settled as that one.
    owner = world.owners.load([moved.person_id])[moved.person_id]
    store = world.stores.get(owner.store_id or "")
    if store is None:
        return BenefitReport()
    began = moved.correlation_id or moved.cause
    return _settled([owner.head_id], store, cause=moved.cause, world=world, now=now, correlation_id=began)


def _settled(
    person_ids: Iterable[str],
    store: Store,
    *,
    cause: str,
    world: BenefitWorld,
    now: datetime,
    correlation_id: str | None = None,
) -> BenefitReport:
    report = BenefitReport()
    as_of = civil_day(now, zone_of(store.zone))
    rules = world.rules_on(as_of)
    vouchers = [one.benefit_id for one in rules.benefits.benefits if one.voucher]
    stocks = world.benefits.stocks(vouchers, period=period_of(as_of))
    settlement = _Settlement(store, world, rules, cause, correlation_id or cause, now, as_of, stocks)
    everyone = islice(person_ids, OWNERS_MAX)
    while page := list(islice(everyone, PAGE)):
        report.faults.spare(page, lambda person_ids: _settle_page(person_ids, settlement, report))
    return report


def _settle_page(person_ids: Sequence[str], settlement: _Settlement, report: BenefitReport) -> None:
    world = settlement.world
    owners = [_whole(owner, world) for owner in world.owners.load(person_ids).values() if not owner.merged_into]
    by_head = {owner.person_id: owner for owner in owners}
    heads = list(by_head)
    records = world.benefits.load(heads)
    tiers = world.tiers.load([*heads, *(one.person_id for owner in owners for one in owner.joined)])
    cars = world.vehicles.load(sorted({car for owner in owners for car in _cars_of(owner)}))

    def settle_each(persons: Sequence[str]) -> None:
        for owner in (by_head[person_id] for person_id in persons):
            mine = tuple(cars[vehicle_id] for vehicle_id in _cars_of(owner))
            orders = as_one(tiers[owner.person_id], (tiers[one.person_id] for one in owner.joined))
            known = _known(owner, orders, mine, settlement)
            record, is_written = _settle_owner(known, records[owner.person_id], settlement)
            _note(record, known, settlement, report, is_written=is_written)

    for head in heads:
        report.faults.spare([head], settle_each)


def _note(
    record: BenefitRecord, known: Known, settlement: _Settlement, report: BenefitReport, *, is_written: bool
) -> None:
    report.owners += 1
    report.written += is_written
    if given := record.caused_by(settlement.cause):
        report.granted.update(grant.benefit_id for grant in given if is_written)
        report.requested += (asked := _tell(given, known, settlement))
        report.correlations |= {settlement.correlation_id} if asked else set()


def _settle_owner(known: Known, record: BenefitRecord, settlement: _Settlement) -> tuple[BenefitRecord, bool]:
    # The record after the settlement, and whether it was written. What is used up meanwhile is chosen no more.
    benefits, stocks = settlement.world.benefits, settlement.stocks
    for _ in range(ATTEMPTS_MAX):
        after, new = _decided(known, record, settlement)
        if after is record:
            return record, False
        try:
            used_up = benefits.settle(after, new)
        except VersionConflictError:
            record = benefits.load([record.person_id])[record.person_id]
            continue
        if not used_up:
            for grant, _ in new:
                held = stocks[grant.benefit_id]
                stocks[grant.benefit_id] = Stock(held.granted + 1, held.spent_fen + grant.cost_fen)
            return after, True
        stocks.update(benefits.stocks(sorted(used_up), period=period_of(settlement.as_of)))
    raise VersionConflictError(item=record.person_id)


def _decided(
    known: Known, record: BenefitRecord, settlement: _Settlement
) -> tuple[BenefitRecord, list[tuple[Grant, Voucher]]]:
    rules, policy = settlement.rules, settlement.rules.benefits
    found = portrayed(known, held=record.tags, health_policy=rules.health, portrait_policy=rules.portrait)
    used = {fact.reference for fact in known.facts if fact.kind is FactKind.COUPON_USED}
    asking = Asking(
        owner=known.owner,
        view=found.view,
        worth=found.worth,
        grants=record.grants,
        used=frozenset(one.grant_id for one in record.grants if coupon_reference(one.grant_id) in used),
        as_of=settlement.as_of,
    )
    decision = decide(asking, stocks=settlement.stocks, policy=policy)
    new = [
        (granted(choice, voucher, asking=asking, policy=policy, cause=settlement.cause, now=settlement.now), voucher)
        for choice in decision.given
        if (benefit := policy.benefit(choice.benefit_id)) and (voucher := benefit.voucher)
    ]
    given = tuple(grant for grant, _ in new)
    if given:  # what is kept is how things stand with them, so that the same settlement again finds nothing new
        decision = decide(replace(asking, grants=(*asking.grants, *given)), stocks=settlement.stocks, policy=policy)
    version = f"{policy.version} {rules.health.version} {rules.portrait.version}"
    return settled(record, found, decision, given=given, as_of=settlement.as_of, version=version), new


def _known(owner: Owner, record: TierRecord, cars: tuple[Vehicle, ...], settlement: _Settlement) -> Known:
    facts_max = settlement.rules.portrait.facts_max
    tier_policy = settlement.world.tier_policy(settlement.as_of, store_id=crowd_store(owner))
    members = [owner.person_id, *(one.person_id for one in owner.joined)]
    facts = [fact for one in members for fact in settlement.world.facts.newest(one, facts_max=facts_max)]
    return Known(
        owner=owner,
        record=record,
        state=record.state_on(settlement.as_of, policy=tier_policy),
        cars=cars,
        facts=tuple(sorted(facts, key=lambda fact: fact.occurred_at, reverse=True)),
        now=settlement.now,
        as_of=settlement.as_of,
    )


def _cars_of(owner: Owner) -> list[str]:
    return sorted({car for one in (owner, *owner.joined) for car in one.vehicle_ids})


def _whole(owner: Owner, world: BenefitWorld) -> Owner:
    # With the persons that were joined to the owner: their cars, facts and wishes are the owner's.
    return replace(owner, joined=tuple(world.owners.load(owner.members).values())) if owner.members else owner


def _tell(given: Sequence[Grant], known: Known, settlement: _Settlement) -> int:
    # How many contacts are new. The same grants are told again under the same ids.
    world, rules, store = settlement.world, settlement.rules, settlement.store
    world.bus.publish([world.announcement(grant, store_id=store.store_id) for grant in given])
    allowed = (
        (one, car)
        for one in (known.owner, *known.owner.joined)
        if (car := car_with_consent(known.cars, person_id=one.person_id, now=settlement.now))
    )
    owner, car = next(allowed, (known.owner, None))
    if car is None:
        return 0
    contacts = [
        told_of(
            grant,
            owner=owner,
            car=car,
            store=store,
            rules=rules,
            now=settlement.now,
            correlation_id=settlement.correlation_id,
        )
        for grant in given
    ]
    return len(world.contacts.request(contacts))
