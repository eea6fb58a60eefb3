"""The grants that we publish on the event bus; nothing in them names a person outside."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Day, Instant, Name
from ownerloop.contracts.identity import instant_text
from ownerloop.contracts.published import PublishedEvent
from ownerloop.domain.benefits import Grant
from ownerloop.domain.ids import digest

BENEFIT_GRANTED = "ownerloop.benefit.granted.v1"
SOURCE = "urn:ownerloop:benefits"
Count = Annotated[int, Field(ge=0)]


class BenefitGrantedData(BaseModel):
    """Which voucher, by which way, until when, and what it costs the dealer at most."""

    model_config = PUBLISHED

    grant_id: Annotated[str, Field(pattern="^g_[0-9a-f]{24}$")]
    person_id: Annotated[str, Field(pattern="^p_[0-9a-f]{24}$")]
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
    time: Instant
    data: BenefitGrantedData

    @classmethod
    def from_domain(cls, grant: Grant, *, store_id: str | None) -> Self:
        """Return the event for a grant."""
        return cls.model_validate(benefit_granted(grant, store_id=store_id))


def benefit_granted(grant: Grant, *, store_id: str | None) -> dict[str, Any]:
    """Return the event for a grant; its id follows from the grant."""
    return {
        "specversion": "1.0",
        "id": digest(BENEFIT_GRANTED, grant.grant_id)[:32],
        "source": SOURCE,
        "type": BENEFIT_GRANTED,
        "subject": grant.person_id,
        "time": instant_text(grant.granted_at),
        "datacontenttype": "application/json",
        "data": {
            "grant_id": grant.grant_id,
            "person_id": grant.person_id,
            "store_id": store_id,
            "benefit_id": grant.benefit_id,
            "way": str(grant.way),
            "granted_on": grant.granted_on.isoformat(),
            "valid_until": grant.valid_until.isoformat(),
            "cost_fen": grant.cost_fen,
            "policy_version": grant.policy_version,
        },
    }
