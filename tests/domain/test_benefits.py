"""Benefits: who is given which voucher next, for which reason, and what was passed over."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.benefit_policies import read_benefit_policy, read_texts
from ownerloop.adapters.policy_rows import PolicyDataError, rows_of
from ownerloop.domain.attributes import ATTRIBUTES, without_profile
from ownerloop.domain.audience import asks_profile, parse
from ownerloop.domain.benefits import Choice, Decision, Stock, Why, decide, expected_gain, granted
from ownerloop.domain.owner import Owner, Unsubscribe
from tests.domain.test_audience import any_view
from tests.owner_builders import (
    DAY,
    NOBODY,
    NOW,
    PERSON,
    a_benefit_policy,
    a_grant,
    a_voucher,
    a_worth,
    an_asking,
)

SHIPPED = a_benefit_policy()


def reasons(decision: Decision) -> dict[str, str]:
    return {one.benefit_id: str(one.why) for one in decision.passed}


def test_the_voucher_with_the_largest_expected_gain_is_given_and_the_others_say_why_not() -> None:
    policy = a_benefit_policy(
        a_voucher("small", uplift_percent=5),
        a_voucher("large", uplift_percent=20),
        a_voucher("dear", cost_fen=50_000),
        a_voucher("others", audience=NOBODY),
    )

    decision = decide(an_asking(), stocks={}, policy=policy)

    assert decision.given == (Choice("large", Why.BEST, 11_000),)  # 600 yuan x 20 % - 20 yuan x 50 %
    assert decision.next == Choice("small", Why.BEST, 2_000)
    assert reasons(decision) == {"dear": "not_worth_it", "others": "audience", "small": "not_best"}


def test_a_chance_cannot_rise_beyond_certainty() -> None:
    voucher = a_voucher(uplift_percent=40, cost_fen=0).voucher

    assert voucher is not None
    assert expected_gain(voucher, a_worth(chance_percent=90)) == 6_000


def test_one_voucher_in_the_policys_rest_and_the_next_is_told_meanwhile() -> None:
    policy = a_benefit_policy(a_voucher("first"), a_voucher("second"), rest_days=60)
    resting = an_asking(grants=(a_grant("first", days_ago=59),))
    rested = an_asking(grants=(a_grant("first", days_ago=60),))

    waiting = decide(resting, stocks={}, policy=policy)

    assert (waiting.given, waiting.next) == ((), Choice("second", Why.BEST, 5_000))
    assert reasons(waiting) == {"first": "held", "second": "resting"}
    assert [one.benefit_id for one in decide(rested, stocks={}, policy=policy).given] == ["second"]


def test_a_birthday_voucher_comes_in_its_week_whatever_it_is_worth_and_once_a_year() -> None:
    soon = parse({"attribute": "birthday_in_days", "at_most": 7})
    policy = a_benefit_policy(a_voucher("birthday", trigger=soon, cost_fen=90_000, again_days=300))
    coming = an_asking(view={"cars": 1, "birthday_in_days": 7}, grants=(a_grant("other", days_ago=3),))
    given = a_grant("birthday", days_ago=6, way=Why.TRIGGERED)

    assert [one.why for one in decide(coming, stocks={}, policy=policy).given] == [Why.TRIGGERED]
    assert decide(replace(coming, grants=(given,)), stocks={}, policy=policy).given == ()
    assert decide(replace(coming, view={"cars": 1, "birthday_in_days": 8}), stocks={}, policy=policy).given == ()
    assert decide(replace(coming, view={"cars": 1}), stocks={}, policy=policy).given == ()


def test_a_refused_benefit_is_not_given_nor_one_that_lapsed_unused_time_and_again() -> None:
    policy = a_benefit_policy(a_voucher(again_days=90), refused_after=2, refused_days=365)
    refusal = Unsubscribe(at=NOW, channel="*", topic="benefit_service_voucher")
    lapsed = tuple(a_grant(days_ago=days, number=number) for number, days in enumerate((400, 200)))

    refused = decide(an_asking(owner=Owner(PERSON, unsubscribes=(refusal,))), stocks={}, policy=policy)
    tired = decide(an_asking(grants=lapsed), stocks={}, policy=policy)
    used_one = decide(an_asking(grants=lapsed, used=frozenset({lapsed[0].grant_id})), stocks={}, policy=policy)

    assert reasons(refused) == reasons(tired) == {"service_voucher": "refused"}
    assert used_one.given


@pytest.mark.parametrize(
    ("stock", "why"), [(Stock(100, 0), "out_of_stock"), (Stock(1, 998_001), "out_of_budget"), (Stock(99, 998_000), "")]
)
def test_stock_and_budget_are_kept_to_the_last_fen(stock: Stock, why: str) -> None:
    decision = decide(an_asking(), stocks={"service_voucher": stock}, policy=a_benefit_policy(a_voucher()))

    assert reasons(decision).get("service_voucher", "") == why
    assert bool(decision.given) == (not why)


def test_a_benefit_out_of_season_is_not_given() -> None:
    over = replace(a_voucher(), until=DAY - timedelta(days=1))

    assert reasons(decide(an_asking(), stocks={}, policy=a_benefit_policy(over))) == {
        "service_voucher": "not_in_season"
    }


def test_who_opted_out_of_profiling_earns_a_voucher_in_the_published_way_only() -> None:
    core_only = parse({"attribute": "tier", "is": "core"})
    serviced = parse({"attribute": "service_completed_days", "at_most": 30})
    policy = a_benefit_policy(
        a_voucher("for_core", audience=core_only), a_voucher("earned", audience=core_only, earned_by=serviced)
    )
    view: dict[str, Any] = {"tier": "core", "service_completed_days": 3, "cars": 1}
    unprofiled = an_asking(view=without_profile(view), worth=None)

    decision = decide(unprofiled, stocks={}, policy=policy)

    assert decision.given == (Choice("earned", Why.EARNED, None),)
    assert reasons(decision) == {"for_core": "unknown"}


@given(view=any_view)
def test_of_the_shipped_matrix_nothing_that_judges_decides_for_who_opted_out(view: Any) -> None:
    plain = without_profile(view)
    judged = {name: "core" if name == "tier" else 50 for name in ATTRIBUTES if ATTRIBUTES[name].is_profile}

    one = decide(an_asking(view=plain, worth=None), stocks={}, policy=SHIPPED)
    other = decide(an_asking(view=without_profile({**view, **judged}), worth=None), stocks={}, policy=SHIPPED)

    assert one == other
    assert one.standing == ()


@given(view=any_view, order=st.permutations(SHIPPED.benefits))
def test_a_decision_is_total_and_does_not_depend_on_the_order_of_the_matrix(view: Any, order: Any) -> None:
    decision = decide(an_asking(view=view), stocks={}, policy=SHIPPED)

    shuffled = decide(an_asking(view=view), stocks={}, policy=replace(SHIPPED, benefits=tuple(order)))
    vouchers = {one.benefit_id for one in SHIPPED.benefits if one.voucher}
    assert shuffled == decision
    assert {one.benefit_id for one in (*decision.given, *decision.passed)} == vouchers
    assert sum(one.why is not Why.TRIGGERED for one in decision.given) <= 1


@given(view=any_view)
def test_deciding_again_right_after_a_grant_gives_nothing_more(view: Any) -> None:
    asking = an_asking(view=view)
    decision = decide(asking, stocks={}, policy=SHIPPED)
    grants = tuple(
        granted(one, benefit.voucher, asking=asking, policy=SHIPPED, cause="night", now=NOW)
        for one in decision.given
        if (benefit := SHIPPED.benefit(one.benefit_id)) and benefit.voucher
    )

    assert decide(replace(asking, grants=grants), stocks={}, policy=SHIPPED).given == ()


@pytest.mark.parametrize(
    ("tier", "standing"),
    [
        ("core", ("event_priority", "exclusive_events", "own_service_line", "own_technician")),
        ("potential", ("event_priority", "own_service_line")),
        ("at_risk", ("double_points",)),
        ("new", ()),
        ("prospect", ()),
    ],
)
def test_what_an_owner_has_a_right_to_moves_with_the_tier(tier: str, standing: tuple[str, ...]) -> None:
    assert decide(an_asking(view={"tier": tier}), stocks={}, policy=SHIPPED).standing == standing


def test_an_owner_at_risk_is_offered_more_as_health_falls() -> None:
    poor = {"tier": "at_risk", "open_complaints": 0, "health": 20}
    steady = {**poor, "health": 60}

    assert decide(an_asking(view=poor), stocks={}, policy=SHIPPED).given[0].benefit_id == "free_maintenance"
    assert decide(an_asking(view=steady), stocks={}, policy=SHIPPED).given[0].benefit_id == "loyal_owner_rebate"


def test_every_shipped_voucher_can_be_earned_without_a_profile_and_asks_for_no_price_of_a_tier() -> None:
    vouchers = [one.voucher for one in SHIPPED.benefits if one.voucher]

    assert len(vouchers) >= 11
    assert not any(asks_profile(voucher.earned_by) for voucher in vouchers)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"earned_by": {"attribute": "tier", "is": "core"}}, "earned_by"),
        ({"earned_by": {"all": [{"attribute": "cars", "is": "one"}]}}, "earned_by.all[0].is"),
        ({"budget_fen": 1}, "budget_fen"),
        ({"uplift_percent": 101}, "uplift_percent"),
        ({"stock": 0}, "stock"),
    ],
)
def test_a_matrix_that_breaks_a_rule_is_refused_with_its_field(change: dict[str, Any], field: str) -> None:
    (row,) = rows_of("benefits.json")
    (first, *_) = [one.values for one in row.rows("benefits") if "voucher" in one.values]
    broken = {**row.values, "benefits": [{**first, "voucher": {**first["voucher"], **change}}]}

    with pytest.raises(PolicyDataError) as refused:
        read_benefit_policy(type(row)(row.file, row.at, broken))

    assert refused.value.field.endswith(f"voucher.{field}")


def test_every_voucher_has_a_text_in_each_language_that_begins_with_the_sender_and_ends_with_a_way_out() -> None:
    (row,) = rows_of("benefits.json")
    texts = [read_texts(one) for one in row.rows("benefits") if "voucher" in one.values]

    assert all(text["zh"].startswith("【{store}】") and "退订" in text["zh"] for text in texts)
    assert all(text["en"].startswith("[{store}]") and "STOP" in text["en"] for text in texts)
