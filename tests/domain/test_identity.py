"""One person under several keys: joined and parted without moving what each of them has."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.consent import ConsentHead, Grant, Ownership, Purpose, Withdrawal
from ownerloop.domain.contact import ContactState
from ownerloop.domain.errors import IdentityRefusedError
from ownerloop.domain.gate import Entry, Refused, reserve
from ownerloop.domain.identity import Group, as_one, merge, split, strictest
from ownerloop.domain.owner import Subscribe, Unsubscribe
from tests.contact_builders import DAY, NOW, SHANGHAI, TODAY, a_contact, a_policy, a_surrogate
from tests.identity_builders import a_group, a_person, after, an_entry

OLD, NEW, THIRD = (a_surrogate("p", number) for number in (1, 2, 3))


def merged(one: Group, other: Group) -> Group:
    change = merge(one, other, contacts=(), merge_id="m_1", because="the same phone", now=NOW)
    (group,) = after(change, one, other).values()
    return group


def parted(group: Group, member: str) -> dict[str, Group]:
    return after(split(group, member, merge_id="m_2", because="two brothers", now=NOW), group)


def with_entry(group: Group, entry: Entry) -> Group:
    gate = replace(group.gate, version=group.gate.version + 1, entries=tuple(sorted({*group.gate.entries, entry})))
    return replace(group, gates={**group.gates, group.head_id: gate})


def test_who_was_known_longest_heads_the_group_whichever_way_it_is_told() -> None:
    old, new = a_group(a_person(1)), a_group(a_person(2))

    for group in (merged(old, new), merged(new, old)):
        assert group.head_id == OLD
        assert group.head.members == (NEW,)
        assert group.owners[NEW].merged_into == OLD


def test_a_merge_into_a_member_goes_to_its_head_and_leaves_no_chain() -> None:
    pair = merged(a_group(a_person(2)), a_group(a_person(3)))

    group = merged(a_group(a_person(1)), pair)

    assert group.head.members == (NEW, THIRD)
    assert {group.owners[person].merged_into for person in (NEW, THIRD)} == {OLD}
    assert group.owners[NEW].members == ()


def test_the_gate_of_the_head_holds_the_slots_of_both_and_admits_nothing_more() -> None:
    group = merged(a_group(a_person(1), an_entry(1), an_entry(2)), a_group(a_person(2), an_entry(3), an_entry(4)))

    answer = reserve(group.gate, a_contact(9), channel="wecom", policy=a_policy(), daily_max=3, zone=SHANGHAI, now=NOW)

    assert len(group.gate.entries) == 4
    assert isinstance(answer, Refused)
    assert answer.reason == "daily_cap"
    refused = reserve(
        group.gates[NEW], a_contact(9), channel="wecom", policy=a_policy(), daily_max=3, zone=SHANGHAI, now=NOW
    )
    assert isinstance(refused, Refused)
    assert refused.reason == "merged"


def test_whoever_is_about_to_reserve_or_to_send_decides_anew_under_the_one_gate() -> None:
    reserved = a_contact(
        1, state=ContactState.RESERVED, reserved_day=TODAY, reserved_at=NOW, next_look_at=NOW + DAY, version=3
    )
    waiting, sent = a_contact(2, version=5), a_contact(3, state=ContactState.SENDING)
    change = merge(
        a_group(a_person(1)),
        a_group(a_person(2)),
        contacts=(reserved, waiting, sent),
        merge_id="m_1",
        because="",
        now=NOW,
    )

    first, second = change.contacts
    assert (first.state, first.version, first.next_look_at) == (ContactState.REQUESTED, 4, NOW)
    assert second == replace(waiting, version=6)


@pytest.mark.parametrize("asked", [(1, 1), (1, 2), (2, 1), (2, 3)])
def test_a_merge_of_those_who_are_one_already_is_refused(asked: tuple[int, int]) -> None:
    group = merged(merged(a_group(a_person(1)), a_group(a_person(2))), a_group(a_person(3)))
    assert {a_surrogate("p", number) for number in asked} <= set(group.persons)

    with pytest.raises(IdentityRefusedError) as refusal:
        merged(group, group)

    assert refusal.value.reason == "already_one"


def test_a_person_whom_nobody_registered_is_refused() -> None:
    with pytest.raises(IdentityRefusedError) as refusal:
        merged(a_group(a_person(1)), a_group(a_person(2, version=0)))

    assert refusal.value.reason == "unknown_person"


def test_a_group_has_an_end() -> None:
    group = a_group(a_person(1))
    for number in range(2, 11):
        group = merged(group, a_group(a_person(number)))

    with pytest.raises(IdentityRefusedError) as refusal:
        merged(group, a_group(a_person(11)))

    assert refusal.value.reason == "group_too_large"


def test_somebody_who_was_never_joined_cannot_be_parted() -> None:
    for group, member in ((a_group(a_person(1)), OLD), (merged(a_group(a_person(1)), a_group(a_person(2))), THIRD)):
        with pytest.raises(IdentityRefusedError) as refusal:
            split(group, member, merge_id="m", because="", now=NOW)
        assert refusal.value.reason == "not_a_member"


def test_where_the_head_leaves_the_longest_known_of_the_rest_heads_what_is_left() -> None:
    group = merged(merged(a_group(a_person(1), an_entry(1)), a_group(a_person(2))), a_group(a_person(3), an_entry(3)))

    left = parted(group, OLD)

    assert set(left) == {OLD, NEW}
    assert left[NEW].head.members == (THIRD,)
    assert left[OLD].gate.entries == (an_entry(1),)
    assert left[NEW].gate.entries == (an_entry(3),)


entries = st.sets(st.integers(1, 30), max_size=6).map(lambda numbers: [an_entry(number) for number in numbers])


@given(mine=entries, theirs=entries, since=entries, as_head=st.booleans())
def test_a_split_gives_each_what_they_had_and_both_what_came_in_between(
    mine: list[Entry], theirs: list[Entry], since: list[Entry], as_head: bool
) -> None:
    one, other = a_group(a_person(1), *mine), a_group(a_person(2), *theirs)
    group = merged(one, other)
    between = [replace(entry, taken_at=NOW + timedelta(hours=1)) for entry in since]
    for entry in between:
        group = with_entry(group, entry)

    left = parted(group, OLD if as_head else NEW)

    assert set(left[OLD].gate.entries) == {*mine, *between}
    assert set(left[NEW].gate.entries) == {*theirs, *between}
    for before, person in ((one, OLD), (other, NEW)):
        assert replace(left[person].head, version=before.head.version) == before.head
        assert (left[person].gate.members, left[person].gate.merged_into, left[person].gate.others) == ((), None, ())


@given(held=st.lists(entries, min_size=4, max_size=4), order=st.permutations([0, 1, 2]), data=st.data())
def test_whatever_was_joined_in_whatever_order_parts_again_into_what_it_was(
    held: list[list[Entry]], order: list[int], data: st.DataObject
) -> None:
    # Slots of different persons are different slots; ids of contacts say whose they are.
    own = [[replace(e, contact_id=f"{number} {e.contact_id}") for e in slots] for number, slots in enumerate(held)]
    groups = {a_surrogate("p", n): a_group(a_person(n), *own[n]) for n in range(4)}
    for number in order:
        at = {person: head for head, group in groups.items() for person in group.persons}
        heads = sorted({at[a_surrogate("p", number)], at[a_surrogate("p", number + 1)]})
        made = merged(*(groups.pop(head) for head in heads))
        groups[made.head_id] = made

    while max(len(group.owners) for group in groups.values()) > 1:
        group = next(group for group in groups.values() if len(group.owners) > 1)
        groups.pop(group.head_id)
        groups |= parted(group, data.draw(st.sampled_from(group.persons)))

    for number in range(4):
        assert set(groups[a_surrogate("p", number)].gate.entries) == set(own[number])


def test_the_group_wants_the_least_a_day_and_is_heard_in_every_refusal() -> None:
    calm = a_person(1, daily_max=1, open_cases=("k_1",))
    refuser = a_person(2, unsubscribes=(Unsubscribe(NOW, "wecom", "campaign"),), open_cases=("k_2",))
    welcomer = a_person(3, subscribes=(Subscribe(NOW + DAY, "*", "*"),))

    seen = as_one(welcomer, [refuser, calm])

    assert seen.daily_max == 1
    assert seen.open_cases == ("k_1", "k_2")
    assert seen.has_unsubscribed(channel="wecom", topic="campaign")
    assert not seen.has_unsubscribed(channel="wecom", topic="maintenance")
    assert as_one(welcomer, []) is welcomer


def test_what_one_of_the_group_took_back_counts_for_the_car_under_another_key() -> None:
    given_at = NOW - 10 * DAY
    head = ConsentHead(
        owners=(Ownership(given_at, NEW),),
        grants=(Grant(given_at, NOW + DAY, NEW, Purpose.MARKETING, frozenset({"odometer"})),),
        withdrawals=(Withdrawal(NOW - DAY, OLD, Purpose.MARKETING),),
    )
    alone, joined = a_person(2), as_one(a_person(2), [a_person(1)])

    assert strictest(head, alone).classes_at(NOW, person_id=NEW, purpose=Purpose.MARKETING)
    assert not strictest(head, joined).classes_at(NOW, person_id=NEW, purpose=Purpose.MARKETING)
    assert strictest(head, alone) is not None
