"""Persons are joined on evidence or on an operator's word, and parted again; each once, however often it is told."""

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.errors import IdentityRefusedError, VersionConflictError
from ownerloop.domain.identifying import Edge, Identifier, conflict, matches
from ownerloop.domain.identity import Group, IdentityChange, LogKind, LogLine, merge, split
from ownerloop.domain.ids import digest
from ownerloop.identity_ports import People
from ownerloop.usecases.hearing_groups import hear_groups
from ownerloop.usecases.part_points import part_points
from ownerloop.usecases.refolding_tiers import refold_tiers

ATTEMPTS_MAX = 8  # a loser of the conditional write reads again; more than this is a fault for the queue
BY_EVIDENCE = "shared, and proved by both or by a car of both"
_CONFLICT = "conflicting_phones"


@dataclass(frozen=True, slots=True)
class Cause:
    """Which event asks, why, and on what evidence; without any it is an operator's word."""

    event_key: str
    because: str
    evidence: tuple[str, ...] = ()


def link_identifiers(
    person_id: str,
    told: Sequence[Identifier],
    *,
    people: People,
    event_key: str,
    at: datetime,
    now: datetime,
    also_of: Sequence[str] = (),
) -> None:
    """Keep the evidence that the identifiers are the person's, and join whoever proved one of them too.

    `also_of` are persons of whom the same is told. Who cannot be joined stays apart; the refusal stands in both logs.
    Evidence that comes twice joins nobody twice and tells what it did again.
    """
    surrogates = people.identifiers.enrol_identifiers(told)
    held = people.identities.note(
        [
            Edge(surrogates[one], one.kind, whose, one.is_verified, at, event_key)
            for whose in (*also_of, person_id)
            for one in sorted(set(told))
        ]
    )
    beside = _owned_beside(person_id, {edge.person_id for edge in held}, people=people)
    _join(person_id, matches(person_id, held, beside=beside), people=people, event_key=event_key, now=now)


def link_owners(person_id: str, others: Collection[str], *, people: People, event_key: str, now: datetime) -> None:
    """Join the person with those who owned the car beside them, where an identifier was told of both, proved or not.

    A car alone shows nothing: it is sold, and couples share it.
    """
    told = people.identities.edges_of([person_id, *sorted(others)])
    _join(person_id, matches(person_id, told, beside=others), people=people, event_key=event_key, now=now)


def _owned_beside(person_id: str, others: Collection[str], *, people: People) -> set[str]:
    # Asked only of persons of whom one and the same identifier was told.
    if set(others) <= {person_id}:
        return set()
    cars = {one: set(people.identities.group_of(one).owners[one].vehicle_ids) for one in sorted({person_id, *others})}
    return {one for one in others if cars[one] & cars[person_id]}


def _join(person_id: str, shared: Sequence[tuple[str, str]], *, people: People, event_key: str, now: datetime) -> None:
    if not shared:
        return
    told = {line.merge_id for line in people.identities.log_of(person_id)}
    for identifier_id, other in shared:
        cause = Cause(event_key, BY_EVIDENCE, (identifier_id,))
        is_repeat = _merge_id(cause, person_id, other) in told
        if is_repeat or other not in people.identities.group_of(person_id).owners:
            with suppress(IdentityRefusedError):
                merge_persons(person_id, other, people=people, cause=cause, now=now)


def merge_persons(one: str, other: str, *, people: People, cause: Cause, now: datetime) -> LogLine:
    """Join the groups of two persons and tell it; a repeat of the same event tells the same again.

    Raises IdentityRefusedError where they are one already, unknown, too many, or proved to be two, and where mere
    evidence would join whom an operator parted.
    """
    merge_id = _merge_id(cause, one, other)

    def decided() -> IdentityChange:
        groups = people.identities.group_of(one), people.identities.group_of(other)
        contacts = people.contacts.load(_with_slots(groups, now=now)).values()
        change = merge(
            *groups, contacts=contacts, merge_id=merge_id, because=cause.because, evidence=cause.evidence, now=now
        )
        if cause.evidence and _were_parted(groups, people=people):
            raise IdentityRefusedError(reason="parted_before", rule="names two persons whom nobody has parted")
        if conflict(*(people.identities.edges_of(group.persons) for group in groups)):
            raise IdentityRefusedError(reason=_CONFLICT, rule="names two persons who proved no different phones")
        return change

    try:
        return _done(decided, merge_id, of=one, people=people, now=now)
    except IdentityRefusedError as refusal:
        if refusal.reason in {_CONFLICT, "group_too_large"}:
            _note_refusal(refusal, (one, other), people=people, merge_id=merge_id, cause=cause, now=now)
        raise


def split_person(person_id: str, member_id: str, *, people: People, cause: Cause, now: datetime) -> LogLine:
    """Part the member from the person's group, points too, and tell it; a repeat of the event tells the same again.

    Raises IdentityRefusedError where the member is not one with the person.
    """
    merge_id = _id_of("split", cause, member_id)

    def decided() -> IdentityChange:
        group = people.identities.group_of(person_id)
        return split(group, member_id, merge_id=merge_id, because=cause.because, now=now)

    line = _done(decided, merge_id, of=member_id, people=people, now=now)
    part_points(line.persons[:1], line.persons[1:], points=people.points, ledger=people.ledger, now=now)
    return line


def _follow(line: LogLine, *, people: People, now: datetime) -> None:
    # Whatever follows from who is one now; as often as it is told.
    hear_groups(line.persons, people=people)
    refold_tiers(line.persons, cause=line.merge_id, people=people, now=now)


def _done(decided: Callable[[], IdentityChange], merge_id: str, *, of: str, people: People, now: datetime) -> LogLine:
    for _ in range(ATTEMPTS_MAX):
        if line := _told(merge_id, of=of, people=people):
            break
        try:
            line = _written(decided, people=people)
        except VersionConflictError:
            continue  # a loser reads everything again
        break
    else:
        raise VersionConflictError(item=of)
    if line.kind is LogKind.REFUSED:
        raise IdentityRefusedError(reason=line.because, rule="was refused when it was asked first")
    people.bus.publish([people.announcement(line)])
    _follow(line, people=people, now=now)
    return line


def _written(decided: Callable[[], IdentityChange], *, people: People) -> LogLine:
    change = decided()
    people.identities.apply(change)
    return change.lines[0][1]


def _told(merge_id: str, *, of: str, people: People) -> LogLine | None:
    lines = (line for line in people.identities.log_of(of) if line.merge_id == merge_id)
    return next(lines, None)


def _note_refusal(
    refusal: IdentityRefusedError,
    persons: tuple[str, str],
    *,
    people: People,
    merge_id: str,
    cause: Cause,
    now: datetime,
) -> None:
    line = LogLine(merge_id, LogKind.REFUSED, now, persons[0], persons, refusal.reason, cause.evidence)
    if _told(merge_id, of=persons[0], people=people) is None:
        people.identities.apply(IdentityChange((), (), (), tuple((person, line) for person in persons)))


def _were_parted(groups: Sequence[Group], *, people: People) -> bool:
    # What an operator parted, evidence does not join again: it is the evidence that was wrong.
    one, other = (set(group.persons) for group in groups)
    lines = (line for person in sorted(one) for line in people.identities.log_of(person) if line.kind is LogKind.SPLIT)
    pairs = (({line.persons[0]}, set(line.persons[1:])) for line in lines)
    return any((left & one and rest & other) or (left & other and rest & one) for left, rest in pairs)


def _with_slots(groups: Sequence[Group], *, now: datetime) -> list[str]:
    return sorted({contact_id for group in groups for contact_id in group.may_still_be_sent(now=now)})


def _merge_id(cause: Cause, one: str, other: str) -> str:
    return _id_of("merge", cause, *sorted((one, other)))


def _id_of(kind: str, cause: Cause, *persons: str) -> str:
    return "m_" + digest(kind, cause.event_key, *persons)[:24]
