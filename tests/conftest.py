"""What every test shares."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from infra.local.ministack import ministack
from infra.template.reading import load_template

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


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Keep the local cloud's tests on one worker, and start with whatever takes long.

    Two local clouds at once would share two cores among some twenty processes; and a long test that comes last leaves
    the other worker without work. Last comes who waits for a clock: it has moved on by then.
    """
    if hasattr(config, "workerinput"):  # as on a worker of xdist; benchmarks run without
        for item in items:
            if item.get_closest_marker("emulator") and not item.get_closest_marker("xdist_group"):
                item.add_marker(pytest.mark.xdist_group("emulator"))
    items.sort(key=_place)


def _place(item: pytest.Item) -> int:
    if item.get_closest_marker("patient"):
        return 2
    return 0 if item.get_closest_marker("slow") else 1
