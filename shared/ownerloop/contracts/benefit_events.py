"""The grants that we publish on the event bus; nothing in them names a person outside."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Day, Name
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import Count, PersonId, PublishedEvent
from ownerloop.domain.benefits import Grant
from ownerloop.domain.ids import digest

BENEFIT_GRANTED = "ownerloop.benefit.granted.v1"
SOURCE = "urn:ownerloop:benefits"


class BenefitGrantedData(BaseModel):
    """Which voucher, by which way, until when, and what it costs the dealer at most."""

    model_config = PUBLISHED

    grant_id: Annotated[str, Field(pattern="^g_[0-9a-f]{24}$")]
    person_id: PersonId
    store_id: str | None
    benefit_id: Name
    way: Literal["triggered", "earned", "best"]
    granted_on: Day
    valid_until: Day
    cost_fen: Count
    policy_version: str


class BenefitGrantedV1(PublishedEvent):
    """An owner was granted a benefit."""

    type: Literal["ownerloop.benefit.granted.v1"]
    data: BenefitGrantedData

    @classmethod
    def from_domain(cls, grant: Grant, *, store_id: str | None) -> Self:
        """Return the event for a grant."""
        return cls.model_validate(benefit_granted(grant, store_id=store_id))


def benefit_granted(grant: Grant, *, store_id: str | None) -> dict[str, Any]:
    """Return the event for a grant; its id follows from the grant."""
    data = {
        "grant_id": grant.grant_id,
        "person_id": grant.person_id,
        "store_id": store_id,
        "benefit_id": grant.benefit_id,
        "way": str(grant.way),
        "granted_on": grant.granted_on.isoformat(),
        "valid_until": grant.valid_until.isoformat(),
        "cost_fen": grant.cost_fen,
        "policy_version": grant.policy_version,
    }
    event_id = digest(BENEFIT_GRANTED, grant.grant_id)[:32]
    return outgoing(BENEFIT_GRANTED, grant.person_id, data, event_id=event_id, source=SOURCE, at=grant.granted_at)
