"""What orders, refunds and corrections of them earn."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.points import Lot
from ownerloop.domain.points_earning import Claim, earned, refunded, told
from tests.domain.ledgers import a_claim
from tests.points_builders import NOW, POLICY, TODAY


def test_an_order_earns_by_its_category_and_double_for_who_was_at_risk_before_it() -> None:
    plain = earned(a_claim(), policy=POLICY, tier="core")
    insured = earned(a_claim(category="insurance"), policy=POLICY, tier=None)
    double = earned(a_claim(), policy=POLICY, tier="at_risk")

    assert [(terms.plain, terms.extra) for terms in (plain, insured, double) if terms] == [
        (128, 0),
        (25, 0),
        (128, 128),
    ]


def test_points_are_valid_to_the_end_of_the_month_two_years_on() -> None:
    terms = earned(a_claim(on=date(2026, 5, 31)), policy=POLICY, tier=None)

    assert terms is not None
    assert Lot("purchase#1", terms).is_usable(on=date(2028, 5, 31))
    assert not Lot("purchase#1", terms).is_usable(on=date(2028, 6, 1))


def test_a_refund_that_comes_before_its_purchase_waits_for_it() -> None:
    waiting = refunded(Claim("p_1", "purchase#1"), refund_id="f1", at=NOW, fen=28_800)

    bought = told(waiting, at=NOW, on=TODAY, fen=128_800, category="accessories")

    assert earned(waiting, policy=POLICY, tier=None) is None
    assert bought == refunded(a_claim(), refund_id="f1", at=NOW, fen=28_800)
    terms = earned(bought, policy=POLICY, tier=None)
    assert terms is not None
    assert terms.plain == 100


def test_a_refund_that_is_corrected_gives_back_what_was_told_last_as_the_tiers_take_it() -> None:
    once = refunded(a_claim(), refund_id="f1", at=NOW, fen=28_800)

    corrected = refunded(once, refund_id="f1", at=NOW + timedelta(seconds=1), fen=8_800)

    assert corrected.kept_fen == 120_000
    assert refunded(corrected, refund_id="f1", at=NOW, fen=28_800) == corrected


def test_an_order_earns_by_the_category_of_each_line_and_loses_no_more_to_rounding_for_having_many() -> None:
    parts = (("fitting", 900), ("insurance", 50_000), ("parts", 9_100))
    whole = told(Claim("p_1", "purchase#1"), at=NOW, on=TODAY, fen=60_000, category="insurance", parts=parts)
    half = refunded(whole, refund_id="f1", at=NOW, fen=30_000)

    points = [terms.plain for one in (whole, half) if (terms := earned(one, policy=POLICY, tier=None))]

    assert points == [10 + 10, 5 + 5]


def test_an_order_of_which_everything_was_given_back_keeps_no_points_whatever_its_lines_were() -> None:
    whole = told(Claim("p_1", "purchase#1"), at=NOW, on=TODAY, fen=3, category="parts", parts=(("a", 1), ("b", 2)))

    nothing = earned(refunded(whole, refund_id="f1", at=NOW, fen=9), policy=POLICY, tier=None)

    assert nothing is not None
    assert nothing.plain == 0


Tellings = st.lists(
    st.one_of(
        st.tuples(st.just("told"), st.integers(0, 3), st.integers(0, 90_000)),
        st.tuples(st.just("refund"), st.integers(0, 3), st.integers(0, 90_000)),
    ),
    max_size=8,
)


@given(Tellings, st.randoms(use_true_random=False))
def test_any_order_and_repetition_of_what_is_told_earns_the_same_lot(
    tellings: list[tuple[str, int, int]], chance: Random
) -> None:
    shuffled = [*tellings, *tellings[:3]]
    chance.shuffle(shuffled)

    assert _as_told(shuffled) == _as_told(tellings)


def _as_told(tellings: list[tuple[str, int, int]]) -> Claim:
    claim = Claim("p_1", "purchase#1")
    for kind, number, fen in tellings:
        if kind == "told":
            at = NOW + timedelta(minutes=number)
            claim = told(claim, at=at, on=TODAY + timedelta(days=number), fen=fen, category="parts")
        else:
            claim = refunded(claim, refund_id=str(number % 2), at=NOW + timedelta(seconds=number), fen=fen)
    return claim
