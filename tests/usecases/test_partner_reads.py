"""What partners read, and what stands on record of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ownerloop.adapters import memory
from ownerloop.adapters.memory_owners import MemoryTiers
from ownerloop.adapters.memory_streams import MemoryHistory
from ownerloop.adapters.partner_rules import read_rules
from ownerloop.contracts.partner_api import MaintenanceV1, owner_of
from ownerloop.domain.consent import Withdrawal
from ownerloop.domain.errors import ConsentRequiredError, NotShownError, ScopeMissingError
from ownerloop.domain.partner import Role
from ownerloop.domain.tier_record import TierRecord
from ownerloop.domain.tiers import Tier, TierState
from ownerloop.domain.vehicle import Vehicle
from ownerloop.usecases.partner_reads import DATASET, ReadWorld, read_maintenance, read_owner
from tests.builders import DAY, START, TODAY, a_consent, a_forecast, a_grant, a_vehicle, an_item_forecast, an_owner
from tests.partners.builders import PERSON_ID, VEHICLE_ID, a_caller, a_partner

OTHER_ID = "v_" + "9" * 24


def a_shared_car(
    *, vehicle_id: str = VEHICLE_ID, partner_id: str = "insurer", withdrawals: Any = (), **changes: Any
) -> Vehicle:
    grant = a_grant(person_id=PERSON_ID, purpose=f"share:{partner_id}", classes=("service",))
    consent = a_consent(person_id=PERSON_ID, grants=[grant], withdrawals=withdrawals)
    oil = an_item_forecast(remaining_m=1_499_600, due_p50=TODAY + timedelta(days=40))
    brakes = an_item_forecast(item="brake_fluid", due_p50=TODAY + timedelta(days=90))
    forecast = a_forecast(items=[brakes, oil], as_of=TODAY - timedelta(days=3), reading_age_days=2)
    return a_vehicle(**{"vehicle_id": vehicle_id, "consent": consent, "forecast": forecast, **changes})


def a_world(*cars: Vehicle) -> ReadWorld:
    owners, vehicles = memory.MemoryOwners(), memory.MemoryVehicles()
    held = cars or (a_shared_car(),)
    vehicles.held.update({car.vehicle_id: car for car in held})
    ids = tuple(car.vehicle_id for car in held)
    owner = an_owner(person_id=PERSON_ID)
    owners.held[PERSON_ID] = replace(owner, vehicle_ids=ids)
    tiers = MemoryTiers(owners)
    tiers.held[PERSON_ID] = TierRecord(PERSON_ID, version=1, state=a_core_state(), settled=Tier.CORE)
    return ReadWorld(vehicles, owners, tiers, MemoryHistory(), read_rules())


def a_core_state() -> TierState:
    return TierState(Tier.CORE, TODAY, TODAY, 5, 5, 5, 0, 365, 8, 900_000, ("often_and_valuable",), "tiers-1")


def recorded(world: ReadWorld) -> list[dict[str, Any]]:
    assert isinstance(world.history, MemoryHistory)
    return [dict(row) for row in world.history.rows.get(DATASET, [])]


def test_maintenance_tells_each_item_and_how_old_the_reading_is_today() -> None:
    view = read_maintenance(VEHICLE_ID, caller=a_caller(), world=a_world())

    body = MaintenanceV1.from_domain(view).model_dump(mode="json")
    assert body["reading_age_days"] == 5
    assert body["rule_version"] == "forecast-1"
    assert [(item["item"], item["remaining_km"]) for item in body["items"]] == [("brake_fluid", None), ("oil", 1500)]
    assert "metres_per_day" not in body


def a_reporting_car(*classes: str) -> Vehicle:
    grant = a_grant(person_id=PERSON_ID, purpose="share:insurer", classes=("service", *classes))
    tyres = an_item_forecast(item="tyres", basis="condition", severity="soon", due_p50=TODAY + timedelta(days=30))
    oil = an_item_forecast(due_p50=TODAY + timedelta(days=40))
    reasons = ("own_remaining", "condition:tyre_pressure_fl_kpa:soon", "stale:dtc:P0420")
    return a_shared_car(
        consent=a_consent(person_id=PERSON_ID, grants=[grant]),
        forecast=replace(a_forecast(items=[oil, tyres]), reasons=reasons),
    )


def test_what_the_car_reports_is_told_with_its_severity_and_the_visit_that_does_it() -> None:
    world = a_world(a_reporting_car("tyres", "diagnostics"))

    view = read_maintenance(VEHICLE_ID, caller=a_caller(), world=world)

    body = MaintenanceV1.from_domain(view).model_dump(mode="json")
    assert [(item["item"], item["basis"], item["severity"]) for item in body["items"]] == [
        ("oil", "time", None),
        ("tyres", "condition", "soon"),
    ]
    assert body["visits"] == [{"items": ["tyres", "oil"], "due_p50": (TODAY + timedelta(days=30)).isoformat()}]


@pytest.mark.parametrize("classes", [(), ("diagnostics",), ("tyres",)])
def test_what_the_car_reports_is_not_told_to_whom_its_data_is_not_shared(classes: tuple[str, ...]) -> None:
    world = a_world(a_reporting_car(*classes))

    view = read_maintenance(VEHICLE_ID, caller=a_caller(), world=world)

    assert [item.item for item in view.items] == ["oil"]
    assert [visit.items for visit in view.visits] == [("oil",)]
    shown = {"tyres": "condition:tyre_pressure_fl_kpa:soon", "diagnostics": "stale:dtc:P0420"}
    assert view.reasons == ("own_remaining", *(shown[name] for name in classes))


def test_a_car_without_a_forecast_has_no_items_yet() -> None:
    view = read_maintenance(VEHICLE_ID, caller=a_caller(), world=a_world(a_shared_car(forecast=None)))

    assert (view.items, view.as_of) == ((), None)


def test_every_read_is_on_record_with_its_outcome() -> None:
    world = a_world()

    read_maintenance(VEHICLE_ID, caller=a_caller(request_id="r-1"), world=world)
    read_owner(PERSON_ID, caller=a_caller(request_id="r-2"), world=world)
    with pytest.raises(NotShownError):
        read_maintenance(OTHER_ID, caller=a_caller(request_id="r-3"), world=world)

    assert [(row["request_id"], row["outcome"], row["vehicle_id"] or row["person_id"]) for row in recorded(world)] == [
        ("r-1", "shown", VEHICLE_ID),
        ("r-2", "shown", PERSON_ID),
        ("r-3", "not_found", ""),
    ]


def test_a_read_that_cannot_be_put_on_record_tells_nothing() -> None:
    def breaks(operation: str) -> None:
        raise OSError(operation)

    world = a_world()
    unrecorded = ReadWorld(world.vehicles, world.owners, world.tiers, MemoryHistory(on_operation=breaks), world.rules)

    with pytest.raises(OSError, match="history"):
        read_maintenance(VEHICLE_ID, caller=a_caller(), world=unrecorded)


def test_a_withdrawal_closes_the_very_next_read() -> None:
    world = a_world()
    read_maintenance(VEHICLE_ID, caller=a_caller(), world=world)

    gone = Withdrawal(START + DAY, PERSON_ID, "share:insurer")
    closed = a_world(a_shared_car(withdrawals=[gone]))

    with pytest.raises(ConsentRequiredError):
        read_maintenance(VEHICLE_ID, caller=a_caller(at=START + DAY), world=closed)
    with pytest.raises(ConsentRequiredError):
        read_owner(PERSON_ID, caller=a_caller(at=START + DAY), world=closed)


@pytest.mark.parametrize("vehicle_id", ["", "v_1", "LFV3A23C8K3000001", VEHICLE_ID.upper(), f"{VEHICLE_ID}0", OTHER_ID])
def test_an_unknown_or_impossible_id_is_not_found_and_never_on_record(vehicle_id: str) -> None:
    world = a_world()

    with pytest.raises(NotShownError):
        read_maintenance(vehicle_id, caller=a_caller(), world=world)

    assert [row["vehicle_id"] for row in recorded(world)] == [""]


@pytest.mark.parametrize("person_id", ["", "p_1", "+8613800000000", "p_" + "3" * 24])
def test_an_unknown_person_is_not_found(person_id: str) -> None:
    with pytest.raises(NotShownError):
        read_owner(person_id, caller=a_caller(), world=a_world())


@pytest.mark.parametrize(
    ("role", "fields"),
    [
        (Role.INSURANCE, {"store_id", "next_services"}),
        (Role.FINANCE, {"tier", "tier_since", "store_id"}),
        (Role.MOBILITY, {"store_id", "next_services"}),
        (Role.MERCHANT, {"tier", "tier_since"}),
    ],
)
def test_each_role_sees_its_own_fields_of_an_owner_and_no_other(role: Role, fields: set[str]) -> None:
    view = read_owner(PERSON_ID, caller=a_caller(a_partner(role=role)), world=a_world())

    body = owner_of(view).model_dump(mode="json")

    assert set(body) == fields | {"person_id", "role"}
    assert body.get("tier", "core") == "core"
    assert body.get("next_services", [{"item": "oil"}])[0]["item"] == "oil"


def test_the_next_service_of_a_car_that_is_not_shared_stays_untold() -> None:
    private = a_shared_car(vehicle_id=OTHER_ID, consent=a_consent(person_id=PERSON_ID))

    view = read_owner(PERSON_ID, caller=a_caller(), world=a_world(a_shared_car(), private))

    assert [service.vehicle_id for service in view.next_services] == [VEHICLE_ID]


def test_without_the_scope_nothing_is_read_and_the_attempt_is_on_record() -> None:
    world = a_world()

    with pytest.raises(ScopeMissingError):
        read_owner(PERSON_ID, caller=a_caller(a_partner(scopes=["maintenance:read"])), world=world)

    assert [row["outcome"] for row in recorded(world)] == ["scope_missing"]


def test_the_next_service_is_not_what_the_car_reports_where_its_data_is_not_shared() -> None:
    told = read_owner(PERSON_ID, caller=a_caller(), world=a_world(a_reporting_car("tyres", "diagnostics")))
    kept_back = read_owner(PERSON_ID, caller=a_caller(), world=a_world(a_reporting_car()))

    assert [service.item for service in told.next_services] == ["tyres"]
    assert [service.item for service in kept_back.next_services] == ["oil"]
