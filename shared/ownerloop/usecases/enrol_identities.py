"""What enrolment events say about who is one person: asked for before their markers, matched once they are written."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ownerloop.domain.arrival import Arrival
from ownerloop.domain.enrolment import ConsentWithdrawn, OwnerRegistered, VehicleHandedOver, VehicleLinked
from ownerloop.domain.errors import OwnerLoopError, VersionConflictError
from ownerloop.domain.identifying import Identifier, IdentifierKind, e164
from ownerloop.domain.identity_events import IdentityLinked, MergeAsked, SplitAsked
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.identity_ports import People
from ownerloop.usecases.enrolment_sheet import Ledger
from ownerloop.usecases.hearing_groups import hear_groups
from ownerloop.usecases.merge_people import Cause, link_identifiers, link_owners, merge_persons, split_person


@dataclass(slots=True)
class Asked:
    """What is left of a round once it was seen who is to be joined or parted."""

    others: list[Arrival] = field(default_factory=list)  # what is to be marked and applied
    refused: list[tuple[Arrival, OwnerLoopError]] = field(default_factory=list)
    faulted: list[tuple[Arrival, Exception]] = field(default_factory=list)


def do_asked(arrivals: Iterable[Arrival], *, people: People, now: datetime) -> Asked:
    """Join and part whom operators ask for; each before its marker, so that a marked event was done.

    What is repeated is recognised in the log, so a crash between the two leaves nothing undone and does nothing twice.
    """
    asked = Asked()
    for arrival in arrivals:
        try:
            _do(arrival, people=people, now=now)
        except VersionConflictError as fault:
            asked.faulted.append((arrival, fault))
        except OwnerLoopError as refusal:
            asked.refused.append((arrival, refusal))
        except Exception as fault:  # noqa: BLE001  # reported and queued again; the other events must not pay for it
            asked.faulted.append((arrival, fault))
        else:
            asked.others.append(arrival)
    return asked


def do_linked(ledger: Ledger, *, people: People, now: datetime) -> list[tuple[Arrival, Exception]]:
    """Keep the evidence of the events that were written, join whom it shows to be one, and have cars hear groups.

    Returns what faulted; what was written comes again then, and finds how things stand.
    """
    faulted: list[tuple[Arrival, Exception]] = []
    for arrival in ledger.applied:
        try:
            _do_written(arrival, ledger=ledger, people=people, now=now)
        except Exception as fault:  # noqa: BLE001  # reported and queued again; the other events must not pay for it
            faulted.append((arrival, fault))
    return faulted


def link_shared_addresses(
    addresses: Mapping[str, str], *, owners: Mapping[str, Owner], people: People, now: datetime
) -> None:
    """Join persons whom two registrations reach at one external_userid: WeCom gives it to one human being.

    To be asked before the address is remembered for the new one; a registration with an address of its own costs
    nothing but the look.
    """
    asked = sorted(set(addresses.values()))
    held = dict(people.identifiers.persons_at(asked, channel="wecom")) if asked else {}
    for person_id, address in sorted(addresses.items()):
        other = held.setdefault(address, person_id)
        if other == person_id:
            continue
        told = [Identifier(IdentifierKind.EXTERNAL_USERID, address, is_verified=True)]
        at = owners[person_id].registered_at or now
        key = digest("address", other, person_id)[:32]
        link_identifiers(person_id, told, people=people, event_key=key, at=at, now=now, also_of=[other])


def _do(arrival: Arrival, *, people: People, now: datetime) -> None:
    match arrival.event:
        case MergeAsked(person_id, other_id, because):
            cause = Cause(arrival.event_key, because)
            merge_persons(person_id, other_id, people=people, cause=cause, now=now)
        case SplitAsked(person_id, member_id, because):
            cause = Cause(arrival.event_key, because)
            split_person(person_id, member_id, people=people, cause=cause, now=now)
        case _:
            return


def _do_written(arrival: Arrival, *, ledger: Ledger, people: People, now: datetime) -> None:
    event = arrival.event
    person_id, vehicle_id = ledger.ids_of(event)
    match event:
        case IdentityLinked():
            link_identifiers(
                person_id, event.identifiers, people=people, event_key=arrival.event_key, at=event.at, now=now
            )
        case OwnerRegistered() if phone := e164(event.phone or ""):
            told = [Identifier(IdentifierKind.PHONE, phone, is_verified=event.phone_verified)]
            link_identifiers(person_id, told, people=people, event_key=arrival.event_key, at=event.at, now=now)
        case ConsentWithdrawn() if ledger.vehicles[vehicle_id].consent.newest_owner != person_id:
            hear_groups([person_id], people=people)
        case VehicleLinked() | VehicleHandedOver():
            owners = {one.person_id for one in ledger.vehicles[vehicle_id].consent.owners}
            if others := owners - {person_id}:
                link_owners(person_id, others, people=people, event_key=arrival.event_key, now=now)
            if person_id in ledger.grouped:
                hear_groups([person_id], people=people)
        case _:
            return
