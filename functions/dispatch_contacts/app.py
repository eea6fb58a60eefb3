"""Decides per person who gets the day's few slots: on requests and ends off the stream, and in the minute's sweep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from ownerloop import telemetry
from ownerloop.adapters.bus import EventBridge
from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.lead_evidence import DynamoLeadEvidence
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.policy_files import contact_policy, stores
from ownerloop.adapters.senders import LambdaSenders
from ownerloop.adapters.store_zones import zone_of_store
from ownerloop.adapters.streams import contact_changes
from ownerloop.contracts.announcements import contact_ended
from ownerloop.domain.changes import newly_ended, to_dispatch
from ownerloop.domain.lead_evidence import sendings
from ownerloop.ports import Bus, Clock
from ownerloop.settings import DispatchContactsSettings, from_environment
from ownerloop.usecases.dispatch_contacts import Dispatch, DispatchReport, dispatch, sweep


@dataclass(frozen=True, slots=True)
class Wiring:
    """What one container holds on to."""

    settings: DispatchContactsSettings
    bus: Bus
    evidence: DynamoLeadEvidence
    clock: Clock

    def desk(self, now: datetime) -> Dispatch:
        """Return the desk with the policy of the day."""
        return Dispatch(
            contacts=DynamoContacts(self.settings.contacts_table),
            gates=DynamoGates(self.settings.contacts_table),
            owners=DynamoOwners(self.settings.owners_table),
            vehicles=DynamoVehicles(self.settings.vehicles_table),
            senders=LambdaSenders({"wecom": self.settings.send_wecom_function}),
            policy=contact_policy(now.date()),
            stores=stores(),
        )


@cache
def wiring() -> Wiring:
    """Return the wiring, built on first use."""
    settings = from_environment(DispatchContactsSettings)
    evidence = DynamoLeadEvidence(settings.workshop_table)
    return Wiring(settings, bus=EventBridge(settings.event_bus_name), evidence=evidence, clock=the_clock())


def on_batch(records: Sequence[Mapping[str, Any]], *, now: datetime) -> DispatchReport:
    """Publish the ends among the changes, then dispatch every person whom a change gives something to decide."""
    changes = contact_changes(records)
    ended, causes = newly_ended(changes), to_dispatch(changes)
    wiring().bus.publish([contact_ended(contact) for contact in ended])
    wiring().evidence.sent(sendings(ended, zone_of=zone_of_store))
    telemetry.count("ContactsEnded", len(ended))
    desk, persons = wiring().desk(now), {contact.person_id for contact in causes}
    return dispatch(persons, desk=desk, now=now, contact_ids=[contact.contact_id for contact in causes])


@telemetry.metrics.log_metrics
def handler(event: dict[str, Any], _: Any) -> dict[str, Any]:
    """Dispatch a batch of changes, or sweep; trouble fails the batch, which is retried and halved."""
    telemetry.log_invocation(event)
    now, records = wiring().clock.now(), event.get("Records")
    report = sweep(desk=wiring().desk(now), now=now) if records is None else on_batch(records, now=now)
    telemetry.count_all(report.facts)
    telemetry.follow("contacts dispatched", report.correlations)
    return {"batchItemFailures": []}
