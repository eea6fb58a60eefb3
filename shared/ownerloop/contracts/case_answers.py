"""How an operator's answer to a case of doubt comes in."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, StringConstraints

from ownerloop.contracts.cloud_event import FEED, FeedEvent, Instant
from ownerloop.domain.enrolment import CaseAnswered

CASE_ANSWERED: Final = "ownerloop.case.answered.v1"
CaseKey = Annotated[str, StringConstraints(strict=True, pattern="^k_[0-9a-f]{24}$")]


class CaseAnsweredData(BaseModel):
    """The answer: yes, the cluster was replaced, or no, the readings are wrong."""

    model_config = FEED

    answer: Literal["yes", "no"]


class CaseAnsweredV1(FeedEvent):
    """A case of doubt was answered; its subject is the case."""

    type: Literal["ownerloop.case.answered.v1"]
    subject: CaseKey
    time: Instant
    data: CaseAnsweredData
    receivedat: Instant | None = None

    def to_domain(self) -> CaseAnswered:
        """Return the answer in the words of the domain."""
        return CaseAnswered(case_key=self.subject, at=self.time, answer=self.data.answer)
