"""Enrolment: each event once, in any order, with its marker; imports stay silent."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any

import pytest

from ownerloop.adapters.memory import MemoryEnrolments, MemoryOwners, MemoryVehicles
from ownerloop.domain.enrolment import (
    ConsentWithdrawn,
    OdometerImported,
    OwnerUnsubscribed,
    ServiceCompleted,
    VehicleHandedOver,
)
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.owner import Unsubscribe
from ownerloop.domain.vehicle import ServiceDone
from ownerloop.ports import EnrolmentChange
from tests.usecases.enrolment_world import DAY, NOW, VIN, World, a_grant, a_link, a_registration, an_arrival


def test_a_round_of_which_nobody_lost_is_read_and_written_once() -> None:
    world = World()
    operations: list[str] = []
    enrolments = MemoryEnrolments(world.owners, world.vehicles, on_operation=operations.append)

    world.enrol(an_arrival(a_registration()), enrolments=enrolments)

    assert operations == ["enrolments.persons_of", "enrolments.applied", "enrolments.apply"]


def test_an_owner_a_car_and_a_consent_come_in_event_by_event() -> None:
    world = World()

    report = world.enrol(
        an_arrival(a_registration(), key="a"), an_arrival(a_link(), key="b"), an_arrival(a_grant(), key="c")
    )

    (owner,) = world.owners.held.values()
    assert report.accepted == ["a", "b", "c"]
    assert (owner.store_id, owner.channels, owner.vehicle_ids) == ("s1", ("wecom",), (world.car.vehicle_id,))
    assert world.vault.addresses([owner.person_id], channel="wecom") == {owner.person_id: "wm_1"}
    assert world.car.consent.usable_classes(NOW - DAY, now=NOW, purpose="maintenance") == {"odometer"}
    assert [row["event_key"] for row in world.history.rows["enrolments"]] == ["a", "b", "c"]


def test_the_order_of_arrival_does_not_matter() -> None:
    withdrawn = ConsentWithdrawn(vin=VIN, owner_key="wang", purpose="maintenance", classes=frozenset(), at=NOW - DAY)
    arrivals = [
        an_arrival(a_registration(), key="a"),
        an_arrival(a_link(), key="b"),
        an_arrival(a_grant(), key="c"),
        an_arrival(withdrawn, key="d"),
    ]
    ends = set()
    for order in permutations(arrivals):
        world = World()
        world.enrol(*order)
        (owner,) = world.owners.held.values()
        car = world.car
        facts = (
            car.consent.grants[0].classes,
            len(car.consent.withdrawals),
            car.model,
            car.store_id,
            car.consent_epoch,
        )
        ends.add((facts, owner.store_id, owner.daily_max, owner.channels, len(owner.vehicle_ids)))

    assert len(ends) == 1


def test_an_event_delivered_twice_changes_nothing_the_second_time() -> None:
    world = World()
    world.enrol(an_arrival(a_registration(), key="a"), an_arrival(a_link(), key="b"))
    before = (dict(world.owners.held), dict(world.vehicles.held))

    report = world.enrol(an_arrival(a_link(), key="b"))

    assert report.accepted == ["b"]
    assert (dict(world.owners.held), dict(world.vehicles.held)) == before


def test_an_older_registration_that_is_overtaken_before_it_tells_its_address_brings_none_back() -> None:
    world, newer = World(), an_arrival(a_registration(address="wm_new"), key="new")
    remember, waiting = world.vault.remember_address, [newer]

    def overtaken(*told: Any, **address: Any) -> None:
        if waiting:
            world.enrol(waiting.pop())
        remember(*told, **address)

    world.vault.remember_address = overtaken  # type: ignore[method-assign]  # another came between
    world.enrol(an_arrival(a_registration(at=NOW - DAY, address="wm_old"), key="old"))

    (owner,) = world.owners.held.values()
    assert world.vault.addresses([owner.person_id], channel="wecom") == {owner.person_id: "wm_new"}


def test_an_older_registration_that_comes_late_changes_neither_profile_nor_address() -> None:
    world = World()
    world.enrol(an_arrival(a_registration(), key="new"))

    world.enrol(an_arrival(a_registration(at=NOW - DAY, address="wm_old"), key="old"))

    (owner,) = world.owners.held.values()
    assert owner.registered_at == NOW
    assert world.vault.addresses([owner.person_id], channel="wecom") == {owner.person_id: "wm_1"}


def test_a_used_car_goes_to_its_new_owner() -> None:
    world = World()
    world.enrol(an_arrival(a_link(), key="b"), an_arrival(a_grant(), key="c"))
    handed = VehicleHandedOver(vin=VIN, to_owner_key="li", at=NOW - DAY, store_id="s2")

    world.enrol(an_arrival(handed, key="d"))

    new_owner = world.enrolments.persons_of(world.vault.enrol_owners(["li"]).values()).popitem()[1]
    assert world.car.consent.owner_at(NOW) == new_owner
    assert (world.car.store_id, world.car.consent_epoch, world.car.state_epoch) == ("s2", 1, 1)
    assert world.car.consent.usable_classes(NOW, now=NOW, purpose="maintenance") == frozenset()


def test_a_finished_service_rebases_the_plan_and_keeps_the_newest_of_each_item() -> None:
    world = World()
    newer = ServiceCompleted(vin=VIN, order_id="2", at=NOW, on=date(2026, 2, 20), odometer_m=20_000_000, items=("oil",))
    older = replace(newer, order_id="1", on=date(2025, 2, 20), odometer_m=10_000_000, items=("oil", "brake_fluid"))

    world.enrol(an_arrival(newer, key="2"), an_arrival(older, key="1"))

    assert world.car.services == (
        ServiceDone(item="brake_fluid", on=date(2025, 2, 20), odometer_m=10_000_000),
        ServiceDone(item="oil", on=date(2026, 2, 20), odometer_m=20_000_000),
    )
    assert world.replanned == [world.car.vehicle_id]


def test_an_unsubscribe_is_kept_once_with_its_newest_instant() -> None:
    world = World()
    late = OwnerUnsubscribed(owner_key="wang", at=NOW, channel="wecom", topic="*")

    world.enrol(an_arrival(late, key="a"), an_arrival(replace(late, at=NOW - DAY), key="b"))

    (owner,) = world.owners.held.values()
    assert owner.unsubscribes == (Unsubscribe(at=NOW, channel="wecom", topic="*"),)


def test_an_event_from_the_future_is_quarantined_and_its_neighbours_go_on() -> None:
    world = World()

    report = world.enrol(
        an_arrival(a_registration(), key="later", at=NOW + timedelta(minutes=6)), an_arrival(a_link(), key="good")
    )

    assert report.accepted == ["good"]
    assert [(refusal.event_key, refusal.reason) for refusal in report.refused] == [("later", "future_time")]
    assert [row["reason"] for row in world.history.rows["refusals"]] == ["future_time"]


def test_an_imported_reading_needs_a_consent_and_starts_no_contact() -> None:
    world = World()
    reading = OdometerImported(vin=VIN, at=NOW - 5 * DAY, odometer_m=12_000_000, is_bare_date=False)
    world.enrol(an_arrival(a_link(), key="b"))

    refused = world.enrol(an_arrival(reading, key="r", is_import=True))
    world.enrol(an_arrival(a_grant(), key="c"))
    accepted = world.enrol(an_arrival(reading, key="r", is_import=True))

    assert [refusal.reason for refusal in refused.refused] == ["no_consent"]
    assert accepted.accepted == ["r"]
    assert [held.odometer_m for held in world.car.evidence] == [12_000_000]
    assert world.silenced == [world.car.vehicle_id]
    assert [row["odometer_m"] for row in world.history.rows["readings"]] == [12_000_000]


def test_a_loser_of_the_write_reads_again_and_lands() -> None:
    world = World()
    contested = LosesAtFirst(world.owners, world.vehicles, losses=3)

    report = world.enrol(an_arrival(a_link(), key="b"), enrolments=contested)

    assert report.accepted == ["b"]
    assert contested.tries == 4


@pytest.mark.parametrize("losses", [8, 20])
def test_an_event_that_always_loses_is_left_to_the_queue(losses: int) -> None:
    world = World()

    report = world.enrol(
        an_arrival(a_link(), key="b"), enrolments=LosesAtFirst(world.owners, world.vehicles, losses=losses)
    )

    assert (report.accepted, report.faulted) == ([], ["b"])


class LosesAtFirst(MemoryEnrolments):
    """Somebody else is always quicker, a number of times."""

    def __init__(self, owners: MemoryOwners, vehicles: MemoryVehicles, *, losses: int) -> None:
        super().__init__(owners, vehicles)
        self._losses, self.tries = losses, 0

    def apply(self, change: EnrolmentChange) -> set[str]:
        self.tries += 1
        if self.tries <= self._losses:
            raise VersionConflictError(item="vehicle")
        return super().apply(change)


def test_a_fault_costs_only_its_own_event() -> None:
    world = World()
    poisoned = BreaksOn(world.owners, world.vehicles, event_key="k7")
    arrivals = [an_arrival(a_registration(owner_key=f"owner {n}"), key=f"k{n}") for n in range(20)]

    report = world.enrol(*arrivals, enrolments=poisoned)

    assert report.faulted == ["k7"]
    assert len(report.accepted) == 19
    assert len(world.history.rows["enrolments"]) == 19


def test_a_table_that_is_down_is_not_asked_once_an_event() -> None:
    world = World()
    down = BreaksOn(world.owners, world.vehicles, event_key="")
    arrivals = [an_arrival(a_registration(owner_key=f"owner {n}"), key=f"k{n}") for n in range(200)]

    report = world.enrol(*arrivals, enrolments=down)

    assert len(report.faulted) == 200
    assert len(report.faults) <= 13


class BreaksOn(MemoryEnrolments):
    """The table breaks on one event, or on every one if none is named."""

    def __init__(self, owners: MemoryOwners, vehicles: MemoryVehicles, *, event_key: str) -> None:
        super().__init__(owners, vehicles)
        self._event_key = event_key

    def apply(self, change: EnrolmentChange) -> set[str]:
        if not self._event_key or self._event_key in {marker.event_key for marker in change.markers}:
            raise ConnectionError
        return super().apply(change)


def test_a_link_says_what_aggregators_call_the_car() -> None:
    world, link = World(), replace(a_link(), aggregator_ids=(("smartcar", "6f3a2f0e"),))

    world.enrol(an_arrival(link))
    world.enrol(an_arrival(link))

    assert world.vault.vins_named(["6f3a2f0e", "other"], source="smartcar") == {"6f3a2f0e": VIN}
    assert world.vault.vins_named(["6f3a2f0e"], source="moonbuggy") == {}


def test_an_older_link_that_comes_late_takes_no_name_away() -> None:
    world, names = World(), (("smartcar", "6f3a2f0e"),)
    newer = replace(a_link(at=NOW - 2 * DAY), aggregator_ids=names)
    older = replace(a_link(at=NOW - 9 * DAY), vin="LOWNERLP0K0000002", aggregator_ids=names)

    world.enrol(an_arrival(newer, key="k1"))
    world.enrol(an_arrival(older, key="k2"))

    assert world.vault.vins_named(["6f3a2f0e"], source="smartcar") == {"6f3a2f0e": VIN}


@pytest.mark.parametrize(
    ("verified", "one_car", "groups"), [((True, True), False, 1), ((True, False), False, 2), ((False, False), True, 1)]
)
def test_two_registrations_with_one_phone_are_one_person_where_both_proved_it_or_owned_one_car(
    verified: tuple[bool, bool], one_car: bool, groups: int
) -> None:
    world = World()
    spelled = ("13800138000", "+8613800138000")
    registered = [
        an_arrival(
            replace(a_registration(owner_key=key, address=None), phone=phone, phone_verified=is_proved), key=f"r {key}"
        )
        for key, phone, is_proved in zip(("wang", "wang_2"), spelled, verified, strict=True)
    ]
    links = [an_arrival(a_link(), key="l 1"), an_arrival(a_link(owner_key="wang_2", at=NOW - 9 * DAY), key="l 2")]

    world.enrol(*registered, *(links if one_car else ()))

    assert len({owner.head_id for owner in world.owners.held.values()}) == groups
    assert "13800138000" not in str(world.history.rows)


def test_a_phone_that_is_none_with_a_country_is_no_evidence_and_no_fault() -> None:
    world = World()

    report = world.enrol(an_arrival(replace(a_registration(), phone="68888888"), key="a"))

    assert (report.accepted, report.refused) == (["a"], [])
