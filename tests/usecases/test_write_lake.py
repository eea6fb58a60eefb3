"""History: what came in and what the tables decided, once per identity, nothing of a withdrawn consent."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ownerloop.adapters.lake import MemoryLake
from ownerloop.adapters.memory import MemoryVehicles
from ownerloop.domain.changes import ContactChange, VehicleChange
from ownerloop.domain.contact import Contact, ContactClass, ContactState, Step
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle
from ownerloop.usecases.write_lake import write_changes, write_history

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
TODAY = NOW.date()


def a_row(
    *, key: str = "00" * 16, vehicle_id: str = "v_1", epoch: int = 0, received_at: datetime = NOW
) -> dict[str, Any]:
    return {
        "event_key": key,
        "vehicle_id": vehicle_id,
        "store_id": "s1",
        "read_at": NOW.isoformat(),
        "received_at": received_at.isoformat(),
        "odometer_m": 1000,
        "date_only": False,
        "consent_epoch": epoch,
        "state_epoch": 0,
        "source": "tsp",
    }


def a_contact(*states: ContactState) -> Contact:
    return Contact(
        contact_id="c_1",
        person_id="p_1",
        vehicle_id="v_1",
        store_id="s1",
        staff_userid="zhang",
        contact_class=ContactClass.SERVICE,
        topic="maintenance",
        item="oil",
        due_cycle="x",
        stage=1,
        priority=40,
        requested_at=NOW,
        valid_until=NOW,
        policy_version="1",
        trigger="plan",
        text="t",
        state=states[-1],
        trail=tuple(Step(state=state, reason="r", at=NOW) for state in states),
    )


def a_forecast(*, p50: date = date(2026, 4, 1)) -> Forecast:
    item = ItemForecast(
        item="oil",
        due_cycle="x",
        due_p10=date(2026, 3, 20),
        due_p50=p50,
        due_p90=date(2026, 4, 20),
        remaining_m=900_000,
        basis="distance",
    )
    return Forecast(
        as_of=date(2026, 3, 1),
        rule_version="forecast-1",
        plan_version="1",
        priors_version=0,
        metres_per_day=35_000,
        rate_days=90,
        reading_age_days=2,
        last_odometer_m=9_000_000,
        items=(item,),
    )


def test_readings_of_many_messages_become_one_file_however_far_apart_they_were_received() -> None:
    lake = MemoryLake()
    batches = [("readings", [a_row(key=f"{n:032x}", received_at=NOW - n * timedelta(days=30))]) for n in range(50)]

    report = write_history(batches, lake=lake, vehicles=MemoryVehicles(), on=TODAY)

    assert [key.split("/")[2] for key in lake.files] == ["day=2026-03-01"]
    assert (report.rows, report.files) == ({"readings": 50}, 1)


def test_a_batch_written_twice_is_one_file() -> None:
    lake = MemoryLake()

    write_history([("readings", [a_row()])], lake=lake, vehicles=MemoryVehicles(), on=TODAY)
    write_history([("readings", [a_row()])], lake=lake, vehicles=MemoryVehicles(), on=TODAY)

    assert len(lake.files) == 1


def test_a_reading_that_was_on_its_way_when_consent_ended_is_dropped_and_counted() -> None:
    lake = MemoryLake()
    cars = MemoryVehicles([Vehicle(vehicle_id="v_1", version=4, consent_epoch=1), Vehicle(vehicle_id="v_2", version=1)])
    rows = [a_row(key="aa" * 16), a_row(key="bb" * 16, vehicle_id="v_2"), a_row(key="cc" * 16, epoch=1)]

    report = write_history([("readings", rows)], lake=lake, vehicles=cars, on=TODAY)

    assert {row["event_key"].hex()[:2] for row in lake.rows("readings")} == {"bb", "cc"}
    assert [row["reason"] for row in lake.rows("refusals")] == ["withdrawn_in_flight"]
    assert report.withdrawn == 1


def test_each_new_entry_of_a_contacts_trail_is_one_row() -> None:
    lake = MemoryLake()
    requested = a_contact(ContactState.REQUESTED)
    held = a_contact(ContactState.REQUESTED, ContactState.HELD)

    write_changes(
        [],
        [ContactChange(before=None, after=requested), ContactChange(before=requested, after=held)],
        lake=lake,
        on=TODAY,
    )

    assert [(row["step"], row["state"]) for row in lake.rows("contacts")] == [(1, "requested"), (2, "held")]


def test_the_lake_knows_what_a_car_reported_and_what_a_visit_was_for() -> None:
    lake = MemoryLake()
    told = a_forecast()
    reported = replace(told, items=(replace(told.items[0], basis="condition", severity="soon"),))
    contact = replace(a_contact(ContactState.REQUESTED), bundled=("brake_fluid", "tyres"))

    write_changes(
        [VehicleChange(before=None, after=Vehicle(vehicle_id="v_1", version=1, forecast=reported))],
        [ContactChange(before=None, after=contact)],
        lake=lake,
        on=TODAY,
    )

    assert [(row["basis"], row["severity"]) for row in lake.rows("forecasts")] == [("condition", "soon")]
    assert [(row["item"], row["bundled"]) for row in lake.rows("contacts")] == [("oil", ["brake_fluid", "tyres"])]


def test_a_forecast_is_written_when_it_changed_and_only_then() -> None:
    lake = MemoryLake()
    before = Vehicle(vehicle_id="v_1", version=1, forecast=a_forecast())
    same = Vehicle(vehicle_id="v_1", version=2, forecast=a_forecast())
    moved = Vehicle(vehicle_id="v_1", version=3, forecast=a_forecast(p50=date(2026, 4, 9)))

    write_changes(
        [VehicleChange(before=before, after=same), VehicleChange(before=same, after=moved)], [], lake=lake, on=TODAY
    )

    assert [(row["version"], row["due_p50"]) for row in lake.rows("forecasts")] == [(3, date(2026, 4, 9))]
