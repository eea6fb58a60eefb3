"""The next move of one contact that is not yet sending: ended, held, reserved, or left as it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from ownerloop.domain.calendar import civil_day
from ownerloop.domain.changing import changed_copy
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.contact import Contact, ContactState
from ownerloop.domain.gate import Entry, Gate, Refused, reserve
from ownerloop.domain.owner import Owner
from ownerloop.domain.policy import ContactPolicy
from ownerloop.domain.recheck import channel_of, is_paused, why_not
from ownerloop.domain.send_window import Clocks, day_closes, release_after_quiet, release_next_day

_NEVER = frozenset({"daily_max_zero", "service_cycle_cap"})  # refusals that no waiting heals
_DAY_CAPS = frozenset({"daily_cap", "kept_slot", "commercial_daily_cap", "channel_daily_cap"})
_DECIDED_HERE = frozenset({"quiet_hours", "displaced", "commercial_window", "merged", "open_complaint", *_DAY_CAPS})


@dataclass(frozen=True)
class Person:
    """What is known of one person at this instant: wishes, consent heads and due cycles of the cars, policy, clock.

    Of a group, `owner` is the head, and `members` are all of it, each with the wishes of all. What every contact of the
    person asks for is worked out once.
    """

    owner: Owner
    heads: Mapping[str, ConsentHead]
    cycles: Mapping[tuple[str, str], str]
    policy: ContactPolicy
    clocks: Clocks
    now: datetime
    visiting: frozenset[str] = frozenset()  # cars of which a visit lies ahead
    members: Mapping[str, Owner] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """Return the zone whose civil days count."""
        return self.clocks[0]

    @cached_property
    def day(self) -> date:
        """Return the owner's civil day."""
        return civil_day(self.now, self.zone)

    @cached_property
    def day_closes_at(self) -> datetime:
        """Return when quiet hours or the end of the day stop what has not begun by then."""
        return day_closes(now=self.now, day=self.day, quiet_hours=self.policy.quiet_hours, clocks=self.clocks)

    def owner_of(self, contact: Contact) -> Owner:
        """Return whom of the group the contact is for: address, staff and consents are theirs."""
        return self.members.get(contact.person_id, self.owner)

    def why_not(self, contact: Contact) -> str | None:
        """Return why the contact may never be sent, or None."""
        return why_not(
            contact,
            owner=self.owner_of(contact),
            head=self.heads.get(contact.vehicle_id),
            cycle=self.cycles.get((contact.vehicle_id, contact.item)),
            now=self.now,
            has_visit=contact.vehicle_id in self.visiting,
        )


def next_move(contact: Contact, gate: Gate, *, held: tuple[Entry, ...], person: Person) -> tuple[Contact | None, Gate]:
    """Return the contact as it must be written (None: as it is) and the gate with its slot, if it has one.

    `gate` holds the slots of sent contacts and of those that come first; `held` are the contact's own, which it keeps
    as they are where it still gets one.
    """
    if contact.valid_until <= person.now:
        return _end(contact, ContactState.EXPIRED, "validity_over", person), gate
    reason = person.why_not(contact)
    if reason is not None:
        return _end(contact, ContactState.SUPPRESSED, reason, person), gate
    if is_paused(contact, owner=person.owner_of(contact)):
        until = release_next_day(contact.person_id, now=person.now, policy=person.policy, clocks=person.clocks)
        return _hold(contact, "open_complaint", until, person), gate
    ends_at = _no_time_until(contact, person)
    if ends_at is not None:
        return _wait(contact, ends_at, person), gate
    if contact.release_at and contact.release_at > person.now and contact.reason not in _DECIDED_HERE:
        return None, gate  # its sender told it to wait
    return _ask(contact, gate, held=held, person=person)


def _no_time_until(contact: Contact, person: Person) -> datetime | None:
    # A new reservation needs time to be sent; one that stands may use what is left of the day.
    before = min(contact.valid_until, person.day_closes_at)
    stands = contact.state is ContactState.RESERVED and contact.reserved_day == person.day
    enough = person.now < before if stands else person.now + person.policy.send_window_min <= before
    return None if enough else before


def _wait(contact: Contact, ends_at: datetime, person: Person) -> Contact | None:
    if ends_at == contact.valid_until:
        return _end(contact, ContactState.EXPIRED, "validity_over", person)
    until = release_after_quiet(contact.person_id, now=ends_at, policy=person.policy, clocks=person.clocks)
    return _hold(contact, "quiet_hours", until, person)


def _ask(contact: Contact, gate: Gate, *, held: tuple[Entry, ...], person: Person) -> tuple[Contact | None, Gate]:
    channel = channel_of(person.owner_of(contact), topic=contact.topic) or ""
    answer = reserve(
        gate,
        contact,
        channel=channel,
        policy=person.policy,
        daily_max=person.owner.daily_max,
        zone=person.zone,
        now=person.now,
    )
    if isinstance(answer, Refused):
        return _refuse(contact, answer, person), gate
    mine = [entry for entry in held if entry.day == person.day]
    if mine:
        others = [entry for entry in answer.entries if entry.contact_id != contact.contact_id]
        answer = changed_copy(answer, entries=tuple(sorted([*others, *mine])))
    return _reserve(contact, channel, person), answer


def _reserve(contact: Contact, channel: str, person: Person) -> Contact | None:
    look_at = person.now + person.policy.send_grace
    fresh = contact
    if contact.state is ContactState.RESERVED and contact.reserved_day == person.day:
        if contact.next_look_at is not None and contact.next_look_at > person.now:
            return None
        return changed_copy(contact, version=contact.version + 1, next_look_at=look_at)
    if contact.state is ContactState.RESERVED:
        fresh = contact.moved(ContactState.REQUESTED, reason="day_over", at=person.now)
    taken = fresh.moved(
        ContactState.RESERVED,
        reason="reserved",
        at=person.now,
        channel=channel,
        staff_userid=person.owner_of(contact).staff_userid or contact.staff_userid,
        reserved_day=person.day,
        reserved_at=person.now,
        release_at=None,
        attempt_id=None,
        next_look_at=look_at,
    )
    return changed_copy(taken, version=contact.version + 1)


def _refuse(contact: Contact, refused: Refused, person: Person) -> Contact | None:
    if refused.reason in _NEVER or (refused.reason == "commercial_window" and refused.retry_at is None):
        return _end(contact, ContactState.SUPPRESSED, refused.reason, person)
    if refused.retry_at is not None:
        until = release_after_quiet(contact.person_id, now=refused.retry_at, policy=person.policy, clocks=person.clocks)
    else:
        until = release_next_day(contact.person_id, now=person.now, policy=person.policy, clocks=person.clocks)
    loses = contact.state is ContactState.RESERVED and contact.reserved_day == person.day
    return _hold(contact, "displaced" if loses and refused.reason in _DAY_CAPS else refused.reason, until, person)


def _hold(contact: Contact, reason: str, until: datetime, person: Person) -> Contact | None:
    if until >= contact.valid_until:
        return _end(contact, ContactState.EXPIRED, reason, person)
    if contact.state is ContactState.HELD and contact.release_at == until:
        return None
    return contact.moved(
        ContactState.HELD,
        reason=reason,
        at=person.now,
        release_at=until,
        next_look_at=until,
        reserved_day=None,
        reserved_at=None,
    )


def _end(contact: Contact, state: ContactState, reason: str, person: Person) -> Contact:
    return contact.moved(state, reason=reason, at=person.now, next_look_at=None, release_at=None)
