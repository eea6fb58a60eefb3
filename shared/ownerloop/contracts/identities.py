"""How it comes in who is one person, and how joining and parting are told on the bus."""

from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, Field, StringConstraints, model_validator

from ownerloop.contracts.cloud_event import FEED, PUBLISHED, FeedEvent, Instant, Name
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.published import PublishedEvent
from ownerloop.domain.identifying import Identifier, IdentifierKind, e164
from ownerloop.domain.identity import LogKind, LogLine
from ownerloop.domain.identity_events import IdentityLinked, MergeAsked, SplitAsked
from ownerloop.domain.ids import digest

LINKED: Final = "ownerloop.identity.linked.v1"
MERGE_ASKED: Final = "ownerloop.identity.merge_asked.v1"
SPLIT_ASKED: Final = "ownerloop.identity.split_asked.v1"
MERGED: Final = "ownerloop.identity.merged.v1"
SPLIT: Final = "ownerloop.identity.split.v1"
SOURCE: Final = "urn:ownerloop:identity"
PersonId = Annotated[str, StringConstraints(strict=True, pattern="^p_[0-9a-f]{24}$")]
Because = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]


class IdentifierTold(BaseModel):
    """One identifier: a phone with its country (a mobile number without one is Chinese), or a WeChat or WeCom id."""

    model_config = FEED

    kind: Literal["phone", "external_userid", "unionid", "openid"]
    value: Name
    verified: bool = False
    app: Name | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if self.kind == "phone" and e164(self.value) is None:
            raise ValueError("a phone is a number with its country, or a Chinese mobile number")
        if (self.kind == "openid") != (self.app is not None):
            raise ValueError("an openid, and nothing else, comes with its app")
        return self

    def to_domain(self) -> Identifier:
        """Return the identifier as it is compared."""
        value = (e164(self.value) or "") if self.kind == "phone" else self.value.strip()
        return Identifier(IdentifierKind(self.kind), value, is_verified=self.verified, app=self.app or "")


class IdentityLinkedData(BaseModel):
    """What names the owner beside the owner key; `verified` where somebody proved it (a code, a signed callback)."""

    model_config = FEED

    identifiers: Annotated[list[IdentifierTold], Field(min_length=1, max_length=8)]


class IdentityLinkedV1(FeedEvent):
    """Identifiers of an owner are known."""

    type: Literal["ownerloop.identity.linked.v1"]
    subject: Name
    time: Instant
    data: IdentityLinkedData
    receivedat: Instant | None = None

    def to_domain(self) -> IdentityLinked:
        """Return the identifiers in the words of the domain."""
        told = {one.to_domain() for one in self.data.identifiers}
        return IdentityLinked(owner_key=self.subject, at=self.time, identifiers=tuple(sorted(told)))


class MergeAskedData(BaseModel):
    """Who the other is, and why; the reason names nobody."""

    model_config = FEED

    other: PersonId
    because: Because


class MergeAskedV1(FeedEvent):
    """An operator asks that two persons become one."""

    type: Literal["ownerloop.identity.merge_asked.v1"]
    subject: PersonId
    time: Instant
    data: MergeAskedData
    receivedat: Instant | None = None

    def to_domain(self) -> MergeAsked:
        """Return what is asked in the words of the domain."""
        return MergeAsked(person_id=self.subject, other_id=self.data.other, because=self.data.because)


class SplitAskedData(BaseModel):
    """Who leaves, and why; the reason names nobody."""

    model_config = FEED

    member: PersonId
    because: Because


class SplitAskedV1(FeedEvent):
    """An operator asks that a member is parted from a person."""

    type: Literal["ownerloop.identity.split_asked.v1"]
    subject: PersonId
    time: Instant
    data: SplitAskedData
    receivedat: Instant | None = None

    def to_domain(self) -> SplitAsked:
        """Return what is asked in the words of the domain."""
        return SplitAsked(person_id=self.subject, member_id=self.data.member, because=self.data.because)


class IdentityChangedData(BaseModel):
    """Who heads (of a split: headed) the group, and who was joined or, first, left; surrogates only."""

    model_config = PUBLISHED

    merge_id: Annotated[str, Field(pattern="^m_[0-9a-f]{24}$")]
    head_id: PersonId
    persons: list[PersonId]
    evidence: list[Annotated[str, Field(pattern="^i_[0-9a-f]{24}$")]]


class IdentityMergedV1(PublishedEvent):
    """Persons became one."""

    type: Literal["ownerloop.identity.merged.v1"]
    data: IdentityChangedData


class IdentitySplitV1(PublishedEvent):
    """A person was parted from others."""

    type: Literal["ownerloop.identity.split.v1"]
    data: IdentityChangedData


IdentityMessage = IdentityLinkedV1 | MergeAskedV1 | SplitAskedV1
MODELS: dict[str, type[IdentityMessage]] = {
    LINKED: IdentityLinkedV1,
    MERGE_ASKED: MergeAskedV1,
    SPLIT_ASKED: SplitAskedV1,
}
PUBLISHED_MODELS: dict[str, type[BaseModel]] = {MERGED: IdentityMergedV1, SPLIT: IdentitySplitV1}


def identity_changed(line: LogLine) -> dict[str, Any]:
    """Return the event for a line of the log; its id follows from the merge or split."""
    kind = MERGED if line.kind is LogKind.MERGED else SPLIT
    data = {
        "merge_id": line.merge_id,
        "head_id": line.head_id,
        "persons": list(line.persons),
        "evidence": list(line.evidence),
    }
    event_id = digest(kind, line.merge_id)[:32]
    return outgoing(kind, line.head_id, data, event_id=event_id, source=SOURCE, at=line.at)
