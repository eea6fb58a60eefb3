"""The answers to redemptions that we publish on the event bus; nothing in them names a person outside."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Instant, Name
from ownerloop.contracts.identity import instant_text
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import Count, PublishedEvent
from ownerloop.domain.errors import MalformedEventError
from ownerloop.domain.ids import digest
from ownerloop.domain.redemption import Redemption

REDEEMED = "ownerloop.points.redeemed.v1"
SOURCE = "urn:ownerloop:points"


class RedeemedData(BaseModel):
    """What became of a redemption, and why; `field` and `rule` tell what a refused event broke."""

    model_config = PUBLISHED

    redemption_key: Annotated[str, Field(pattern="^r_[0-9a-f]{24}$")]
    version: Count
    state: Literal["redeemed", "refused", "returned"]
    reason: Name
    field: str | None
    rule: str | None
    person_id: str | None
    item_id: str | None
    quantity: int | None
    points: int | None
    decided_at: Instant | None


class RedeemedV1(PublishedEvent):
    """A redemption was decided: points were spent, given back, or refused."""

    type: Literal["ownerloop.points.redeemed.v1"]
    data: RedeemedData

    @classmethod
    def from_domain(cls, redemption: Redemption, *, at: datetime) -> Self:
        """Return the event for a redemption as it stands."""
        return cls.model_validate(redeemed(redemption, at=at))


def redeemed(redemption: Redemption, *, at: datetime) -> dict[str, Any]:
    """Return the event for a redemption as it stands; its id follows from the redemption and its version."""
    said = {
        "version": redemption.version,
        "state": str(redemption.state),
        "reason": redemption.reason,
        "person_id": redemption.person_id,
        "item_id": redemption.item_id,
        "quantity": redemption.quantity,
        "points": redemption.points,
        "decided_at": instant_text(redemption.decided_at),
    }
    return _event(redemption.redemption_key, identity=str(redemption.version), at=at, said=said)


def redemption_refused(
    redemption_key: str, *, event_key: str, error: MalformedEventError, at: datetime
) -> dict[str, Any]:
    """Return the event for a redemption whose event broke a rule; its id follows from the event."""
    said = {"version": 0, "state": "refused", "reason": error.reason, "field": error.field, "rule": error.rule}
    return _event(redemption_key, identity=event_key, at=at, said=said)


def _event(redemption_key: str, *, identity: str, at: datetime, said: dict[str, Any]) -> dict[str, Any]:
    empty = dict.fromkeys(RedeemedData.model_fields)
    data = {**empty, "redemption_key": redemption_key, **said}
    event_id = digest(REDEEMED, redemption_key, identity)[:32]
    return outgoing(REDEEMED, redemption_key, data, event_id=event_id, source=SOURCE, at=at)
