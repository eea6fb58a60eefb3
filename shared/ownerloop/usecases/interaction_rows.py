"""Interactions as history tells them: one row an event; and what their use case reports."""

from collections import Counter
from dataclasses import dataclass, field

from ownerloop.domain.facts import Fact
from ownerloop.domain.tier_record import TierChange, TierRecord, change_id
from ownerloop.ports import Refusal, Row


@dataclass(slots=True)
class InteractionReport:
    """What became of a batch: keys that were applied or found applied, refusals, and keys whose fault may heal."""

    accepted: list[str] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)
    faulted: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    put_off: list[str] = field(default_factory=list)  # for want of time, not looked at
    announced: int = 0
    replies: int = 0
    bookings: Counter[str] = field(default_factory=Counter)  # how many came to stand where, by reason
    redemptions: Counter[str] = field(default_factory=Counter)  # how many were decided how, by reason

    @property
    def reasons(self) -> Counter[str]:
        """Return how many events were refused for each reason."""
        return Counter(refusal.reason for refusal in self.refused)

    @property
    def facts(self) -> dict[str, int]:
        """Return what is counted, in the names of the metrics."""
        return {
            "InteractionsApplied": len(self.accepted),
            "EventsRefused": len(self.refused),
            "InteractionsPutOff": len(self.put_off),
            "TierChangesAnnounced": self.announced,
            "RepliesMade": self.replies,
        }

    @property
    def by_reason(self) -> dict[str, Counter[str]]:
        """Return what is counted once for each reason, in the names of the metrics."""
        return {
            "InteractionsRefused": self.reasons,
            "BookingsSettled": self.bookings,
            "RedemptionsDecided": self.redemptions,
        }


def interaction_row(fact: Fact) -> Row:
    """Return the history row of a fact."""
    return {
        "event_key": fact.event_key,
        "kind": str(fact.kind),
        "person_id": fact.person_id,
        "vehicle_id": fact.vehicle_id or "",
        "store_id": fact.store_id or "",
        "contact_id": fact.contact_id or "",
        "reference": fact.reference,
        "part": fact.part,
        "detail": fact.detail,
        "amount_fen": fact.amount_fen,
        "cost_fen": fact.cost_fen,
        "duration_s": fact.duration_s,
        "score": fact.score,
        "occurred_at": fact.occurred_at,
        "on": fact.on,
        "received_at": fact.received_at,
    }


def tier_change_row(record: TierRecord, change: TierChange, *, store_id: str | None) -> Row:
    """Return the history row of a change of tier."""
    return {
        "event_key": change_id(record.person_id, change),
        "person_id": record.person_id,
        "store_id": store_id or "",
        "version": change.version,
        "before": str(change.before),
        "after": str(change.after),
        "cause": change.cause,
        "rule_version": record.state.rule_version if record.state else "",
        "received_at": change.at,
    }
