"""Every handler test has the whole stack of the template on moto."""

from collections.abc import Iterator

import pytest

from tests.functions.stack import Stack, moto_stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    with moto_stack() as held:
        yield held
