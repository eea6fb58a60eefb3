"""What the functions of a stack wrote to their logs lately; a bounded part of it, for logs are long."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache

from infra.operation.site import Site
from infra.template.reading import load_template, resources

WINDOW = timedelta(hours=1)
LINES_MAX = 2_000  # of one log: two seconds of reading, and many times what a quiet hour writes


@cache
def logs() -> tuple[str, ...]:
    """Return every log of the template."""
    return tuple(resources(load_template(), "AWS::Logs::LogGroup"))


def lines(site: Site) -> Iterator[tuple[str, str]]:
    """Yield where each line stands (log and instant) and what it says, without the name of its function.

    A local stack's own clock is not the one of its log, so all of that counts.
    """
    since = 0 if site.is_local else int((site.now - WINDOW).timestamp() * 1000)
    for name in (name for name in logs() if name in site.ids):
        function = site.ids.get(name.removesuffix("Log"), name)
        asked = {"logGroupName": site.ids[name], "startTime": since, "PaginationConfig": {"MaxItems": LINES_MAX}}
        for page in site.pages("logs", "filter_log_events", **asked):
            for event in page["events"]:
                at = datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
                yield f"{name} {at.isoformat()}", event["message"].replace(function, "")
