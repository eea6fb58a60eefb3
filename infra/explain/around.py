"""Reads one owner's part of a stack by its keys: a deployed stack is too much to read whole for one answer."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from infra.explain.record import Item, NobodyError, Record
from infra.operation.site import Site
from infra.points.desk import Desk as PointsDesk
from infra.reaching import item_of
from ownerloop.adapters.dynamodb import expressions, facts
from ownerloop.adapters.dynamodb.cases import item_key
from ownerloop.adapters.dynamodb.commands import Key
from ownerloop.adapters.dynamodb.contact_items import STATE as CONTACT_STATE
from ownerloop.adapters.dynamodb.contact_items import contact_of, contact_pk
from ownerloop.adapters.dynamodb.gates import gate_from, gate_key
from ownerloop.adapters.dynamodb.identity import EDGE, LOG
from ownerloop.adapters.dynamodb.items import attribute, read
from ownerloop.adapters.dynamodb.lead_times import lead_key
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk
from ownerloop.adapters.dynamodb.tiers import TIER
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.adapters.dynamodb.workshop import standing_key
from ownerloop.domain.cases import doubt_key
from ownerloop.domain.ids import contact_id
from ownerloop.domain.owner import Owner
from ownerloop.domain.vehicle import Vehicle


def record_around(site: Site, name: str) -> Record:
    """Return what the stack knows of one owner, by owner key, person, car or contact; raise NobodyError for nobody.

    Of the contacts that have ended it has those that a limit can still see and those of the cars' present visits;
    older ones lie in the lake. An owner key is looked up in the vault; everybody else stays a surrogate.
    """
    reading = _Reading(site)
    person_id = reading.person_called(name)
    owners = list(reading.group_of(person_id))
    people = [owner_from(read(item)) for item in owners]
    vehicles = list(reading.vehicles(people))
    cars = [vehicle_of(item) for item in vehicles]
    persons = [owner.person_id for owner in people] or [person_id]
    items: dict[str, list[Item]] = {
        "owners": owners,
        "tiers": reading.items("OwnersTable", ((owner_pk(one), TIER) for one in persons)),
        "facts": [item for one in persons for item in reading.facts(one)],
        "identity_log": [item for one in persons for item in reading.parts(one, LOG)],
        "evidence": [item for one in persons for item in reading.parts(one, EDGE)],
        "vehicles": vehicles,
        "contacts": reading.contacts(persons, cars, named=name),
        "bookings": reading.items(
            "WorkshopTable", (standing_key(booked.booking_key) for car in cars for booked in car.booked)
        ),
        "cases": reading.items("CasesTable", map(item_key, _case_keys(people, cars))),
        "lead_times": reading.items(
            "WorkshopTable", map(lead_key, sorted({car.store_id for car in cars if car.store_id}))
        ),
        "aliases": [],
        "owner_keys": [],
    }
    known = {person_id, *(car.vehicle_id for car in cars), *(item["contact_id"]["S"] for item in items["contacts"])}
    return Record(at=site.now, items=items, called={} if name in known else {name: person_id})


@dataclass(frozen=True, slots=True)
class _Reading:
    """The reads of one answer; every item comes in the service's own form."""

    site: Site

    def person_called(self, name: str) -> str:
        held = self._item("ContactsTable", (contact_pk(name), CONTACT_STATE))
        if held:
            return contact_of(held).person_id
        held = self._item("VehiclesTable", (vehicle_pk(name), STATE))
        if held and (owner := vehicle_of(held).consent.owner_at(self.site.now)):
            return owner
        ids = self.site.ids
        desk = PointsDesk(self._dynamodb, ids["PointsTable"], ids["VaultTable"], ids["OwnersTable"], self.site.now)
        person_id = desk.person_called(name)
        if person_id is None or not self._item("OwnersTable", (owner_pk(person_id), PROFILE)):
            raise NobodyError(name)
        return person_id

    def group_of(self, person_id: str) -> Iterator[Item]:
        """Yield the profile of the person and of everybody who is one with the person."""
        own = self._item("OwnersTable", (owner_pk(person_id), PROFILE))
        if own is None:
            return
        owner = owner_from(read(own))
        head = self._item("OwnersTable", (owner_pk(owner.head_id), PROFILE)) or own
        everybody = (owner.head_id, *owner_from(read(head)).members)
        yield own
        yield from self.items("OwnersTable", ((owner_pk(one), PROFILE) for one in everybody if one != person_id))

    def vehicles(self, people: Iterable[Owner]) -> list[Item]:
        named = sorted({car for owner in people for car in owner.vehicle_ids})
        return self.items("VehiclesTable", ((vehicle_pk(car), STATE) for car in named))

    def contacts(self, persons: Iterable[str], cars: Iterable[Vehicle], *, named: str) -> list[Item]:
        wanted = {named} | {one for car in cars for one in _asked(car)}
        found: dict[str, Item] = {}
        for person_id in persons:
            gate = self._item("ContactsTable", gate_key(person_id))
            wanted |= {entry.contact_id for entry in gate_from(person_id, read(gate)).entries} if gate else set()
            condition, values = expressions.OPEN_CONTACTS_OF_A_PERSON, {":person_id": attribute(person_id)}
            found |= {item["contact_id"]["S"]: item for item in self._open(condition, values)}
        ended = self.items("ContactsTable", ((contact_pk(one), CONTACT_STATE) for one in sorted(wanted - set(found))))
        return [*found.values(), *ended]

    def facts(self, person_id: str) -> Iterator[Item]:
        return self._query("OwnersTable", **facts.newest_first(person_id, facts_max=facts.FACTS_MAX))

    def parts(self, person_id: str, prefix: str) -> Iterator[Item]:
        values = {":pk": attribute(owner_pk(person_id)), ":prefix": attribute(prefix)}
        return self._query(
            "OwnersTable", KeyConditionExpression=expressions.PARTS_OF_A_PERSON, ExpressionAttributeValues=values
        )

    def items(self, table: str, keys: Iterable[Key]) -> list[Item]:
        return [item for key in keys if (item := self._item(table, key))]

    def _open(self, condition: str, values: dict[str, Any]) -> Iterator[Item]:
        return self._query(
            "ContactsTable",
            IndexName="open_by_person",
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
        )

    def _query(self, table: str, **request: Any) -> Iterator[Item]:
        for page in self.site.pages("dynamodb", "query", TableName=self.site.ids[table], **request):
            yield from page["Items"]

    def _item(self, table: str, key: Key) -> Item | None:
        return item_of(self._dynamodb, self.site.ids[table], key)

    @property
    def _dynamodb(self) -> Any:
        return self.site.client("dynamodb")


def _case_keys(people: Iterable[Owner], cars: Iterable[Vehicle]) -> list[str]:
    return sorted({key for owner in people for key in owner.open_cases} | {doubt_key(car) for car in cars})


def _asked(car: Vehicle) -> Iterator[str]:
    """Yield what the contacts about the car's visits may be called, whoever of its owners was asked."""
    owners = ("", *sorted({one.person_id for one in car.consent.owners}))
    for asked in car.reminded:
        for stage in range(1, asked.stage + 1):
            for owner in owners:
                yield contact_id(car.vehicle_id, asked.item, asked.due_cycle, stage, owner=owner)
