"""Every ten minutes: what became of what was handed to WeCom, and what must be stopped before the night."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.policy_files import contact_policy, stores
from ownerloop.adapters.requeue import in_time
from ownerloop.adapters.wecom.world import wecom_world
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.outreach_ports import WecomPorts
from ownerloop.ports import Clock
from ownerloop.settings import SettleWecomSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, follow, log_invocation, logger, metrics
from ownerloop.usecases.settle_wecom import settle_wecom
from ownerloop.usecases.wecom_moves import WecomRules


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    ports: WecomPorts
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SettleWecomSettings)
    ports = wecom_world(
        contacts_table=settings.contacts_table,
        owners_table=settings.owners_table,
        vehicles_table=settings.vehicles_table,
        vault_table=settings.vault_table,
        base_url=settings.wecom_base_url,
        secret_id=settings.wecom_secret_id,
    )
    return Wiring(ports=ports, clock=the_clock())


@metrics.log_metrics
def handler(event: Any, context: Any) -> dict[str, int]:
    """Settle what is due and return how many tasks were settled and how many got no answer or no turn."""
    log_invocation(event)
    wired = wiring()
    now = wired.clock.now()
    rules = WecomRules(contact=contact_policy(civil_day(now, zone_of(None))), stores=stores())
    report = settle_wecom(ports=wired.ports, rules=rules, now=now, may_begin=in_time(context))
    count("WecomTasksSettled", report.settled)
    count("WecomTasksUnanswered", report.unanswered)
    count("WecomTasksLeft", report.left)
    count("WecomTasksRefused", len(report.refused))
    for task_id in report.refused:
        logger.warning("task refused", task=task_id)
    count_by_reason("ContactsMoved", {f"{state}/{reason}": moved for (state, reason), moved in report.moves.items()})
    follow("contacts settled", report.correlations)
    logger.info("tasks settled", settled=report.settled, unanswered=report.unanswered, left=report.left)
    return {"settled": report.settled, "unanswered": report.unanswered, "left": report.left}
