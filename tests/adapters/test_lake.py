"""The lake's files: one schema per dataset, deterministic bytes, no unknown column."""

from datetime import UTC, datetime, timedelta

import pytest

from ownerloop.adapters.lake import file_of, parquet_of, table_of
from ownerloop.adapters.lake_schemas import SCHEMAS

NOW = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)


def a_refusal(key: str) -> dict[str, object]:
    return {
        "event_key": key,
        "event_type": "t",
        "reason": "no_consent",
        "field": "subject",
        "rule": "r",
        "vehicle_id": "",
        "received_at": NOW,
    }


def test_the_same_rows_in_another_order_give_the_same_file() -> None:
    rows = [a_refusal(f"{n:032x}") for n in range(20)]

    assert file_of("refusals", rows, on=NOW.date()) == file_of("refusals", rows[::-1], on=NOW.date())


def test_a_column_that_the_schema_does_not_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="plate"):
        table_of("refusals", [{**a_refusal("00" * 16), "plate": "x"}])


def test_an_absent_value_is_null_and_not_zero() -> None:
    table = table_of("readings", [{"event_key": "00" * 16, "vehicle_id": "v_1", "received_at": NOW}])

    assert table["odometer_m"].to_pylist() == [None]


def test_fault_codes_are_a_list_and_a_car_without_any_has_an_empty_one() -> None:
    reading = {"event_key": "00" * 16, "vehicle_id": "v_1", "received_at": NOW}

    table = table_of(
        "readings",
        [
            {**reading, "read_at": NOW, "fault_codes": ["P0420"], "tyre_pressure_fl_kpa": 231},
            {**reading, "read_at": NOW + timedelta(hours=1), "fault_codes": []},
            {**reading, "read_at": NOW + timedelta(hours=2)},
        ],
    )

    assert table["fault_codes"].to_pylist() == [["P0420"], [], None]
    assert table["tyre_pressure_fl_kpa"].to_pylist() == [231, None, None]


def test_the_lake_has_no_column_for_a_position() -> None:
    assert not {name for schema in SCHEMAS.values() for name in schema.names if "itude" in name or "zone" in name}


@pytest.mark.parametrize("dataset", sorted(SCHEMAS))
def test_no_dataset_has_room_for_an_identifier_or_free_text(dataset: str) -> None:
    assert not set(SCHEMAS[dataset].names) & {"vin", "phone", "external_userid", "openid", "plate", "owner_key", "text"}


def test_the_bytes_of_a_table_are_always_the_same() -> None:
    table = table_of("refusals", [a_refusal("ab" * 16)])

    assert parquet_of(table) == parquet_of(table)
