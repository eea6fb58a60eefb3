"""The gate: one item per person decides whether one more message may start today.

An entry may leave the gate only after its contact was written in a state that cannot be sent without a fresh
reservation; so `reserved` always implies an entry, whoever writes at the same time.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day, start_of_day
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.contact import Contact, ContactClass, ContactState
from ownerloop.domain.ids import digest
from ownerloop.domain.policy import ContactPolicy

DAILY_MAX_BY_LAW = 3  # design §7 [law]: over all channels and classes; no policy and no wish raises it
KEPT_FOR = frozenset({"recall", "complaint_callback"})  # topics that may use the kept slots beside the class `safety`
UNSETTLED_DAYS = 7  # an ended contact in doubt may still go out as long as its task is read (`WecomPolicy.read_for`)
DOUBT_SEEN = timedelta(days=UNSETTLED_DAYS + 1)  # who leaves the gate sooner is forgotten before its doubt is settled
COMMERCIAL_SEEN = timedelta(days=31)  # the longest rolling window is 30 days; one more for a moved zone
CYCLE_SEEN = timedelta(days=90)  # three stages of a due cycle lie within 30 + 7 days and their validity
_SEEN = {ContactClass.COMMERCIAL: COMMERCIAL_SEEN, ContactClass.SERVICE: CYCLE_SEEN}
_SENT = frozenset({ContactState.ACCEPTED, ContactState.DELIVERED})
_WITHOUT_MESSAGE = frozenset({ContactState.SUPPRESSED, ContactState.EXPIRED, ContactState.FAILED})
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One slot taken: which contact, for which civil day of the owner, since when, and what kind."""

    day: date
    contact_id: str
    taken_at: datetime
    contact_class: ContactClass
    channel: str
    due_cycle: str = ""


@dataclass(frozen=True, slots=True)
class Gate:
    """Every slot that some limit can still see. `version` is 0 for a person who never had one.

    The gate of a group's head counts for all `members`; theirs names the head. `others` are the entries that the rest
    of the group had before this person was joined to it: after a split they do not count against this person.
    """

    person_id: str
    version: int = 0
    entries: tuple[Entry, ...] = ()
    merged_into: str | None = None
    members: tuple[str, ...] = ()
    others: tuple[Entry, ...] = ()

    def entries_of(self, contact_id: str) -> tuple[Entry, ...]:
        """Return the slots that the contact holds; more than one only while a cancelled task is in doubt."""
        return tuple(entry for entry in self.entries if entry.contact_id == contact_id)


@dataclass(frozen=True, slots=True)
class Refused:
    """No slot, and why; `retry_at` is None where another civil day is the answer or where waiting does not help."""

    reason: str
    retry_at: datetime | None = None


def daily_limit(policy: ContactPolicy, *, daily_max: int) -> int:
    """Return how many messages may start in one civil day: the least of the law, the policy and the owner's wish."""
    return max(0, min(DAILY_MAX_BY_LAW, policy.daily_max, daily_max))


def cycle_key(contact: Contact) -> str:
    """Return what identifies one due cycle of one service item of one car, short enough for a gate entry."""
    return digest(contact.vehicle_id, contact.item, contact.due_cycle)[:12] if contact.due_cycle else ""


def gives_slot_back(contact: Contact) -> bool:
    """Return whether the contact ended for good without a message at the provider, so that its slot is free again."""
    return contact.state in _WITHOUT_MESSAGE and not any(step.state in _SENT for step in contact.trail)


def reserve(
    gate: Gate, contact: Contact, *, channel: str, policy: ContactPolicy, daily_max: int, zone: ZoneInfo, now: datetime
) -> Gate | Refused:
    """Return the gate with a slot of today for the contact, or why there is none.

    A contact that holds a slot of today gets the very gate it came with, so a retry writes nothing. A slot of another
    day is given up for today's. A changed gate has the next version and only entries that some limit can still see.
    """
    day = civil_day(now, zone)
    if gate.merged_into is not None:
        return Refused("merged")
    if daily_limit(policy, daily_max=daily_max) <= 0:
        return Refused("daily_max_zero")
    if any(entry.day == day for entry in gate.entries_of(contact.contact_id)):
        return gate
    others = tuple(entry for entry in gate.entries if entry.contact_id != contact.contact_id)
    refused = _over_the_day(others, contact, channel=channel, policy=policy, daily_max=daily_max, zone=zone, day=day)
    refused = refused or _over_a_window(others, contact, policy=policy, zone=zone, now=now)
    if refused:
        return refused
    taken = Entry(day, contact.contact_id, now, contact.contact_class, channel, cycle_key(contact))
    return _changed(gate, (*others, taken), day=day, now=now)


def hold_also(gate: Gate, contact: Contact, *, day: date, now: datetime) -> Gate:
    """Return the gate with one more day's slot for a contact whose cancelled task may still go out, over any limit."""
    held = gate.entries_of(contact.contact_id)
    if any(entry.day == day for entry in held):
        return gate
    taken = Entry(day, contact.contact_id, now, contact.contact_class, contact.channel or "", cycle_key(contact))
    return _changed(gate, (*gate.entries, taken), day=min(day, now.astimezone(UTC).date()), now=now)


def release(gate: Gate, contact_id: str) -> Gate:
    """Return the gate without the contact's slots, one version on; the very gate where it holds none."""
    if not gate.entries_of(contact_id):
        return gate
    left = tuple(entry for entry in gate.entries if entry.contact_id != contact_id)
    return changed_copy(gate, version=gate.version + 1, entries=left)


def prune(gate: Gate, *, day: date, now: datetime) -> Gate:
    """Return the gate with only the entries that some limit can still see, at the same version."""
    entries = _seen(gate.entries, day=day, now=now)
    return gate if entries == gate.entries else changed_copy(gate, entries=entries)


def _changed(gate: Gate, entries: tuple[Entry, ...], *, day: date, now: datetime) -> Gate:
    return changed_copy(gate, version=gate.version + 1, entries=_seen(entries, day=day, now=now))


def _seen(entries: tuple[Entry, ...], *, day: date, now: datetime) -> tuple[Entry, ...]:
    return tuple(sorted(entry for entry in set(entries) if _is_seen(entry, day=day, now=now)))


def _is_seen(entry: Entry, *, day: date, now: datetime) -> bool:
    span = _SEEN.get(entry.contact_class, DOUBT_SEEN)
    return entry.day > day - span or entry.taken_at > now - span


def _over_the_day(
    others: tuple[Entry, ...],
    contact: Contact,
    *,
    channel: str,
    policy: ContactPolicy,
    daily_max: int,
    zone: ZoneInfo,
    day: date,
) -> Refused | None:
    # After a move to another zone an instant may lie in two civil days: it counts for both.
    today = _one_a_contact(entry for entry in others if entry.day == day or civil_day(entry.taken_at, zone) == day)
    limit = daily_limit(policy, daily_max=daily_max)
    if len(today) >= limit:
        return Refused("daily_cap")
    # An owner who wants one message a day still hears of the due service: the kept slots never take the last one.
    ordinary_max = limit - min(max(0, policy.kept_slots), limit - 1)
    if not _may_use_kept(contact) and len(today) >= ordinary_max:
        return Refused("kept_slot")
    commercial = [entry for entry in today if entry.contact_class is ContactClass.COMMERCIAL]
    if contact.contact_class is ContactClass.COMMERCIAL and len(commercial) >= policy.commercial_daily_max:
        return Refused("commercial_daily_cap")
    channel_max = policy.channel_daily_max.get(channel)
    if channel_max is not None and sum(entry.channel == channel for entry in today) >= channel_max:
        return Refused("channel_daily_cap")
    return None


def _one_a_contact(entries: Iterable[Entry]) -> list[Entry]:
    return list({entry.contact_id: entry for entry in entries}.values())


def _may_use_kept(contact: Contact) -> bool:
    return contact.contact_class is ContactClass.SAFETY or contact.topic in KEPT_FOR


def _over_a_window(
    others: tuple[Entry, ...], contact: Contact, *, policy: ContactPolicy, zone: ZoneInfo, now: datetime
) -> Refused | None:
    if contact.contact_class is ContactClass.SERVICE and contact.due_cycle:
        key = cycle_key(contact)
        asked = {entry.contact_id for entry in others if entry.due_cycle == key}
        return Refused("service_cycle_cap") if len(asked) >= policy.service_per_cycle_max else None
    if contact.contact_class is not ContactClass.COMMERCIAL:
        return None
    for span, most in ((_MONTH, policy.commercial_per_30_days_max), (_WEEK, policy.commercial_per_7_days_max)):
        commercial = _one_a_contact(entry for entry in others if entry.contact_class is ContactClass.COMMERCIAL)
        seen = sorted(until for until in (_seen_until(entry, span, zone) for entry in commercial) if until > now)
        if most is not None and len(seen) >= most:
            return Refused("commercial_window", retry_at=seen[len(seen) - most] if most > 0 else None)
    return None


def _seen_until(entry: Entry, span: timedelta, zone: ZoneInfo) -> datetime:
    # Both readings of "in 7 days" hold: hours apart and civil days apart; after a move to the west they differ.
    return max(entry.taken_at + span, start_of_day(entry.day + span, zone))
