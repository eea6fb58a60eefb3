"""A second aggregator is a manifest and a sample; what a manifest says of webhooks is checked when it is read."""

import json
from typing import Any

import pytest

from ownerloop.adapters.formats.manifest import ManifestError
from ownerloop.adapters.formats.registry import manifest_of
from ownerloop.adapters.webhooks.message import Kind, Message, message_in
from ownerloop.adapters.webhooks.request import proved
from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.problems import RequestRefusedError
from tests.builders import START
from tests.webhooks.builders import AMT, VIN, delivered, signature

WEBHOOK: dict[str, Any] = {
    "signature_header": "X-Moon-Proof",
    "type": ["what"],
    "data_types": ["telegram"],
    "error_types": ["eclipse"],
    "says": ["cars"],
    "challenge": {"types": ["hello"], "paths": ["word"], "answer": "echo"},
    "id": ["number"],
    "sent_at": [{"paths": ["sent"], "time": "epoch_s"}],
}
MOON: dict[str, Any] = {
    "format": "moonbuggy",
    "version": 1,
    "kind": "telegram",
    "source": "invented for this test",
    "records": ["cars"],
    "vin": ["chassis"],
    "vehicle": ["nickname"],
    "recorded_at": [{"paths": ["seen"], "time": "epoch_s"}],
    "signals": {words.ODOMETER: {"paths": ["way"], "unit": "mi", "to": "m", "low": 0, "high": 2_000_000_000}},
    "webhook": WEBHOOK,
}
CARS = [{"chassis": VIN, "seen": int(START.timestamp()), "way": 30_000}, {"nickname": "buzz", "seen": 0, "way": 1}]
TELEGRAM: dict[str, Any] = {"what": "telegram", "number": "n-1", "sent": int(START.timestamp()), "cars": CARS}


def moon(**webhook: Any) -> Any:
    return manifest_of(json.dumps({**MOON, "webhook": {**WEBHOOK, **webhook}}), name="moonbuggy.json")


def message(said: object) -> Message:
    event = delivered(said, source="moonbuggy", header="x-moon-proof")
    return message_in(proved(event, sources={"moonbuggy": moon()}, secret={"moonbuggy": AMT}))


def test_a_second_aggregator_is_a_manifest_and_a_sample() -> None:
    told = message(TELEGRAM)

    first, second = told.records
    assert (told.kind, told.delivery.delivery_id, told.delivery.sent_at) == (Kind.DATA, "n-1", START)
    assert (first.vin, second.vin, second.name) == (VIN, None, "buzz")
    assert json.loads(first.as_event(VIN))["data"]["signals"][words.ODOMETER]["value"] == 48_280_320
    assert json.loads(first.as_event(VIN))["source"] == "urn:ownerloop:format:moonbuggy"


def test_its_challenge_and_its_errors_are_its_own() -> None:
    assert message({"what": "hello", "word": "moon"}).answer == {"echo": signature("moon")}
    assert message({"what": "eclipse"}).kind is Kind.ERROR
    assert message({"what": ["telegram"]}).kind is Kind.OTHER


def test_attempts_of_one_delivery_say_the_same_and_others_do_not() -> None:
    first, again = message(TELEGRAM).delivery, message({**TELEGRAM, "sent": TELEGRAM["sent"] + 25}).delivery
    other = message({**TELEGRAM, "cars": CARS[:1]}).delivery

    assert (first.key, first.digest) == (again.key, again.digest)
    assert (other.key, other.digest) != (first.key, first.digest)


@pytest.mark.parametrize("broken", [{"number": 17}, {"number": "n" * 257}, {"sent": "yesterday"}])
def test_a_delivery_that_cannot_be_told_from_others_is_refused(broken: dict[str, Any]) -> None:
    with pytest.raises(RequestRefusedError):
        _ = message({**TELEGRAM, **broken}).delivery


def test_a_source_without_a_key_is_not_there() -> None:
    event = delivered(TELEGRAM, source="moonbuggy", header="x-moon-proof", key="")

    with pytest.raises(RequestRefusedError) as refused:
        proved(event, sources={"moonbuggy": moon()}, secret={"moonbuggy": ""})
    assert refused.value.status == 404


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ({"signature_header": "not a header"}, "signature_header"),
        ({"data_types": []}, "data_types"),
        ({"error_types": ["telegram"]}, "data_types"),
        ({"type": []}, "type"),
        ({"says": ["a..b"]}, "says"),
        ({"id": [".a"]}, "id"),
        ({"challenge": {"types": ["hello"], "paths": [], "answer": "echo"}}, "challenge"),
        ({"sent_at": [{"paths": ["sent"], "time": "iso", "zone": "Moon/Tranquility"}]}, "sent_at"),
        ({"algorithm": "md5"}, "algorithm"),
        ({"more": 1}, "more"),
    ],
)
def test_a_manifest_that_says_too_little_of_webhooks_names_its_fault(broken: dict[str, Any], place: str) -> None:
    with pytest.raises(ManifestError, match=place):
        moon(**broken)
