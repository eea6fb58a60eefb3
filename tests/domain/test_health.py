"""The health score: bounded, monotone in each part, told part by part, less certain where less is known."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.health_policies import read_health_policy
from ownerloop.adapters.policy_rows import PolicyDataError, rows_of
from ownerloop.domain.health import Part, health
from tests.owner_builders import WELL, a_health_policy

POLICY = a_health_policy()
BETTER_IS_MORE = {Part.SATISFACTION, Part.REACHABILITY}
inputs = st.fixed_dictionaries({part: st.none() | st.integers(-100, 2_000) for part in Part})


@given(values=inputs)
def test_a_score_lies_in_its_bounds_and_is_the_sum_of_what_its_parts_bring(values: dict[Part, int | None]) -> None:
    found = health(values, policy=POLICY)

    brought = sum(one.milli for one in found.contributions)
    assert (found.score is None) == all(value is None for value in values.values())
    if found.score is not None:
        assert 0 <= found.score <= 100
        assert abs(brought - found.score * 1000) <= 500 + len(Part)
    assert found.confidence == sum(POLICY.weights[part] for part, value in values.items() if value is not None)


@given(values=inputs, part=st.sampled_from(Part), step=st.integers(1, 500))
def test_whatever_gets_worse_in_one_part_never_raises_the_score(
    values: dict[Part, int | None], part: Part, step: int
) -> None:
    value = values[part]
    if value is None:
        return
    worse = health({**values, part: value - step if part in BETTER_IS_MORE else value + step}, policy=POLICY)
    before = health(values, policy=POLICY)

    assert worse.score is not None
    assert before.score is not None
    assert worse.score <= before.score


def test_an_owner_with_whom_all_is_well_has_the_full_score() -> None:
    found = health(WELL, policy=POLICY)

    assert (found.score, found.confidence, found.band) == (100, 100, "strong")
    assert {one.part: one.milli for one in found.contributions} == {
        Part.ON_TIME: 30_000,
        Part.RECENCY: 20_000,
        Part.SATISFACTION: 20_000,
        Part.COMPLAINTS: 15_000,
        Part.REACHABILITY: 10_000,
        Part.VEHICLE: 5_000,
    }


def test_a_part_that_nobody_knows_leaves_its_weight_to_the_others_and_lowers_the_confidence() -> None:
    found = health({**WELL, Part.SATISFACTION: None, Part.ON_TIME: 75}, policy=POLICY)

    assert found.confidence == 80
    assert found.score == 63  # 50 of the 80 points that are known
    assert [one.part for one in found.contributions if one.permille is None] == [Part.SATISFACTION]


def test_of_an_owner_of_whom_nothing_is_known_there_is_no_score() -> None:
    found = health({}, policy=POLICY)

    assert (found.score, found.confidence, found.band) == (None, 0, None)


def test_an_open_complaint_lowers_health() -> None:
    assert health({**WELL, Part.COMPLAINTS: 1}, policy=POLICY).score == 94


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("curves", {"on_time": [[0, 1000], [10, 0], [20, 500]]}),
        ("curves", {"on_time": [[0, 1000], [0, 500]]}),
        ("curves", {"on_time": [[0, 1001]]}),
        ("curves", {"on_time": []}),
        ("weights", {"on_time": 0}),
        ("bands", [{"band": "a", "from": 10}]),
    ],
)
def test_a_policy_that_would_not_be_monotone_is_refused(field: str, value: Any) -> None:
    (row,) = rows_of("health_policy.json")
    changed = value if isinstance(value, list) else {**row.values[field], **value}
    broken = type(row)(row.file, row.at, {**row.values, field: changed})

    with pytest.raises(PolicyDataError):
        read_health_policy(broken)
