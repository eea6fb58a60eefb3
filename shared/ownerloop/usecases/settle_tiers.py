"""The night's settlement: every owner of a store in one pass; what changed is written, told and welcomed."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.plans import Store
from ownerloop.domain.tier_columns import columns_of, settle_columns, states_of
from ownerloop.domain.tier_record import TierRecord, as_one, night_of, settled
from ownerloop.domain.welcoming import SettleRules, car_with_consent, is_welcomed, welcome
from ownerloop.outreach_ports import Contacts
from ownerloop.owner_ports import TierAnnouncement, Tiers
from ownerloop.ports import Bus, History, Owners, StoreJobs, Vehicles
from ownerloop.usecases.following import groups, people
from ownerloop.usecases.interaction_rows import tier_change_row

JOB = "settle_tiers"
PAGE = 500  # owners settled together
OWNERS_MAX = 1_000_000  # of one store: more is a mistake of the index


@dataclass(frozen=True, slots=True)
class Settling:
    """What the settlement needs: the ports, and the rules by day."""

    tiers: Tiers
    owners: Owners
    vehicles: Vehicles
    contacts: Contacts
    bus: Bus
    history: History
    rules_on: Callable[[date], SettleRules]
    announcement: TierAnnouncement


@dataclass(slots=True)
class SettleReport:
    """How many owners were settled, items written, changes told, welcomes asked for, and who lost twice."""

    owners: int = 0
    written: int = 0
    announced: int = 0
    welcomed: int = 0
    lost: int = 0

    @property
    def facts(self) -> dict[str, int]:
        """Return what is counted, in the names of the metrics."""
        return {
            "OwnersSettled": self.owners,
            "TiersWritten": self.written,
            "TierChangesAnnounced": self.announced,
            "WelcomesRequested": self.welcomed,
            "TierWritesLost": self.lost,
        }


def start_settling(stores: Mapping[str, Store], *, jobs: StoreJobs, now: datetime) -> list[str]:
    """Queue one settlement for each store; return the stores."""
    every = sorted(stores)
    jobs.enqueue(JOB, store_ids=every, now=now)
    return every


def settle_store(store: Store, *, settling: Settling, now: datetime) -> SettleReport:
    """Settle every owner of the store as of its civil day.

    A repeated settlement of one day writes nothing, tells the same changes again under the same identities, and asks
    for no welcome twice.
    """
    report = SettleReport()
    as_of = civil_day(now, zone_of(store.zone))
    rules = settling.rules_on(as_of)
    for page in _pages(settling.tiers.of_store(store.store_id)):
        report.owners += len(page)
        done, lost = _settle(page, settling=settling, rules=rules, as_of=as_of, now=now, report=report)
        if lost:
            more, lost = _settle(sorted(lost), settling=settling, rules=rules, as_of=as_of, now=now, report=report)
            done += more
        report.lost += len(lost)
        _tell(done, store, settling=settling, rules=rules, as_of=as_of, now=now, report=report)
    return report


def _settle(
    person_ids: Sequence[str],
    *,
    settling: Settling,
    rules: SettleRules,
    as_of: date,
    now: datetime,
    report: SettleReport,
) -> tuple[list[TierRecord], set[str]]:
    # The records after the night, and the persons whose record somebody else wrote meanwhile.
    held = settling.tiers.load(person_ids)
    records = [held[person_id] for person_id in person_ids]
    columns = columns_of([record.orders for record in _as_groups(records, settling=settling)])
    found = settle_columns(columns, owners=len(records), policy=rules.tiers, as_of=as_of)
    states = states_of(found, policy=rules.tiers, as_of=as_of)
    cause = night_of(as_of)
    after = [settled(record, state, at=now, cause=cause) for record, state in zip(records, states, strict=True)]
    changed = [new for new, old in zip(after, records, strict=True) if new is not old]
    lost = settling.tiers.save(changed) if changed else set()
    report.written += len(changed) - len(lost)
    return [record for record in after if record.person_id not in lost], lost


def _as_groups(records: Sequence[TierRecord], *, settling: Settling) -> list[TierRecord]:
    # Each with the orders of the whole group, so that every tier item of a group says the group's tier.
    families = groups(settling.owners, [record.person_id for record in records])
    family_of = {person: members for members in families.values() for person in members if len(members) > 1}
    held = settling.tiers.load(sorted(family_of)) if family_of else {}
    return [
        as_one(record, (held[one] for one in family_of.get(record.person_id, ()) if one != record.person_id))
        for record in records
    ]


def _tell(
    records: Sequence[TierRecord],
    store: Store,
    *,
    settling: Settling,
    rules: SettleRules,
    as_of: date,
    now: datetime,
    report: SettleReport,
) -> None:
    cause, store_id = night_of(as_of), store.store_id
    changes = [(record, change) for record in records for change in record.caused_by(cause)]
    if changes:
        settling.bus.publish([settling.announcement(of, change=one, store_id=store_id) for of, one in changes])
        settling.history.append("tier_changes", [tier_change_row(of, one, store_id=store_id) for of, one in changes])
    report.announced += len(changes)
    welcomed = [record for record in records if is_welcomed(record, policy=rules.tiers, on=as_of)]
    if welcomed:
        report.welcomed += _welcome(welcomed, store, settling=settling, rules=rules, now=now)


def _welcome(
    records: Sequence[TierRecord], store: Store, *, settling: Settling, rules: SettleRules, now: datetime
) -> int:
    owners = people(settling.owners, [record.person_id for record in records])
    cars = settling.vehicles.load(sorted({car for owner in owners.values() for car in owner.vehicle_ids}))
    contacts = []
    for record in records:
        owner = owners[record.person_id]
        car = car_with_consent(
            (cars[vehicle_id] for vehicle_id in owner.vehicle_ids), person_id=owner.person_id, now=now
        )
        if car is not None:
            contacts.append(welcome(record, owner=owner, car=car, store=store, rules=rules, now=now))
    return len(settling.contacts.request(contacts)) if contacts else 0


def _pages(person_ids: Iterable[str]) -> Iterable[list[str]]:
    everyone = islice(person_ids, OWNERS_MAX)
    while page := list(islice(everyone, PAGE)):
        yield page
