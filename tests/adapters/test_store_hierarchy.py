"""Carmaker, group, store, team and staff member: where an owner belongs."""

import json

import pytest

from ownerloop.adapters.policy_files import read_store, stores
from ownerloop.adapters.policy_rows import PolicyDataError, Row, rows_of

(SHIPPED,) = rows_of("stores.json")


def a_row(**changes: object) -> Row:
    values = {**SHIPPED.rows("stores")[0].values, **changes}
    (row,) = rows_of("stores.json", text=json.dumps([{"effective_on": "2014-01-01", **values}]))
    return row


def test_every_store_names_its_carmaker_group_and_teams() -> None:
    for store in stores().values():
        assert store.carmaker
        assert store.group
        assert [team.team_id for team in store.teams] == ["front", "workshop"]


def test_a_staff_member_belongs_to_one_team() -> None:
    store = stores()["sh-pudong"]

    assert store.team_of("staff-sh-pudong-1") == "front"
    assert store.team_of("staff-elsewhere-1") is None
    assert store.team_of(None) is None


def test_a_store_may_leave_its_teams_out() -> None:
    values = {name: value for name, value in a_row().values.items() if name != "teams"}

    assert read_store(Row("stores.json", "[0]", values)).teams == ()


@pytest.mark.parametrize("teams", [[], [{"team_id": "front", "staff": []}], [{"team_id": "front", "staff": [7]}], "a"])
def test_a_team_without_staff_is_refused(teams: object) -> None:
    with pytest.raises(PolicyDataError):
        read_store(a_row(teams=teams))
