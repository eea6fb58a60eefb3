"""A reserved contact, named by its id alone, goes out over WeCom together with its peers."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ownerloop.adapters.breakers import ProcessBreakers
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.policy_files import contact_policy, stores
from ownerloop.adapters.wecom.world import wecom_world
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.outreach_ports import Breakers, WecomPorts
from ownerloop.ports import Clock
from ownerloop.settings import SendWecomSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, follow, log_invocation, metrics
from ownerloop.usecases.send_wecom import send_wecom
from ownerloop.usecases.wecom_moves import WecomRules


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    ports: WecomPorts
    breakers: Breakers
    clock: Clock


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(SendWecomSettings)
    ports = wecom_world(
        contacts_table=settings.contacts_table,
        owners_table=settings.owners_table,
        vehicles_table=settings.vehicles_table,
        vault_table=settings.vault_table,
        base_url=settings.wecom_base_url,
        secret_id=settings.wecom_secret_id,
    )
    return Wiring(ports=ports, breakers=ProcessBreakers(), clock=the_clock())


def on_record(contact_id: str, *, now: datetime) -> None:
    """Send the contact and its peers and report what became of them."""
    wired = wiring()
    rules = WecomRules(contact=contact_policy(civil_day(now, zone_of(None))), stores=stores())
    report = send_wecom(contact_id, ports=wired.ports, rules=rules, breakers=wired.breakers, now=now)
    count("WecomTasksOrdered", report.tasks)
    count("ContactsLeftToSweep", report.left)
    count_by_reason("ContactsMoved", {f"{state}/{reason}": moved for (state, reason), moved in report.moves.items()})
    follow("contacts sent", report.correlations, contact=contact_id, tasks=report.tasks, left=report.left)


@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> None:  # noqa: ARG001  # Lambda passes both
    """Take the contact id out of an asynchronous start."""
    log_invocation(event)
    on_record(str(event["contact_id"]), now=wiring().clock.now())
