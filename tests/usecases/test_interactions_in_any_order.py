"""Interactions in any order, doubled and cut into batches: the same owners, tiers, cars, points and timeline."""

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from ownerloop.domain.interaction_kinds import EFFECTS, Effect
from ownerloop.domain.interactions import (
    Interaction,
    Purchase,
    Refund,
    Subscribed,
    Unsubscribed,
    WecomChat,
    WecomFriendDeleted,
)
from ownerloop.domain.timeline import entries
from tests.interaction_builders import an_interaction_about
from tests.usecases.interaction_world import DAY, LI, NOW, VIN, WANG, World, a_service, an_arrival, closed, opened

NOT_PLAIN = ("points_", "redemption_")  # commands, decided in the order of their arrival
moments = st.integers(1, 900).map(lambda days: NOW - days * DAY)
plain = sorted(kind for kind, effect in EFFECTS.items() if effect is Effect.NONE and not kind.startswith(NOT_PLAIN))
words: st.SearchStrategy[Interaction] = st.one_of(
    st.builds(
        Purchase, st.sampled_from(["o-1", "o-2", "o-3"]), st.integers(0, 900_000), st.just("parts"), st.just(None)
    ),
    st.builds(Purchase, st.just("o-4"), st.integers(0, 900_000), st.just("parts"), st.just(VIN)),
    st.builds(a_service, order_id=st.sampled_from(["s-1", "s-2"]), on=moments.map(datetime.date)),
    st.builds(opened, st.sampled_from(["c-1", "c-2"])),
    st.builds(closed, st.sampled_from(["c-1", "c-2"])),
    st.builds(Subscribed, st.just("wecom"), st.sampled_from(["maintenance", "*"])),
    st.builds(Unsubscribed, st.sampled_from(["wecom", "*"]), st.sampled_from(["maintenance", "*"])),
    st.builds(WecomChat, st.just("in"), st.just("m")),
    st.just(WecomFriendDeleted()),
    st.builds(
        Refund,
        st.sampled_from(["o-1", "o-4", "o-5", "s-1"]),
        st.sampled_from(["r-1", "r-2"]),
        st.integers(1, 900_000),
        st.sampled_from(["purchase", "service_order_completed"]),
    ),
    st.sampled_from(plain).map(lambda kind: an_interaction_about(kind, vin=VIN)),
)
streams = st.lists(st.tuples(words, moments, st.sampled_from([WANG, LI])), max_size=12)


@settings(max_examples=60)
@given(stream=streams, shuffled=st.randoms(use_true_random=False), cut=st.integers(0, 12))
def test_any_order_with_duplicates_gives_the_same_owners_and_tiers(
    stream: list[tuple[Interaction, datetime, str]], shuffled: object, cut: int
) -> None:
    arrivals = [
        an_arrival(word, key=f"e_{number}", at=at, subject=subject) for number, (word, at, subject) in enumerate(stream)
    ]
    again = [*arrivals, *arrivals[::2]]
    shuffled.shuffle(again)  # type: ignore[attr-defined]  # hypothesis's own random
    straight, mixed = World(), World()

    straight.process(arrivals)
    mixed.process(again[:cut])
    mixed.process(again[cut:])

    assert mixed.essence() == straight.essence()
    for person_id in (straight.wang, straight.li):
        mine = entries(straight.interactions.newest(person_id, facts_max=100))
        assert entries(mixed.interactions.newest(person_id, facts_max=100)) == mine
    straight.settle()
    mixed.settle()
    assert mixed.essence() == straight.essence()
    assert set(mixed.contacts.held) == set(straight.contacts.held)
