"""The promises of contacts, gates and tasks, on every backend."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.adapters.dynamodb import due
from ownerloop.adapters.dynamodb.commands import get_item
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Entry, Gate
from ownerloop.domain.wecom_task import TaskState, send_group
from tests.adapters.conftest import World, on_dynamodb
from tests.adapters.full_items import HOUR, a_full_contact, a_full_task, surrogate
from tests.builders import DAY, START, TODAY, a_contact
from tests.tables import Tables


def reserved(contact_id: str, **changes: object) -> Contact:
    held = a_contact(contact_id=contact_id, state=ContactState.RESERVED, reserved_day=TODAY)
    return replace(held, **changes)  # type: ignore[arg-type]  # replace checks the names


def an_entry(number: int = 1, **changes: object) -> Entry:
    held = Entry(
        day=TODAY,
        contact_id=surrogate("c", number),
        taken_at=START,
        contact_class=ContactClass.SERVICE,
        channel="wecom",
        due_cycle="0123456789ab",
    )
    return replace(held, **changes)  # type: ignore[arg-type]  # replace checks the names


def test_every_field_of_a_contact_comes_back(world: World) -> None:
    contact = replace(a_full_contact(), version=1)

    assert world.contacts.request([contact]) == [contact.contact_id]

    assert world.contacts.load([contact.contact_id, "c_none"]) == {contact.contact_id: contact}


def test_a_contact_is_asked_for_once(world: World) -> None:
    world.contacts.request([a_contact(contact_id="c_1", priority=40)])

    new = world.contacts.request([a_contact(contact_id="c_1", priority=10), a_contact(contact_id="c_2")])

    assert new == ["c_2"]
    assert world.contacts.load(["c_1"])["c_1"].priority == 40


def test_of_two_moves_from_one_state_the_second_is_a_conflict(world: World) -> None:
    world.contacts.request([a_contact()])
    held = a_contact().moved(ContactState.HELD, reason="quiet_hours", at=START)
    world.contacts.save(held)

    with pytest.raises(VersionConflictError):
        world.contacts.save(a_contact().moved(ContactState.EXPIRED, reason="validity_over", at=START))

    assert world.contacts.load(["c_1"]) == {"c_1": held}


def test_a_contact_that_was_never_requested_cannot_move(world: World) -> None:
    with pytest.raises(VersionConflictError):
        world.contacts.save(replace(a_contact(), version=2))


def test_open_contacts_come_in_the_order_of_who_goes_first(world: World) -> None:
    world.contacts.request(
        [
            a_contact(contact_id="c_3", priority=90),
            a_contact(contact_id="c_2", priority=40),
            a_contact(contact_id="c_1", priority=40),
            a_contact(contact_id="c_4", priority=40, valid_until=START + DAY),
            a_contact(contact_id="c_5", priority=10, state=ContactState.DELIVERED),
            a_contact(contact_id="c_6", priority=10, person_id="p_2"),
        ]
    )

    assert [c.contact_id for c in world.contacts.open_of("p_1")] == ["c_4", "c_1", "c_2", "c_3"]


def test_a_contact_that_ended_is_open_no_more(world: World) -> None:
    world.contacts.request([a_contact()])
    world.contacts.save(a_contact().moved(ContactState.SUPPRESSED, reason="unsubscribed", at=START))

    assert world.contacts.open_of("p_1") == []


def test_a_send_group_holds_the_reserved_contacts_of_one_staff_member_text_and_day(world: World) -> None:
    first = reserved("c_1")
    world.contacts.request(
        [
            reserved("c_2", person_id="p_2"),
            first,
            reserved("c_3", text="another text"),
            reserved("c_4", staff_userid="li"),
            reserved("c_5", reserved_day=TODAY + DAY),
            a_contact(contact_id="c_6"),
        ]
    )

    group_key = send_group(first)
    assert group_key is not None
    assert [c.contact_id for c in world.contacts.reserved_group(group_key)] == ["c_1", "c_2"]

    world.contacts.save(first.moved(ContactState.SENDING, reason="sending", at=START))
    assert [c.contact_id for c in world.contacts.reserved_group(group_key)] == ["c_2"]


def test_the_sweep_sees_what_is_due_oldest_first_over_midnight(world: World) -> None:
    early = START - DAY  # requested then, so filed under that day
    world.contacts.request(
        [
            a_contact(contact_id="c_today", next_look_at=START),
            a_contact(contact_id="c_earlier", next_look_at=START - HOUR),
            a_contact(contact_id="c_yesterday", requested_at=early, next_look_at=early),
            a_contact(contact_id="c_later", next_look_at=START + timedelta(seconds=1)),
            a_contact(contact_id="c_never", next_look_at=None),
        ]
    )

    assert world.contacts.due(now=START) == ["c_yesterday", "c_earlier", "c_today"]


def test_a_contact_looked_at_is_due_no_more(world: World) -> None:
    world.contacts.request([a_contact(next_look_at=START)])
    moved = a_contact(next_look_at=START).moved(ContactState.HELD, reason="daily_cap", at=START)
    world.contacts.save(replace(moved, next_look_at=START + DAY))

    assert world.contacts.due(now=START) == []
    assert world.contacts.due(now=START + DAY) == ["c_1"]


def test_a_look_that_lies_in_the_past_when_it_is_written_is_not_missed(world: World) -> None:
    world.contacts.due(now=START)
    world.contacts.request([a_contact(next_look_at=START - 30 * DAY)])

    assert world.contacts.due(now=START) == ["c_1"]


def test_a_sweep_that_stood_still_finds_everything_again_in_time(world: World) -> None:
    world.contacts.due(now=START)
    world.contacts.request([a_contact(next_look_at=START + HOUR)])
    late = START + 20 * DAY

    seen = [world.contacts.due(now=late + n * HOUR) for n in range(8)]

    assert seen[-1] == ["c_1"]


def test_a_look_filed_just_before_midnight_is_seen_just_after_it(world: World) -> None:
    midnight = START + 20 * HOUR
    world.contacts.due(now=midnight + HOUR)
    last_second = midnight - timedelta(seconds=1)

    world.contacts.request([a_contact(requested_at=last_second, next_look_at=last_second)])

    assert world.contacts.due(now=midnight + 3 * HOUR) == ["c_1"]


def test_tasks_and_contacts_are_swept_apart(world: World) -> None:
    world.contacts.request([a_contact(next_look_at=START)])
    world.tasks.create(a_full_task())

    assert world.contacts.due(now=START + HOUR) == ["c_1"]
    assert world.tasks.due(now=START + HOUR) == ["t_1"]


def test_every_field_of_a_task_comes_back_and_it_is_created_once(world: World) -> None:
    task = a_full_task()

    assert world.tasks.load("t_1") is None
    assert world.tasks.create(task)
    assert not world.tasks.create(replace(task, text="another"))
    assert world.tasks.load("t_1") == task


def test_a_settled_task_is_looked_at_no_more(world: World) -> None:
    task = a_full_task()
    world.tasks.create(task)

    world.tasks.save(task.moved(TaskState.SETTLED, next_look_at=None))

    assert world.tasks.due(now=START + DAY) == []
    with pytest.raises(VersionConflictError):
        world.tasks.save(task.moved(TaskState.CANCELLED))


def test_a_task_that_was_never_created_cannot_be_saved(world: World) -> None:
    with pytest.raises(VersionConflictError):
        world.tasks.save(a_full_task(version=1))


def test_a_person_without_messages_has_an_empty_gate(world: World) -> None:
    assert world.gates.load("p_1") == Gate(person_id="p_1")


def test_every_entry_of_a_gate_comes_back_in_its_order(world: World) -> None:
    gate = Gate(
        person_id="p_1",
        version=1,
        entries=(
            an_entry(2, contact_class=ContactClass.COMMERCIAL, due_cycle=""),
            an_entry(1, taken_at=START + timedelta(microseconds=1)),
            an_entry(contact_id="recall-7", contact_class=ContactClass.SAFETY, channel="sms", day=TODAY - DAY),
        ),
        merged_into="p_2",
    )

    world.gates.save(gate)

    assert world.gates.load("p_1") == gate


def test_of_two_reservations_from_one_reading_the_second_is_a_conflict(world: World) -> None:
    winner = Gate(person_id="p_1", version=1, entries=(an_entry(1),))
    world.gates.save(winner)

    for gate in (Gate(person_id="p_1", version=1, entries=(an_entry(2),)), Gate(person_id="p_1", version=3)):
        with pytest.raises(VersionConflictError):
            world.gates.save(gate)

    assert world.gates.load("p_1") == winner
    world.gates.save(Gate(person_id="p_1", version=2))
    assert world.gates.load("p_1") == Gate(person_id="p_1", version=2)


def test_the_sweep_does_not_read_days_again_that_are_done(tables: Tables) -> None:
    world = on_dynamodb(tables)
    world.contacts.due(now=START - 5 * DAY)
    world.contacts.due(now=START)
    world.contacts.due(now=START)

    cursor = get_item(tables.contacts, ("sweep", "contact"))
    assert cursor is not None
    assert cursor["through"] == TODAY.isoformat()


def test_a_slow_sweep_that_was_overtaken_does_not_send_the_next_one_back(
    tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = on_dynamodb(tables)
    world.contacts.due(now=START - DAY)
    query = due.query

    def overtaken(*asked: Any) -> Any:
        monkeypatch.setattr(due, "query", query)
        world.contacts.due(now=START + DAY)
        return query(*asked)

    monkeypatch.setattr(due, "query", overtaken)
    world.contacts.due(now=START)

    cursor = get_item(tables.contacts, ("sweep", "contact"))
    assert cursor is not None
    assert cursor["through"] == (TODAY + DAY).isoformat()
