"""One person under several keys: groups of members, joined and parted without moving what each of them has.

Facts, lots, consents and wishes stay with the member they came in for. A group says only who counts together: its head
names the members, each member names the head, and the head's gate holds the slots of all.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.contact import BEFORE_SENDING, Contact, ContactState
from ownerloop.domain.errors import IdentityRefusedError, VersionConflictError
from ownerloop.domain.gate import Entry, Gate
from ownerloop.domain.owner import Owner

PERSONS_MAX = 10  # of one group: a family that shares a phone; all of it is written in one transaction
SENT_SOON = timedelta(days=2)  # a slot of an older day can send nothing any more, in whatever zone


class LogKind(StrEnum):
    """What happened to a group."""

    MERGED = "merged"
    SPLIT = "split"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of the identity log, never edited: who was joined or parted, when, and on what evidence."""

    merge_id: str
    kind: LogKind
    at: datetime
    head_id: str
    persons: tuple[str, ...]  # all who were joined; of a split first the one who left
    because: str
    evidence: tuple[str, ...] = ()  # identifiers (`i_...`) that were shared


@dataclass(frozen=True, slots=True)
class Group:
    """One person as we know them: profiles and gates of the head and of everybody joined to it."""

    head_id: str
    owners: Mapping[str, Owner]
    gates: Mapping[str, Gate]

    @property
    def persons(self) -> tuple[str, ...]:
        """Return the head, then the members in their order."""
        return (self.head_id, *sorted(set(self.owners) - {self.head_id}))

    @property
    def head(self) -> Owner:
        """Return the profile of the head."""
        return self.owners[self.head_id]

    @property
    def gate(self) -> Gate:
        """Return the gate that decides for all of the group."""
        return self.gates[self.head_id]

    def may_still_be_sent(self, *, now: datetime) -> tuple[str, ...]:
        """Return the contacts with a slot in the group's gate with which something may still be sent, in order."""
        since = (now - SENT_SOON).date()
        return tuple(sorted({entry.contact_id for entry in self.gate.entries if entry.day >= since}))


@dataclass(frozen=True, slots=True)
class IdentityChange:
    """What a merge or a split writes, all or nothing; every item with its version raised by one already."""

    owners: tuple[Owner, ...]
    gates: tuple[Gate, ...]
    contacts: tuple[Contact, ...]
    lines: tuple[tuple[str, LogLine], ...]  # in whose log each stands


def group_from(owners: Mapping[str, Owner], gates: Mapping[str, Gate], *, of: str) -> Group:
    """Return the group of the person as its profiles and gates tell it, or refuse a reading from amid a change."""
    heads = [owner for owner in owners.values() if owner.merged_into is None]
    head = heads[0] if len(heads) == 1 else None
    told = {
        *((owner.person_id, owner.merged_into) for owner in owners.values()),
        *((gate.person_id, gate.merged_into) for gate in gates.values()),
    }
    if head is None or of not in owners or set(owners) != {head.person_id, *head.members}:
        raise VersionConflictError(item=of)
    if gates[head.person_id].members != head.members or len(told) != len(owners):
        raise VersionConflictError(item=of)
    return Group(head.person_id, owners, gates)


def merge(
    one: Group,
    other: Group,
    *,
    contacts: Iterable[Contact],
    merge_id: str,
    because: str,
    evidence: tuple[str, ...] = (),
    now: datetime,
) -> IdentityChange:
    """Return what makes one group of two; the head is the person known longest, of equal ones the lower id.

    The head's gate takes the slots of both [law]. `contacts` are those with a slot in either gate: whoever is about to
    reserve or to send one of them loses, so that each is decided anew under the one gate before it goes out.
    """
    _check(one, other)
    first, second = sorted((one, other), key=lambda group: _seniority(group.head))
    head, absorbed = first.head, [second.owners[person] for person in second.persons]
    members = tuple(sorted({*head.members, *second.persons}))
    line = LogLine(merge_id, LogKind.MERGED, now, head.person_id, (*first.persons, *second.persons), because, evidence)
    return IdentityChange(
        owners=(
            replace(head, version=head.version + 1, members=members),
            *(replace(o, version=o.version + 1, merged_into=head.person_id, members=()) for o in absorbed),
        ),
        gates=_one_gate(first, second, members),
        contacts=tuple(_decided_anew(contact, now=now) for contact in contacts if contact.state in BEFORE_SENDING),
        lines=tuple((person, line) for person in line.persons),
    )


def split(group: Group, member_id: str, *, merge_id: str, because: str, now: datetime) -> IdentityChange:
    """Return what parts one person from the group; refuse who is not in it.

    Each side keeps the slots that it had before they were joined; those taken in between count against both. Where the
    head leaves, the longest known of the rest heads what is left.
    """
    if member_id not in group.owners or len(group.owners) == 1:
        raise IdentityRefusedError(reason="not_a_member", rule="names a person who was joined to this one")
    rest = [group.owners[person] for person in group.persons if person != member_id]
    head = min(rest, key=_seniority) if member_id == group.head_id else group.head
    left = tuple(sorted(owner.person_id for owner in rest if owner is not head))
    persons = (member_id, *(owner.person_id for owner in rest))
    line = LogLine(merge_id, LogKind.SPLIT, now, group.head_id, persons, because)
    return IdentityChange(
        owners=(
            _placed(group.owners[member_id], None, ()),
            *(
                placed
                for owner in rest
                if (placed := _placed(owner, *_place(owner, head, left))).version != owner.version
            ),
        ),
        gates=_parted(group, member_id, head=head.person_id, left=left),
        contacts=(),
        lines=tuple((person, line) for person in persons),
    )


def as_one(owner: Owner, others: Iterable[Owner]) -> Owner:
    """Return the owner with the wishes of the whole group: the least a day, every refusal, every open case."""
    joined = tuple(sorted(others, key=lambda one: one.person_id))
    if not joined:
        return owner
    return changed_copy(
        owner,
        daily_max=min(one.daily_max for one in (owner, *joined)),
        open_cases=tuple(sorted({case for one in (owner, *joined) for case in one.open_cases})),
        joined=tuple(changed_copy(one, joined=()) if one.joined else one for one in joined),
    )


def strictest(head: ConsentHead, owner: Owner) -> ConsentHead:
    """Return the consents as the group must be heard: what any of it took back counts for the owner too."""
    group = {one.person_id for one in owner.joined}
    taken = [replace(one, person_id=owner.person_id) for one in head.withdrawals if one.person_id in group]
    if not taken:  # nearly always, asked for every message
        return head
    return replace(head, withdrawals=tuple(dict.fromkeys((*head.withdrawals, *taken))))


def counts_against(entries: Iterable[Entry], gates: Iterable[Gate]) -> tuple[Entry, ...]:
    """Return the entries of a group's gate that count against any of the persons whose gates these are."""
    mine = list(gates)
    return tuple(sorted(entry for entry in set(entries) if any(entry not in gate.others for gate in mine)))


def _check(one: Group, other: Group) -> None:
    if not (one.head.version and other.head.version):
        raise IdentityRefusedError(reason="unknown_person", rule="names two persons who were registered")
    if set(one.owners) & set(other.owners):
        raise IdentityRefusedError(reason="already_one", rule="names two persons who are not one already")
    if len(one.owners) + len(other.owners) > PERSONS_MAX:
        raise IdentityRefusedError(reason="group_too_large", rule=f"leaves at most {PERSONS_MAX} persons in one group")


def _seniority(owner: Owner) -> tuple[datetime, str]:
    return owner.known_since or datetime.max.replace(tzinfo=UTC), owner.person_id


def _one_gate(first: Group, second: Group, members: tuple[str, ...]) -> tuple[Gate, ...]:
    union = tuple(sorted({*first.gate.entries, *second.gate.entries}))
    gates = []
    for group, rest in ((first, second), (second, first)):
        new = set(rest.gate.entries) - set(group.gate.entries)
        for person in group.persons:
            gate = group.gates[person]
            others = tuple(sorted(({*gate.others} | new) & set(union)))
            is_head = person == first.head_id
            gates.append(
                replace(
                    gate,
                    version=gate.version + 1,
                    entries=union if is_head else (),
                    merged_into=None if is_head else first.head_id,
                    members=members if is_head else (),
                    others=others,
                )
            )
    return tuple(gates)


def _parted(group: Group, member_id: str, *, head: str, left: tuple[str, ...]) -> tuple[Gate, ...]:
    entries = group.gate.entries
    rest = [group.gates[person] for person in group.persons if person != member_id]
    alone = replace(
        group.gates[member_id],
        version=group.gates[member_id].version + 1,
        entries=counts_against(entries, [group.gates[member_id]]),
        merged_into=None,
        members=(),
        others=(),
    )
    kept = counts_against(entries, rest)
    parted = [
        replace(
            gate,
            version=gate.version + 1,
            entries=kept if gate.person_id == head else (),
            merged_into=None if gate.person_id == head else head,
            members=left if gate.person_id == head else (),
            others=tuple(entry for entry in gate.others if entry in kept) if left else (),
        )
        for gate in rest
    ]
    return (alone, *parted)


def _place(owner: Owner, head: Owner, left: tuple[str, ...]) -> tuple[str | None, tuple[str, ...]]:
    return (None, left) if owner is head else (head.person_id, ())


def _placed(owner: Owner, merged_into: str | None, members: tuple[str, ...]) -> Owner:
    if (owner.merged_into, owner.members) == (merged_into, members):
        return owner
    return replace(owner, version=owner.version + 1, merged_into=merged_into, members=members)


def _decided_anew(contact: Contact, *, now: datetime) -> Contact:
    # Its slot stays in the gate: the dispatcher keeps it or takes it away. One that stands as requested or held may be
    # about to be reserved, by a dispatcher that wrote its gate a moment ago.
    if contact.state is not ContactState.RESERVED:
        return replace(contact, version=contact.version + 1)
    return contact.moved(
        ContactState.REQUESTED, reason="merged", at=now, reserved_day=None, reserved_at=None, next_look_at=now
    )
