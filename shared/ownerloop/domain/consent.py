"""Who owned a car when, and what they allowed: sets of facts, so that order of arrival does not matter."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class Purpose(StrEnum):
    """What the data may be used for (PIPL 13-17: a new purpose needs a new consent)."""

    MAINTENANCE = "maintenance"
    MARKETING = "marketing"
    PRESENCE = "presence"  # where a car was needs a separate consent (PIPL 28-29), never one among others


class DataClass(StrEnum):
    """A group of signals that an owner can allow or keep back."""

    ODOMETER = "odometer"
    SERVICE = "service"
    DIAGNOSTICS = "diagnostics"
    BATTERY = "battery"
    TYRES = "tyres"
    LOCATION = "location"


@dataclass(frozen=True, slots=True, order=True)
class Ownership:
    """From this instant on the car belongs to the person, until a later ownership begins."""

    since: datetime
    person_id: str


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One consent of one person for one car and purpose."""

    granted_at: datetime
    expires_at: datetime
    person_id: str
    purpose: str
    classes: frozenset[str]


@dataclass(frozen=True, slots=True, order=True)
class Withdrawal:
    """The person took back what was given for the purpose up to this instant; no classes means every class."""

    withdrawn_at: datetime
    person_id: str
    purpose: str
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ConsentHead:
    """What the vehicle item carries so that one read answers the question of consent.

    `heard` are persons who are one with the newest owner and took something back for the car: it counts for the owner.
    """

    owners: tuple[Ownership, ...] = ()
    grants: tuple[Grant, ...] = ()
    withdrawals: tuple[Withdrawal, ...] = ()
    heard: tuple[str, ...] = ()

    @property
    def newest_owner(self) -> str | None:
        """Return the person of the newest ownership, or None before the first."""
        return max(self.owners).person_id if self.owners else None

    def owner_at(self, instant: datetime) -> str | None:
        """Return the person who owned the car at the instant, or None before the first ownership."""
        if len(self.owners) == 1:  # what nearly every car has, asked for every event
            (only,) = self.owners
            return only.person_id if only.since <= instant else None
        held = [owner for owner in self.owners if owner.since <= instant]
        return max(held).person_id if held else None

    def known_at(self, now: datetime) -> datetime:
        """Return now, or the newest hand-over or withdrawal where it is later: whoever wrote it had a later clock.

        What is known counts at once, for the intake, a sender and a partner alike.
        """
        if len(self.owners) <= 1 and not self.withdrawals:  # what nearly every car has
            return now
        ended = [gone.withdrawn_at for gone in self.withdrawals]
        return max(now, *(owner.since for owner in self.owners), *ended)

    def classes_at(self, instant: datetime, *, person_id: str, purpose: str) -> frozenset[str]:
        """Return the data classes that the person allowed at the instant; default deny is the empty set."""
        allowed: frozenset[str] = frozenset()
        for grant in self.grants:
            if grant.person_id != person_id or grant.purpose != purpose:
                continue
            if grant.granted_at <= instant < grant.expires_at and not self._passed_on(grant, by=instant):
                allowed |= self._left_of(grant, at=instant)
        return allowed

    def takes_back(self, gone: Withdrawal, grant: Grant) -> bool:
        """Return whether the withdrawal counts against the grant."""
        if gone.purpose != grant.purpose or gone.withdrawn_at < grant.granted_at:
            return False
        if gone.person_id == grant.person_id:
            return True
        return gone.person_id in self.heard and grant.person_id == self.newest_owner

    def owned_by(self, owners: tuple[Ownership, ...]) -> "ConsentHead":
        """Return the head with these ownerships; who was one with another owner is heard no more."""
        owned = replace(self, owners=owners)
        return owned if owned.newest_owner == self.newest_owner else replace(owned, heard=())

    def hearing(self, group: Collection[str]) -> "ConsentHead":
        """Return the head as the group of its newest owner must be heard; the very head for a group without them."""
        owner = self.newest_owner
        if owner not in group:
            return self
        took = {gone.person_id for gone in self.withdrawals} & {*group} - {owner}
        return self if tuple(sorted(took)) == self.heard else replace(self, heard=tuple(sorted(took)))

    def _left_of(self, grant: Grant, *, at: datetime) -> frozenset[str]:
        left = grant.classes
        for gone in self.withdrawals:
            if gone.withdrawn_at <= at and self.takes_back(gone, grant):
                left = left - gone.classes if gone.classes else frozenset()
        return left

    def _passed_on(self, grant: Grant, *, by: datetime) -> bool:
        # A consent ends with its ownership: the car that comes back needs a new one.
        if len(self.owners) == 1:
            (only,) = self.owners
            return grant.granted_at < only.since <= by and only.person_id != grant.person_id
        later = (owner for owner in self.owners if grant.granted_at < owner.since <= by)
        return any(owner.person_id != grant.person_id for owner in later)

    def usable_classes(self, read_at: datetime, *, now: datetime, purpose: str) -> frozenset[str]:
        """Return the classes that a live consent of one and the same owner covers at the event time and now."""
        person_id = self.owner_at(read_at)
        if person_id is None or person_id != self.owner_at(now):
            return frozenset()
        then = self.classes_at(read_at, person_id=person_id, purpose=purpose)
        return then & self.classes_at(now, person_id=person_id, purpose=purpose)

    def owner_now(self, now: datetime) -> str | None:
        """Return the person whose car it is, also where the change of hands is newer than the clock of who asks."""
        return self.owner_at(self.known_at(now))

    def classes_now(self, now: datetime, *, person_id: str, purpose: str) -> frozenset[str]:
        """Return the classes that the person allows, also where a withdrawal is newer than the clock of who asks."""
        return self.classes_at(self.known_at(now), person_id=person_id, purpose=purpose)
