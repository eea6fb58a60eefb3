"""The zones that ship, and what a file of zones may not say."""

import json
from datetime import date

import pytest

from ownerloop.adapters.policy_files import stores
from ownerloop.adapters.policy_rows import PolicyDataError, Row, rows_of
from ownerloop.adapters.zones import read_zones, zones
from tests.builders import DAY, TODAY

A_ZONE = {"zone_id": "store-a", "longitude": -121.5, "latitude": 31.2, "radius_m": 500}


def a_row(*held: object) -> Row:
    (row,) = rows_of("zones.json", text=json.dumps([{"effective_on": "2014-01-01", "zones": list(held)}]))
    return row


def test_every_store_has_a_zone() -> None:
    assert {zone.zone_id for zone in zones(TODAY)} == {f"store-{store_id}" for store_id in stores()}
    assert zones(date(1999, 1, 1)) == zones(TODAY)


def test_the_zone_of_a_campaign_is_open_on_its_days() -> None:
    campaign = {**A_ZONE, "starts_on": TODAY.isoformat(), "ends_on": (TODAY + DAY).isoformat()}

    ((_, first, last),) = read_zones(a_row(campaign))

    assert (first, last) == (TODAY, TODAY + DAY)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("zone_id", "Store A"),
        ("zone_id", "store#a"),
        ("longitude", 180.5),
        ("longitude", True),
        ("latitude", "31.2"),
        ("latitude", None),
        ("radius_m", 0),
        ("radius_m", 20_001),
        ("starts_on", "soon"),
    ],
)
def test_a_zone_that_breaks_a_rule_is_named(field: str, value: object) -> None:
    with pytest.raises(PolicyDataError) as refused:
        list(read_zones(a_row({**A_ZONE, field: value})))

    assert refused.value.field.endswith(field)


def test_two_zones_of_one_name_are_refused() -> None:
    with pytest.raises(PolicyDataError):
        list(read_zones(a_row(A_ZONE, A_ZONE)))
