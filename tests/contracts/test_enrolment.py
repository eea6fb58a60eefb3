"""Enrolment messages: what each means in the domain, and which field and rule refuse the rest."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ownerloop.contracts.parsing import parse_enrolment
from ownerloop.domain import enrolment as domain
from ownerloop.domain.errors import MalformedEventError
from tests.messages import VIN, body, sample, with_value, without


def message(kind: str) -> dict[str, Any]:
    return sample(f"messages/ownerloop.{kind}.v1")


def refusal(event: object) -> MalformedEventError:
    with pytest.raises(MalformedEventError) as refused:
        parse_enrolment(body(event))
    return refused.value


def test_a_registration_says_store_wishes_and_addresses() -> None:
    event = parse_enrolment(body(message("owner.registered"))).to_domain()

    assert event == domain.OwnerRegistered(
        owner_key="dealer-owner-1001",
        at=datetime(2026, 3, 2, 10, 40, tzinfo=UTC),
        store_id="sh-pudong",
        zone="Asia/Shanghai",
        language="zh",
        daily_max=2,
        wecom_external_userid="wm-sample-1001",
        staff_userid="staff-7",
        phone=None,
    )


def test_a_link_says_whose_car_it_is_since_when() -> None:
    event = parse_enrolment(body(message("vehicle.linked"))).to_domain()

    assert isinstance(event, domain.VehicleLinked)
    assert (event.vin, event.owner_key, event.in_service_on) == (VIN, "dealer-owner-1001", date(2025, 3, 15))
    assert event.since == datetime(2025, 3, 15, 2, tzinfo=UTC)
    assert event.remind


def test_every_sample_says_something_in_the_domain() -> None:
    kinds = ("owner.unsubscribed", "vehicle.handed_over", "service.completed", "consent.granted", "consent.withdrawn")
    events = [parse_enrolment(message(kind)).to_domain() for kind in (*kinds, "odometer.imported")]

    assert [type(event) for event in events] == [
        domain.OwnerUnsubscribed,
        domain.VehicleHandedOver,
        domain.ServiceCompleted,
        domain.ConsentGranted,
        domain.ConsentWithdrawn,
        domain.OdometerImported,
    ]


def test_unknown_fields_of_a_feed_are_ignored() -> None:
    event = with_value(message("owner.registered"), "gold", "data", "membership")

    assert parse_enrolment(event) == parse_enrolment(message("owner.registered"))


@pytest.mark.parametrize(
    ("told", "kept"), [("Asia/Urumqi", "Asia/Urumqi"), ("+86 138 0013 8000", None), ("Asia", None)]
)
def test_what_names_no_zone_is_not_kept_as_one(told: str, kept: str | None) -> None:
    event = parse_enrolment(with_value(message("owner.registered"), told, "data", "zone")).to_domain()

    assert isinstance(event, domain.OwnerRegistered)
    assert event.zone == kept


@pytest.mark.parametrize(
    ("kind", "path", "value", "reason"),
    [
        ("owner.registered", ("data", "daily_max"), 4, "malformed"),
        ("owner.registered", ("data", "daily_max"), "3", "malformed"),
        ("owner.registered", ("subject",), "", "malformed"),
        ("vehicle.linked", ("subject",), "SHORT", "bad_vin"),
        ("vehicle.linked", ("data", "since"), "2025-03-15", "malformed"),
        ("service.completed", ("data", "on"), "27.02.2026", "malformed"),
        ("service.completed", ("data", "odometer_m"), -1, "malformed"),
        ("service.completed", ("data", "items"), [], "malformed"),
        ("consent.granted", ("data", "purpose"), "improvement", "malformed"),
        ("consent.granted", ("data", "valid_until"), "2025-03-15T10:00:00+08:00", "malformed"),
        ("consent.granted", ("data", "data_classes"), ["cabin"], "malformed"),
        ("consent.granted", ("time",), "soon", "bad_time"),
        ("consent.granted", ("type",), "ownerloop.consent.sold.v1", "unknown_type"),
        ("consent.granted", ("type",), 7, "unknown_type"),
    ],
)
def test_a_broken_field_is_named_with_its_reason(kind: str, path: tuple[str, ...], value: object, reason: str) -> None:
    error = refusal(with_value(message(kind), value, *path))

    assert error.field == ".".join(path)
    assert error.reason == reason
    assert error.rule


@pytest.mark.parametrize("path", [("type",), ("subject",), ("data",), ("data", "valid_until"), ("data", "evidence")])
def test_a_missing_field_is_named(path: tuple[str, ...]) -> None:
    error = refusal(without(message("consent.granted"), *path))

    assert (error.field, error.rule, error.reason) == (".".join(path), "is missing", "missing_field")


@pytest.mark.parametrize("raw", [b"", b"[1]", b"nothing", b"\xff"])
def test_what_is_no_json_object_is_refused_as_a_body(raw: bytes) -> None:
    with pytest.raises(MalformedEventError) as refused:
        parse_enrolment(raw)

    assert (refused.value.field, refused.value.reason) == ("body", "not_json")
