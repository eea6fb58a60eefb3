"""The idle stack's list price, computed from the template."""

import copy

import pytest

from infra.template.idle_cost import UnpricedResourceError, idle_bill, starts_a_month
from tests.template.reading import TEMPLATE

LIMIT_USD = 25


def test_the_idle_stack_costs_less_than_the_limit() -> None:
    total = sum(line.usd for line in idle_bill())

    print(f"idle stack: {total:.2f} USD a month")  # noqa: T201  # the figure that the README names
    assert 0 < total < LIMIT_USD


def test_every_alarm_is_on_the_bill() -> None:
    one_more = copy.deepcopy(TEMPLATE)
    one_more["Resources"]["OneMore"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": {}}

    assert sum(line.usd for line in idle_bill(one_more)) == pytest.approx(sum(line.usd for line in idle_bill()) + 0.10)


def test_a_resource_without_a_price_is_not_taken_for_free() -> None:
    one_more = copy.deepcopy(TEMPLATE)
    one_more["Resources"]["Gateway"] = {"Type": "AWS::EC2::NatGateway", "Properties": {}}

    with pytest.raises(UnpricedResourceError):
        idle_bill(one_more)


@pytest.mark.parametrize(
    ("expression", "starts"),
    [("rate(1 minute)", 43_800), ("rate(10 minutes)", 4_380), ("rate(1 hour)", 730), ("cron(30 18 * * ? *)", 730 / 24)],
)
def test_a_schedule_starts_as_often_as_it_says(expression: str, starts: float) -> None:
    assert starts_a_month(expression) == pytest.approx(starts)
