"""Merges that race reservations: whoever meets whom, a person never gets a fourth message that day."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.adapters.memory import MemoryContacts, MemoryGates, MemoryOwners, MemoryVehicles
from ownerloop.adapters.memory_contacts import MemorySenders
from ownerloop.adapters.memory_identity import MemoryConsentHeads, MemoryIdentifierVault, MemoryIdentities
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.adapters.memory_streams import MemoryBus
from ownerloop.domain import identity
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.errors import IdentityRefusedError, VersionConflictError
from ownerloop.domain.identity import IdentityChange
from ownerloop.identity_ports import People
from ownerloop.usecases import merge_people
from ownerloop.usecases.dispatch_contacts import Dispatch, dispatch, sweep
from ownerloop.usecases.merge_people import Cause, merge_persons, split_person
from tests.contact_builders import ANN, BEN, DAY, NOW, TODAY, a_car, a_contact, a_head, a_policy, a_store, an_owner
from tests.identity_builders import a_tier_desk
from tests.usecases.test_dispatch_races import Stage

S = ContactState
OUT = frozenset({S.SENDING, S.ACCEPTED, S.UNKNOWN})
MINUTE = timedelta(minutes=1)
SEEDS = range(60)
OF_ANN, OF_BEN = (1, 3, 5, 7), (2, 4, 6, 8)


class Scene:
    """Two keys of one person, contacts for both, and whoever works on them."""

    def __init__(self, seed: int) -> None:
        self.stage = Stage(seed, on_step=self.check)
        hook = self.stage.on_operation
        asked = [a_contact(number, person_id=ANN) for number in OF_ANN]
        asked += [a_contact(number, person_id=BEN) for number in OF_BEN]
        self.owners = MemoryOwners(
            [an_owner(ANN, known_since=NOW - 90 * DAY), an_owner(BEN, known_since=NOW - 80 * DAY)], on_operation=hook
        )
        self.contacts = MemoryContacts(asked, on_operation=hook)
        self.gates = MemoryGates(on_operation=hook)
        cars = [a_car(number, consent=a_head(BEN if number in (*OF_BEN, 20) else ANN)) for number in range(22)]
        self.desk = Dispatch(
            contacts=self.contacts,
            gates=self.gates,
            owners=self.owners,
            vehicles=MemoryVehicles(cars),
            senders=MemorySenders(),
            policy=a_policy(),
            stores={"sh-pudong": a_store()},
        )
        points = MemoryPoints()
        self.people = People(
            identities=MemoryIdentities(self.owners, self.gates, self.contacts, on_operation=hook),
            identifiers=MemoryIdentifierVault(),
            contacts=self.contacts,
            bus=MemoryBus(),
            announcement=lambda line: {"id": line.merge_id},
            points=points,
            ledger=points,
            consents=MemoryConsentHeads(),
            tiers=a_tier_desk(),
        )
        self.out_before: int | None = None  # messages out when the two became one
        self.out_apart: Counter[str] | None = None  # and of each when they were parted again

    def out(self) -> Counter[str]:
        """Return how many messages started for each key."""
        return Counter(c.person_id for c in self.contacts.held.values() if c.state in OUT)

    def check(self) -> None:
        """Hold the law at every step."""
        out = self.out()
        assert max(out.values(), default=0) <= 3
        if self.owners.held[BEN].merged_into:
            self.out_before = out.total() if self.out_before is None else self.out_before
            assert out.total() <= max(3, self.out_before), "a fourth message that day"
        for contact in self.contacts.held.values():
            head = self.owners.held[contact.person_id].head_id
            if contact.state in {*OUT, S.RESERVED}:
                slots = {e.contact_id for e in self.gates.held[head].entries if e.day == TODAY}
                assert contact.contact_id in slots, "reserved or sent without a slot"

    def dispatcher(self, person_id: str) -> Callable[[], None]:
        """Return who dispatches one of the keys, as a record of the stream would."""
        return lambda: void(dispatch([person_id], desk=self.desk, now=NOW + MINUTE))

    def newcomer(self, person_id: str, number: int) -> Callable[[], None]:
        """Return who asks for a higher contact of one of the keys and dispatches it."""

        def ask() -> None:
            recall = a_contact(
                number, person_id=person_id, priority=10, contact_class=ContactClass.SAFETY, due_cycle=""
            )
            self.contacts.request([recall])
            dispatch([person_id], desk=self.desk, now=NOW + MINUTE)

        return ask

    def sweeper(self) -> None:
        """Sweep, as the schedule would."""
        sweep(desk=self.desk, now=NOW + 6 * MINUTE)

    def merger(self) -> None:
        """Join the two keys."""
        merge_persons(ANN, BEN, people=self.people, cause=Cause("event 1", "one phone"), now=NOW + MINUTE)

    def splitter(self) -> None:
        """Part them again, if they are one by now."""
        with suppress(IdentityRefusedError):
            split_person(ANN, BEN, people=self.people, cause=Cause("event 2", "two brothers"), now=NOW + MINUTE)

    def sender(self) -> None:
        """Send what is reserved."""
        for number in (20, 21, 1, 2, 3, 4, 5, 6, 7, 8):
            with suppress(VersionConflictError):
                self._send(a_contact(number).contact_id)

    def _send(self, contact_id: str) -> None:
        contact: Contact | None = self.contacts.load([contact_id]).get(contact_id)
        if contact is None or contact.state is not S.RESERVED:
            return
        sending = contact.moved(S.SENDING, reason="sending", at=NOW + MINUTE, next_look_at=None)
        self.contacts.save(sending)
        self.contacts.save(sending.moved(S.ACCEPTED, reason="accepted", at=NOW + MINUTE))

    def play(self, *more: Callable[[], None]) -> None:
        """Let everybody meet everybody, then let the sweep come twice."""
        actors = [self.dispatcher(ANN), self.dispatcher(BEN), self.newcomer(BEN, 20), self.newcomer(ANN, 21)]
        self.stage.play([*actors, self.sender, self.merger, self.sender, self.sweeper, *more])
        for later in (10, 20):
            sweep(desk=self.desk, now=NOW + later * MINUTE)
            self.sender()
            self.check()


def void(_: object) -> None:
    """Take what nobody looks at."""


@pytest.mark.parametrize("seed", SEEDS)
def test_a_merge_at_any_moment_leaves_one_person_with_three_messages_a_day(seed: int) -> None:
    scene = Scene(seed)

    scene.play()

    assert scene.out().total() == max(3, scene.out_before or 0)
    assert not [c for c in scene.contacts.held.values() if c.state is S.RESERVED]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_split_at_any_moment_leaves_nobody_a_fourth_message(seed: int) -> None:
    scene = Scene(seed)

    scene.play(scene.splitter)

    assert max(scene.out().values()) <= 3


def without_union(change: IdentityChange) -> IdentityChange:
    """Return the merge of somebody who moves the person and forgets the slots of the key that was absorbed."""
    own = tuple(replace(g, entries=tuple(e for e in g.entries if e not in g.others)) for g in change.gates)
    return replace(change, gates=own)


def without_contacts(change: IdentityChange) -> IdentityChange:
    """Return the merge that unites the gates and lets what was reserved under either go out."""
    return replace(change, contacts=())


@pytest.mark.parametrize("naive", [without_union, without_contacts])
def test_a_merge_that_forgets_a_part_breaks_the_law_in_the_same_run(
    naive: Callable[[IdentityChange], IdentityChange], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merge_people, "merge", lambda *groups, **said: naive(identity.merge(*groups, **said)))

    broken = 0
    for seed in SEEDS:
        try:
            Scene(seed).play()
        except AssertionError:
            broken += 1

    assert broken
