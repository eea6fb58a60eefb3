"""Who is one person, in the Owners and Contacts tables.

| table | pk | sk | attributes |
|---|---|---|---|
| Owners | `identity#<i_...>` | `owner` | `kind`, `version`, `holders`: [person, verified, microseconds, event] each |
| Owners | `person#<person_id>` | `edge#<kind>#<i_...>` | `verified`, `since`, `event_key`, `version` |
| Owners | `person#<person_id>` | `identity#<instant>#<merge_id>` | a line of the log, never edited |
| Owners | `person#<person_id>` | `profile` | see `owners`: `members`, `merged_into` |
| Contacts | `gate#<person_id>`, `contact#<contact_id>` | `gate`, `state` | see `gates`, `contact_items` |
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import Key, get_item, put_of, query, transact, version_before
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.gates import DynamoGates, gate_values
from ownerloop.adapters.dynamodb.items import instant, micros, sortable
from ownerloop.adapters.dynamodb.owners import DynamoOwners, owner_pk, owner_values
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.identifying import Edge, IdentifierKind, has_room, joined
from ownerloop.domain.identity import Group, IdentityChange, LogKind, LogLine, group_from

TRIES_MAX = 8  # two stores that tell the same phone at one moment meet once or twice
EDGE, LOG = "edge#", "identity#"
Holders = dict[str, Edge]


class DynamoIdentities:
    """Evidence, groups and the log."""

    def __init__(self, owners_table: str, contacts_table: str) -> None:
        self._owners, self._contacts = owners_table, contacts_table

    def note(self, edges: Sequence[Edge]) -> list[Edge]:
        """Add the evidence to what is held; return all that its identifiers have now."""
        return [held for edge in edges for held in self._noted(edge)]

    def edges_of(self, person_ids: Iterable[str]) -> list[Edge]:
        """Return the evidence about each person, in order."""
        return [
            edge_from(person_id, row)
            for person_id in person_ids
            for row in query(self._owners, None, expressions.PARTS_OF_A_PERSON, _parts(person_id, EDGE))
        ]

    def group_of(self, person_id: str) -> Group:
        """Return the group that the person belongs to, or raise VersionConflictError if it just changed."""
        profiles, gates = DynamoOwners(self._owners), DynamoGates(self._contacts)
        asked = profiles.load([person_id])[person_id]
        head = asked if asked.merged_into is None else profiles.load([asked.head_id])[asked.head_id]
        rest = profiles.load(head.members) if head.members else {}
        owners = {head.person_id: head, **rest}
        return group_from(owners, gates.load_all(owners), of=person_id)

    def log_of(self, person_id: str) -> list[LogLine]:
        """Return the lines of the person's log, oldest first."""
        rows = query(self._owners, None, expressions.PARTS_OF_A_PERSON, _parts(person_id, LOG))
        return [line_from(row) for row in rows]

    def apply(self, change: IdentityChange) -> None:
        """Write it all, or raise VersionConflictError if an item moved and nothing was written."""
        named = list(self._effects(change))
        broken = transact([{"Put": part} for _, part in named], table=self._owners)
        for (name, _), reason in zip(named, broken, strict=bool(broken)):
            if reason:
                raise VersionConflictError(item=name)

    def _effects(self, change: IdentityChange) -> Iterator[tuple[str, dict[str, Any]]]:
        for owner in change.owners:
            yield owner.person_id, put_of(self._owners, owner_values(owner), **version_before(owner.version))
        for gate in change.gates:
            yield gate.person_id, put_of(self._contacts, gate_values(gate), **version_before(gate.version))
        for contact in change.contacts:
            item = contact_values(contact)
            yield contact.contact_id, put_of(self._contacts, item, **version_before(contact.version))
        for person_id, line in change.lines:
            yield line.merge_id, put_of(self._owners, line_values(person_id, line), when=expressions.ABSENT)

    def _noted(self, edge: Edge) -> list[Edge]:
        for _ in range(TRIES_MAX):
            held = get_item(self._owners, _identity_key(edge.identifier_id)) or {}
            holders, version = _holders(edge, held), int(held.get("version", 0))
            mine = holders.get(edge.person_id)
            if mine is None and not has_room(edge, holders.values()):
                return []
            told = joined(mine, edge)
            if told == mine:
                return sorted(holders.values(), key=lambda one: one.key)
            holders[edge.person_id] = told = replace(told, version=told.version + 1)
            identity = identity_values(edge, holders, version=version + 1)
            parts = (
                put_of(self._owners, identity, **version_before(version + 1)),
                put_of(self._owners, edge_values(told), **version_before(told.version)),
            )
            if not transact([{"Put": part} for part in parts], table=self._owners):
                return sorted(holders.values(), key=lambda one: one.key)
        raise VersionConflictError(item=edge.identifier_id)


def edge_values(edge: Edge) -> dict[str, Any]:
    """Return the plain values of the evidence on the person's side."""
    return {
        "pk": owner_pk(edge.person_id),
        "sk": f"{EDGE}{edge.kind}#{edge.identifier_id}",
        "verified": edge.is_verified,
        "since": micros(edge.since),
        "event_key": edge.event_key,
        "version": edge.version,
    }


def edge_from(person_id: str, values: Mapping[str, Any]) -> Edge:
    """Return the evidence of an item's plain values."""
    _, kind, identifier_id = values["sk"].split("#")
    return Edge(
        identifier_id=identifier_id,
        kind=IdentifierKind(kind),
        person_id=person_id,
        is_verified=values["verified"],
        since=instant(values["since"]),
        event_key=values["event_key"],
        version=values["version"],
    )


def identity_values(edge: Edge, holders: Holders, *, version: int) -> dict[str, Any]:
    """Return the plain values of an identifier's item with everybody whom it was told for."""
    pk, sk = _identity_key(edge.identifier_id)
    told = [
        [one.person_id, one.is_verified, micros(one.since), one.event_key, one.version]
        for _, one in sorted(holders.items())
    ]
    return {"pk": pk, "sk": sk, "kind": str(edge.kind), "holders": told, "version": version}


def line_values(person_id: str, line: LogLine) -> dict[str, Any]:
    """Return the plain values of a line in a person's log."""
    return {
        "pk": owner_pk(person_id),
        "sk": f"{LOG}{sortable(line.at)}#{line.merge_id}",
        "merge_id": line.merge_id,
        "kind": str(line.kind),
        "at": micros(line.at),
        "head_id": line.head_id,
        "persons": line.persons,
        "because": line.because,
        "evidence": line.evidence,
    }


def line_from(values: Mapping[str, Any]) -> LogLine:
    """Return the line of an item's plain values."""
    return LogLine(
        merge_id=values["merge_id"],
        kind=LogKind(values["kind"]),
        at=instant(values["at"]),
        head_id=values["head_id"],
        persons=tuple(values["persons"]),
        because=values["because"],
        evidence=tuple(values["evidence"]),
    )


def _holders(edge: Edge, held: Mapping[str, Any]) -> Holders:
    return {
        person_id: Edge(edge.identifier_id, edge.kind, person_id, is_verified, instant(since), event_key, version)
        for person_id, is_verified, since, event_key, version in held.get("holders", ())
    }


def _identity_key(identifier_id: str) -> Key:
    return f"identity#{identifier_id}", "owner"


def _parts(person_id: str, prefix: str) -> dict[str, str]:
    return {":pk": owner_pk(person_id), ":prefix": prefix}
