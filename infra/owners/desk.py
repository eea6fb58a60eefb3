"""What a stack holds of one owner: profile, tier, facts, cars, open complaints, bookings and points."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from infra.points import desk as points
from infra.reaching import Reach, item_of, rows_of
from ownerloop.adapters.dynamodb import expressions, facts
from ownerloop.adapters.dynamodb.cases import case_from, item_key
from ownerloop.adapters.dynamodb.commands import Key
from ownerloop.adapters.dynamodb.cut_points import cuts_from, cuts_key, in_force
from ownerloop.adapters.dynamodb.identity import EDGE, LOG, edge_from, line_from
from ownerloop.adapters.dynamodb.items import read
from ownerloop.adapters.dynamodb.owners import PROFILE, owner_from, owner_pk
from ownerloop.adapters.dynamodb.tiers import TIER, tier_from
from ownerloop.adapters.dynamodb.vehicle_items import STATE, vehicle_of, vehicle_pk
from ownerloop.adapters.dynamodb.workshop import standing_from, standing_key
from ownerloop.adapters.policy_files import stores
from ownerloop.domain.calendar import civil_day
from ownerloop.domain.cases import Case
from ownerloop.domain.facts import Fact
from ownerloop.domain.identifying import Edge
from ownerloop.domain.identity import LogLine
from ownerloop.domain.owner import Owner
from ownerloop.domain.points import Account
from ownerloop.domain.send_window import owner_zone
from ownerloop.domain.standing import Standing
from ownerloop.domain.tier_cuts import Cuts, crowd_store
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.vehicle import Vehicle

_TABLES = ("OwnersTableName", "VehiclesTableName", "CasesTableName", "WorkshopTableName")


@dataclass(frozen=True, slots=True)
class Portrait:
    """One owner as of an instant; the facts of persons that were joined are among the head's."""

    at: datetime
    owner: Owner
    tier: TierRecord
    facts: tuple[Fact, ...]
    cars: tuple[Vehicle, ...]  # that belong to the owner now
    open_cases: tuple[Case, ...]
    bookings: tuple[Standing, ...]  # of these cars, still to come
    accounts: tuple[Account, ...]  # of points, one a person of the group
    log: tuple[LogLine, ...]  # of merges and splits
    evidence: tuple[Edge, ...]
    cuts: Cuts | None = None  # of the store that measures the owner


@dataclass(frozen=True, slots=True)
class Desk:
    """A stack's owners as of an instant."""

    points: points.Desk
    owners_table: str
    vehicles_table: str
    cases_table: str
    workshop_table: str

    @property
    def now(self) -> datetime:
        """Return the stack's clock."""
        return self.points.now

    def portrait(self, name: str, *, facts_max: int) -> Portrait | None:
        """Return the owner behind a person's id or a dealer's owner key, None for nobody; a joined one is its head."""
        person_id = self.points.person_called(name)
        owner = self.owner(person_id) if person_id else None
        if owner and owner.merged_into:
            owner = self.owner(owner.merged_into)
        if owner is None:
            return None
        joined = tuple(one for member in owner.members if (one := self.owner(member)))
        owner = replace(owner, joined=joined)
        tier = self._item(self.owners_table, (owner_pk(owner.person_id), TIER))
        cars = self._cars(owner)
        everybody = (owner.person_id, *owner.members)
        return Portrait(
            at=self.now,
            owner=owner,
            tier=tier_from(read(tier)) if tier else TierRecord(person_id=owner.person_id),
            facts=tuple(
                fact for one in everybody for fact in self._facts(one, facts_max=min(facts_max, facts.FACTS_MAX))
            ),
            cars=cars,
            open_cases=tuple(case for key in owner.open_cases if (case := self._case(key))),
            bookings=tuple(self._standings(booked.booking_key for car in cars for booked in car.booked)),
            accounts=tuple(self.points.account(one) for one in everybody),
            log=tuple(line_from(row) for row in self._parts(owner.person_id, LOG)),
            evidence=tuple(edge_from(one, row) for one in everybody for row in self._parts(one, EDGE)),
            cuts=self.cuts(store, on=self._today(owner)) if (store := crowd_store(owner)) else None,
        )

    def owner(self, person_id: str) -> Owner | None:
        """Return the profile of one person, or None for nobody."""
        item = self._item(self.owners_table, (owner_pk(person_id), PROFILE))
        return owner_from(read(item)) if item else None

    def cuts(self, store_id: str, *, on: date) -> Cuts | None:
        """Return the cut points of the store's crowd that hold on the day, or None."""
        item = self._item(self.owners_table, cuts_key(store_id))
        return in_force(cuts_from(read(item)), on=on) if item else None

    def _today(self, owner: Owner) -> date:
        return civil_day(self.now, owner_zone(owner, store_id=owner.store_id, stores=stores()))

    def _cars(self, owner: Owner) -> tuple[Vehicle, ...]:
        named = sorted({car for one in (owner, *owner.joined) for car in one.vehicle_ids})
        items = (self._item(self.vehicles_table, (vehicle_pk(car), STATE)) for car in named)
        held = [vehicle_of(item) for item in items if item]
        return tuple(car for car in held if car.consent.owner_at(self.now) in {owner.person_id, *owner.members})

    def _case(self, case_key: str) -> Case | None:
        item = self._item(self.cases_table, item_key(case_key))
        return case_from(read(item)) if item else None

    def _standings(self, booking_keys: Iterable[str]) -> list[Standing]:
        items = (self._item(self.workshop_table, standing_key(key)) for key in booking_keys)
        return [held for item in items if item and (held := standing_from(read(item))).is_open]

    def _facts(self, person_id: str, *, facts_max: int) -> list[Fact]:
        query = facts.newest_first(person_id, facts_max=facts_max)
        rows = rows_of(self.points.dynamodb, "query", TableName=self.owners_table, **query)
        return [facts.fact_from(row) for row in rows]

    def _parts(self, person_id: str, prefix: str) -> Iterator[dict[str, Any]]:
        return rows_of(
            self.points.dynamodb,
            "query",
            TableName=self.owners_table,
            KeyConditionExpression=expressions.PARTS_OF_A_PERSON,
            ExpressionAttributeValues={":pk": {"S": owner_pk(person_id)}, ":prefix": {"S": prefix}},
            ConsistentRead=True,
        )

    def _item(self, table: str, key: Key) -> dict[str, Any] | None:
        return item_of(self.points.dynamodb, table, key)


def desk_of(reach: Reach) -> Desk:
    """Return the desk of a stack, or refuse one that is not ours (NoSuchStackError)."""
    return Desk(points.desk_of(reach), *reach.outputs(*_TABLES))
