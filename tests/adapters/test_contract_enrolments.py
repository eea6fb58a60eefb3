"""The promises of enrolment, on every backend."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ownerloop.adapters.dynamodb.commands import get_item, scan
from ownerloop.domain.errors import VersionConflictError
from ownerloop.domain.owner import Owner
from ownerloop.ports import ConsentRecord, EnrolmentChange, Marker
from tests.adapters.conftest import World, on_dynamodb
from tests.adapters.full_items import a_full_owner, a_full_vehicle
from tests.builders import DAY, START, a_vehicle, an_owner
from tests.tables import Tables


def a_change(event_key: str = "e_1", payload_hash: str = "h_1", **changes: tuple[object, ...]) -> EnrolmentChange:
    marker = Marker(event_key=event_key, payload_hash=payload_hash, applied_at=START)
    return EnrolmentChange(markers=(marker,), **changes)  # type: ignore[arg-type]  # the dataclass checks the names


def a_record(**changes: object) -> ConsentRecord:
    held = ConsentRecord(
        person_id="p_1",
        vehicle_id="v_1",
        purpose="maintenance",
        kind="granted",
        at=START,
        until=START + 365 * DAY,
        classes=frozenset({"odometer", "service"}),
        evidence="paper form 7",
        text_version="2026-01",
    )
    return replace(held, **changes)  # type: ignore[arg-type]  # replace checks the names


def test_everything_of_an_event_is_written_with_its_marker(world: World) -> None:
    owner, car = a_full_owner(), a_full_vehicle()

    marked = world.enrolments.apply(
        a_change(aliases=(("o_1", owner.person_id),), owners=(owner,), vehicles=(car,), consent_records=(a_record(),))
    )

    assert marked == set()
    assert world.enrolments.applied(["e_1"])
    assert world.enrolments.persons_of(["o_1"]) == {"o_1": owner.person_id}
    assert world.enrolments.owners([owner.person_id])[owner.person_id] == owner
    assert world.owners.load([owner.person_id]) == {owner.person_id: owner}
    assert world.vehicles.load([car.vehicle_id]) == {car.vehicle_id: car}


def test_before_any_event_nobody_is_known(world: World) -> None:
    assert world.enrolments.persons_of(["o_1"]) == {}
    assert world.enrolments.owners(["p_1"])["p_1"] == Owner(person_id="p_1")
    assert world.owners.load(["p_1"]) == {"p_1": Owner(person_id="p_1")}
    assert not world.enrolments.applied(["e_1"])


def test_an_event_delivered_twice_changes_nothing_the_second_time(world: World) -> None:
    world.enrolments.apply(a_change(owners=(an_owner(daily_max=1),)))

    again = world.enrolments.apply(a_change(owners=(an_owner(version=2, daily_max=3),)))

    assert again == {"e_1"}
    assert world.enrolments.owners(["p_1"])["p_1"].daily_max == 1


def test_another_payload_under_the_same_identity_is_not_applied(world: World) -> None:
    world.enrolments.apply(a_change(owners=(an_owner(daily_max=1),)))

    other = a_change(owners=(an_owner(version=2, daily_max=2),), payload_hash="h_2")

    assert world.enrolments.apply(other) == {"e_1"}
    assert world.enrolments.owners(["p_1"])["p_1"].daily_max == 1


def test_an_owner_written_by_somebody_else_is_a_conflict_and_nothing_is_written(world: World) -> None:
    world.enrolments.apply(a_change(owners=(an_owner(version=1),)))
    late = a_change(event_key="e_2", aliases=(("o_1", "p_1"),), owners=(an_owner(version=1),), vehicles=(a_vehicle(),))

    with pytest.raises(VersionConflictError):
        world.enrolments.apply(late)

    assert not world.enrolments.applied(["e_2"])
    assert world.enrolments.persons_of(["o_1"]) == {}
    assert world.vehicles.load(["v_1"])["v_1"].version == 0


def test_a_car_written_by_somebody_else_is_a_conflict_that_names_it(world: World) -> None:
    world.vehicles.save([a_vehicle(version=1)])

    with pytest.raises(VersionConflictError) as conflict:
        world.enrolments.apply(a_change(vehicles=(a_vehicle(version=1),)))

    assert conflict.value.item == "v_1"


def test_of_two_first_sights_of_an_owner_key_the_second_reads_the_winner(world: World) -> None:
    world.enrolments.apply(a_change(aliases=(("o_1", "p_1"),)))

    with pytest.raises(VersionConflictError):
        world.enrolments.apply(a_change(event_key="e_2", aliases=(("o_1", "p_2"),)))

    assert world.enrolments.persons_of(["o_1"]) == {"o_1": "p_1"}


def test_an_alias_that_already_points_there_is_no_conflict(world: World) -> None:
    world.enrolments.apply(a_change(aliases=(("o_1", "p_1"),)))

    assert world.enrolments.apply(a_change(event_key="e_2", aliases=(("o_1", "p_1"),))) == set()


def test_every_consent_of_one_instant_is_kept_as_its_own_record(tables: Tables) -> None:
    world = on_dynamodb(tables)
    records = (a_record(), a_record(classes=frozenset({"tyres"})), a_record(kind="withdrawn", until=None))

    for number, record in enumerate(records):
        world.enrolments.apply(a_change(event_key=f"e_{number}", consent_records=(record,)))

    rows = list(scan(tables.consents, "pk = :pk", {":pk": "person#p_1"}))
    assert {(row["kind"], row["classes"]) for row in rows} == {
        ("granted", "odometer service"),
        ("granted", "tyres"),
        ("withdrawn", "odometer service"),
    }


def test_the_marker_outlives_every_queue(tables: Tables) -> None:
    on_dynamodb(tables).enrolments.apply(a_change())

    marker = get_item(tables.owners, ("inbox#e_1", "inbox"))
    assert marker is not None
    assert marker["expires_at"] == int((START + timedelta(days=35)).timestamp())
