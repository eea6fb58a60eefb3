"""Providers for the tests of this folder."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.trial import Trial, a_person

Start = Callable[..., Trial]
TWO = [*a_person("Li", "wmli"), *a_person("Wang", "wmwang")]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start providers, each in a folder of its own, and stop them after the test."""
    with ExitStack() as running:

        def started(people: list[dict[str, Any]] | None = None, **settings: Any) -> Trial:
            folder = tmp_path / f"provider {len(list(tmp_path.iterdir()))}"
            return running.enter_context(Trial(folder, TWO if people is None else people, **settings))

        yield started


@pytest.fixture
def provider(start: Start) -> Trial:
    """A provider without faults who knows Li and Wang, both served by zhang."""
    return start()
