"""The clocks and replies of complaints as they ship, and what a file may not say."""

import json
from datetime import date
from typing import Any

import pytest

from ownerloop.adapters.complaint_desk import store_name
from ownerloop.adapters.complaint_policies import clock_policy, read_clock_policy, read_reply_policy, reply_policy
from ownerloop.adapters.policy_rows import PolicyDataError, rows_of
from ownerloop.domain.complaint_clock import Stop, Unit
from tests.complaint_builders import a_clock_policy

FILE = "complaint_policy.json"
TODAY = date(2026, 3, 1)


def a_row(**changes: Any) -> Any:
    (row,) = rows_of(FILE)
    return rows_of(FILE, text=json.dumps([{**row.values, **changes}]))[0]


def a_term(**changes: Any) -> dict[str, Any]:
    return {"level": 1, "after": 4, "unit": "working_hours", "unless": "assigned", **changes}


def test_the_clocks_that_ship_are_those_of_the_trade() -> None:
    assert clock_policy(TODAY) == a_clock_policy()
    assert [(term.unit, term.unless) for term in clock_policy(TODAY).terms] == [
        (Unit.WORKING_HOURS, Stop.ASSIGNED),
        (Unit.CLOCK_HOURS, Stop.CALLED_BACK),
        (Unit.WORKING_DAYS, Stop.CLOSED),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"callback_hours": 25}, "callback_hours"),
        ({"callback_hours": 0}, "callback_hours"),
        ({"ends_at": "09:00"}, "ends_at"),
        ({"starts_at": "nine"}, "starts_at"),
        ({"terms": []}, "terms"),
        ({"terms": [a_term(level=2)]}, "terms"),
        ({"terms": [a_term(), a_term(level=3)]}, "terms"),
        ({"terms": [a_term(after=0)]}, "after"),
        ({"terms": [a_term(after=401)]}, "after"),
        ({"terms": [a_term(unit="weeks")]}, "unit"),
        ({"terms": [a_term(unless="forgotten")]}, "unless"),
    ],
)
def test_a_clock_that_cannot_run_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(PolicyDataError, match=field):
        read_clock_policy(a_row(**changes))


@pytest.mark.parametrize(
    "texts", [{"en": "[{store}] Hello"}, {"zh": "您好"}, {"zh": "【{store}】您好", "en": "Hello"}, {"zh": ""}]
)
def test_a_reply_needs_a_sender_and_the_group_s_language(texts: dict[str, str]) -> None:
    with pytest.raises(PolicyDataError, match="replies"):
        read_reply_policy(a_row(replies=texts))


def test_every_text_has_a_place_for_the_store_and_nothing_else() -> None:
    for text in reply_policy(TODAY).texts.values():
        assert "{" not in text.format(store="S")
    assert set(store_name("sh-pudong")) == set(store_name(None)) == set(reply_policy(TODAY).texts)
