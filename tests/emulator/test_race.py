"""The race: 50 threads, one owner, a real table. Ours reserves exactly three; the naive cap passes its limit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from threading import Barrier
from typing import TypeVar

import pytest

from ownerloop.adapters.dynamodb.contacts import DynamoContacts
from ownerloop.adapters.dynamodb.gates import DynamoGates
from ownerloop.adapters.dynamodb.owners import DynamoOwners
from ownerloop.adapters.dynamodb.vehicles import DynamoVehicles
from ownerloop.adapters.memory_contacts import MemorySenders
from ownerloop.domain.contact import ContactState
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.gate import Refused, reserve
from ownerloop.usecases.dispatch_contacts import Dispatch, dispatch, sweep
from tests.contact_builders import (
    ANN,
    BEN,
    NOW,
    SHANGHAI,
    TODAY,
    a_car,
    a_contact,
    a_policy,
    a_store,
    a_surrogate,
    an_owner,
)
from tests.filling import fill_tables
from tests.naive.naive_cap import NaiveCap
from tests.tables import Tables

pytestmark = pytest.mark.emulator

THREADS = 50
LIMIT = 3
T = TypeVar("T")


def at_once(job: Callable[[int], T]) -> list[T]:
    """Return what the job gave in each of the threads, which all start at the same moment."""
    barrier = Barrier(THREADS)

    def started(number: int) -> T:
        barrier.wait()
        return job(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(started, range(THREADS)))


def a_desk(tables: Tables) -> Dispatch:
    fill_tables(owners_table=tables.owners, vehicles_table=tables.vehicles, owners=[an_owner()], cars=[a_car(1)])
    return Dispatch(
        contacts=DynamoContacts(tables.contacts),
        gates=DynamoGates(tables.contacts),
        owners=DynamoOwners(tables.owners),
        vehicles=DynamoVehicles(tables.vehicles),
        senders=MemorySenders(),
        policy=a_policy(),
        stores={"sh-pudong": a_store()},
    )


def test_fifty_threads_of_one_owner_reserve_exactly_three_and_the_naive_cap_more(tables: Tables) -> None:
    desk = a_desk(tables)
    mine = [a_contact(number, vehicle_id=a_surrogate("v", 1), due_cycle="") for number in range(THREADS)]
    naive = NaiveCap(tables.contacts, daily_max=LIMIT)

    def ask(number: int) -> None:
        desk.contacts.request([mine[number]])
        dispatch([ANN], desk=desk, now=NOW, contact_ids=[mine[number].contact_id])

    at_once(ask)
    right_away = [c for c in desk.contacts.open_of(ANN) if c.state is ContactState.RESERVED]
    naively = sum(at_once(lambda _: naive.reserve(ANN, day=TODAY)))
    sweep(desk=desk, now=NOW + timedelta(minutes=5))

    reserved = [c.contact_id for c in desk.contacts.open_of(ANN) if c.state is ContactState.RESERVED]
    gate = desk.gates.load(ANN)
    assert len(right_away) <= LIMIT
    assert len(reserved) == LIMIT
    assert sorted(entry.contact_id for entry in gate.entries) == sorted(reserved)
    assert all(c.state in {ContactState.RESERVED, ContactState.HELD} for c in desk.contacts.open_of(ANN))
    assert naively > LIMIT


def test_fifty_threads_that_each_know_one_contact_only_write_the_gate_three_times(tables: Tables) -> None:
    gates, policy = DynamoGates(tables.contacts), a_policy()

    def ask(number: int) -> bool:
        for _ in range(policy.gate_attempts_max):
            gate = gates.load(BEN)
            answer = reserve(
                gate,
                a_contact(number, due_cycle="", person_id=BEN),
                channel="wecom",
                policy=policy,
                daily_max=LIMIT,
                zone=SHANGHAI,
                now=NOW,
            )
            if isinstance(answer, Refused):
                return False
            with suppress(VersionConflictError):
                gates.save(answer)
                return True
        raise AssertionError("only three can lose to three")

    admitted = at_once(ask)

    assert sum(admitted) == LIMIT
    assert gates.load(BEN).version == LIMIT
    assert len(gates.load(BEN).entries) == LIMIT
