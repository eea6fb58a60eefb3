"""How tags that staff put on owners by hand come in."""

from typing import Literal

from ownerloop.contracts.cloud_event import Day, Name
from ownerloop.contracts.interaction_event import TouchData, TouchEvent, Word, words
from ownerloop.domain.facts import FactKind
from ownerloop.domain.interactions import Touch


class TagAddedData(TouchData):
    """Which tag, who put it on, and the last day on which it counts."""

    tag: Word
    staff_userid: Name
    until: Day | None = None

    def touch(self) -> Touch:
        """Return the tag in the words of the domain."""
        last_day = self.until.isoformat() if self.until else None
        return Touch(FactKind.TAG_ADDED, about=self.staff_userid, detail=words(self.tag, last_day))


class TagAddedV1(TouchEvent):
    """A staff member put a tag on an owner, or said anew until when it counts."""

    type: Literal["ownerloop.interaction.tag_added.v1"]
    data: TagAddedData


class TagRemovedData(TouchData):
    """Which tag, and who took it off."""

    tag: Word
    staff_userid: Name

    def touch(self) -> Touch:
        """Return the removal in the words of the domain."""
        return Touch(FactKind.TAG_REMOVED, about=self.staff_userid, detail=self.tag)


class TagRemovedV1(TouchEvent):
    """A staff member took a tag by hand off an owner."""

    type: Literal["ownerloop.interaction.tag_removed.v1"]
    data: TagRemovedData
