"""When a message may start: the owner's clock, quiet hours, the end of the reserved day, and the spread of releases."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import QuietHours, civil_day, end_of_day, start_of_day, zone_of
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.domain.plans import Store
from ownerloop.domain.policy import ContactPolicy


def owner_zone(owner: Owner, *, store_id: str | None, stores: Mapping[str, Store]) -> ZoneInfo:
    """Return the owner's zone, else that of the owner's store, else of the contact's store, else Asia/Shanghai."""
    near = [stores[key].zone for key in (owner.store_id, store_id) if key is not None and key in stores]
    return zone_of(owner.zone, *near)


def send_before(
    *, now: datetime, valid_until: datetime, reserved_day: date, quiet_hours: QuietHours, zone: ZoneInfo
) -> datetime:
    """Return the earliest of the next quiet hours (`now` if quiet), end of validity and end of the reserved day."""
    return min(quiet_hours.next_start(now, zone), valid_until, end_of_day(reserved_day, zone))


def spread_offset(person_id: str, *, spread: timedelta) -> timedelta:
    """Return the person's own whole seconds within the spread: the same for all contacts of a person, every day."""
    seconds = int(spread.total_seconds())
    if seconds <= 0:
        return timedelta(0)
    return timedelta(seconds=int(digest("release", person_id)[:8], 16) % seconds)


def release_after_quiet(person_id: str, *, now: datetime, policy: ContactPolicy, zone: ZoneInfo) -> datetime:
    """Return when a contact held in quiet hours is looked at again: their end and the person's offset."""
    return _spread(policy.quiet_hours.next_end(now, zone), person_id, policy=policy, zone=zone)


def release_next_day(person_id: str, *, now: datetime, policy: ContactPolicy, zone: ZoneInfo) -> datetime:
    """Return when a contact held by today's cap is looked at again: after the next day's quiet hours, spread."""
    morning = start_of_day(civil_day(now, zone) + timedelta(days=1), zone)
    return _spread(policy.quiet_hours.next_end(morning, zone), person_id, policy=policy, zone=zone)


def _spread(ends: datetime, person_id: str, *, policy: ContactPolicy, zone: ZoneInfo) -> datetime:
    # A spread that would reach into the next quiet hours is not worth waiting for.
    spread_out = (ends + spread_offset(person_id, spread=policy.release_spread)).astimezone(UTC)
    return ends if policy.quiet_hours.covers(spread_out, zone) else spread_out
