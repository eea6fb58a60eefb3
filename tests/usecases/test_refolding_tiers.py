"""Whoever is joined has the tier of all at once, and whoever is parted their own again."""

from ownerloop.adapters.memory import MemoryOwners
from ownerloop.adapters.memory_owners import MemoryTiers
from ownerloop.adapters.memory_streams import MemoryBus, MemoryHistory
from ownerloop.contracts.tier_events import TIER_CHANGED
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import Tier
from ownerloop.usecases.merge_people import Cause, merge_persons, split_person
from tests.contact_builders import NOW, TODAY, a_surrogate
from tests.identity_builders import a_person, people_in
from tests.tier_builders import an_order

ONE, TWO = (a_surrogate("p", number) for number in (1, 2))
JOINED, PARTED = Cause("asked", "one phone"), Cause("parted", "brothers")


class World:
    """A loyal customer, and somebody of whom nobody knows an order."""

    def __init__(self) -> None:
        owners, self.bus = MemoryOwners([a_person(1), a_person(2)]), MemoryBus()
        self.tiers = MemoryTiers(owners)
        orders = tuple(an_order(day=200 * number + 100) for number in range(4))
        self.tiers.held[ONE] = TierRecord(ONE, version=1, occasions=orders)
        self.people = people_in(owners, bus=self.bus, tiers=self.tiers)

    def merge(self) -> None:
        merge_persons(ONE, TWO, people=self.people, cause=JOINED, now=NOW)

    def split(self) -> None:
        split_person(ONE, TWO, people=self.people, cause=PARTED, now=NOW)

    @property
    def told(self) -> list[tuple[str, str, str]]:
        said = [one for one in self.bus.events if one["type"] == TIER_CHANGED]
        return [(one["subject"], one["data"]["before"], one["data"]["after"]) for one in said]

    def tier(self, person_id: str) -> Tier:
        held = self.tiers.held.get(person_id)
        return held.tier if held else Tier.PROSPECT


def test_a_merge_gives_every_member_the_tier_of_all_and_a_split_takes_it_back_at_once() -> None:
    world = World()

    world.merge()
    joined = [world.tier(person) for person in (ONE, TWO)]
    world.split()

    own = world.tiers.held[ONE].state_on(TODAY, policy=world.people.tiers.policy(TODAY, store_id=None)).tier
    assert own is not Tier.PROSPECT
    assert joined == [own, own]
    assert [world.tier(person) for person in (ONE, TWO)] == [own, Tier.PROSPECT]
    assert [(person, after) for person, _, after in world.told] == [(ONE, own), (TWO, own), (TWO, Tier.PROSPECT)]
    history = world.people.tiers.history
    assert isinstance(history, MemoryHistory)
    assert len(history.rows["tier_changes"]) == len(world.told)


def test_what_is_told_again_is_told_under_the_same_identities_and_writes_nothing() -> None:
    world = World()
    world.merge()
    held, ids = dict(world.tiers.held), {one["id"] for one in world.bus.events}

    world.merge()

    assert world.tiers.held == held
    assert {one["id"] for one in world.bus.events} == ids


def test_a_merge_and_a_split_leave_the_orders_where_they_are() -> None:
    world = World()
    before = world.tiers.held[ONE].occasions

    world.merge()
    world.split()

    assert world.tiers.held[ONE].occasions == before
    assert world.tiers.held[TWO].occasions == ()
