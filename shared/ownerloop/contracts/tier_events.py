"""The tier changes that we publish on the event bus; nothing in them names a person outside."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Day, Name
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import Count, PersonId, PublishedEvent
from ownerloop.domain.tier_record import TierChange, TierRecord, change_id

TIER_CHANGED = "ownerloop.owner.tier_changed.v1"
SOURCE = "urn:ownerloop:tiers"
TierName = Literal["prospect", "new", "potential", "core", "at_risk"]
Score = Annotated[int, Field(ge=0, le=5)]


class TierChangedData(BaseModel):
    """From what to what, and the inputs as they are known when it is told."""

    model_config = PUBLISHED

    person_id: PersonId
    version: Count
    store_id: str | None
    before: TierName
    after: TierName
    is_settled: bool
    since: Day | None
    as_of: Day | None
    r: Score
    f: Score
    m: Score
    recency_days: int | None
    interval_days: Count
    frequency: Count
    monetary_fen: Count
    reasons: list[Name]
    rule_version: str


class TierChangedV1(PublishedEvent):
    """An owner's tier changed: provisionally by an event, or finally by a night."""

    type: Literal["ownerloop.owner.tier_changed.v1"]
    data: TierChangedData

    @classmethod
    def from_domain(cls, record: TierRecord, *, change: TierChange, store_id: str | None) -> Self:
        """Return the event for a change of a tier."""
        return cls.model_validate(tier_changed(record, change=change, store_id=store_id))


def tier_changed(record: TierRecord, *, change: TierChange, store_id: str | None) -> dict[str, Any]:
    """Return the event for a change of a tier; its id follows from the person and the version of the change."""
    state = record.state
    return outgoing(
        TIER_CHANGED,
        record.person_id,
        {
            "person_id": record.person_id,
            "version": change.version,
            "store_id": store_id,
            "before": str(change.before),
            "after": str(change.after),
            "is_settled": change.cause.startswith("night#"),
            "since": state.since.isoformat() if state and state.since else None,
            "as_of": state.as_of.isoformat() if state else None,
            "r": state.r if state else 0,
            "f": state.f if state else 0,
            "m": state.m if state else 0,
            "recency_days": state.recency_days if state else None,
            "interval_days": state.interval_days if state else 0,
            "frequency": state.frequency if state else 0,
            "monetary_fen": state.monetary_fen if state else 0,
            "reasons": list(state.reasons) if state else [],
            "rule_version": state.rule_version if state else "",
        },
        event_id=change_id(record.person_id, change),
        source=SOURCE,
        at=change.at,
        begun_with=change.cause,
    )
