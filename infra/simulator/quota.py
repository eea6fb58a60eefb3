"""How many group messages the platform lets one customer receive."""

from calendar import monthrange
from datetime import datetime
from enum import StrEnum
from typing import assert_never
from zoneinfo import ZoneInfo

PLATFORM_ZONE = ZoneInfo("Asia/Shanghai")
WEEK_MAX = 7


class Quota(StrEnum):
    """What the company has set in its console; a month allows as many as it has days."""

    MONTH = "month"
    WEEK = "7-a-week"
    DAY = "1-a-day"
    OFF = "off"


def period(quota: Quota, at: datetime) -> str:
    """Return the name of the period that a message sent at this instant counts in."""
    local = at.astimezone(PLATFORM_ZONE)
    match quota:
        case Quota.MONTH:
            return local.strftime("%Y-%m")
        case Quota.WEEK:
            return local.strftime("%G-W%V")
        case Quota.DAY:
            return local.strftime("%Y-%m-%d")
        case Quota.OFF:
            return "ever"
        case _:
            assert_never(quota)


def allows(quota: Quota, at: datetime, *, received: int) -> bool:
    """Return whether a customer who received so many in this period may get one more."""
    match quota:
        case Quota.MONTH:
            local = at.astimezone(PLATFORM_ZONE)
            return received < monthrange(local.year, local.month)[1]
        case Quota.WEEK:
            return received < WEEK_MAX
        case Quota.DAY:
            return received == 0
        case Quota.OFF:
            return True
        case _:
            assert_never(quota)
