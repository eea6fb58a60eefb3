"""A reserved contact, named by its id alone, goes out over WeCom together with its peers."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial
from typing import Any

from ownerloop.adapters.breakers import ProcessBreakers
from ownerloop.adapters.clock import the_clock, the_surrogates
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.tasks import DynamoWecomTasks
from ownerloop.adapters.dynamodb.vault import DynamoTokenCache, DynamoVault
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.policy_files import contact_policy, stores
from ownerloop.adapters.secrets import read_secret
from ownerloop.adapters.wecom.client import WecomClient
from ownerloop.domain.calendar import civil_day, zone_of
from ownerloop.outreach_ports import Breakers
from ownerloop.ports import Clock
from ownerloop.settings import SendWecomSettings, from_environment
from ownerloop.telemetry import count, count_by_reason, follow, log_invocation, metrics
from ownerloop.usecases.send_wecom import send_wecom
from ownerloop.usecases.wecom_moves import WecomPorts, WecomRules


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
    ports = WecomPorts(
        contacts=DynamoContacts(settings.contacts_table),
        gates=DynamoGates(settings.contacts_table),
        tasks=DynamoWecomTasks(settings.contacts_table),
        owners=DynamoOwners(settings.owners_table),
        vehicles=DynamoVehicles(settings.vehicles_table),
        vault=DynamoVault(settings.vault_table, "", the_surrogates()),  # the way back to an address needs no key
        wecom=WecomClient(
            settings.wecom_base_url,
            read_secret=partial(read_secret, settings.wecom_secret_id),
            tokens=DynamoTokenCache(settings.vault_table),
        ),
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
