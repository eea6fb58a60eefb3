"""When a message may start: the owner's clock, quiet hours, the end of the reserved day, and the spread of releases.

A `Clocks` names the zone whose civil days count first; of a group it names the zone of every key, and it is quiet where
it is quiet on any of their clocks: nobody knows under which key the person wakes up.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import QuietHours, civil_day, end_of_day, start_of_day, zone_of
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy

Clocks = tuple[ZoneInfo, ...]
_TURNS_MAX = 6  # from clock to clock; by then every clock is awake, or they share no waking hour


def owner_zone(owner: Owner, *, store_id: str | None, stores: Mapping[str, Store]) -> ZoneInfo:
    """Return the owner's zone, else that of the owner's store, else of the contact's store, else Asia/Shanghai."""
    near = [stores[key].zone for key in (owner.store_id, store_id) if key is not None and key in stores]
    return zone_of(owner.zone, *near)


def clocks_of(owner: Owner, *, store_id: str | None, stores: Mapping[str, Store]) -> Clocks:
    """Return the zone of the owner; of a group the zone of its head, then those of the others."""
    head_first = sorted((owner, *owner.joined), key=lambda one: one.merged_into is not None)
    zones = (owner_zone(one, store_id=store_id, stores=stores) for one in head_first)
    return tuple(dict.fromkeys(zones))


def send_before(
    *, now: datetime, valid_until: datetime, reserved_day: date, quiet_hours: QuietHours, clocks: Clocks
) -> datetime:
    """Return the earliest of the next quiet hours (`now` if quiet), end of validity and end of the reserved day."""
    return min(valid_until, day_closes(now=now, day=reserved_day, quiet_hours=quiet_hours, clocks=clocks))


def day_closes(*, now: datetime, day: date, quiet_hours: QuietHours, clocks: Clocks) -> datetime:
    """Return the earlier of the next quiet hours (`now` if quiet) and the end of the day."""
    quiet_from = min(quiet_hours.next_start(now, zone) for zone in clocks)
    return min(quiet_from, end_of_day(day, clocks[0]))


def spread_offset(person_id: str, *, spread: timedelta) -> timedelta:
    """Return the person's own whole seconds within the spread: the same for all contacts of a person, every day."""
    seconds = int(spread.total_seconds())
    if seconds <= 0:
        return timedelta(0)
    return timedelta(seconds=int(digest("release", person_id)[:8], 16) % seconds)


def release_after_quiet(person_id: str, *, now: datetime, policy: ContactPolicy, clocks: Clocks) -> datetime:
    """Return when a contact held in quiet hours is looked at again: their end and the person's offset."""
    return _release(now.astimezone(UTC), person_id, policy.quiet_hours, policy.release_spread, clocks)


def release_next_day(person_id: str, *, now: datetime, policy: ContactPolicy, clocks: Clocks) -> datetime:
    """Return when a contact held by today's cap is looked at again: after the next day's quiet hours, spread."""
    morning = start_of_day(civil_day(now, clocks[0]) + timedelta(days=1), clocks[0])
    return _release(morning, person_id, policy.quiet_hours, policy.release_spread, clocks)


def _awake(at: datetime, quiet_hours: QuietHours, clocks: Clocks) -> datetime:
    """Return the first instant (UTC) at or after `at` that is quiet on no clock, as far as there is one."""
    for _ in range(_TURNS_MAX):
        later = max(quiet_hours.next_end(at, zone) for zone in clocks)
        if later == at:
            break
        at = later
    return at.astimezone(UTC)


@lru_cache(maxsize=4_096)  # what a person's day has no room for is all held until the same instant
def _release(at: datetime, person_id: str, quiet_hours: QuietHours, spread: timedelta, clocks: Clocks) -> datetime:
    # A spread that would reach into the next quiet hours is not worth waiting for.
    ends = _awake(at, quiet_hours, clocks)
    spread_out = (ends + spread_offset(person_id, spread=spread)).astimezone(UTC)
    return ends if any(quiet_hours.covers(spread_out, zone) for zone in clocks) else spread_out
