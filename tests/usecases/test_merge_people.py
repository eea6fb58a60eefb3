"""Evidence joins persons, operators join and part them; each once, however often it is told."""

from dataclasses import replace

import pytest

from ownerloop.adapters.memory import MemoryOwners
from ownerloop.adapters.memory_identity import MemoryIdentities
from ownerloop.adapters.memory_streams import MemoryBus
from ownerloop.domain.errors import IdentityRefusedError
from ownerloop.domain.identifying import Identifier, IdentifierKind
from ownerloop.domain.identity import LogKind
from ownerloop.usecases.merge_people import Cause, link_identifiers, link_owners, merge_persons, split_person
from tests.contact_builders import NOW, a_surrogate
from tests.identity_builders import a_person, people_in

ONE, TWO, THREE = (a_surrogate("p", number) for number in (1, 2, 3))
PHONE = Identifier(IdentifierKind.PHONE, "+8613800138000", is_verified=True)
OTHER_PHONE = Identifier(IdentifierKind.PHONE, "+8613900139000", is_verified=True)
UNIONID = Identifier(IdentifierKind.UNIONID, "union", is_verified=True)


class World:
    """Three registered persons, and whoever tells about them."""

    def __init__(self) -> None:
        self.owners, self.bus = MemoryOwners([a_person(number) for number in (1, 2, 3)]), MemoryBus()
        self.people = people_in(self.owners, bus=self.bus)

    def link(self, person_id: str, *identifiers: Identifier, event: str) -> None:
        link_identifiers(person_id, identifiers, people=self.people, event_key=event, at=NOW, now=NOW)

    def merge(self, one: str, other: str, *, event: str = "asked") -> None:
        merge_persons(one, other, people=self.people, cause=Cause(event, "one phone"), now=NOW)

    def split(self, person_id: str, member_id: str, *, event: str = "parted") -> None:
        split_person(person_id, member_id, people=self.people, cause=Cause(event, "brothers"), now=NOW)

    @property
    def heads(self) -> dict[str, str]:
        return {key: owner.head_id for key, owner in self.owners.held.items()}

    @property
    def log(self) -> dict[str, list[LogKind]]:
        identities = self.people.identities
        assert isinstance(identities, MemoryIdentities)
        return {person: [line.kind for line in lines] for person, lines in identities.lines.items()}


APART = {ONE: ONE, TWO: TWO, THREE: THREE}


def test_two_who_proved_one_phone_become_one_and_it_is_told() -> None:
    world = World()

    world.link(ONE, PHONE, event="a")
    world.link(TWO, PHONE, UNIONID, event="b")

    assert world.heads == {ONE: ONE, TWO: ONE, THREE: THREE}
    (told,) = world.bus.events
    assert told["type"] == "ownerloop.identity.merged.v1"
    assert told["data"]["persons"] == [ONE, TWO]
    assert "+86" not in str(told)


def test_evidence_that_comes_again_joins_nobody_twice_and_tells_the_same_again() -> None:
    world = World()
    for _ in range(2):
        world.link(ONE, PHONE, event="a")
        world.link(TWO, PHONE, event="b")

    assert world.log == {ONE: [LogKind.MERGED], TWO: [LogKind.MERGED]}
    assert len({event["id"] for event in world.bus.events}) == 1
    assert len(world.bus.events) == 2


def test_a_phone_that_nobody_proved_joins_nobody() -> None:
    world = World()

    world.link(ONE, Identifier(IdentifierKind.PHONE, PHONE.value), event="a")
    world.link(TWO, PHONE, event="b")

    assert world.heads == APART


def test_what_is_proved_later_joins_then() -> None:
    world = World()
    world.link(ONE, Identifier(IdentifierKind.PHONE, PHONE.value), event="a")
    world.link(TWO, PHONE, event="b")

    world.link(ONE, PHONE, event="c")

    assert world.heads == {ONE: ONE, TWO: ONE, THREE: THREE}


def test_a_shared_id_with_two_proved_phones_joins_nobody_and_stands_in_both_logs() -> None:
    world = World()

    world.link(ONE, PHONE, UNIONID, event="a")
    world.link(TWO, OTHER_PHONE, UNIONID, event="b")
    world.link(TWO, OTHER_PHONE, UNIONID, event="b")

    assert world.heads == APART
    assert world.log == {ONE: [LogKind.REFUSED], TWO: [LogKind.REFUSED]}
    with pytest.raises(IdentityRefusedError) as refusal:
        world.merge(ONE, TWO)
    assert refusal.value.reason == "conflicting_phones"


def test_a_merge_that_was_refused_is_refused_again_and_never_told_as_done() -> None:
    world = World()
    world.link(ONE, PHONE, event="a")
    world.link(TWO, OTHER_PHONE, event="b")

    reasons = []
    for _ in range(2):
        with pytest.raises(IdentityRefusedError) as refusal:
            world.merge(ONE, TWO)
        reasons.append(refusal.value.reason)

    assert reasons == ["conflicting_phones", "conflicting_phones"]
    assert world.log == {ONE: [LogKind.REFUSED], TWO: [LogKind.REFUSED]}
    assert world.bus.events == []


def test_an_operator_joins_and_parts_and_a_repeat_changes_nothing() -> None:
    world = World()
    world.merge(ONE, TWO)
    world.merge(ONE, TWO)
    assert world.heads == {ONE: ONE, TWO: ONE, THREE: THREE}

    world.split(ONE, TWO)
    world.split(ONE, TWO)

    assert world.heads == APART
    assert world.log == {person: [LogKind.MERGED, LogKind.SPLIT] for person in (ONE, TWO)}
    assert [event["type"].split(".")[2] for event in world.bus.events] == ["merged", "merged", "split", "split"]


def test_a_merge_that_would_close_a_circle_is_refused() -> None:
    world = World()
    world.merge(ONE, TWO, event="first")
    world.merge(TWO, THREE, event="second")

    with pytest.raises(IdentityRefusedError) as refusal:
        world.merge(THREE, ONE, event="third")

    assert refusal.value.reason == "already_one"
    assert world.heads == {ONE: ONE, TWO: ONE, THREE: ONE}


def test_what_an_operator_parted_evidence_does_not_join_again_but_an_operator_does() -> None:
    world = World()
    world.link(ONE, PHONE, event="a")
    world.link(TWO, PHONE, event="b")
    world.split(ONE, TWO)

    world.link(TWO, PHONE, UNIONID, event="c")
    world.link(THREE, PHONE, event="d")
    assert world.heads[TWO] != world.heads[ONE]

    world.merge(ONE, TWO)
    assert world.heads[TWO] == world.heads[ONE]


@pytest.mark.parametrize(
    "identifier",
    [
        PHONE,
        UNIONID,
        Identifier(IdentifierKind.EXTERNAL_USERID, "wm_1", is_verified=True),
        Identifier(IdentifierKind.OPENID, "o_1", is_verified=True, app="mini"),
    ],
    ids=lambda one: one.kind,
)
def test_each_kind_of_identifier_that_both_proved_joins_two(identifier: Identifier) -> None:
    world = World()

    world.link(ONE, identifier, event="a")
    world.link(TWO, identifier, event="b")

    assert world.heads == {ONE: ONE, TWO: ONE, THREE: THREE}


def test_a_phone_of_both_joins_two_who_owned_one_car_unless_they_proved_different_phones() -> None:
    told = replace(PHONE, is_verified=False)
    for proved, joined in ((None, {ONE: ONE, TWO: ONE, THREE: THREE}), (OTHER_PHONE, APART)):
        world = World()
        for person in (ONE, TWO):
            world.owners.held[person] = replace(world.owners.held[person], vehicle_ids=("v_1",))
        if proved:
            world.link(ONE, proved, event="p1")
            world.link(TWO, Identifier(IdentifierKind.PHONE, "+8613700137000", is_verified=True), event="p2")

        for number, person in enumerate((ONE, TWO, THREE, TWO)):
            world.link(person, told, event=str(number))

        assert world.heads == joined


def test_a_car_that_comes_after_the_phone_joins_two_as_well_and_a_car_alone_nobody() -> None:
    world = World()
    for person, event in ((ONE, "a"), (TWO, "b")):
        world.link(person, replace(PHONE, is_verified=False), event=event)
    world.link(THREE, UNIONID, event="c")

    for event in ("d", "d"):
        link_owners(TWO, {ONE, THREE}, people=world.people, event_key=event, now=NOW)

    assert world.heads == {ONE: ONE, TWO: ONE, THREE: THREE}
    assert len({event["id"] for event in world.bus.events}) == 1
    assert len(world.bus.events) == 2
