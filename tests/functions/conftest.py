"""Every handler test has the whole stack of the template on moto."""

from collections.abc import Iterator
from io import StringIO

import pytest

from ownerloop.telemetry import logger
from tests.functions.stack import Stack, moto_stack


@pytest.fixture
def stack() -> Iterator[Stack]:
    with moto_stack() as held:
        yield held


@pytest.fixture
def log_lines() -> Iterator[StringIO]:
    """Give every line that functions log, as it is written."""
    lines = StringIO()
    handler = logger.registered_handler
    before = handler.setStream(lines)
    yield lines
    handler.setStream(before)
