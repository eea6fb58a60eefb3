"""Reads one frame, as tests of frames do."""

from datetime import UTC, datetime
from typing import Any

from ownerloop.adapters.formats.event import CanonicalEvent
from ownerloop.adapters.formats.gbt32960.lines import read_line

READ_AT = datetime(2026, 3, 2, 10, 40, tzinfo=UTC)


def read(frame: bytes, **named: Any) -> CanonicalEvent:
    return read_line(frame.hex(), **named)
