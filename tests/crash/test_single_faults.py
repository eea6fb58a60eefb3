"""Every call of every function goes wrong in every way, and nothing is lost, doubled or left behind."""

import zlib
from collections.abc import Iterator, Sequence

import pytest

from tests.crash.contact_days import CONTACT_DAYS
from tests.crash.contact_path import CONTACT_PATH
from tests.crash.matrix import Plan, Scenario, singles, tried
from tests.crash.points_path import POINTS_PATH
from tests.crash.scenarios import SCENARIOS as OF_ONE
from tests.crash.world import World, a_world
from tests.functions.test_coverage import FOLDERS

SHARE = 7  # of the points one in so many is tried here; `python -m tests.crash_matrix` tries all
CALLS_MAX, POINTS_MIN = 800, 3  # of a scenario: every point makes all its calls

SCENARIOS = (*OF_ONE, POINTS_PATH, CONTACT_PATH, *CONTACT_DAYS)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with a_world() as held:
        yield held


def a_share(calls: Sequence[str]) -> Iterator[Plan]:
    """Return one point in so many; with four ways of going wrong, the way changes from one to the next."""
    points = list(singles(calls))
    most = max(CALLS_MAX // len(calls), POINTS_MIN)
    share = max(SHARE, len(points) // most)
    yield from points[zlib.crc32("".join(calls).encode()) % share :: share]


def test_every_function_of_the_template_is_in_the_matrix() -> None:
    assert {folder for scenario in SCENARIOS for folder in scenario.folders} == set(FOLDERS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_fault_at_any_call_changes_nothing_in_the_end(world: World, scenario: Scenario) -> None:
    assert tried(world, scenario, a_share).violations == []
