"""What one identity needs from the world: evidence, groups and the log."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ownerloop.domain.identifying import Edge, Identifier
from ownerloop.domain.identity import Group, IdentityChange, LogLine
from ownerloop.domain.vehicle import Vehicle
from ownerloop.outreach_ports import Contacts
from ownerloop.owner_ports import TierAnnouncement, TierPolicies, Tiers
from ownerloop.points_ports import Ledger, Points
from ownerloop.ports import Bus, History


class IdentifierVault(Protocol):
    """The vault for those who match persons."""

    def persons_at(self, addresses: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the person whom each address on a channel was told for last; the unknown are absent."""
        ...

    def enrol_identifiers(self, identifiers: Iterable[Identifier]) -> dict[Identifier, str]:
        """Return the surrogate (`i_...`) of each identifier, drawing one at first sight."""
        ...


class Identities(Protocol):
    """Who is one person, and why."""

    def note(self, edges: Sequence[Edge]) -> list[Edge]:
        """Add the evidence to what is held, in any order, often or once; return all that its identifiers have now.

        Evidence for which there is no room (`identifying.has_room`) is not kept, and nothing is returned for it.
        """
        ...

    def edges_of(self, person_ids: Iterable[str]) -> list[Edge]:
        """Return the evidence about each person, in order."""
        ...

    def group_of(self, person_id: str) -> Group:
        """Return the group that the person belongs to, be it alone, or raise VersionConflictError if it just changed.

        A person without a profile comes as a group of one with version 0.
        """
        ...

    def log_of(self, person_id: str) -> list[LogLine]:
        """Return the lines of the person's log, oldest first."""
        ...

    def apply(self, change: IdentityChange) -> None:
        """Write it all, or raise VersionConflictError if an item moved and nothing was written."""
        ...


class ConsentHeads(Protocol):
    """The consents that cars carry, for those who decide whose word counts for them."""

    def cars(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return every asked car as last written; one without an item comes with version 0."""
        ...

    def keep(self, car: Vehicle) -> bool:
        """Write the car with its consents if the version before its own is held; return whether it is."""
        ...


class IdentityAnnouncement(Protocol):
    """How a merge or a split is told to others."""

    def __call__(self, line: LogLine) -> Mapping[str, Any]:
        """Return the event; its id follows from the line."""
        ...


@dataclass(frozen=True, slots=True)
class TierDesk:
    """What folding the tiers of a group anew needs; `store_zone` is the name of a store's zone, or None."""

    tiers: Tiers
    policy: TierPolicies
    store_zone: Callable[[str | None], str | None]
    announcement: TierAnnouncement
    history: History


@dataclass(frozen=True, slots=True)
class People:
    """What joining and parting needs: the ports, and how it is told."""

    identities: Identities
    identifiers: IdentifierVault
    contacts: Contacts
    bus: Bus
    announcement: IdentityAnnouncement
    points: Points
    ledger: Ledger
    consents: ConsentHeads
    tiers: TierDesk
