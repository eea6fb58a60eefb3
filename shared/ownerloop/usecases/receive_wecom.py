"""What WeCom's callbacks become: an interaction on its queue, or nothing where the news is not for us."""

from collections.abc import Callable
from datetime import datetime

from ownerloop.domain.wecom_notice import FriendNotice
from ownerloop.partner_ports import EventQueue


def relay(
    notice: FriendNotice | None, *, as_event: Callable[[FriendNotice], bytes], queue: EventQueue, now: datetime
) -> bool:
    """Queue the notice and return whether there was one; a repeated notice is the same event again."""
    if notice is None:
        return False
    queue.send([as_event(notice)], received_at=now)
    return True
