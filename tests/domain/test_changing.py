"""A changed copy is what `dataclasses.replace` makes, for the values that the hot path copies."""

from dataclasses import FrozenInstanceError, fields, replace
from datetime import UTC, datetime

import pytest

from ownerloop.domain.changing import changed_copy, maker_of
from ownerloop.domain.report import RawEvent, VehicleReport
from ownerloop.domain.vehicle import Forecast, ItemForecast, Reading, Vehicle
from ownerloop.usecases.arriving import Arrived
from ownerloop.usecases.judging import Judged
from ownerloop.usecases.merging import Settled
from tests.builders import TODAY, a_forecast, a_vehicle

MADE_QUICKLY = (Arrived, Forecast, ItemForecast, Judged, RawEvent, Settled, Vehicle, VehicleReport)


def test_a_changed_copy_differs_in_the_named_fields_only() -> None:
    car = a_vehicle(forecast=a_forecast())

    assert changed_copy(car, version=7, remind_on=TODAY) == replace(car, version=7, remind_on=TODAY)
    assert car == a_vehicle(forecast=a_forecast())


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Vehicle has no field colour"):
        changed_copy(a_vehicle(), colour="red")


@pytest.mark.parametrize("kind", MADE_QUICKLY)
def test_what_is_made_without_a_post_init_has_none(kind: type) -> None:
    assert not hasattr(kind, "__post_init__")


@pytest.mark.parametrize("kind", MADE_QUICKLY)
def test_what_is_made_quickly_is_what_the_class_makes(kind: type) -> None:
    values = [f"value {place}" for place, _ in enumerate(fields(kind))]

    made = maker_of(kind)(*values)

    assert made == kind(*values)
    assert type(made) is kind
    assert hash(made) == hash(kind(*values))


def test_what_is_left_out_of_what_is_made_quickly_has_its_default() -> None:
    assert maker_of(Vehicle)("v_1", version=3) == Vehicle("v_1", version=3)


def test_what_was_made_quickly_is_frozen_as_any_other() -> None:
    reading = maker_of(Reading)(datetime(2026, 6, 1, tzinfo=UTC), 5)

    with pytest.raises(FrozenInstanceError):
        reading.odometer_m = 6  # type: ignore[misc]  # the point of the test
