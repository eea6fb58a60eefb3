"""What the functions of the local stack wrote to their logs."""

import json
from collections.abc import Iterator
from typing import Any

from infra.local.clients import client
from infra.local.deploy import log_groups

_EVENTS_MAX = 10_000
_STREAMS_MAX = 100  # of one call


def log_lines(endpoint: str, *, naming: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each structured line with this word in it, with the folder of its function."""
    for folder, group in sorted(log_groups(endpoint).items()):
        for line in _lines(endpoint, group, naming):
            if naming in line and line.startswith("{"):
                yield folder, json.loads(line)


def _lines(endpoint: str, group: str, naming: str) -> Iterator[str]:
    # The local cloud answers at most 10,000 events and keeps no token, so each stream is read for itself.
    logs = client("logs", endpoint)
    for page in logs.get_paginator("describe_log_streams").paginate(logGroupName=group):
        names = [stream["logStreamName"] for stream in page["logStreams"]]
        for start in range(0, len(names), _STREAMS_MAX):
            told = logs.filter_log_events(
                logGroupName=group,
                logStreamNames=names[start : start + _STREAMS_MAX],
                filterPattern=naming,
                limit=_EVENTS_MAX,
            )
            yield from (event["message"] for event in told["events"])
