"""What asks for a new look at an owner's portrait, as we publish it on the event bus; it names nobody outside."""

from typing import Any, Literal, Self

from pydantic import BaseModel

from ownerloop.contracts.cloud_event import PUBLISHED, Name
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import PersonId, PublishedEvent
from ownerloop.domain.facts import Fact
from ownerloop.domain.ids import digest
from ownerloop.domain.portrait import topic_of

PORTRAIT_ASKED = "ownerloop.owner.portrait_asked.v1"
SOURCE = "urn:ownerloop:interactions"


class PortraitAskedData(BaseModel):
    """Whose portrait, and what kind of fact on what topic asked for it."""

    model_config = PUBLISHED

    person_id: PersonId
    store_id: str | None
    kind: Name
    topic: str


class PortraitAskedV1(PublishedEvent):
    """An owner did something that may call for a recommendation, or staff said something new about the owner."""

    type: Literal["ownerloop.owner.portrait_asked.v1"]
    data: PortraitAskedData

    @classmethod
    def from_domain(cls, fact: Fact, *, store_id: str | None) -> Self:
        """Return the event for a fact."""
        return cls.model_validate(portrait_asked(fact, store_id=store_id))


def portrait_asked(fact: Fact, *, store_id: str | None) -> dict[str, Any]:
    """Return the event for a fact; its id follows from the fact's own event, so a redelivery says the same."""
    return outgoing(
        PORTRAIT_ASKED,
        fact.person_id,
        {"person_id": fact.person_id, "store_id": store_id, "kind": str(fact.kind), "topic": topic_of(fact)},
        event_id=digest(PORTRAIT_ASKED, fact.event_key)[:32],
        source=SOURCE,
        at=fact.occurred_at,
        begun_with=fact.event_key,
    )
