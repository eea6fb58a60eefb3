"""How complaints come in: opened, assigned, called back, closed.

`case_id` is the source's own number, or our name of the case as our events tell it (`k_` and 24 hex digits).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import FEED, Name
from ownerloop.contracts.interaction_event import InteractionEvent, Word
from ownerloop.domain import interactions as domain
from ownerloop.domain.complaints import EVIDENCE_MAX
from ownerloop.domain.interaction_facts import reference_of


class ComplaintData(BaseModel):
    """Which complaint, and what it is about."""

    model_config = FEED

    case_id: Name
    topic: Word


class ComplaintOpenedData(ComplaintData):
    """Which complaint, its type, and the numbers of orders, bookings or messages that show it; never their text."""

    type: Word | None = None
    evidence_ids: Annotated[list[Name], Field(max_length=EVIDENCE_MAX)] = []


class ComplaintOpenedV1(InteractionEvent):
    """An owner complained."""

    type: Literal["ownerloop.interaction.complaint_opened.v1"]
    data: ComplaintOpenedData

    def to_domain(self) -> domain.ComplaintOpened:
        """Return the complaint in the words of the domain; its evidence meets the facts about the same numbers."""
        said = self.data
        evidence = tuple(sorted(map(reference_of, said.evidence_ids)))
        return domain.ComplaintOpened(said.case_id, said.topic, said.type or "", evidence)


class ComplaintAssignedData(BaseModel):
    """Which complaint, and the staff member who has it now."""

    model_config = FEED

    case_id: Name
    staff_userid: Name


class ComplaintAssignedV1(InteractionEvent):
    """A complaint was given to a staff member."""

    type: Literal["ownerloop.interaction.complaint_assigned.v1"]
    data: ComplaintAssignedData

    def to_domain(self) -> domain.ComplaintAssigned:
        """Return the assignment in the words of the domain."""
        return domain.ComplaintAssigned(self.data.case_id, self.data.staff_userid)


class CallbackMadeData(BaseModel):
    """Which complaint, and whether the owner was spoken to."""

    model_config = FEED

    case_id: Name
    outcome: Literal["reached", "not_reached"] = "reached"


class CallbackMadeV1(InteractionEvent):
    """An owner was called back about a complaint."""

    type: Literal["ownerloop.interaction.callback_made.v1"]
    data: CallbackMadeData

    def to_domain(self) -> domain.CallbackMade:
        """Return the callback in the words of the domain."""
        return domain.CallbackMade(self.data.case_id, self.data.outcome == "reached")


class ComplaintClosedV1(InteractionEvent):
    """A complaint was settled."""

    type: Literal["ownerloop.interaction.complaint_closed.v1"]
    data: ComplaintData

    def to_domain(self) -> domain.ComplaintClosed:
        """Return the end of the complaint in the words of the domain."""
        return domain.ComplaintClosed(self.data.case_id, self.data.topic)
