"""Visits: what lies within 21 days or 1,000 km of the first item is done in one go."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from ownerloop.domain.vehicle import ItemForecast
from ownerloop.domain.visits import VisitRule, visits
from tests.builders import DAY, TODAY, an_item_forecast

RULE = VisitRule(days_max=21, metres_max=1_000_000)


def an_item(name: str, *, day: int, km: float | None = None) -> ItemForecast:
    return an_item_forecast(item=name, due_p50=TODAY + day * DAY, remaining_m=None if km is None else round(km * 1_000))


def bundles(*items: ItemForecast) -> list[tuple[str, ...]]:
    return [tuple(item.item for item in visit.items) for visit in visits(items, rule=RULE)]


def test_items_within_three_weeks_of_the_first_are_one_visit() -> None:
    assert bundles(an_item("oil", day=0), an_item("brake_fluid", day=21)) == [("oil", "brake_fluid")]
    assert bundles(an_item("oil", day=0), an_item("brake_fluid", day=22)) == [("oil",), ("brake_fluid",)]


def test_items_within_a_thousand_kilometres_of_the_first_are_one_visit() -> None:
    near, far = an_item("inspection", day=90, km=3_000), an_item("inspection", day=90, km=3_000.001)

    assert bundles(an_item("oil", day=40, km=2_000), near) == [("oil", "inspection")]
    assert bundles(an_item("oil", day=40, km=2_000), far) == [("oil",), ("inspection",)]


def test_a_limit_in_months_alone_is_near_by_days_only() -> None:
    assert bundles(an_item("oil", day=0, km=0), an_item("brake_fluid", day=30)) == [("oil",), ("brake_fluid",)]


def test_a_visit_is_no_chain() -> None:
    apart = [an_item(name, day=day) for name, day in (("oil", 0), ("brake_fluid", 20), ("coolant", 40))]

    assert bundles(*apart) == [("oil", "brake_fluid"), ("coolant",)]


def test_of_equal_days_the_first_in_the_plan_names_the_visit() -> None:
    (visit,) = visits([an_item("oil", day=3), an_item("coolant", day=3)], rule=RULE)

    assert (visit.first.item, visit.bundled) == ("oil", ("coolant",))


items = st.lists(
    st.builds(
        an_item_forecast,
        item=st.sampled_from([f"item-{number}" for number in range(9)]),
        due_p50=st.integers(-400, 400).map(lambda days: TODAY + timedelta(days=days)),
        remaining_m=st.none() | st.integers(-9_000_000, 9_000_000),
    ),
    max_size=9,
    unique_by=lambda item: item.item,
)


@given(items)
def test_every_item_is_in_one_visit_and_near_its_first(forecasts: list[ItemForecast]) -> None:
    found = visits(forecasts, rule=RULE)

    assert sorted(item.item for visit in found for item in visit.items) == sorted(item.item for item in forecasts)
    assert [visit.first.due_p50 for visit in found] == sorted(visit.first.due_p50 for visit in found)
    for visit in found:
        for item in visit.items[1:]:
            days = (item.due_p50 - visit.first.due_p50).days
            both = None not in (item.remaining_m, visit.first.remaining_m)
            assert 0 <= days <= 21 or (both and abs(item.remaining_m - visit.first.remaining_m) <= 1_000_000)  # type: ignore[operator]


@given(items, st.randoms(use_true_random=False))
def test_the_visits_do_not_depend_on_the_order_of_items_with_different_days(
    forecasts: list[ItemForecast], chance: object
) -> None:
    distinct = list({item.due_p50: item for item in forecasts}.values())
    shuffled = list(distinct)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    assert visits(distinct, rule=RULE) == visits(shuffled, rule=RULE)
