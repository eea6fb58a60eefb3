"""In the jobs of the night one owner's fault keeps nobody else waiting, and the job's message comes again."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.usecases import settle_tiers
from ownerloop.usecases.expire_points import expire_points
from tests.contact_builders import ANN, BEN, a_head, an_owner
from tests.contact_builders import NOW as PLAN_AT
from tests.owner_builders import PERSON
from tests.usecases.benefit_night import a_night
from tests.usecases.dispatch_world import CrashError
from tests.usecases.interaction_world import DAY, NOW, World, a_purchase, an_arrival
from tests.usecases.planning_world import World as Planned
from tests.usecases.planning_world import a_due_car
from tests.usecases.points_world import a_world, account, rich

NIGHT = NOW.replace(hour=18, minute=30)
OTHER = "p_other"


class BrokenError(RuntimeError):
    """An item that nobody can read."""


def broken_for(name: str, load: Callable[..., Any], *, by: type[BaseException] = BrokenError) -> Callable[..., Any]:
    def loaded(names: Iterable[str], **asked: Any) -> Any:
        every = [names] if isinstance(names, str) else list(names)
        if name in every:
            raise by
        return load(names, **asked)

    return loaded


def test_an_account_that_cannot_be_read_keeps_no_other_from_lapsing() -> None:
    world = a_world()
    rich(world)
    (lot,) = account(world).lots.values()
    night = NOW + (lot.terms.expires_on - NOW.date()) + DAY
    due = world.points.lapsing
    world.points.lapsing = lambda place, by: [OTHER, *due(place, by=by)]  # type: ignore[method-assign]  # due too
    world.points.accounts = broken_for(OTHER, world.points.accounts)  # type: ignore[method-assign]  # unreadable

    runs = [expire_points(place, points=world.points, ledger=world.points, now=night) for place in range(16)]

    assert sum(run.points for run in runs) == 80
    assert all(list(run.faults.met) == [OTHER] for run in runs)
    with pytest.raises(BrokenError):
        runs[0].faults.raise_first()


@pytest.mark.parametrize("part", ["owners", "benefits", "facts"])
def test_an_owner_who_cannot_be_read_keeps_no_other_from_a_benefit(part: str) -> None:
    night = a_night()
    night.owners.held[OTHER] = replace(night.owners.held[PERSON], person_id=OTHER, vehicle_ids=())
    night.tiers.held[OTHER] = replace(night.tiers.held[PERSON], person_id=OTHER)
    port, verb = getattr(night.world, part), "newest" if part == "facts" else "load"
    whole = getattr(port, verb)
    setattr(port, verb, broken_for(OTHER, whole))

    report = night.settle()
    given = dict(night.given)
    setattr(port, verb, whole)
    again = night.settle()

    assert (list(report.faults.met), report.owners, report.granted.total()) == ([OTHER], 1, 1)
    assert len(given) == 1
    assert (again.faults.met, again.owners, again.written) == ({}, 2, 1)


def test_a_tier_that_cannot_be_read_keeps_no_other_from_being_settled_but_the_cut_points_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world, published = World(), list[int]()
    monkeypatch.setattr(settle_tiers, "publish_cuts", lambda *_, **__: published.append(1))
    world.process(
        [an_arrival(a_purchase(order_id=f"o-{n}"), key=f"e_{n}", at=NOW - (20 + 30 * n) * DAY) for n in (1, 2)]
    )
    (broken,) = set(world.tiers.of_store("sh-pudong")) - {world.wang}
    load = world.tiers.load
    world.tiers.load = broken_for(broken, load)  # type: ignore[method-assign]

    report = world.settle(now=NIGHT)
    settled_on, waiting = world.tiers.held[world.wang].settled_on, not published
    world.tiers.load = load  # type: ignore[method-assign]
    again = world.settle(now=NIGHT)

    assert (list(report.faults.met), report.owners, report.written) == ([broken], 1, 1)
    assert settled_on == (NIGHT + DAY).date()
    assert (waiting, published, again.faults.met, again.owners, again.written) == (True, [1], {}, 2, 0)


@pytest.mark.parametrize("port", ["vehicles", "owners"])
def test_a_car_that_cannot_be_planned_keeps_nobody_else_s_waiting_and_the_day_unplanned(port: str) -> None:
    bens = replace(a_due_car(2), consent=a_head(BEN))
    world = Planned([a_due_car(1), bens], owners=[an_owner(), an_owner(person_id=BEN)])
    whole = getattr(world, port).load
    broken = bens.vehicle_id if port == "vehicles" else BEN
    getattr(world, port).load = broken_for(broken, whole)

    report = world.plan()
    asked = [contact.person_id for contact in world.contacts.held.values()]
    getattr(world, port).load = whole
    again = world.plan(now=PLAN_AT + timedelta(hours=1))

    assert (list(report.faults.met), report.is_whole, asked) == ([broken], False, [ANN])
    assert (again.faults.met, again.is_whole, again.requested) == ({}, True, 1)


def test_a_death_in_a_job_ends_it() -> None:
    night = a_night()
    night.owners.load = broken_for(PERSON, night.owners.load, by=CrashError)  # type: ignore[method-assign]

    with pytest.raises(CrashError):
        night.settle()
