"""A changed copy is what `dataclasses.replace` makes, for the values that the hot path copies."""

from dataclasses import replace

import pytest

from ownerloop.domain.changing import changed_copy
from ownerloop.domain.vehicle import Vehicle
from tests.builders import TODAY, a_forecast, a_vehicle


def test_a_changed_copy_differs_in_the_named_fields_only() -> None:
    car = a_vehicle(forecast=a_forecast())

    assert changed_copy(car, version=7, remind_on=TODAY) == replace(car, version=7, remind_on=TODAY)
    assert car == a_vehicle(forecast=a_forecast())


def test_a_name_that_is_no_field_is_refused() -> None:
    with pytest.raises(TypeError, match="Vehicle has no field colour"):
        changed_copy(a_vehicle(), colour="red")


def test_what_is_copied_without_a_post_init_has_none() -> None:
    assert not hasattr(Vehicle, "__post_init__")
