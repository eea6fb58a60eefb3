"""The tables' twins in memory, with the same conditions: for tests and simulation only, never for `up` or `demo`.

Every twin takes `on_operation`, called with `<port>.<method>` before each read and write: a simulation yields or fails
there. All twins share one lock, so that what is one transaction in the table is one here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime

from ownerloop.adapters.memory_cases import MemoryCases
from ownerloop.adapters.memory_lock import LOCK, OnOperation, at_once
from ownerloop.adapters.memory_outreach import MemoryContacts, MemoryGates, MemoryTokenCache, MemoryWecomTasks
from ownerloop.domain.cases import Case
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.identifiers import normalised
from ownerloop.domain.ids import digest
from ownerloop.domain.owner import Owner
from ownerloop.domain.priors import Priors
from ownerloop.domain.vehicle import Vehicle
from ownerloop.ports import ConsentRecord, EnrolmentChange, Surrogates

__all__ = [
    "MemoryCases",
    "MemoryContacts",
    "MemoryEnrolments",
    "MemoryGates",
    "MemoryOwners",
    "MemoryPlanningCursor",
    "MemoryPriorsBook",
    "MemoryTokenCache",
    "MemoryVault",
    "MemoryVehicles",
    "MemoryWecomTasks",
]


class CountedSurrogates:
    """Surrogates that count up, so that a test can be read."""

    def __init__(self) -> None:
        self._drawn = 0

    def fresh(self, prefix: str, *, of: str) -> str:  # noqa: ARG002  # what it stands for must not matter
        """Return the next surrogate of the count."""
        with LOCK:
            self._drawn += 1
            return f"{prefix}_{self._drawn:024x}"


class MemoryVault:
    """Identifiers and surrogates in two dicts."""

    def __init__(self, surrogates: Surrogates | None = None, *, on_operation: OnOperation = at_once) -> None:
        self._surrogates: Surrogates = surrogates or CountedSurrogates()
        self._held: dict[tuple[str, str], str] = {}
        self._addresses: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._names: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._on_operation = on_operation

    def vehicle_ids(self, vins: Iterable[str]) -> dict[str, str]:
        """Return the surrogate of each VIN that is known; the others are absent."""
        self._on_operation("vault.vehicle_ids")
        with LOCK:
            found = {vin: self._held.get(("vin", normalised("vin", vin))) for vin in vins}
        return {vin: surrogate for vin, surrogate in found.items() if surrogate is not None}

    def enrol_vehicles(self, vins: Iterable[str]) -> dict[str, str]:
        """Return each car's surrogate, drawing one at first sight."""
        return {vin: self._enrol("vin", vin, prefix="v") for vin in vins}

    def enrol_owners(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias surrogate of each dealer's owner key, drawing one at first sight."""
        return {key: self._enrol("owner", key, prefix="o") for key in owner_keys}

    def name_vehicle(self, vehicle_id: str, *, source: str, name: str, named_at: datetime) -> None:
        """Remember what a source calls the car; where a name was given to two cars, the later word counts."""
        self._on_operation("vault.name_vehicle")
        key = (source, normalised("name", name))
        with LOCK:
            if key not in self._names or self._names[key][0] <= named_at:
                self._names[key] = (named_at, vehicle_id)

    def vins_named(self, names: Iterable[str], *, source: str) -> dict[str, str]:
        """Return the VIN behind each name of the source that is known; the others are absent."""
        self._on_operation("vault.vins_named")
        with LOCK:
            vins = {surrogate: plain for (kind, plain), surrogate in self._held.items() if kind == "vin"}
            cars = {name: self._names.get((source, normalised("name", name))) for name in names}
        return {name: vins[car[1]] for name, car in cars.items() if car and car[1] in vins}

    def remember_address(self, person_id: str, *, channel: str, address: str, told_at: datetime) -> None:
        """Keep the address of a person on a channel; the later word counts."""
        self._on_operation("vault.remember_address")
        with LOCK:
            held_at, _ = self._addresses.get((channel, person_id), (told_at, address))
            if held_at <= told_at:
                self._addresses[channel, person_id] = (told_at, address)

    def addresses(self, person_ids: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the address of each person who has one on the channel."""
        self._on_operation("vault.addresses")
        with LOCK:
            return {p: self._addresses[channel, p][1] for p in person_ids if (channel, p) in self._addresses}

    def alias_ids(self, owner_keys: Iterable[str]) -> dict[str, str]:
        """Return the alias of each owner key that is known; the others are absent."""
        self._on_operation("vault.alias_ids")
        with LOCK:
            found = {key: self._held.get(("owner", normalised("owner", key))) for key in owner_keys}
        return {key: alias for key, alias in found.items() if alias is not None}

    def persons_at(self, addresses: Iterable[str], *, channel: str) -> dict[str, str]:
        """Return the person behind each address on a channel that is known; the others are absent."""
        self._on_operation("vault.persons_at")
        with LOCK:
            known = {address: person for (of, person), (_, address) in self._addresses.items() if of == channel}
        return {address: known[address] for address in addresses if address in known}

    def _enrol(self, kind: str, plain: str, *, prefix: str) -> str:
        self._on_operation("vault.enrol")
        key = (kind, normalised(kind, plain))
        with LOCK:
            if key not in self._held:
                self._held[key] = self._surrogates.fresh(prefix, of=digest(*key))
            return self._held[key]


class MemoryVehicles:
    """The cars in a dict; `held` is what a test looks at."""

    def __init__(self, cars: Iterable[Vehicle] = (), *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Vehicle] = {car.vehicle_id: car for car in cars}
        self._on_operation = on_operation

    def load(self, vehicle_ids: Iterable[str]) -> dict[str, Vehicle]:
        """Return every asked car as last written; one without an item comes with version 0."""
        self._on_operation("vehicles.load")
        with LOCK:
            return {key: self.held.get(key) or Vehicle(vehicle_id=key) for key in vehicle_ids}

    def save(self, vehicles: Sequence[Vehicle]) -> set[str]:
        """Write each car that nobody else wrote and whose consent epoch is unchanged; return the ids that lost."""
        lost: set[str] = set()
        for car in vehicles:
            self._on_operation("vehicles.save")
            with LOCK:
                held = self.held.get(car.vehicle_id)
                if held is None and car.version == 1:
                    self.held[car.vehicle_id] = car
                elif held and held.version == car.version - 1 and held.consent_epoch == car.consent_epoch:
                    is_same = car.consent is held.consent
                    self.held[car.vehicle_id] = car if is_same else replace(car, consent=held.consent)
                else:
                    lost.add(car.vehicle_id)
        return lost

    def to_remind(self, store_id: str, *, since: date, through: date) -> list[str]:
        """Return the cars of the store that planning looks at in the span, both ends included, earliest day first."""
        self._on_operation("vehicles.to_remind")
        with LOCK:
            due = [
                (car.found_on, key)
                for key, car in self.held.items()
                if car.store_id == store_id and car.found_on is not None and since <= car.found_on <= through
            ]
        return [key for _, key in sorted(due)]

    def all(self) -> Iterator[Vehicle]:
        """Return every car."""
        self._on_operation("vehicles.all")
        with LOCK:
            cars = list(self.held.values())
        yield from cars


class MemoryPlanningCursor:
    """One day per store."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self._through: dict[str, date] = {}
        self._on_operation = on_operation

    def planned_through(self, store_id: str) -> date | None:
        """Return the last day that was planned whole, or None."""
        self._on_operation("cursor.planned_through")
        with LOCK:
            return self._through.get(store_id)

    def mark_planned(self, store_id: str, *, through: date) -> None:
        """Move the cursor forward, never back."""
        self._on_operation("cursor.mark_planned")
        with LOCK:
            self._through[store_id] = max(through, self._through.get(store_id, through))


class MemoryPriorsBook:
    """Every published version."""

    def __init__(self, *, on_operation: OnOperation = at_once) -> None:
        self._versions: dict[int, Priors] = {}
        self._on_operation = on_operation

    def current(self) -> Priors:
        """Return the newest version, or the fallback of version 0."""
        self._on_operation("priors.current")
        with LOCK:
            return self._versions[max(self._versions)] if self._versions else Priors()

    def publish(self, priors: Priors) -> None:
        """Keep the version; a second write of the same version changes nothing."""
        self._on_operation("priors.publish")
        with LOCK:
            self._versions.setdefault(priors.version, priors)


class MemoryOwners:
    """The profiles in a dict; `held` is what a test looks at."""

    def __init__(self, owners: Iterable[Owner] = (), *, on_operation: OnOperation = at_once) -> None:
        self.held: dict[str, Owner] = {owner.person_id: owner for owner in owners}
        self._on_operation = on_operation

    def load(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each person's profile; one without an item comes with version 0."""
        self._on_operation("owners.load")
        with LOCK:
            return {key: self.held.get(key) or Owner(person_id=key) for key in person_ids}


class MemoryEnrolments:
    """Owners, aliases, consents and car heads, sharing the dicts of the other two twins."""

    def __init__(
        self,
        owners: MemoryOwners | None = None,
        vehicles: MemoryVehicles | None = None,
        *,
        cases: MemoryCases | None = None,
        on_operation: OnOperation = at_once,
    ) -> None:
        self._owners, self._vehicles = owners or MemoryOwners(), vehicles or MemoryVehicles()
        self.case_book = cases or MemoryCases()
        self._on_operation = on_operation
        self.aliases: dict[str, str] = {}
        self.inbox: dict[str, str] = {}
        self.consent_records: set[ConsentRecord] = set()

    def persons_of(self, alias_ids: Iterable[str]) -> dict[str, str]:
        """Return the person each alias points at now; one before first sight is absent."""
        self._on_operation("enrolments.persons_of")
        with LOCK:
            return {alias_id: self.aliases[alias_id] for alias_id in alias_ids if alias_id in self.aliases}

    def owners(self, person_ids: Iterable[str]) -> dict[str, Owner]:
        """Return each owner; version 0 where there is no item."""
        return self._owners.load(person_ids)

    def cases(self, case_keys: Iterable[str]) -> dict[str, Case]:
        """Return every asked case as last written; one without an item comes with version 0."""
        return self.case_book.of(case_keys)

    def applied(self, event_keys: Iterable[str]) -> set[str]:
        """Return those of the events whose marker the inbox holds."""
        self._on_operation("enrolments.applied")
        with LOCK:
            return set(event_keys) & set(self.inbox)

    def apply(self, change: EnrolmentChange) -> set[str]:
        """Write it all, or nothing: return the events marked before, or raise VersionConflictError if an item moved."""
        self._on_operation("enrolments.apply")
        with LOCK:
            if marked := {marker.event_key for marker in change.markers} & set(self.inbox):
                return marked
            self._check(change)
            self.inbox |= {marker.event_key: marker.payload_hash for marker in change.markers}
            self.aliases |= dict(change.aliases)
            self._owners.held |= {owner.person_id: owner for owner in change.owners}
            self._vehicles.held |= {car.vehicle_id: car for car in change.vehicles}
            self.case_book.held |= {case.case_key: case for case in change.cases}
            self.consent_records |= set(change.consent_records)
        return set()

    def _check(self, change: EnrolmentChange) -> None:
        for alias_id, person_id in change.aliases:
            if self.aliases.get(alias_id, person_id) != person_id:
                raise VersionConflictError(item=alias_id)
        for case in change.cases:
            held_case = self.case_book.held.get(case.case_key)
            if case.version - 1 != (held_case.version if held_case else 0):
                raise VersionConflictError(item=case.case_key)
        for owner in change.owners:
            held_owner = self._owners.held.get(owner.person_id)
            if owner.version - 1 != (held_owner.version if held_owner else 0):
                raise VersionConflictError(item=owner.person_id)
        for car in change.vehicles:
            held_car = self._vehicles.held.get(car.vehicle_id)
            if car.version - 1 != (held_car.version if held_car else 0):
                raise VersionConflictError(item=car.vehicle_id)
