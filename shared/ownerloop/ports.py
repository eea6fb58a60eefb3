"""What the use cases need from the world, in the words of the business."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from ownerloop.domain.breaker import Breaker
from ownerloop.domain.contact import Contact
from ownerloop.domain.facts import Fact
from ownerloop.domain.gate import Gate
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.owner import Owner
from ownerloop.domain.partner import AcceptedEvent, Partner
from ownerloop.domain.priors import Priors
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.wecom import Answer, Order, SendStatus
from ownerloop.domain.wecom_task import WecomTask

Row = Mapping[str, Any]  # one row of a history dataset; names and types live in adapters/lake.py


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

    def remember_address(self, person_id: str, *, channel: str, address: str) -> None:
        """Keep the address of a person on a channel (`wecom`: external_userid)."""
        ...

    def addresses(self, person_ids: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the address of each person who has one on the channel."""
        ...


class Addresses(Protocol):
    """The vault for those who only send."""

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
        """Return the cars of the store whose reminder day lies in the span, both ends included."""
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
    """The inbox marker of an applied event."""

    event_key: str
    payload_hash: str
    received_at: datetime


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

    @property
    def parts(self) -> int:
        """Return how many items the transaction writes."""
        kinds = (self.markers, self.aliases, self.owners, self.vehicles, self.consent_records)
        return sum(len(kind) for kind in kinds)


class Enrolments(Protocol):
    """Owners, aliases, consents and car heads, changed by enrolment events."""

    def persons_of(self, alias_ids: Iterable[str]) -> dict[str, str]:
        """Return the person each alias points at now; one before first sight is absent."""
        ...

    def owners(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each owner; version 0 where there is no item."""
        ...

    def applied(self, event_keys: Iterable[str]) -> set[str]:
        """Return those of the events whose marker the inbox holds."""
        ...

    def apply(self, change: EnrolmentChange) -> set[str]:
        """Write it all, or nothing: return the events marked before, or raise VersionConflictError if an item moved."""
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


class Contacts(Protocol):
    """The contacts, one item each."""

    def request(self, contacts: Sequence[Contact]) -> list[str]:
        """Put each contact that does not exist yet; return the ids that are new."""
        ...

    def load(self, contact_ids: Iterable[str]) -> dict[str, Contact]:
        """Return each contact that exists, as last written."""
        ...

    def open_of(self, person_id: str) -> list[Contact]:
        """Return the person's contacts that have not ended, in their order."""
        ...

    def reserved_group(self, group_key: str) -> list[Contact]:
        """Return the reserved contacts of one send group (`domain.wecom_task.send_group`), in their order."""
        ...

    def save(self, contact: Contact) -> None:
        """Write the contact if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of contacts the sweep must look at by now, oldest first."""
        ...


class Gates(Protocol):
    """One gate item per person."""

    def load(self, person_id: str) -> Gate:
        """Return the gate as last written; version 0 where there is none."""
        ...

    def save(self, gate: Gate) -> None:
        """Write the gate if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...


class WecomTasks(Protocol):
    """The WeCom tasks, one item each."""

    def create(self, task: WecomTask) -> bool:
        """Put the task if there is none of its id; return whether it is new."""
        ...

    def load(self, task_id: str) -> WecomTask | None:
        """Return the task as last written, or None."""
        ...

    def save(self, task: WecomTask) -> None:
        """Write the task if the stored version is its `version` - 1, else raise VersionConflictError."""
        ...

    def due(self, *, now: datetime) -> list[str]:
        """Return the ids of tasks to look at by now, oldest first."""
        ...


class Wecom(Protocol):
    """The provider of group messages; a question without a usable answer raises ProviderUnavailableError."""

    def link_url(self, task_id: str) -> str:
        """Return the address in a task's link, by which the task is known again."""
        ...

    def create_task(self, order: Order, *, now: datetime) -> Answer:
        """Ask for a task and return what is known of it then; never asks twice for what may have been done."""
        ...

    def find_task(self, link_url: str, *, since: datetime, until: datetime, now: datetime) -> str | None:
        """Return the msgid of the task with this link made in the span, or None if the provider has none."""
        ...

    def results(self, msgid: str, *, sender: str, now: datetime) -> dict[str, SendStatus]:
        """Return what became of the task for each address."""
        ...

    def was_confirmed(self, msgid: str, *, sender: str, now: datetime) -> bool:
        """Return whether the staff member sent the task."""
        ...

    def cancel(self, msgid: str, *, now: datetime) -> bool:
        """Stop a task and return whether the provider said that it is stopped."""
        ...


class Breakers(Protocol):
    """The circuit breakers of the channels; a courtesy that may forget."""

    def of(self, channel: str) -> Breaker:
        """Return the channel's breaker; a closed one at first."""
        ...

    def keep(self, channel: str, breaker: Breaker) -> None:
        """Remember the breaker."""
        ...


class TokenCache(Protocol):
    """A provider's token, shared by all invocations."""

    def get(self) -> tuple[str, datetime] | None:
        """Return the token and the instant it expires, or None."""
        ...

    def put(self, token: str, expires_at: datetime) -> None:
        """Share the token until it expires."""
        ...


class Senders(Protocol):
    """The outbound notification functions."""

    def start(self, *, channel: str, contact_id: str) -> None:
        """Invoke the channel's function asynchronously with the contact id and nothing else."""
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

    def put(self, refusals: Sequence[Refusal]) -> None:
        """Keep each refusal once, under its day and event key."""
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


class Lake(Protocol):
    """The columnar history."""

    def write(self, dataset: str, rows: Sequence[Row], *, on: date) -> str:
        """Write the rows of a dataset as one file of the day and return its key; the same rows give the same file."""
        ...


class Directory(Protocol):
    """Who is meant by an identifier, where somebody was enrolled under it; nobody is enrolled by asking."""

    def vehicle_ids(self, vins: Iterable[str]) -> dict[str, str]:
        """Return the surrogate of each VIN that is known; the others are absent."""
        ...

    def alias_ids(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias of each owner key that is known; the others are absent."""
        ...

    def persons_at(self, addresses: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the person behind each address on a channel that is known; the others are absent."""
        ...


class Interactions(Protocol):
    """What owners do, each event with all its effects."""

    def person_of(self, alias_id: str) -> str | None:
        """Return the person an alias points at now, or None."""
        ...

    def held(self, person_id: str, *, event_key: str, case_key: str | None) -> Held:
        """Return what an event of the person is decided on; items that do not exist come with version 0."""
        ...

    def apply(self, change: InteractionChange) -> bool:
        """Write change and marker in one transaction; False if marked before; VersionConflictError if an item moved."""
        ...


class Facts(Protocol):
    """What owners did, for those who only read."""

    def newest(self, person_id: str, *, facts_max: int) -> list[Fact]:
        """Return the person's newest facts, newest first."""
        ...


class Tiers(Protocol):
    """The tier items, one a person who ever ordered anything."""

    def of_store(self, store_id: str) -> Iterable[str]:
        """Return every person registered in the store, with or without a tier item."""
        ...

    def load(self, person_ids: Iterable[str]) -> dict[str, TierRecord]:
        """Return each person's tier; one without an item comes with version 0."""
        ...

    def save(self, records: Sequence[TierRecord]) -> set[str]:
        """Write each tier whose stored version is its `version` - 1; return the persons who lost."""
        ...


class Partners(Protocol):
    """The partners of the dealer group."""

    def load(self, partner_id: str) -> Partner | None:
        """Return the partner, or None."""
        ...

    def of_principal(self, principal: str) -> Partner | None:
        """Return the partner that calls by this principal, or None."""
        ...

    def save(self, partner: Partner) -> None:
        """Write the partner and what it is known by."""
        ...


class Tokens(Protocol):
    """The tokens that partners bring; whatever proves nothing raises UnauthorizedError."""

    def partner_id_in(self, token: str) -> str:
        """Return which partner the token says it is of, before anything is proved."""
        ...

    def scopes_in(self, token: str, *, partner: Partner, now: datetime) -> frozenset[str] | None:
        """Prove the token with the partner's keys and return the scopes it is limited to, None if to none."""
        ...


class PartnerEvents(Protocol):
    """The contract of the events that partners send."""

    def read(self, event: Any) -> AcceptedEvent:
        """Return the event, or raise MalformedEventError for the first field that breaks its rule."""
        ...


class EventQueue(Protocol):
    """A queue of events."""

    def send(self, events: Sequence[bytes], *, received_at: datetime) -> None:
        """Queue the events in as few messages as it takes, with the instant they came to us."""
        ...
