"""T10: what one event costs the tier, by the cut points of the day; alone, and with all owners in columns."""

import gc
import time
from collections.abc import Callable
from datetime import date

import numpy as np
import pytest

from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.facts import Occasion
from ownerloop.domain.tier_columns import columns_of, settle_columns, states_of
from ownerloop.domain.tier_fold import Standing, advance
from ownerloop.domain.tiers import settle, state_of
from tests.benchmarks.figures import Figure, told

pytestmark = pytest.mark.bench

OWNERS, EVENTS, RUNS = 10_000, 100_000, 7
FIRST, AS_OF = date(2021, 1, 1), date(2025, 8, 1)
POLICY = tier_policy(AS_OF)


def the_events() -> list[tuple[int, Occasion]]:
    """Return the orders of a crowd in the order in which they happened: place of the owner, and the order."""
    chance = np.random.default_rng(10)
    days = np.sort(chance.integers(0, (AS_OF - FIRST).days, EVENTS)).tolist()
    owners, fen = chance.integers(0, OWNERS, EVENTS).tolist(), chance.integers(5_000, 400_000, EVENTS).tolist()
    begins = FIRST.toordinal()
    return [
        (owner, Occasion(at=day * 86_400, on=begins + day, is_visit=True, fen=paid, order=number))
        for number, (owner, day, paid) in enumerate(zip(owners, days, fen, strict=True))
    ]


def test_the_tier_after_one_event() -> None:
    events = the_events()
    orders: list[list[Occasion]] = [[] for _ in range(OWNERS)]
    for owner, one in events:
        orders[owner].append(one)
    columns = columns_of(orders)

    def by_event() -> list[Standing | None]:
        standings: list[Standing | None] = [None] * OWNERS
        for owner, one in events:
            standings[owner] = advance(standings[owner], one.on, one.fen, has_visit=True, policy=POLICY)
        return standings

    stepped = [state_of(one, policy=POLICY, as_of=AS_OF) for one in by_event()]
    found = settle_columns(columns, owners=OWNERS, policy=POLICY, as_of=AS_OF)
    whole = [settle(one, policy=POLICY, as_of=AS_OF) for one in orders]
    assert stepped == whole == states_of(found, policy=POLICY, as_of=AS_OF)

    gc.freeze()  # what stands in for the tables is no business of the collector, ours or the peer's
    alone = microseconds(by_event) / EVENTS
    folded = microseconds(lambda: [settle(of, policy=POLICY, as_of=AS_OF) for of in orders]) / OWNERS
    at_once = microseconds(lambda: settle_columns(columns, owners=OWNERS, policy=POLICY, as_of=AS_OF)) / EVENTS
    gc.unfreeze()
    told(
        Figure(
            target="T10",
            what="tier after one event",
            ours=alone,
            peer=folded,
            unit="us",
            score=alone,
            must=2,
            aim=1,
            is_most=True,
            note=f"the peer folds all {EVENTS // OWNERS} orders of the owner anew",
        ),
        Figure(
            target="T10",
            what="tier after one event, all owners in columns",
            ours=at_once,
            peer=alone,
            unit="us",
            score=at_once,
            must=2,
            aim=0.3,
            is_most=True,
        ),
    )


def microseconds(work: Callable[[], object]) -> float:
    """Return the least processor time of a few runs."""
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent) * 1e6
