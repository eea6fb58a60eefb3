"""Every message has a sample and a schema; identities and what we publish."""

import json

import msgspec
import pytest

from infra.schemas.compatibility import breaks_readers, breaks_senders
from infra.schemas.generate import FOLDER, broken_promises, schemas, text_of
from ownerloop.contracts.announcements import contact_ended, lead_time_updated
from ownerloop.contracts.catalogue import PUBLISHED, RECEIVED
from ownerloop.contracts.identity import identity_of
from ownerloop.contracts.published import ContactEndedV1, LeadTimeUpdatedV1
from ownerloop.domain.contact import ContactState
from ownerloop.domain.ids import body_key, event_key
from ownerloop.domain.vin import has_valid_check_digit, is_vin
from tests.builders import START, TODAY, a_contact, a_forecast, a_vehicle, an_item_forecast
from tests.messages import EVENTS, VIN, a_telemetry, body, sample, without

MESSAGES = {**RECEIVED, **PUBLISHED}
SCHEMAS = schemas()
V = "v_000000000000000000000001"


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_every_message_has_a_sample_that_keeps_its_contract(kind: str) -> None:
    MESSAGES[kind].model_validate(sample(f"messages/{kind}"))


def test_every_sample_is_of_a_known_message() -> None:
    assert {path.stem for path in (EVENTS / "messages").glob("*.json")} == set(MESSAGES)


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_the_schemas_on_file_are_current(kind: str) -> None:
    assert (FOLDER / f"{kind}.json").read_text(encoding="utf-8") == text_of(SCHEMAS[kind])


@pytest.mark.parametrize("kind", sorted(MESSAGES))
def test_no_schema_breaks_what_it_promised(kind: str) -> None:
    assert broken_promises(kind, SCHEMAS[kind]) == []


def test_a_feed_may_grow_an_optional_field_and_may_not_ask_for_one() -> None:
    old = SCHEMAS["ownerloop.owner.registered.v1"]
    grown = json.loads(json.dumps(old))
    grown["$defs"]["OwnerRegisteredData"]["properties"]["nickname"] = {"type": "string"}
    asking = json.loads(json.dumps(grown))
    asking["$defs"]["OwnerRegisteredData"]["required"].append("nickname")

    assert breaks_senders(old, grown) == []
    assert breaks_senders(old, asking) == ["$.data.nickname: is required now"]


@pytest.mark.parametrize(
    ("path", "change"),
    [
        (("properties", "daily_max", "maximum"), 2),
        (("properties", "store_id", "minLength"), 5),
        (("properties", "language", "enum"), ["zh"]),
        (("properties", "store_id", "type"), "integer"),
    ],
)
def test_a_tighter_rule_breaks_the_senders(path: tuple[str, ...], change: object) -> None:
    old = SCHEMAS["ownerloop.owner.registered.v1"]
    new = json.loads(json.dumps(old))
    place = new["$defs"]["OwnerRegisteredData"]
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = change

    assert breaks_senders(old, new)
    assert breaks_senders(new, new) == []


def test_what_we_publish_may_neither_lose_a_field_nor_widen_one() -> None:
    old = SCHEMAS["ownerloop.contact.ended.v1"]
    lost, widened = json.loads(json.dumps(old)), json.loads(json.dumps(old))
    lost["$defs"]["ContactEndedData"]["required"].remove("reason")
    widened["$defs"]["ContactEndedData"]["properties"]["state"]["enum"].append("forgotten")

    assert breaks_readers(old, old) == []
    assert breaks_readers(old, lost) == ["$.data.reason: is required now"]
    assert breaks_readers(old, widened) == ["$.data.state: fewer values"]


def test_what_we_publish_may_gain_a_field_and_what_we_take_in_an_optional_one() -> None:
    old = SCHEMAS["ownerloop.contact.ended.v1"]
    grown = json.loads(json.dumps(old))
    grown["$defs"]["ContactEndedData"]["properties"]["weather"] = {"type": "string"}
    closed = json.loads(json.dumps(old)) | {"additionalProperties": False}

    assert breaks_readers(old, grown) == []
    assert breaks_readers(closed, grown) == []
    assert "additionalProperties" not in json.dumps(old)


def test_a_lead_time_keeps_its_contract_and_its_id_follows_from_the_version() -> None:
    car = a_vehicle(vehicle_id=V, version=4, forecast=a_forecast(), remind_on=TODAY)
    assert car.forecast

    event = lead_time_updated(car, forecast=car.forecast, at=START)

    model = LeadTimeUpdatedV1.from_domain(car, forecast=car.forecast, at=START)
    assert json.loads(model.model_dump_json(exclude_unset=True)) == json.loads(msgspec.json.encode(event))
    assert lead_time_updated(car, forecast=car.forecast, at=START)["id"] == event["id"]


def test_what_a_car_reports_is_published_as_due_on_a_day_with_its_severity() -> None:
    tyres = an_item_forecast(item="tyres", basis="condition", severity="now")
    car = a_vehicle(vehicle_id=V, version=4, forecast=a_forecast(items=[tyres]))
    assert car.forecast

    (item,) = LeadTimeUpdatedV1.from_domain(car, forecast=car.forecast, at=START).data.items

    assert (item.item, item.basis, item.severity) == ("tyres", "time", "now")


def test_a_contacts_end_keeps_its_contract() -> None:
    contact = a_contact(contact_id="c_" + "1" * 24, person_id="p_" + "1" * 24, vehicle_id=V)
    ended = contact.moved(ContactState.SUPPRESSED, reason="unsubscribed", at=START)

    model = ContactEndedV1.from_domain(ended)

    assert json.loads(model.model_dump_json(exclude_unset=True)) == contact_ended(ended)
    assert model.data.reason == "unsubscribed"


def test_the_identity_of_an_event_is_its_source_and_id() -> None:
    identity = identity_of(body(a_telemetry(event_id="7", source="s", at=START)))

    assert identity.event_key == event_key("s", "7")
    assert (identity.vin, identity.read_at) == (VIN, START)


@pytest.mark.parametrize(
    "raw", [b"no json", b"[]", body(without(a_telemetry(), "id")), body({**a_telemetry(), "id": ""})]
)
def test_a_message_without_an_identity_counts_by_its_body(raw: bytes) -> None:
    assert identity_of(raw).event_key == body_key(raw)


@pytest.mark.parametrize(
    "text", ["Call 138 0000 0000", "call.13800000000.v1", f"car.{VIN.lower()}", "car.v13800000000"]
)
def test_a_type_that_could_be_anything_is_not_repeated(text: str) -> None:
    assert identity_of(body({**a_telemetry(), "type": text})).event_type == ""


def test_every_type_that_we_know_is_repeated() -> None:
    assert [kind for kind in SCHEMAS if identity_of(body({**a_telemetry(), "type": kind})).event_type != kind] == []


def test_the_check_digit_is_the_one_of_the_standard() -> None:
    assert has_valid_check_digit("1M8GDM9AXKP042788")  # the example of 49 CFR 565
    assert not has_valid_check_digit("1M8GDM9A1KP042788")
    assert is_vin(VIN)
    assert has_valid_check_digit(VIN)
