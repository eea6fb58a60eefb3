"""Observations: a join of few readings a signal, and the default denial of what consent no longer covers."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain import observations as obs
from ownerloop.domain.consent import DataClass, Purpose, Withdrawal
from ownerloop.domain.observations import Observation, merged, newest, pack, unpack, usable
from tests.builders import DAY, START, a_consent, a_grant
from tests.condition_builders import active_codes

WEEK = 7 * DAY
LOWEST = {"oil_life_s": -(2**31) + 1, "service_distance_m": -1_000_000_000, "service_time_s": -(2**31) + 1}
some_codes = st.from_regex(r"[PCBU][0-9A-F]{4,6}", fullmatch=True)
some_times = st.one_of(
    st.integers(0, 40 * 24).map(lambda hours: START + timedelta(hours=hours)),
    st.integers(0, 100).map(lambda seconds: START + timedelta(milliseconds=500 * seconds)),
)


def an_observation(signal: str = "tyre_pressure_fl_kpa", *, day: float = 0, value: int = 1) -> Observation:
    return Observation(signal, START + day * DAY, value)


@st.composite
def some_observation(draw: st.DrawFn) -> list[Observation]:
    read_at = draw(some_times)
    if draw(st.integers(0, 3)) == 0:
        return obs.of_codes(draw(st.lists(some_codes, max_size=4)), read_at=read_at)
    signal = draw(st.sampled_from([signal for signal in obs.SIGNALS if signal != obs.CODES]))
    return [Observation(signal, read_at, draw(st.integers(LOWEST.get(signal, 0), 100)))]


some_observations = st.lists(some_observation(), max_size=40).map(
    lambda parts: tuple(one for part in parts for one in part)
)


@given(some_observations)
def test_merging_again_what_is_held_changes_nothing(said: tuple[Observation, ...]) -> None:
    held = merged((), said)

    assert merged(held, held) == merged(held, said) == merged(held, ()) == held


@given(some_observations, some_observations, some_observations)
def test_neither_order_nor_batching_matters(
    a: tuple[Observation, ...], b: tuple[Observation, ...], c: tuple[Observation, ...]
) -> None:
    whole = merged((), a + b + c)

    assert merged(merged(merged((), a), b), c) == whole
    assert merged(merged((), a), merged(merged((), c), b)) == whole


@given(some_observations, st.randoms(use_true_random=False))
def test_one_by_one_in_any_order_ends_in_the_same_state(said: tuple[Observation, ...], random: Random) -> None:
    mixed = [*said, *said[:5]]
    random.shuffle(mixed)

    held: tuple[Observation, ...] = ()
    for one in mixed:
        held = merged(held, [one])

    assert held == merged((), said)


@given(some_observations)
def test_packed_observations_come_back_as_they_were(said: tuple[Observation, ...]) -> None:
    held = merged((), said)

    assert unpack(pack(held)) == held
    assert len(pack(held)) <= 7 * len(held) + 3 * len({(one.read_at - START) // WEEK for one in held})


@pytest.mark.parametrize(("signal", "value"), [*LOWEST.items(), *((s, 2**31 - 1) for s in LOWEST)])
def test_the_ends_of_a_signal_fit(signal: str, value: int) -> None:
    held = (an_observation(signal, value=value),)

    assert unpack(pack(held)) == held


def test_a_week_keeps_its_newest_reading_and_of_equal_instants_the_highest() -> None:
    held = merged((), [an_observation(day=0, value=9), an_observation(day=3, value=1), an_observation(day=3, value=2)])

    assert held == (an_observation(day=3, value=2),)


def test_a_signal_keeps_its_newest_three_weeks() -> None:
    held = merged((), [an_observation(day=7 * week, value=week) for week in range(10)])

    assert [one.value for one in held] == [7, 8, 9]


def test_a_flood_of_fault_codes_takes_no_room_from_the_signals_of_its_week() -> None:
    signals = [an_observation(signal, day=0.5) for signal in obs.SIGNALS]

    held = merged((), [*obs.of_codes([f"P{number:04X}" for number in range(255)], read_at=START), *signals])

    assert len(held) == obs.KEPT_MAX
    assert set(signals) <= set(held)


def test_a_code_is_active_while_the_newest_report_of_codes_names_it() -> None:
    first = obs.of_codes(["P0420", "U0100"], read_at=START)
    second = obs.of_codes(["U0100", "C1234F"], read_at=START + 9 * DAY)

    assert active_codes(merged((), first)) == ("P0420", "U0100")
    assert active_codes(merged(merged((), second), first)) == ("C1234F", "U0100")


def test_a_report_without_codes_ends_them_all() -> None:
    held = merged((), [*obs.of_codes(["P0420"], read_at=START), *obs.of_codes([], read_at=START + timedelta(hours=1))])

    assert active_codes(held) == ()
    assert newest(held, obs.CODES) == Observation(obs.CODES, START + timedelta(hours=1), 0)


def test_what_was_observed_is_not_used_once_its_class_is_withdrawn() -> None:
    tyre, voltage = an_observation(), an_observation("low_voltage_mv")
    taken = Withdrawal(START + DAY, "p_1", Purpose.MAINTENANCE, frozenset({DataClass.TYRES}))

    before, after = a_consent(), a_consent(withdrawals=[taken])

    assert used((tyre, voltage), before, START + 2 * DAY) == {tyre, voltage}
    assert used((tyre, voltage), after, START + 2 * DAY) == {voltage}


def test_nothing_observed_outside_a_grant_is_used() -> None:
    codes = obs.of_codes(["P0420"], read_at=START)
    other = a_consent(grants=[a_grant(purpose=Purpose.MARKETING)])
    later = a_consent(grants=[a_grant(granted_at=START + DAY)])

    assert used(codes, other, START) == used(codes, later, START + 2 * DAY) == set()


def used(said: object, consent: object, now: datetime) -> set[Observation]:
    return set(usable(said, consent=consent, now=now))  # type: ignore[arg-type]
