"""What the use cases need from the world, in the words of the business."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ownerloop.domain.cases import Case
from ownerloop.domain.owner import Owner
from ownerloop.domain.presence import Presence
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle

Row = Mapping[str, Any]  # one row of a history dataset; names and types live in adapters/lake_schemas.py


class Clock(Protocol):
    """The one source of the present instant; read once per invocation."""

    def now(self) -> datetime:
        """Return the present instant, aware, UTC."""
        ...


class Surrogates(Protocol):
    """Where new surrogates come from."""

    def fresh(self, prefix: str, *, of: str) -> str:
        """Return a new surrogate `<prefix>_<24 hex>`; `of` is the digest it will stand for (random ones ignore it)."""
        ...


class Vault(Protocol):
    """The only place that knows which identifier is behind a surrogate."""

    def vehicle_ids(self, vins: Iterable[str]) -> dict[str, str]:
        """Return the surrogate of each VIN that is known; the others are absent."""
        ...

    def enrol_vehicles(self, vins: Iterable[str]) -> dict[str, str]:
        """Return each car's surrogate, drawing one at first sight."""
        ...

    def enrol_owners(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias surrogate of each dealer's owner key, drawing one at first sight."""
        ...

    def name_vehicle(self, vehicle_id: str, *, source: str, name: str, named_at: datetime) -> None:
        """Remember what a source calls the car; where a name was given to two cars, the later word counts."""
        ...

    def remember_address(self, person_id: str, *, channel: str, address: str, told_at: datetime) -> None:
        """Keep the address of a person on a channel (`wecom`: external_userid); the later word counts."""
        ...

    def addresses(self, person_ids: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the address of each person who has one on the channel."""
        ...


class Vehicles(Protocol):
    """The cars, one item each."""

    def load(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return every asked car as last written; one without an item comes with version 0."""
        ...

    def save(self, vehicles: Sequence[Vehicle]) -> set[str]:
        """Write each car whose stored version is its `version` - 1, at an unchanged consent epoch; return who lost."""
        ...

    def to_remind(self, store_id: str, *, since: date, through: date) -> list[str]:
        """Return the cars of the store that planning looks at in the span (`found_on`), both ends included.

        Every car whose reminder day lies there is among them, or was looked at before.
        """
        ...

    def all(self) -> Iterable[Vehicle]:
        """Return every car, page by page: for the night's jobs only."""
        ...


class PlanningCursor(Protocol):
    """How far each store's contacts are planned."""

    def planned_through(self, store_id: str) -> date | None:
        """Return the last day that was planned whole, or None."""
        ...

    def mark_planned(self, store_id: str, *, through: date) -> None:
        """Move the cursor forward, never back."""
        ...


@dataclass(frozen=True, slots=True)
class ConsentRecord:
    """One line of the consent register: given or withdrawn, never edited. Its key follows from what it says."""

    person_id: str
    vehicle_id: str
    purpose: str
    kind: str  # granted or withdrawn
    at: datetime
    until: datetime | None
    classes: frozenset[str]
    evidence: str
    text_version: str


@dataclass(frozen=True, slots=True)
class Marker:
    """The inbox marker of an applied event, kept for a while from then on."""

    event_key: str
    payload_hash: str
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class EnrolmentChange:
    """Everything that some enrolment events change, written together with their markers or not at all.

    Owners and vehicles come with their version raised by one already. At most 100 parts in all.
    """

    markers: tuple[Marker, ...]
    aliases: tuple[tuple[str, str], ...] = ()  # alias_id -> person_id, put if absent
    owners: tuple[Owner, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    consent_records: tuple[ConsentRecord, ...] = ()
    cases: tuple[Case, ...] = ()  # each with its version raised, like owners and vehicles

    @property
    def parts(self) -> int:
        """Return how many items the transaction writes."""
        kinds = (self.markers, self.aliases, self.owners, self.vehicles, self.consent_records, self.cases)
        return sum(len(kind) for kind in kinds)


class Enrolments(Protocol):
    """Owners, aliases, consents and car heads, changed by enrolment events."""

    def persons_of(self, alias_ids: Iterable[str]) -> dict[str, str]:
        """Return the person each alias points at now; one before first sight is absent."""
        ...

    def owners(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each owner; version 0 where there is no item."""
        ...

    def cases(self, case_keys: Iterable[str]) -> dict[str, Case]:
        """Return every asked case as last written; one without an item comes with version 0."""
        ...

    def applied(self, event_keys: Iterable[str]) -> set[str]:
        """Return those of the events whose marker the inbox holds."""
        ...

    def apply(self, change: EnrolmentChange) -> set[str]:
        """Write it all, or nothing: return the events marked before, or raise VersionConflictError if an item moved."""
        ...


class Cases(Protocol):
    """Complaints and doubts."""

    def of(self, case_keys: Iterable[str]) -> dict[str, Case]:
        """Return every asked case as last written; one without an item comes with version 0."""
        ...

    def open(self, cases: Iterable[Case]) -> None:
        """Write each case unless there is one of its key, open or closed."""
        ...

    def save(self, case: Case) -> None:
        """Write the case if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...

    def due(self, *, now: datetime) -> list[str]:
        """Return the keys of cases whose clocks want a look by now, longest due first."""
        ...


class Owners(Protocol):
    """The profiles, for those who only read."""

    def load(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each person's profile; one without an item comes with version 0."""
        ...


class PriorsBook(Protocol):
    """The published priors."""

    def current(self) -> Priors:
        """Return the newest version, or the fallback of version 0."""
        ...

    def publish(self, priors: Priors) -> None:
        """Write the version and point at it; a second write of the same version changes nothing."""
        ...


class History(Protocol):
    """The way into the lake for what functions accept or refuse; packed, before success is reported."""

    def append(self, dataset: str, rows: Sequence[Row]) -> None:
        """Send the rows of a dataset in as few packed messages as their size allows."""
        ...


@dataclass(frozen=True, slots=True)
class Refusal:
    """One refused event: reason, field and rule; never the body, unless the vault key may keep it."""

    event_key: str
    event_type: str
    reason: str
    field: str
    rule: str
    payload_hash: str
    received_at: datetime
    surrogate: str = ""
    sealed_body: bytes | None = None


class Quarantine(Protocol):
    """Refused events, kept for the operator until their time is over."""

    def put(self, refusals: Sequence[Refusal], *, now: datetime) -> None:
        """Keep each refusal once, under the day of its receipt and its event key; its time counts from now."""
        ...


class Bus(Protocol):
    """The event bus for decisions."""

    def publish(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Publish CloudEvents; each has an id that follows from what it says."""
        ...


class StoreJobs(Protocol):
    """One message a store, so that a job fans out."""

    def enqueue(self, job: str, *, store_ids: Iterable[str], now: datetime) -> None:
        """Queue the job for each store, with the instant it belongs to."""
        ...


class PresenceBook(Protocol):
    """Where cars were seen, by zone and hour, for seven days; told by `domain.presence.visible` only."""

    def note(self, facts: Iterable[Presence]) -> None:
        """Keep the facts, each hour from its first to its last sight: once or often, in any order, is the same."""
        ...


class Lake(Protocol):
    """The columnar history."""

    def write(self, dataset: str, rows: Sequence[Row], *, on: date) -> str:
        """Write the rows of a dataset as one file of the day and return its key; the same rows give the same file."""
        ...
