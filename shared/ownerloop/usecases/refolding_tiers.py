"""Tiers follow at once when persons are joined or parted: each is folded anew over the orders of the group."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.identity import Group
from ownerloop.domain.tier_cuts import crowd_store
from ownerloop.domain.tier_record import TierRecord, as_one, refolded
from ownerloop.identity_ports import People
from ownerloop.usecases.interaction_rows import tier_change_row

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue


def refold_tiers(person_ids: Iterable[str], *, cause: str, people: People, now: datetime) -> None:
    """Fold the tiers of the persons' groups as they stand, and tell what changed; the night has the last word.

    Done again it writes nothing, and tells the same changes under the same identities.
    """
    waiting = sorted(set(person_ids))
    while waiting:
        group, records = _refolded(waiting[0], cause=cause, people=people, now=now)
        _tell(group, records, cause=cause, people=people)
        waiting = [person for person in waiting if person not in group.owners]


def _refolded(person_id: str, *, cause: str, people: People, now: datetime) -> tuple[Group, list[TierRecord]]:
    tiers = people.tiers.tiers
    for _ in range(ATTEMPTS_MAX):
        group = people.identities.group_of(person_id)
        held = tiers.load(group.persons)
        fresh = [_folded(one, group, held.values(), cause=cause, people=people, now=now) for one in held.values()]
        changed = [record for record in fresh if record.version != held[record.person_id].version]
        if not changed or not tiers.save(changed):
            return group, fresh
    raise VersionConflictError(item=person_id)


def _folded(
    record: TierRecord, group: Group, held: Iterable[TierRecord], *, cause: str, people: People, now: datetime
) -> TierRecord:
    owner, desk = group.owners[record.person_id], people.tiers
    as_of = civil_day(now, zone_of(owner.zone, desk.store_zone(owner.store_id)))
    whole = as_one(record, (other for other in held if other.person_id != record.person_id))
    state = whole.state_on(as_of, policy=desk.policy(as_of, store_id=crowd_store(owner)))
    return refolded(record, state, at=now, cause=cause)


def _tell(group: Group, records: Sequence[TierRecord], *, cause: str, people: People) -> None:
    desk = people.tiers
    told = [
        (record, change, group.owners[record.person_id].store_id)
        for record in records
        for change in record.caused_by(cause)
    ]
    if told:
        people.bus.publish([desk.announcement(of, change=one, store_id=store_id) for of, one, store_id in told])
        desk.history.append("tier_changes", [tier_change_row(of, one, store_id=store_id) for of, one, store_id in told])
