"""The laws of the gate over any order of reservations."""

from datetime import date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.contact import Contact, ContactClass
from ownerloop.domain.gate import Gate
from ownerloop.domain.policy import ContactPolicy
from tests.contact_builders import ANN, DAY, NOW, SHANGHAI, a_contact, a_policy
from tests.domain.gates import asked

CLASSES = st.sampled_from(list(ContactClass))

REQUESTS = st.lists(
    st.tuples(st.integers(1, 12), CLASSES, st.integers(0, 40 * 24), st.sampled_from(["v_1", "v_2"])), max_size=40
)

POLICIES = st.builds(
    a_policy,
    daily_max=st.integers(0, 4),
    commercial_daily_max=st.integers(0, 3),
    kept_slots=st.integers(0, 3),
    commercial_per_7_days_max=st.none() | st.integers(0, 2),
    commercial_per_30_days_max=st.none() | st.integers(0, 4),
    channel_daily_max=st.sampled_from([{}, {"wecom": 1}, {"wecom": 2}]),
)


@given(requests=REQUESTS, policy=POLICIES, daily_max=st.integers(0, 3))
def test_no_order_of_reservations_ever_exceeds_a_limit(
    requests: list[tuple[int, ContactClass, int, str]], policy: ContactPolicy, daily_max: int
) -> None:
    gate = Gate(person_id=ANN)
    admitted: dict[int, tuple[date, datetime, Contact]] = {}
    for number, contact_class, hours, vehicle_id in sorted(requests, key=lambda one: one[2]):
        now = NOW + timedelta(hours=hours)
        held = admitted.get(number)
        contact = held[2] if held else a_contact(number, contact_class=contact_class, vehicle_id=vehicle_id)
        answer = asked(gate, contact, policy=policy, daily_max=daily_max, now=now)
        if isinstance(answer, Gate) and answer is not gate:
            admitted[number] = (civil_day(now, SHANGHAI), now, contact)
            gate = answer

    limit = min(3, policy.daily_max, daily_max)
    for day in {day for day, _, _ in admitted.values()}:
        on_day = [contact for held_day, _, contact in admitted.values() if held_day == day]
        commercial = [contact for contact in on_day if contact.contact_class is ContactClass.COMMERCIAL]
        assert len(on_day) <= min(limit, policy.channel_daily_max.get("wecom", limit))
        assert len(commercial) <= policy.commercial_daily_max
    starts = [at for _, at, contact in admitted.values() if contact.contact_class is ContactClass.COMMERCIAL]
    for most, span in ((policy.commercial_per_7_days_max, 7 * DAY), (policy.commercial_per_30_days_max, 30 * DAY)):
        for start in starts:
            assert most is None or sum(start <= at < start + span for at in starts) <= most
    for vehicle_id in ("v_1", "v_2"):
        service = [c for _, _, c in admitted.values() if (c.contact_class, c.vehicle_id) == ("service", vehicle_id)]
        assert len(service) <= policy.service_per_cycle_max


@given(numbers=st.permutations([1, 2, 3, 4, 5, 2, 3, 1]), daily_max=st.integers(0, 3))
def test_the_owners_own_maximum_holds_in_any_order_and_with_any_retries(numbers: list[int], daily_max: int) -> None:
    gate = Gate(person_id=ANN)
    for number in numbers:
        answer = asked(gate, a_contact(number), daily_max=daily_max)
        gate = answer if isinstance(answer, Gate) else gate

    assert len(gate.entries) == daily_max
    assert gate.version == daily_max
