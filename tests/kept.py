"""What stands in the tables and is read by desks and the lake only: sights of a car, open cases, grants."""

from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.benefit_items import GRANT, grant_from
from ownerloop.adapters.dynamodb.benefits import person_pk
from ownerloop.adapters.dynamodb.cases import case_from, open_key
from ownerloop.adapters.dynamodb.commands import query
from ownerloop.adapters.dynamodb.presence import PREFIX, presence_from
from ownerloop.adapters.dynamodb.vehicle_items import vehicle_pk
from ownerloop.domain.benefits import Grant
from ownerloop.domain.cases import Case
from ownerloop.domain.ids import SHARD_COUNT
from ownerloop.domain.presence import Presence

_PARTS = "pk = :pk AND begins_with(sk, :prefix)"


def sights_of(vehicle_id: str, *, vehicles_table: str) -> list[Presence]:
    """Return what is kept of the car, consented to or not, in order."""
    values = {":pk": vehicle_pk(vehicle_id), ":prefix": PREFIX}
    return sorted(map(presence_from, query(vehicles_table, None, expressions.PRESENCE_OF_A_CAR, values)))


def open_cases_of(store_id: str | None, *, cases_table: str) -> list[Case]:
    """Return the store's open cases by key; None for those of no store."""
    keys = [{":key": open_key(store_id, place)} for place in range(SHARD_COUNT)]
    rows = (row for key in keys for row in query(cases_table, "open_by_store", expressions.OPEN_CASES, key))
    return sorted(map(case_from, rows), key=lambda case: case.case_key)


def grants_of(person_id: str, *, benefits_table: str) -> list[Grant]:
    """Return every grant that the person ever had, in no order."""
    values = {":pk": person_pk(person_id), ":prefix": GRANT}
    return list(map(grant_from, query(benefits_table, None, _PARTS, values)))
