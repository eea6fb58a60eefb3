"""A rush on a benefit: many owners at once, stock and budget for few, on a real table. The naive twin overspends."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest

from ownerloop.adapters.dynamodb.benefits import DynamoBenefits
from ownerloop.benefit_ports import Benefits
from ownerloop.domain.benefit_record import BenefitRecord
from ownerloop.domain.benefits import Grant, Stock, Voucher
from ownerloop.domain.errors import VersionConflictError
from tests.kept import grants_of
from tests.naive.naive_grants import NaiveGrants
from tests.owner_builders import a_grant, a_voucher
from tests.tables import Tables

pytestmark = pytest.mark.emulator

OWNERS, ROUNDS = 48, 2
BY_STOCK, BY_BUDGET = 10, 7


def a_rush(benefits: Benefits, voucher: Voucher, benefit_id: str) -> list[Grant]:
    """Settle every owner at once and twice, and return the grants that were told to have been written."""
    start = Barrier(OWNERS)

    def one(number: int) -> list[Grant]:
        person_id = f"p_{number % (OWNERS // ROUNDS):024x}"
        grant = replace(a_grant(benefit_id, person_id=person_id, days_ago=0), cost_fen=voucher.cost_fen)
        start.wait()
        try:
            used_up = benefits.settle(
                BenefitRecord(person_id=person_id, version=1, grants=(grant,)), [(grant, voucher)]
            )
        except VersionConflictError:
            return []
        return [] if used_up else [grant]

    with ThreadPoolExecutor(OWNERS) as pool:
        return [grant for done in pool.map(one, range(OWNERS)) for grant in done]


@pytest.mark.parametrize(
    ("benefit_id", "stock", "budget_fen", "granted"),
    [("by_stock", BY_STOCK, 1_000_000, BY_STOCK), ("by_budget", 100, BY_BUDGET * 2_000 + 1_999, BY_BUDGET)],
)
def test_a_rush_takes_exactly_what_stock_and_budget_hold(
    tables: Tables, benefit_id: str, stock: int, budget_fen: int, granted: int
) -> None:
    benefits = DynamoBenefits(tables.benefits)
    voucher = a_voucher(stock=stock, budget_fen=budget_fen).voucher
    assert voucher

    given = a_rush(benefits, voucher, benefit_id)

    held = [grant for grant in given for _ in grants_of(grant.person_id, benefits_table=tables.benefits)]
    assert len(given) == len({grant.grant_id for grant in given}) == granted
    assert len([one for one in held if one.benefit_id == benefit_id]) >= granted
    assert benefits.stocks([benefit_id], period="2026")[benefit_id] == Stock(granted, granted * 2_000)


def test_the_naive_budget_is_overspent_in_the_same_rush(tables: Tables) -> None:
    voucher = a_voucher(stock=BY_STOCK).voucher
    assert voucher

    given = a_rush(NaiveGrants(tables.benefits), voucher, "naive")

    assert len(given) > BY_STOCK
