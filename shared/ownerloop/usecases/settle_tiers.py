"""The night's settlement: every owner of a store in one pass; what changed is written, told and welcomed.

A store with more owners than one run holds is settled in the shards of its index. Nobody's tier depends on anybody
else's, and what the shards tell of their crowds adds up, so the result is that of the one pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.contact import Contact
from ownerloop.domain.plans import Store
from ownerloop.domain.tier_columns import TierColumns, columns_of, crowd_of, settle_columns, states_of
from ownerloop.domain.tier_cuts import Crowd, Cuts, next_cuts, together
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.domain.tier_record import TierRecord, as_one, night_of, settled
from ownerloop.domain.tiers import TierState
from ownerloop.domain.welcoming import SettleRules, car_with_consent, is_welcomed, welcome
from ownerloop.owner_ports import TierShards
from ownerloop.tier_ports import Settling
from ownerloop.usecases.apart import Faults
from ownerloop.usecases.following import groups, people
from ownerloop.usecases.interaction_rows import tier_change_row

JOB = "settle_tiers"
PAGE = 500  # owners settled together
OWNERS_IN_ONE_RUN = 50_000  # at 6 ms a write a third of the timeout on a night that moves every cut point
OWNERS_MAX = 1_000_000  # of one shard: more is a mistake of the index
ONE_DAY = timedelta(days=1)


@dataclass(slots=True)
class SettleReport:
    """How many owners were settled, items written, changes told, welcomes asked for, and who lost twice.

    `crowd` is what the settled owners are like; `sharded` counts the store that was left to its shards; `faults` are
    for the caller to raise.
    """

    owners: int = 0
    written: int = 0
    announced: int = 0
    welcomed: int = 0
    lost: int = 0
    sharded: int = 0
    crowd: Crowd = field(default_factory=lambda: together(()))
    correlations: set[str | None] = field(default_factory=set)  # what the welcomes began with
    faults: Faults = field(default_factory=Faults)

    @property
    def facts(self) -> dict[str, int]:
        """Return what is counted, in the names of the metrics."""
        return {
            "OwnersSettled": self.owners,
            "TiersWritten": self.written,
            "TierChangesAnnounced": self.announced,
            "WelcomesRequested": self.welcomed,
            "TierWritesLost": self.lost,
            "StoresSettledInShards": self.sharded,
        }


@dataclass(frozen=True, slots=True)
class _Night:
    # One store's settlement as of a day: the rules, and the policy with the cut points of the store's crowd.
    store: Store
    settling: Settling
    rules: SettleRules
    policy: TierPolicy
    as_of: date
    now: datetime


def settle_store(store: Store, *, settling: Settling, shards: TierShards, now: datetime) -> SettleReport:
    """Settle every owner of the store as of its civil day and publish the next cut points, or start its shards.

    A repeated settlement of one day writes nothing, tells the same changes again under the same identities, asks for no
    welcome twice and leaves the cut points as they were published first. One owner's fault keeps no other waiting, but
    the cut points wait for the whole crowd.
    """
    as_of = civil_day(now, zone_of(store.zone))
    everyone = list(islice(settling.tiers.of_store(store.store_id), OWNERS_IN_ONE_RUN + 1))
    if len(everyone) > OWNERS_IN_ONE_RUN:
        shards.start(store.store_id, as_of=as_of)
        return SettleReport(sharded=1)
    report = _settle_all(everyone, _night(store, settling=settling, as_of=as_of, now=now))
    if not report.faults.met:
        publish_cuts(store, [report.crowd], settling=settling, as_of=as_of, now=now)
    return report


def settle_shard(store: Store, place: int, *, settling: Settling, as_of: date, now: datetime) -> SettleReport:
    """Settle the owners of one shard of the store's index as of the day."""
    night = _night(store, settling=settling, as_of=as_of, now=now)
    return _settle_all(settling.tiers.of_shard(store.store_id, place=place), night)


def publish_cuts(
    store: Store, crowds: Iterable[Crowd], *, settling: Settling, as_of: date, now: datetime
) -> Cuts | None:
    """Publish the cut points that the store's whole crowd asks for; return them, or None where nothing changes.

    They hold from the day after, and never on a day that has begun: whoever came then was measured already.
    """
    effective_on = max(as_of, civil_day(now, zone_of(store.zone))) + ONE_DAY
    held = settling.cuts.in_force(store.store_id, on=effective_on)
    policy = settling.rules_on(as_of).tiers
    cuts = next_cuts(together(crowds), policy=policy, held=held, effective_on=effective_on)
    return cuts if cuts and settling.cuts.publish(store.store_id, cuts) else None


def _night(store: Store, *, settling: Settling, as_of: date, now: datetime) -> _Night:
    policy = settling.tier_policy(as_of, store_id=store.store_id)
    return _Night(store, settling, settling.rules_on(as_of), policy, as_of, now)


def _settle_all(person_ids: Iterable[str], night: _Night) -> SettleReport:
    report, crowds = SettleReport(), []

    def settle_page(page: Sequence[str]) -> None:
        done, lost, crowd = _settle(page, night, report)
        if lost:
            more, lost, _ = _settle(sorted(lost), night, report)
            done += more
        _tell(done, night, report)
        report.owners += len(page)
        report.lost += len(lost)
        crowds.append(crowd)

    for page in _pages(person_ids):
        report.faults.spare(page, settle_page)
    report.crowd = together(crowds)
    return report


def _settle(person_ids: Sequence[str], night: _Night, report: SettleReport) -> tuple[list[TierRecord], set[str], Crowd]:
    # The records after the night, the persons whose record somebody else wrote meanwhile, and the crowd of all.
    tiers = night.settling.tiers
    held = tiers.load(person_ids)
    records = [held[person_id] for person_id in person_ids]
    whole, is_group = _as_groups(records, settling=night.settling)
    found, states = _measured(whole, policy=night.policy, as_of=night.as_of)
    if any(is_group):  # no store's crowd measures them (`tier_cuts.crowd_store`)
        _, by_own = _measured(whole, policy=night.rules.tiers, as_of=night.as_of)
        states = [own if joined else state for own, state, joined in zip(by_own, states, is_group, strict=True)]
    cause = night_of(night.as_of)
    after = [settled(record, state, at=night.now, cause=cause) for record, state in zip(records, states, strict=True)]
    changed = [new for new, old in zip(after, records, strict=True) if new is not old]
    lost = tiers.save(changed) if changed else set()
    report.written += len(changed) - len(lost)
    return [record for record in after if record.person_id not in lost], lost, crowd_of(found)


def _measured(records: Sequence[TierRecord], *, policy: TierPolicy, as_of: date) -> tuple[TierColumns, list[TierState]]:
    columns = columns_of([record.orders for record in records])
    found = settle_columns(columns, owners=len(records), policy=policy, as_of=as_of)
    return found, states_of(found, policy=policy, as_of=as_of)


def _as_groups(records: Sequence[TierRecord], *, settling: Settling) -> tuple[list[TierRecord], list[bool]]:
    # Each with the orders of the whole group, so that every tier item of a group says the group's tier; and who is one.
    families = groups(settling.owners, [record.person_id for record in records])
    family_of = {person: members for members in families.values() for person in members if len(members) > 1}
    held = settling.tiers.load(sorted(family_of)) if family_of else {}
    whole = [
        as_one(record, (held[one] for one in family_of.get(record.person_id, ()) if one != record.person_id))
        for record in records
    ]
    return whole, [record.person_id in family_of for record in records]


def _tell(records: Sequence[TierRecord], night: _Night, report: SettleReport) -> None:
    cause, store_id, settling = night_of(night.as_of), night.store.store_id, night.settling
    changes = [(record, change) for record in records for change in record.caused_by(cause)]
    if changes:
        settling.bus.publish([settling.announcement(of, change=one, store_id=store_id) for of, one in changes])
        settling.history.append("tier_changes", [tier_change_row(of, one, store_id=store_id) for of, one in changes])
    report.announced += len(changes)
    welcomed = [record for record in records if is_welcomed(record, policy=night.rules.tiers, on=night.as_of)]
    if welcomed:
        asked = _welcome(welcomed, night)
        report.welcomed += len(asked)
        report.correlations |= {contact.correlation_id for contact in asked}


def _welcome(records: Sequence[TierRecord], night: _Night) -> list[Contact]:
    settling, now = night.settling, night.now
    owners = people(settling.owners, [record.person_id for record in records])
    cars = settling.vehicles.load(sorted({car for owner in owners.values() for car in owner.vehicle_ids}))
    contacts = []
    for record in records:
        owner = owners[record.person_id]
        car = car_with_consent(
            (cars[vehicle_id] for vehicle_id in owner.vehicle_ids), person_id=owner.person_id, now=now
        )
        if car is not None:
            contacts.append(welcome(record, owner=owner, car=car, store=night.store, rules=night.rules, now=now))
    new = set(settling.contacts.request(contacts)) if contacts else set()
    return [contact for contact in contacts if contact.contact_id in new]


def _pages(person_ids: Iterable[str]) -> Iterable[list[str]]:
    everyone = islice(person_ids, OWNERS_MAX)
    while page := list(islice(everyone, PAGE)):
        yield page
