"""Merges that meet dispatchers on real tables: what goes out after two keys became one is never a fourth message."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest

from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.enrolments import DynamoEnrolments
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.identity import DynamoIdentities
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.memory import MemoryVehicles
from ownerloop.adapters.memory_contacts import MemorySenders
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.ports import EnrolmentChange
from ownerloop.usecases.dispatch_contacts import Dispatch, dispatch
from ownerloop.usecases.merge_people import Cause, merge_persons
from tests.contact_builders import DAY, NOW, a_car, a_contact, a_head, a_policy, a_store, a_surrogate, an_owner
from tests.identity_builders import people_in
from tests.tables import Tables

pytestmark = pytest.mark.emulator

PAIRS = 12
MINUTE = timedelta(minutes=1)


def test_dispatchers_that_meet_a_merge_leave_three_to_go_out(tables: Tables) -> None:
    contacts = DynamoContacts(tables.contacts)
    pairs = [(a_surrogate("p", 2 * n), a_surrogate("p", 2 * n + 1)) for n in range(PAIRS)]
    asked = {person: asked_of(person, place) for place, person in enumerate(p for pair in pairs for p in pair)}
    everything = [contact for mine in asked.values() for contact in mine]
    contacts.request(everything)
    owners = tuple(an_owner(person, known_since=NOW - DAY) for person in asked)
    enrolments = DynamoEnrolments(tables.owners, tables.consents, tables.vehicles, tables.cases)
    enrolments.apply(EnrolmentChange(markers=(), owners=owners))
    cars = [replace(a_car(1, consent=a_head(c.person_id)), vehicle_id=c.vehicle_id) for c in everything]
    desk = Dispatch(
        contacts=contacts,
        gates=DynamoGates(tables.contacts),
        owners=DynamoOwners(tables.owners),
        vehicles=MemoryVehicles(cars),
        senders=MemorySenders(),
        policy=a_policy(),
        stores={"sh-pudong": a_store()},
    )
    people = replace(people_in(), identities=DynamoIdentities(tables.owners, tables.contacts), contacts=contacts)

    for one, other in pairs:
        race(
            lambda one=one: dispatch([one], desk=desk, now=NOW),  # type: ignore[misc]  # bound now
            lambda other=other: dispatch([other], desk=desk, now=NOW),  # type: ignore[misc]
            lambda one=one, other=other: merge_persons(  # type: ignore[misc]
                one, other, people=people, cause=Cause("race", "one phone"), now=NOW
            ),
        )
        mine = [*asked[one], *asked[other]]
        race(
            lambda mine=mine: send(mine, contacts=contacts),  # type: ignore[misc]
            lambda one=one: dispatch([one], desk=desk, now=NOW + MINUTE),  # type: ignore[misc]
            lambda other=other: dispatch([other], desk=desk, now=NOW + MINUTE),  # type: ignore[misc]
        )
        dispatch([other], desk=desk, now=NOW + 10 * MINUTE)
        send(mine, contacts=contacts)
        held = contacts.load(contact.contact_id for contact in mine).values()
        assert sum(contact.state is ContactState.ACCEPTED for contact in held) == 3
        gate = desk.gates.load(people.identities.group_of(other).head_id)
        assert {c.contact_id for c in held if c.state is ContactState.ACCEPTED} <= {e.contact_id for e in gate.entries}


def asked_of(person: str, place: int) -> list[Contact]:
    """Return three contacts of a person."""
    return [a_contact(10 * place + number, person_id=person) for number in (1, 2, 3)]


def race(*jobs: Callable[[], object]) -> None:
    """Run the jobs at the same moment."""
    barrier = Barrier(len(jobs))

    def run(job: Callable[[], object]) -> object:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        list(pool.map(run, jobs))


def send(mine: list[Contact], *, contacts: DynamoContacts) -> None:
    """Send what is reserved, each on its version."""
    for contact in contacts.load(contact.contact_id for contact in mine).values():
        if contact.state is ContactState.RESERVED:
            with suppress(VersionConflictError):
                sending = contact.moved(ContactState.SENDING, reason="sending", at=NOW, next_look_at=None)
                contacts.save(sending)
                contacts.save(sending.moved(ContactState.ACCEPTED, reason="accepted", at=NOW))
