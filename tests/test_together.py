"""Tests that share what is dear to make stay on one worker, and no others do."""

from pathlib import Path

import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.together import PLACES, Together, group_of

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_there(place: str) -> None:
    assert (ROOT / place).exists()


def test_tests_of_one_place_are_one_group_and_all_others_go_where_there_is_room() -> None:
    built, deployed = "tests/template/test_built.py::test_a", "tests/template/test_deployed.py::test_b[c]"
    elsewhere = {f"tests/template/test_idle_cost.py::test_{name}" for name in "ab"}

    assert group_of(built) == group_of(deployed)
    assert {group_of(test) for test in elsewhere} == elsewhere


def test_the_workers_are_served_by_who_knows_the_places(pytestconfig: pytest.Config) -> None:
    chosen = pytestconfig.pluginmanager.hook.pytest_xdist_make_scheduler

    assert any(made.function.__module__.endswith("conftest") for made in chosen.get_hookimpls())
    assert {"_split_scope"} <= vars(Together).keys() & vars(LoadScopeScheduling).keys()
