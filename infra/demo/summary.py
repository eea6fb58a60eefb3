"""The figures of a run: from the tables, the lake, the functions' logs, and the provider's own log."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from infra.demo.tally import (
    bookings_of,
    cases_of,
    condition_contacts,
    lead_of,
    merges_of,
    overbooked,
    points_of,
    unbalanced,
)
from infra.explain.record import Record
from infra.local.deploy import log_groups
from infra.local.drain import Drain
from infra.local.lake_view import LakeView
from infra.local.log_lines import log_lines
from ownerloop.domain.contact import ENDS, Contact, ContactState
from ownerloop.domain.tiers import Tier

TRIGGERS = ("sqs", "stream", "schedule", "api", "async", "manual")
_STATES = ("accepted", "delivered", "failed", "expired", "suppressed", "unknown")


@dataclass(frozen=True, slots=True)
class Summary:
    """The keys of `.ownerloop/demo-summary.json`, and no others."""

    seed: int
    events_sent: int
    events_accepted: int
    events_refused: dict[str, int]
    vehicles: int
    forecasts: int
    contacts: dict[str, int]
    reasons: dict[str, int]
    provider_messages: int
    max_messages_per_owner_day: int
    tiers: dict[str, int]
    api_calls: dict[str, int]
    bookings: dict[str, int]
    condition_contacts: int
    cases: dict[str, int]
    lead: dict[str, Any]
    points: dict[str, Any]
    merges: dict[str, int]
    webhooks: dict[str, int]
    resyncs: int
    invocations: dict[str, dict[str, int]]
    lake: dict[str, int]
    seconds: float

    def write(self, path: Path) -> None:
        """Write the summary."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted outside the tables and the lake: by the provider, in logs, at the API, on the bus."""

    provider: Mapping[str, Any]
    invocations: dict[str, dict[str, int]]
    api_calls: dict[str, int]
    webhooks: Mapping[int, int]
    resyncs: int
    seconds: float


def summary_of(record: Record, *, seed: int, drain: Drain, counted: Counted) -> Summary:
    """Return the figures of a finished run."""
    refused = refusals_of(drain.sent, drain.lake)
    contacts = list(record.contacts.values())
    return Summary(
        seed=seed,
        events_sent=len(drain.sent),
        events_accepted=len(drain.sent & set(drain.lake.accepted)),
        events_refused=dict(sorted(refused.items())),
        vehicles=len(record.vehicles),
        forecasts=sum(vehicle.forecast is not None for vehicle in record.vehicles.values()),
        contacts=contacts_by_state(contacts),
        reasons=dict(sorted(Counter(contact.reason for contact in contacts).items())),
        provider_messages=counted.provider["provider_messages"],
        max_messages_per_owner_day=counted.provider["max_messages_per_owner_day"],
        tiers=tiers_of(record),
        api_calls=counted.api_calls,
        bookings=bookings_of(record),
        condition_contacts=condition_contacts(contacts),
        cases=cases_of(record),
        lead=lead_of(record),
        points=points_of(record),
        merges=merges_of(record),
        webhooks={str(status): count for status, count in sorted(counted.webhooks.items())},
        resyncs=counted.resyncs,
        invocations=counted.invocations,
        lake={"files": drain.lake.files, "rows": drain.lake.rows},
        seconds=round(counted.seconds, 1),
    )


def refusals_of(sent: Iterable[str], lake: LakeView) -> Counter[str]:
    """Return how many identities were refused, by the first reason; one that was ever accepted counts as accepted."""
    return Counter(min(lake.refused[key])[1] for key in sent if key not in lake.accepted and key in lake.refused)


def contacts_by_state(contacts: Iterable[Contact]) -> dict[str, int]:
    """Return the total, and each contact once more by its present state; open is every state that is not an end."""
    states = [contact.state for contact in contacts]
    counted = Counter(str(state) for state in states)
    ends = {name: counted[name] for name in _STATES}
    return {"requested": len(states), **ends, "open": sum(state not in ENDS for state in states)}


def tiers_of(record: Record) -> dict[str, int]:
    """Return how many owners are in each tier; one without a tier item is a prospect."""
    counted = Counter(record.tier_of(person_id).tier for person_id in record.owners)
    return {str(tier): counted[tier] for tier in Tier}


def count_invocations(endpoint: str) -> dict[str, dict[str, int]]:
    """Return how often each function was invoked by each kind of trigger, from the line it writes first."""
    counted = {folder: Counter(dict.fromkeys(TRIGGERS, 0)) for folder in sorted(log_groups(endpoint))}
    for folder, line in log_lines(endpoint, naming="invoked"):
        if line.get("message") == "invoked":
            counted[folder][line["trigger"]] += 1
    return {folder: dict(by_trigger) for folder, by_trigger in counted.items()}


def broken_promises(summary: Summary, record: Record, drain: Drain, provider: Mapping[str, Any]) -> list[str]:
    """Return every identity of the run that does not hold, in words; none is what a run must show."""
    contacts, found = summary.contacts, []
    ended = sum(contacts[name] for name in _STATES)
    if contacts["requested"] != ended + contacts["open"]:
        found.append(f"requested {contacts['requested']} is not ended {ended} + open {contacts['open']}")
    if summary.events_sent != summary.events_accepted + sum(summary.events_refused.values()):
        found.append("an event was neither accepted nor refused")
    late = sum(_failed_after_acceptance(contact) for contact in record.contacts.values())
    doubt = summary.provider_messages - contacts["accepted"] - contacts["delivered"] - late
    if not 0 <= doubt <= contacts["unknown"]:
        found.append(f"the provider sent {summary.provider_messages}: {doubt} more than we know of")
    if provider["duplicates"]:
        found.append(f"{provider['duplicates']} messages were sent twice")
    if provider["quiet_hours_violations"]:
        found.append(f"{len(provider['quiet_hours_violations'])} messages arrived in quiet hours")
    if summary.max_messages_per_owner_day > 3:  # noqa: PLR2004  # the law
        found.append(f"an owner got {summary.max_messages_per_owner_day} messages on one day")
    found += [f"{one['person']} got {one['messages']} messages on {one['day']}" for one in provider["over_own_max"]]
    if sum(summary.tiers.values()) != len(record.owners):
        found.append(f"{sum(summary.tiers.values())} owners have a tier, and there are {len(record.owners)}")
    found += [*overbooked(record.days), *unbalanced(record)]
    found += _idle_triggers(summary)
    if silent := _without_forecast_row(record, drain.lake):
        found.append(f"{silent} forecasts never reached the lake")
    return found


def _idle_triggers(summary: Summary) -> Iterator[str]:
    counted: Counter[str] = Counter()
    for by_trigger in summary.invocations.values():
        counted.update(by_trigger)
    if counted["manual"]:
        yield f"{counted['manual']} invocations had no trigger"
    yield from (f"nothing was started by {name}" for name in TRIGGERS if name != "manual" and not counted[name])


def _failed_after_acceptance(contact: Contact) -> bool:
    was_accepted = any(step.state is ContactState.ACCEPTED for step in contact.trail)
    return contact.state is ContactState.FAILED and was_accepted


def _without_forecast_row(record: Record, lake: LakeView) -> int:
    told = [vehicle for vehicle in record.vehicles.values() if vehicle.forecast is not None]
    return sum(vehicle.vehicle_id not in lake.forecasts for vehicle in told)
