"""T7: what a reservation at the gate writes, and what a refusal does, over a month of an owner whom many want to reach.

Every write of the gate's table is counted as the service counts it: a unit for each started 1,024 bytes of the item.
The peer writes a counter and a marker in one transaction, at two units an item.
"""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.adapters.dynamodb.direct import line
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.items import Item
from ownerloop.domain.contact import Contact, ContactClass
from ownerloop.domain.gate import Refused, reserve
from tests.benchmarks.figures import Figure, told
from tests.contact_builders import ANN, NOW, SHANGHAI, a_contact, a_policy
from tests.tables import moto_tables

pytestmark = pytest.mark.bench

DAYS, LIMIT = 28, 3
UNIT_BYTES = 1_024
TRANSACTION_UNITS = 4  # two small items, each twice its size
CARS, ITEMS = 2, ("oil", "brake_fluid")
POLICY = a_policy(commercial_per_7_days_max=1, commercial_per_30_days_max=4)


def test_the_write_units_of_a_reservation_and_of_a_refusal() -> None:
    units, asked = a_month(usual_wishes)
    extreme, reserved = a_month(full_days)

    assert asked[True] >= CARS * len(ITEMS) * LIMIT + 4
    assert reserved[True] == DAYS * LIMIT
    note = f"{asked[True]} slots in {DAYS} days; {extreme[True] / reserved[True]:.2f} where all {LIMIT} a day are used"
    for was_reserved, what, must, peer in (
        (True, "write units of a reservation", 1, TRANSACTION_UNITS),
        (False, "write units of a refusal", 0, None),
    ):
        each = units[was_reserved] / asked[was_reserved]
        told(Figure("T7", what, each, peer, "units", each, must, is_most=True, note=note if was_reserved else ""))


def usual_wishes(day: int) -> list[Contact]:
    """Return what an owner of two cars is wanted for on a day: both services, a promotion, now and then a recall."""
    services = [
        a_contact(day * 10 + place, vehicle_id=f"v_{place % CARS}", item=ITEMS[place // CARS])
        for place in range(CARS * len(ITEMS))
    ]
    promotion = a_contact(day * 10 + 8, contact_class=ContactClass.COMMERCIAL, due_cycle="")
    recall = a_contact(day * 10 + 9, contact_class=ContactClass.SAFETY, due_cycle="")
    return [*([recall] if day % 14 == 0 else []), *services, promotion]


def full_days(day: int) -> list[Contact]:
    """Return three services of three cars, others every day."""
    return [a_contact(day * 10 + place) for place in range(LIMIT)]


def a_month(wishes: Callable[[int], list[Contact]]) -> tuple[Counter[bool], Counter[bool]]:
    """Return the units written and how many asked, by whether they got a slot."""
    units: Counter[bool] = Counter()
    asked: Counter[bool] = Counter()
    written: list[Item] = []
    with moto_tables() as tables:
        gates = DynamoGates(tables.contacts)
        line("dynamodb").events.register_first(
            "before-send.dynamodb.PutItem", lambda request, **_: written.append(json.loads(request.body)["Item"])
        )
        for day, contact in [(number, contact) for number in range(DAYS) for contact in wishes(number)]:
            written.clear()
            was_reserved = has_slot(gates, contact, day=day)
            asked[was_reserved] += 1
            units[was_reserved] += sum(map(units_of, written))
    return units, asked


def has_slot(gates: DynamoGates, contact: Contact, *, day: int) -> bool:
    """Return whether the contact got one."""
    now = NOW + timedelta(days=day)
    answer = reserve(
        gates.load(ANN),
        contact,
        channel="wecom",
        policy=POLICY,
        daily_max=LIMIT,
        zone=SHANGHAI,
        now=now,
    )
    if isinstance(answer, Refused):
        return False
    gates.save(answer)
    return True


def units_of(item: Item) -> int:
    size = sum(len(name) + size_of(value) for name, value in item.items())
    return -(-size // UNIT_BYTES)


def size_of(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "L":
        return 3 + sum(1 + size_of(one) for one in value)
    return len(b64decode(value) if kind == "B" else str(value).encode())
