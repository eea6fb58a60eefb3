"""What a stack knows at one instant, read from its tables, or from the file that a run left behind."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from infra.local.clients import client
from ownerloop.adapters.dynamodb.cases import case_from
from ownerloop.adapters.dynamodb.contact_items import contact_of
from ownerloop.adapters.dynamodb.facts import fact_from
from ownerloop.adapters.dynamodb.identity import EDGE, LOG, edge_from, line_from
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.lead_times import lead_of
from ownerloop.adapters.dynamodb.owners import owner_from, owner_pk
from ownerloop.adapters.dynamodb.point_items import ENTRY, HEAD, account_from, entry_from
from ownerloop.adapters.dynamodb.tiers import tier_from
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_of
from ownerloop.adapters.dynamodb.workshop import day_from, place_of_day, standing_from
from ownerloop.domain.cases import Case, CaseKind
from ownerloop.domain.contact import Contact
from ownerloop.domain.facts import Fact
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogLine
from ownerloop.domain.lead_time import LeadTime
from ownerloop.domain.owner import Owner
from ownerloop.domain.points import Account, Entry
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Vehicle
from ownerloop.domain.workshop import Day

Item = Mapping[str, Mapping[str, Any]]
# Which items of which table are kept: the output that names the table, and how their partition and sort keys begin.
_KEPT = {
    "owners": ("OwnersTableName", "person#", "profile"),
    "tiers": ("OwnersTableName", "person#", "tier"),
    "facts": ("OwnersTableName", "person#", "fact#"),
    "identity_log": ("OwnersTableName", "person#", LOG),
    "evidence": ("OwnersTableName", "person#", EDGE),
    "accounts": ("PointsTableName", "account#", HEAD),
    "entries": ("PointsTableName", "account#", ENTRY),
    "cases": ("CasesTableName", "case#", "state"),
    "aliases": ("OwnersTableName", "alias#", "alias"),
    "owner_keys": ("VaultTableName", "alias#", "plain"),
    "vehicles": ("VehiclesTableName", "vehicle#", "state"),
    "contacts": ("ContactsTableName", "contact#", "state"),
    "bookings": ("WorkshopTableName", "booking#", "booking"),
    "days": ("WorkshopTableName", "store#", "day"),
    "lead_times": ("WorkshopTableName", "store#", "lead_time"),
}


class NobodyError(LookupError):
    """No owner, car or contact is known by this name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"nobody here is called {name}: give an owner key, a person, a car or a contact")
        self.name = name


@dataclass(frozen=True)
class Record:
    """Every owner, car and contact as of an instant; `called` are owner keys that were looked up."""

    at: datetime
    items: Mapping[str, list[Item]]
    called: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def owners(self) -> dict[str, Owner]:
        """Return the profiles by person."""
        told = (owner_from(read(item)) for item in self.items["owners"])
        return {owner.person_id: owner for owner in told}

    @cached_property
    def vehicles(self) -> dict[str, Vehicle]:
        """Return the cars."""
        told = map(vehicle_of, self.items["vehicles"])
        return {vehicle.vehicle_id: vehicle for vehicle in told}

    @cached_property
    def contacts(self) -> dict[str, Contact]:
        """Return the contacts, ended ones too."""
        told = map(contact_of, self.items["contacts"])
        return {contact.contact_id: contact for contact in told}

    @cached_property
    def tiers(self) -> dict[str, TierRecord]:
        """Return what is kept of the tiers by person; whoever never ordered anything has nothing."""
        told = (tier_from(read(item)) for item in self.items.get("tiers", ()))
        return {tier.person_id: tier for tier in told}

    @cached_property
    def persons(self) -> dict[str, str]:
        """Return the person behind each owner key."""
        aliases = {item["pk"]["S"].partition("#")[2]: item["person_id"]["S"] for item in self.items["aliases"]}
        keys = ((item["owner_key"]["S"], item["pk"]["S"].partition("#")[2]) for item in self.items["owner_keys"])
        known = {owner_key: aliases[alias_id] for owner_key, alias_id in keys if alias_id in aliases}
        return known | dict(self.called)

    @cached_property
    def cases(self) -> list[Case]:
        """Return every complaint and doubt, closed ones too, in order."""
        return sorted((case_from(read(item)) for item in self.items.get("cases", ())), key=lambda case: case.case_key)

    @cached_property
    def bookings(self) -> dict[str, Standing]:
        """Return where every booking stands, by its key."""
        told = (standing_from(read(item)) for item in self.items.get("bookings", ()))
        return {standing.booking_key: standing for standing in told}

    @cached_property
    def days(self) -> list[Day]:
        """Return every day of a workshop that somebody booked."""
        rows = map(read, self.items.get("days", ()))
        return [day_from(row, place_of_day(row["pk"])) for row in rows]

    @cached_property
    def lead_times(self) -> dict[str, LeadTime]:
        """Return what is published about lead times, by store."""
        rows = map(read, self.items.get("lead_times", ()))
        told = (lead_of(row["pk"].removeprefix("store#"), row) for row in rows)
        return {lead.store_id: lead for lead in told}

    @cached_property
    def identity_log(self) -> list[LogLine]:
        """Return every merge, split and refused merge once, in order."""
        told = (line_from(read(item)) for item in self.items.get("identity_log", ()))
        return sorted({line.merge_id: line for line in told}.values(), key=lambda line: (line.at, line.merge_id))

    @cached_property
    def evidence(self) -> list[Edge]:
        """Return what identifiers were told of whom."""
        rows = map(read, self.items.get("evidence", ()))
        return [edge_from(row["pk"].removeprefix(owner_pk("")), row) for row in rows]

    @cached_property
    def accounts(self) -> list[Account]:
        """Return every account of points as it was last written."""
        return [account_from(read(item)) for item in self.items.get("accounts", ())]

    @cached_property
    def entries(self) -> list[Entry]:
        """Return every entry of every account of points."""
        return [entry_from(read(item)) for item in self.items.get("entries", ())]

    def group_of(self, person_id: str) -> tuple[str, ...]:
        """Return everybody who is one with the person, the head first; whoever is alone stands alone."""
        owner = self.owners.get(person_id)
        head = self.owners.get(owner.head_id) if owner else None
        return (head.person_id, *head.members) if head else (person_id,)

    def key_of(self, person_id: str) -> str:
        """Return the dealer's key of a person, or the person's own id where there is none."""
        return next((key for key, person in sorted(self.persons.items()) if person == person_id), person_id)

    def person_called(self, name: str) -> str:
        """Return the person that an owner key, person, car or contact leads to, or raise NobodyError."""
        if name in self.persons:
            return self.persons[name]
        if name in self.owners:
            return name
        if name in self.contacts:
            return self.contacts[name].person_id
        if name in self.vehicles and (owner := self.vehicles[name].consent.owner_at(self.at)):
            return owner
        raise NobodyError(name)

    def cars_of(self, person_id: str) -> list[Vehicle]:
        """Return the cars that the person has now or ever had, in order."""
        mine = (v for v in self.vehicles.values() if any(o.person_id == person_id for o in v.consent.owners))
        return sorted(mine, key=lambda vehicle: vehicle.vehicle_id)

    def tier_of(self, person_id: str) -> TierRecord:
        """Return what is kept of the person's tier."""
        return self.tiers.get(person_id, TierRecord(person_id=person_id))

    def facts_of(self, person_id: str) -> list[Fact]:
        """Return what the person did, newest first."""
        told = (fact_from(read(item)) for item in self.items.get("facts", ()) if item["person_id"]["S"] == person_id)
        return sorted(told, key=lambda fact: (fact.occurred_at, fact.event_key), reverse=True)

    def cases_of(self, person_id: str) -> list[Case]:
        """Return the person's complaints in their order."""
        return [case for case in self.cases if case.kind is CaseKind.COMPLAINT and case.person_id == person_id]

    def doubts_of(self, vehicle_id: str) -> list[Case]:
        """Return the doubts about a car's odometer, answered ones too, in their order."""
        return [case for case in self.cases if case.vehicle_id and case.vehicle_id == vehicle_id]

    def bookings_of(self, vehicle_id: str) -> list[Standing]:
        """Return the car's bookings, whatever became of them, in the order of their times."""
        mine = (standing for standing in self.bookings.values() if standing.vehicle_id == vehicle_id)
        return sorted(mine, key=lambda standing: (standing.for_at or standing.told_at, standing.booking_key))

    def contacts_of(self, person_id: str) -> list[Contact]:
        """Return the person's contacts in the order of their requests."""
        mine = (contact for contact in self.contacts.values() if contact.person_id == person_id)
        return sorted(mine, key=lambda contact: (contact.requested_at, contact.order))


def record_of(endpoint: str, outputs: Mapping[str, str], *, at: datetime) -> Record:
    """Return what the stack's tables hold now."""
    tables = {output for output, _, _ in _KEPT.values()}
    scanned = {output: list(_scan(endpoint, outputs[output])) for output in sorted(tables)}
    kept = {
        name: [item for item in scanned[output] if _is_of(item, begins)] for name, (output, *begins) in _KEPT.items()
    }
    return Record(at=at, items=kept)


def write_record(record: Record, path: Path) -> None:
    """Keep the record for `explain` after its stack is gone; only its owner may read it."""
    path.touch(mode=0o600)
    text = json.dumps({"at": record.at.isoformat(), "items": record.items}, default=_binary)
    path.write_text(text, encoding="utf-8")


def read_record(path: Path) -> Record:
    """Return the record that a run left behind."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return Record(at=datetime.fromisoformat(told["at"]), items=told["items"])


def _is_of(item: Item, begins: Sequence[str]) -> bool:
    return all(str(item[key]["S"]).startswith(begin) for key, begin in zip(("pk", "sk"), begins, strict=True))


def _scan(endpoint: str, table: str) -> Iterator[Item]:
    for page in client("dynamodb", endpoint).get_paginator("scan").paginate(TableName=table):
        yield from page["Items"]


def _binary(value: object) -> str:
    if not isinstance(value, bytes):
        raise TypeError(type(value).__name__)
    return base64.b64encode(value).decode()
