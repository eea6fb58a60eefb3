"""The portrait: intent that fades, a value with its interval, tags that have a source and an end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.policy_rows import PolicyDataError, rows_of
from ownerloop.adapters.portrait_policies import read_portrait_policy
from ownerloop.domain.facts import FactKind, Line, Occasion, order_of
from ownerloop.domain.owner import Owner, Subscribe, Unsubscribe
from ownerloop.domain.owner_view import days_until
from ownerloop.domain.portrait import Tag, TagSource, intent, is_live, may_profile, tags, value
from tests.owner_builders import DAY, NOW, PERSON, a_fact, a_portrait_policy

POLICY = a_portrait_policy()
HOUR = timedelta(hours=1)


def an_occasion(*, days_ago: int, fen: int = 100_000, number: int = 0) -> Occasion:
    order = order_of(FactKind.SERVICE_ORDER_COMPLETED, f"{number:024x}")
    return Occasion(at=0, on=DAY.toordinal() - days_ago, is_visit=True, fen=fen, order=order)


def test_a_test_drive_makes_an_intent_that_fades_and_ends_with_the_car() -> None:
    drive = a_fact(FactKind.TEST_DRIVE, detail="sedan", days_ago=5)
    bought = a_fact(FactKind.PURCHASE, detail="car", days_ago=1)

    fresh = intent([drive], policy=POLICY, as_of=DAY)

    assert 30 <= fresh <= 45
    assert intent([drive], policy=POLICY, as_of=DAY + timedelta(days=60)) < fresh / 2
    assert intent([drive, bought], policy=POLICY, as_of=DAY) == 0
    assert intent([], policy=POLICY, as_of=DAY) == 0


kinds = st.sampled_from([FactKind.TEST_DRIVE, FactKind.PAGE_VIEW, FactKind.CONTENT_VIEW, FactKind.PURCHASE])
details = st.sampled_from(["", "quote", "short_video/new_car", "car", "sedan"])
facts = st.lists(
    st.builds(
        lambda kind, detail, days: a_fact(kind, detail=detail, days_ago=days), kinds, details, st.integers(-3, 400)
    )
)


@given(known=facts)
def test_intent_lies_in_its_bounds_and_no_hint_lowers_it(known: Any) -> None:
    before = intent(known, policy=POLICY, as_of=DAY)

    assert 0 <= before <= 100
    assert intent([*known, a_fact(FactKind.TEST_DRIVE, detail="sedan")], policy=POLICY, as_of=DAY) >= before


@given(
    orders=st.lists(st.builds(an_occasion, days_ago=st.integers(0, 2500), fen=st.integers(0, 10**7)), max_size=12),
    recency=st.none() | st.integers(0, 900),
)
def test_a_value_lies_within_its_interval_and_its_chance_within_certainty(orders: Any, recency: int | None) -> None:
    worth = value(orders, [], recency_percent=recency, policy=POLICY, as_of=DAY)

    assert 0 <= worth.low_fen <= worth.value_fen <= worth.high_fen
    assert 0 <= worth.chance_percent <= 100


@given(recency=st.integers(0, 900), later=st.integers(0, 900))
def test_the_longer_an_owner_stays_away_the_less_the_next_year_is_worth(recency: int, later: int) -> None:
    orders = [an_occasion(days_ago=800)]

    near = value(orders, [], recency_percent=recency, policy=POLICY, as_of=DAY)
    far = value(orders, [], recency_percent=recency + later, policy=POLICY, as_of=DAY)

    assert far.value_fen <= near.value_fen


def test_years_with_orders_raise_the_chance_and_told_costs_decide_the_margin() -> None:
    loyal = [an_occasion(days_ago=100 + 365 * year, number=year) for year in range(6)]
    once = [an_occasion(days_ago=1925, number=5)]
    order = a_fact(FactKind.SERVICE_ORDER_COMPLETED, amount_fen=100_000, lines=(Line("labour", 100_000, 10_000),))

    often = value(loyal, [], recency_percent=150, policy=POLICY, as_of=DAY)
    seldom = value(once, [], recency_percent=150, policy=POLICY, as_of=DAY)
    dear = value(loyal, [order], recency_percent=150, policy=POLICY, as_of=DAY)

    assert often.chance_percent > seldom.chance_percent + 20
    assert dear.margin_fen == often.margin_fen + 55_000 // 4  # 90 % instead of 35 % of one of two years, prior of two


def test_a_rule_tags_while_it_holds_and_its_tag_lapses_after() -> None:
    found = tags({"intent": 60}, [], held=(), policy=POLICY, as_of=DAY)
    later = tags({"intent": 0}, [], held=found, policy=POLICY, as_of=DAY + timedelta(days=13))
    over = tags({"intent": 0}, [], held=later, policy=POLICY, as_of=DAY + timedelta(days=14))

    assert [(one.name, one.source, one.since) for one in found] == [("hot_prospect", TagSource.RULE, DAY)]
    assert later == found
    assert over == ()


def test_a_tag_found_again_keeps_its_first_day_and_is_prolonged_after_half_of_its_time() -> None:
    first = tags({"intent": 60}, [], held=(), policy=POLICY, as_of=DAY)
    soon = tags({"intent": 60}, [], held=first, policy=POLICY, as_of=DAY + timedelta(days=3))
    late = tags({"intent": 60}, [], held=first, policy=POLICY, as_of=DAY + timedelta(days=8))

    assert soon == first
    assert (late[0].since, late[0].expires_on) == (DAY, DAY + timedelta(days=22))


def test_interests_are_inferred_from_topics_and_a_tag_by_hand_outranks_the_others() -> None:
    views = [a_fact(FactKind.CONTENT_VIEW, detail="short_video/camping", number=n) for n in range(2)]
    post = a_fact(FactKind.COMMUNITY_POST, detail="camping/owners_club", number=9)
    by_hand = Tag("hot_prospect", TagSource.HAND, DAY, None, "staff-1")

    found = tags({"intent": 90}, [*views, post], held=(by_hand,), policy=POLICY, as_of=DAY)

    assert {one.name: (one.source, one.because) for one in found} == {
        "hot_prospect": (TagSource.HAND, "staff-1"),
        "interest:camping": (TagSource.INFERRED, "seen:3"),
    }
    assert not is_live(replace(by_hand, expires_on=DAY), on=DAY)


def test_an_opt_out_holds_until_profiling_itself_is_named_again() -> None:
    refusals = {
        topic: Owner(PERSON, unsubscribes=(Unsubscribe(NOW, "*", topic),)) for topic in ("profiling", "*", "benefit")
    }
    opted_out = refusals["profiling"]
    everything = replace(opted_out, subscribes=(Subscribe(NOW + HOUR, "*", "*"),))
    named = replace(opted_out, subscribes=(Subscribe(NOW + HOUR, "*", "profiling"),))
    at_once = replace(opted_out, subscribes=(Subscribe(NOW, "*", "profiling"),))
    by_member = Owner("p_head", joined=(opted_out,))

    assert may_profile(Owner(PERSON))
    assert may_profile(refusals["benefit"])
    assert not any(map(may_profile, (opted_out, refusals["*"], everything, at_once, by_member)))
    assert may_profile(named)


@pytest.mark.parametrize(
    ("born", "days"), [("06-10", 0), ("06-09", 364), ("06-17", 7), ("01-02", 206), ("02-29", 263), (None, None)]
)
def test_a_birthday_is_so_many_days_ahead(born: str | None, days: int | None) -> None:
    assert days_until(born, as_of=DAY) == days


def test_a_leap_day_is_kept_on_the_day_itself_in_a_leap_year() -> None:
    assert days_until("02-29", as_of=DAY.replace(year=2028, month=2, day=28)) == 1


@pytest.mark.parametrize(
    ("field", "value_of"),
    [
        ("prospect_permille", 1001),
        ("chance", [[0, 900], [10, 800], [20, 850]]),
        ("tags", [{"tag": "interest:x", "valid_days": 1, "when": {"attribute": "cars", "is": 1}}]),
        ("tags", [{"tag": "x", "valid_days": 1, "when": {"attribute": "tags", "has": "y"}}]),
        ("tags", [{"tag": "x", "valid_days": 1, "when": {"attribute": "wealth", "is": 1}}]),
    ],
)
def test_a_policy_that_breaks_a_rule_is_refused(field: str, value_of: Any) -> None:
    (row,) = rows_of("portrait_policy.json")

    with pytest.raises(PolicyDataError):
        read_portrait_policy(type(row)(row.file, row.at, {**row.values, field: value_of}))
