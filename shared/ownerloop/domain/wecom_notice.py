"""What WeCom tells us by itself: that an owner and a staff member became friends, or that the owner ended it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ownerloop.domain.ids import digest


class FriendChange(StrEnum):
    """Which way a friendship changed; a staff member who deletes an owner is neither."""

    ADDED = "wecom_friend_added"
    DELETED = "wecom_friend_deleted"


@dataclass(frozen=True, slots=True)
class FriendNotice:
    """One change of one friendship, as the provider told it."""

    change: FriendChange
    external_userid: str
    staff_userid: str
    at: datetime

    @property
    def notice_id(self) -> str:
        """Return the identity of the notice, equal whenever the provider repeats it."""
        parts = (self.change.value, self.external_userid, self.staff_userid, self.at.isoformat())
        return digest("wecom_callback", *parts)[:32]
