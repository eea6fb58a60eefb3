"""What every test shares."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from infra.local.ministack import ministack
from infra.template.reading import load_template
from tests.together import Together

# A shared machine of two cores stalls now and then: a slow example is no failure. Whoever works here tries other
# examples each time; `make test` tries the same ones on every machine, so that what it says depends on the code alone.
_PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ownerloop", _PATIENT)
settings.register_profile("same-again", _PATIENT, derandomize=True, database=None)
settings.load_profile("ownerloop")

# Logger and metrics look for what every function is given when they are imported, whoever imports them first.
for _name, _value in load_template()["Globals"]["Function"]["Environment"]["Variables"].items():
    if isinstance(_value, str):
        os.environ.setdefault(_name, _value)


@pytest.fixture(scope="session")
def local_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the endpoint of one local cloud for all who only want tables, queues or a bus of their own names."""
    with ministack(tmp_path_factory.mktemp("ministack"), {}) as stack:
        yield stack.endpoint


@pytest.hookimpl(optionalhook=True)  # benchmarks run without workers
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """Return who hands the tests out to the workers."""
    return Together(config, log)


@pytest.hookimpl(trylast=True)  # after the order was drawn
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with whatever takes long, lest it leave the other worker without work when it comes last.

    Last comes who waits for a clock: it has moved on by then.
    """
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.get_closest_marker("patient"):
        return 2
    return 0 if item.get_closest_marker("slow") else 1
