"""What is told about who is one person."""

from dataclasses import dataclass
from datetime import datetime

from ownerloop.domain.identifying import Identifier


@dataclass(frozen=True, slots=True)
class IdentityLinked:
    """These identifiers are an owner's."""

    owner_key: str
    at: datetime
    identifiers: tuple[Identifier, ...]


@dataclass(frozen=True, slots=True)
class MergeAsked:
    """An operator says that two persons are one."""

    person_id: str
    other_id: str
    because: str


@dataclass(frozen=True, slots=True)
class SplitAsked:
    """An operator says that somebody who was joined to a person is another one."""

    person_id: str
    member_id: str
    because: str


IdentityEvent = IdentityLinked | MergeAsked | SplitAsked
