"""Dispatching within its bounds: who belongs together is asked anew, nothing is read for nothing, a sweep ends."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.gate import UNSETTLED_DAYS, Gate
from ownerloop.usecases import apart, dispatch_contacts
from ownerloop.usecases.dispatch_contacts import dispatch, sweep
from tests.contact_builders import ANN, BEN, DAY, NOW, a_car, a_contact, a_head, a_surrogate, an_owner
from tests.usecases.dispatch_world import World


@pytest.mark.parametrize(
    "gate", [Gate(person_id=ANN, version=1, merged_into=BEN), Gate(person_id=ANN, version=1, members=(BEN,))]
)
def test_nothing_is_decided_for_a_person_whose_group_is_another_one_than_the_profiles_say(gate: Gate) -> None:
    world = World([a_contact(1)])
    world.gates.held[ANN] = gate

    report = world.dispatch()

    assert report.left_to_sweep == [ANN]
    assert world.in_state(ContactState.REQUESTED) == [a_surrogate("c", 1)]
    assert world.gates.held[ANN] is gate


def test_a_sweep_ends_after_its_share_and_the_next_one_takes_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch_contacts, "SWEEP_CONTACTS_MAX", 5)
    monkeypatch.setattr(dispatch_contacts, "SWEEP_PAGE", 5)
    world = World([a_contact(number, next_look_at=NOW, holdout=True) for number in range(1, 9)])
    world.contacts.open_of = lambda _: []  # type: ignore[method-assign, assignment]  # so that only what was swept is decided

    assert sweep(desk=world.desk, now=NOW).moves == {ContactState.SUPPRESSED: 5}
    assert sweep(desk=world.desk, now=NOW).moves == {ContactState.SUPPRESSED: 3}


class BrokenError(RuntimeError):
    """An item that nobody can read."""


def test_one_person_s_fault_keeps_nobody_else_waiting() -> None:
    others = [a_surrogate("p", number) for number in (7, 8)]
    world = World(
        [a_contact(1), *(a_contact(number, person_id=person) for number, person in zip((7, 8), others, strict=True))],
        owners=[an_owner(), *(an_owner(person_id=person) for person in others)],
    )
    world.gates.load = _broken_for(others[0], world.gates.load)  # type: ignore[method-assign, assignment]  # one item cannot be read

    with pytest.raises(BrokenError):
        world.dispatch(ANN, *others)

    assert world.in_state(ContactState.RESERVED) == [a_surrogate("c", 1), a_surrogate("c", 8)]
    assert len(world.senders.started) == 1  # they share their text


def test_tables_that_are_down_are_not_asked_for_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "FAULTS_MAX", 2)
    people = [a_surrogate("p", number) for number in range(5)]
    world = World([], owners=[an_owner(person_id=person) for person in people])
    asked: list[str] = []

    def down(person_id: str) -> Gate:
        asked.append(person_id)
        raise BrokenError

    world.gates.load = down  # type: ignore[method-assign]  # the table is gone
    with pytest.raises(BrokenError):
        world.dispatch(*people)

    assert len(asked) == 2


def _broken_for(person: str, load: Callable[[str], Gate]) -> Callable[[str], Gate]:
    def loaded(person_id: str) -> Gate:
        if person_id == person:
            raise BrokenError
        return load(person_id)

    return loaded


def test_what_was_written_at_once_is_not_read_again() -> None:
    world = World([a_contact(1)])
    seen: list[str] = []
    world.on_operation = seen.append

    dispatch([ANN], desk=world.desk, now=NOW, contact_ids=[a_surrogate("c", 1)])

    assert seen.count("contacts.load") == 1


def test_of_two_states_of_a_contact_the_newer_one_counts_whoever_told_it() -> None:
    stale = a_contact(1)
    world = World([stale])
    world.contacts.held[stale.contact_id] = replace(stale, version=2, holdout=True)
    world.contacts.open_of = lambda _: [stale]  # type: ignore[method-assign, assignment]  # the index lags behind

    report = dispatch([ANN], desk=world.desk, now=NOW, contact_ids=[stale.contact_id])

    assert report.left_to_sweep == []
    assert world.in_state(ContactState.SUPPRESSED) == [stale.contact_id]


def test_what_ended_days_ago_is_not_read_again() -> None:
    world = World([a_contact(1)])
    world.dispatch()
    world.contacts.save(world.contacts.held[a_surrogate("c", 1)].moved(ContactState.SENDING, reason="sending", at=NOW))
    sending = world.contacts.held[a_surrogate("c", 1)]
    world.contacts.save(sending.moved(ContactState.ACCEPTED, reason="accepted", at=NOW, next_look_at=None))
    load, read = world.contacts.load, list[str]()

    def noted(contact_ids: Iterable[str]) -> dict[str, Contact]:
        read.extend(asked := list(contact_ids))
        return load(asked)

    world.contacts.load = noted  # type: ignore[method-assign]
    world.dispatch(now=NOW + UNSETTLED_DAYS * DAY)
    assert read == [a_surrogate("c", 1)]
    world.dispatch(now=NOW + (UNSETTLED_DAYS + 1) * DAY)
    assert read == [a_surrogate("c", 1)]


@pytest.mark.parametrize("kind", ContactClass)
def test_a_message_in_doubt_whose_task_nobody_settled_for_days_takes_a_slot_of_the_day(kind: ContactClass) -> None:
    lost, failed, *others = (a_contact(number, requested_at=NOW, valid_until=NOW + 9 * DAY) for number in range(1, 6))
    lost = replace(lost, contact_class=kind)
    world = World([lost])
    for contact in (failed, *others):
        world.vehicles.held[contact.vehicle_id] = replace(a_car(), vehicle_id=contact.vehicle_id, consent=a_head(ANN))
    for contact, ended, at in ((lost, ContactState.UNKNOWN, NOW), (failed, ContactState.FAILED, NOW + 2 * DAY)):
        world.contacts.request([contact])
        world.dispatch(now=at)
        for state in (ContactState.SENDING, ended):
            held = world.contacts.held[contact.contact_id]
            world.contacts.save(held.moved(state, reason=state.value, at=at, next_look_at=None))

    world.dispatch(now=NOW + 5 * DAY)  # gives the slot of the failed one back
    world.contacts.request(others)
    world.dispatch(now=NOW + 5 * DAY)

    today = civil_day(NOW + 5 * DAY, zone_of("Asia/Shanghai"))
    assert len([entry for entry in world.gates.load(ANN).entries if entry.day == today]) <= 3
    assert lost.contact_id in {entry.contact_id for entry in world.gates.load(ANN).entries if entry.day == today}
