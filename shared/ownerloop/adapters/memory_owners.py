"""The twins in memory of what owners do and of their tiers: for tests and simulation only."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from ownerloop.adapters.memory import MemoryEnrolments, MemoryOwners, MemoryVehicles
from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.adapters.memory_outreach import MemoryContacts
from ownerloop.adapters.memory_points import MemoryPoints
from ownerloop.adapters.memory_workshop import MemoryWorkshop
from ownerloop.domain.cases import Case
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.facts import Fact
from ownerloop.domain.ids import shard
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_cuts import Cuts
from ownerloop.domain.tier_record import TierRecord, as_one


class MemoryTiers:
    """The tiers in a dict; `held` is what a test looks at."""

    def __init__(self, owners: MemoryOwners, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, TierRecord] = {}
        self._owners, self._on_operation = owners, on_operation

    def of_store(self, store_id: str) -> list[str]:
        """Return every person registered in the store."""
        self._on_operation("tiers.of_store")
        with LOCK:
            return sorted(key for key, owner in self._owners.held.items() if owner.store_id == store_id)

    def of_shard(self, store_id: str, *, place: int) -> list[str]:
        """Return the persons of one shard of the store's index."""
        return [person_id for person_id in self.of_store(store_id) if shard(person_id) == place]

    def load(self, person_ids: Iterable[str]) -> dict[str, TierRecord]:
        """Return each person's tier; one without an item comes with version 0."""
        self._on_operation("tiers.load")
        with LOCK:
            return {key: self.held.get(key) or TierRecord(person_id=key) for key in person_ids}

    def save(self, records: Sequence[TierRecord]) -> set[str]:
        """Write each tier whose stored version is its `version` - 1; return the persons who lost."""
        lost: set[str] = set()
        for record in records:
            self._on_operation("tiers.save")
            with LOCK:
                held = self.held.get(record.person_id)
                if record.version - 1 == (held.version if held else 0):
                    self.held[record.person_id] = record
                else:
                    lost.add(record.person_id)
        return lost


class MemoryCutPoints:
    """The cut points in a dict; `held` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, list[Cuts]] = {}
        self._on_operation = on_operation

    def in_force(self, store_id: str, *, on: date) -> Cuts | None:
        """Return the newest of the store that hold on the day, or None."""
        self._on_operation("cut_points.in_force")
        with LOCK:
            return next((cuts for cuts in reversed(self.held.get(store_id, [])) if cuts.effective_on <= on), None)

    def publish(self, store_id: str, cuts: Cuts) -> bool:
        """Keep the cuts, or return False where that day or a later one has some."""
        self._on_operation("cut_points.publish")
        with LOCK:
            versions = self.held.setdefault(store_id, [])
            if versions and versions[-1].effective_on >= cuts.effective_on:
                return False
            versions.append(cuts)
            return True


class MemoryTierShards:
    """Every start of a settlement in shards, once a store and day; `started` is what a test looks at."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self.started: list[tuple[str, date]] = []
        self._on_operation = on_operation

    def start(self, store_id: str, *, as_of: date) -> None:
        """Keep the first start."""
        self._on_operation("tier_shards.start")
        with LOCK:
            if (store_id, as_of) not in self.started:
                self.started.append((store_id, as_of))


class MemoryInteractions:
    """What owners do, sharing the dicts of owners, cars, tiers and the inbox of enrolment."""

    def __init__(
        self,
        owners: MemoryOwners,
        vehicles: MemoryVehicles,
        tiers: MemoryTiers,
        enrolments: MemoryEnrolments,
        *,
        workshop: MemoryWorkshop | None = None,
        contacts: MemoryContacts | None = None,
        points: MemoryPoints | None = None,
        on_operation: OnOperation = at_once,
    ) -> None:
        self._owners, self._vehicles, self._tiers, self._enrolments = owners, vehicles, tiers, enrolments
        self._workshop, self._contacts = workshop or MemoryWorkshop(), contacts or MemoryContacts()
        self._points = points or MemoryPoints()
        self.cases: dict[str, Case] = enrolments.case_book.held
        self.facts: dict[tuple[str, str], Fact] = {}
        self._on_operation = on_operation

    def person_of(self, alias_id: str) -> str | None:
        """Return the person an alias points at now, or None."""
        return self._enrolments.persons_of([alias_id]).get(alias_id)

    def person_of_case(self, case_key: str) -> str | None:
        """Return the person whose case it is, or None for one that nobody opened."""
        self._on_operation("interactions.person_of_case")
        with LOCK:
            case = self.cases.get(case_key)
            return (case.person_id or None) if case else None

    def held(self, person_id: str, *, event_key: str, case_key: str | None) -> Held:
        """Return what an event of the person is decided on."""
        self._on_operation("interactions.held")
        with LOCK:
            case = self.cases.get(case_key) or Case(case_key=case_key, person_id=person_id) if case_key else None
            owner = self._owners.held.get(person_id) or Owner(person_id=person_id)
            members = (owner.head_id, *(self._owners.held.get(owner.head_id) or owner).members)
            tiers = [self._tiers.held[one] for one in members if one != person_id and one in self._tiers.held]
            return Held(
                owner=owner,
                tier=as_one(self._tiers.held.get(person_id) or TierRecord(person_id=person_id), tiers),
                case=case,
                applied=self._enrolments.inbox.get(event_key),
            )

    def apply(self, change: InteractionChange) -> bool:
        """Write the change and its marker; False if the marker was there; VersionConflictError if an item moved."""
        self._on_operation("interactions.apply")
        with LOCK:
            if change.event_key in self._enrolments.inbox:
                return False
            self._check(change)
            self._enrolments.inbox[change.event_key] = change.payload_hash
            self.facts[change.fact.person_id, change.fact.event_key] = change.fact
            if change.owner:
                self._owners.held[change.owner.person_id] = change.owner
            if change.tier:
                self._tiers.held[change.tier.person_id] = replace(change.tier, joined=())
            if change.case:
                self.cases[change.case.case_key] = change.case
            if change.vehicle:
                self._vehicles.held[change.vehicle.vehicle_id] = change.vehicle
            self._workshop.write(change.workshop)
            self._points.write(change.points)
            self._contacts.held |= {contact.contact_id: contact for contact in change.workshop.contacts}
        return True

    def newest(self, person_id: str, *, facts_max: int) -> list[Fact]:
        """Return the person's newest facts, newest first."""
        self._on_operation("facts.newest")
        with LOCK:
            mine = [fact for fact in self.facts.values() if fact.person_id == person_id]
        return sorted(mine, key=lambda fact: (fact.occurred_at, fact.event_key), reverse=True)[:facts_max]

    def _check(self, change: InteractionChange) -> None:
        owner, tier, case, car = change.owner, change.tier, change.case, change.vehicle
        for name, asked, held in (
            (owner.person_id if owner else "", owner, owner and self._owners.held.get(owner.person_id)),
            (tier.person_id if tier else "", tier, tier and self._tiers.held.get(tier.person_id)),
            (case.case_key if case else "", case, case and self.cases.get(case.case_key)),
            (car.vehicle_id if car else "", car, car and self._vehicles.held.get(car.vehicle_id)),
        ):
            if asked and asked.version - 1 != (held.version if held else 0):
                raise VersionConflictError(item=name)
        self._workshop.check(change.workshop)
        self._points.check(change.points)
        if change.points.group:
            head_id, version = change.points.group
            if self._owners.held[head_id].version != version:
                raise VersionConflictError(item=head_id)
        for contact in change.workshop.contacts:
            if contact.contact_id in self._contacts.held:
                raise VersionConflictError(item=contact.contact_id)
