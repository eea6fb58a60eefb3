"""What one interaction changes, in one transaction over Owners, Cases, Vehicles, Workshop, Contacts and Points.

| table | pk | sk | see |
|---|---|---|---|
| Owners | `inbox#<event_key>` | `inbox` | `enrolments`: one inbox for both feeds |
| Owners | `person#<person_id>` | `fact#<occurred_at>#<event_key>` | `facts` |
| Owners | `person#<person_id>` | `profile`, `tier` | `owners`, `tiers` |
| Cases | `case#<case_key>` | `state` | `cases` |
| Vehicles | `vehicle#<vehicle_id>` | `state` | `vehicle_items` |
| Workshop | `store#<store_id>#<date>`, `booking#<booking_key>` | `day`, `booking` | `workshop` |
| Contacts | `contact#<contact_id>` | `state` | `contact_items` |
| Points | `account#<person_id>` and what else an event moves | | `point_items` |
"""

from collections.abc import Iterator
from typing import Any, Protocol

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.cases import DynamoCases, case_values
from ownerloop.adapters.dynamodb.commands import get_item, get_items, key_of, put_of, transact, version_before
from ownerloop.adapters.dynamodb.contact_items import contact_values
from ownerloop.adapters.dynamodb.enrolments import alias_key, inbox_key, marker_values
from ownerloop.adapters.dynamodb.facts import fact_values
from ownerloop.adapters.dynamodb.items import attribute
from ownerloop.adapters.dynamodb.owners import PROFILE, DynamoOwners, owner_from, owner_pk, owner_values
from ownerloop.adapters.dynamodb.points import points_parts
from ownerloop.adapters.dynamodb.tiers import TIER, DynamoTiers, tier_from, tier_values
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_values
from ownerloop.adapters.dynamodb.workshop import day_values, standing_values
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.interaction_change import Held, InteractionChange
from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_record import TierRecord, as_one


class InteractionTables(Protocol):
    """The names of the tables that an interaction may change, as the function's settings have them."""

    @property
    def owners_table(self) -> str:
        """Profiles, facts, tiers and the inbox."""
        ...

    @property
    def cases_table(self) -> str:
        """Complaints."""
        ...

    @property
    def vehicles_table(self) -> str:
        """Cars."""
        ...

    @property
    def workshop_table(self) -> str:
        """Days and bookings."""
        ...

    @property
    def contacts_table(self) -> str:
        """Contacts."""
        ...

    @property
    def points_table(self) -> str:
        """Accounts, claims, redemptions and the mall."""
        ...


class DynamoInteractions:
    """What owners do, in its tables."""

    def __init__(self, tables: InteractionTables) -> None:
        self._owners, self._cases, self._vehicles = tables.owners_table, tables.cases_table, tables.vehicles_table
        self._workshop, self._contacts = tables.workshop_table, tables.contacts_table
        self._points = tables.points_table

    def person_of(self, alias_id: str) -> str | None:
        """Return the person an alias points at now, or None."""
        values = get_item(self._owners, alias_key(alias_id)) or {}
        return values.get("person_id")

    def person_of_case(self, case_key: str) -> str | None:
        """Return the person whose case it is, or None for one that nobody opened."""
        return DynamoCases(self._cases).load(case_key, person_id="").person_id or None

    def held(self, person_id: str, *, event_key: str, case_key: str | None) -> Held:
        """Return what an event of the person is decided on; items that do not exist come with version 0."""
        inbox, profile, tier = inbox_key(event_key), (owner_pk(person_id), PROFILE), (owner_pk(person_id), TIER)
        rows = get_items(self._owners, [inbox, profile, tier])
        owner = owner_from(rows[profile]) if profile in rows else Owner(person_id=person_id)
        own = tier_from(rows[tier]) if tier in rows else TierRecord(person_id=person_id)
        return Held(
            owner=owner,
            tier=as_one(own, self._tiers_beside(owner)) if owner.merged_into or owner.members else own,
            case=DynamoCases(self._cases).load(case_key, person_id=person_id) if case_key else None,
            applied=rows.get(inbox, {}).get("payload_hash"),
        )

    def _tiers_beside(self, owner: Owner) -> list[TierRecord]:
        head = DynamoOwners(self._owners).load([owner.head_id])[owner.head_id]
        others = {head.person_id, *head.members} - {owner.person_id}
        return list(DynamoTiers(self._owners).load(sorted(others)).values())

    def apply(self, change: InteractionChange) -> bool:
        """Write change and marker in one transaction; False if marked before; VersionConflictError if an item moved."""
        named = [(name, {"Put": part}) for name, part in self._parts(change)]
        named += points_parts(self._points, change.points)
        if change.points.group:
            named.append(self._unchanged(*change.points.group))
        broken = transact([part for _, part in named], table=self._owners)
        if not broken:
            return True
        if broken[0]:
            return False
        item = next(name for (name, _), reason in zip(named, broken, strict=True) if reason)
        raise VersionConflictError(item=item)

    def _unchanged(self, person_id: str, version: int) -> tuple[str, dict[str, Any]]:
        # Whoever joins or leaves a group writes the profile of its head.
        condition = {
            "TableName": self._owners,
            "Key": key_of((owner_pk(person_id), PROFILE)),
            "ConditionExpression": expressions.VERSION_IS_HELD,
            "ExpressionAttributeValues": {":held": attribute(version)},
        }
        return person_id, {"ConditionCheck": condition}

    def _parts(self, change: InteractionChange) -> Iterator[tuple[str, dict[str, Any]]]:
        marker = marker_values(change.event_key, payload_hash=change.payload_hash, applied_at=change.applied_at)
        yield "inbox", put_of(self._owners, marker, when=expressions.ABSENT)
        yield "fact", put_of(self._owners, fact_values(change.fact))
        if owner := change.owner:
            yield owner.person_id, put_of(self._owners, owner_values(owner), **version_before(owner.version))
        if tier := change.tier:
            yield tier.person_id, put_of(self._owners, tier_values(tier), **version_before(tier.version))
        if case := change.case:
            yield case.case_key, put_of(self._cases, case_values(case), **version_before(case.version))
        if car := change.vehicle:
            yield car.vehicle_id, put_of(self._vehicles, vehicle_values(car), **version_before(car.version))
        for day in change.workshop.days:
            place = f"{day.store_id} {day.on.isoformat()}"
            yield place, put_of(self._workshop, day_values(day), **version_before(day.version))
        for one in change.workshop.standings:
            yield one.booking_key, put_of(self._workshop, standing_values(one), **version_before(one.version))
        for contact in change.workshop.contacts:
            yield contact.contact_id, put_of(self._contacts, contact_values(contact), when=expressions.ABSENT)
