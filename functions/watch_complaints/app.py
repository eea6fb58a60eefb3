"""Every five minutes: the levels that complaints reached, each taken once and told."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.complaint_policies import complaint_rules
from ownerloop.adapters.dynamodb.cases import DynamoCases
from ownerloop.contracts.complaint_events import case_escalated
from ownerloop.ports import Clock
from ownerloop.settings import WatchComplaintsSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, log_faults, log_invocation, logger, metrics
from ownerloop.usecases.watch_complaints import Watch, watch_complaints


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    watch: Watch
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(WatchComplaintsSettings)
    watch = Watch(
        cases=DynamoCases(settings.cases_table),
        bus=EventBridge(settings.event_bus_name),
        rules=complaint_rules(),
        note=case_escalated,
    )
    return Wiring(watch=watch, clock=the_clock())


@metrics.log_metrics
def handler(event: Any, context: Any) -> dict[str, int]:  # noqa: ARG001  # Lambda passes both
    """Take what is due and return how many levels were taken and how many cases got no turn.

    Raises the first fault once every case had its turn: an alarm hears of it, and the next start mends it.
    """
    log_invocation(event)
    wired = wiring()
    report = watch_complaints(watch=wired.watch, now=wired.clock.now())
    count_by_reason("ComplaintsEscalated", {f"level_{level}": taken for level, taken in report.levels.items()})
    count("ComplaintsLeft", report.left)
    log_faults("complaint faulted", report.faults)
    logger.info("complaints watched", looked_at=report.looked_at, left=report.left, faults=len(report.faults))
    if report.faults:
        raise report.faults[0]
    return {"levels": report.levels.total(), "left": report.left}
