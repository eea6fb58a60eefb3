"""What the tests of the local cloud share."""

from collections.abc import Iterator

import pytest

from tests.tables import Tables, emulator_tables


@pytest.fixture
def tables(local_cloud: str) -> Iterator[Tables]:
    """Give tables that no other test has, on the one local cloud of the session."""
    with emulator_tables(local_cloud) as names:
        yield names
