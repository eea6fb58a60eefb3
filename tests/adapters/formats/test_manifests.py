"""Manifests: all that ship are valid and sampled, a broken one names its fault, a new source is data only."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from ownerloop.adapters.formats.manifest import ManifestError
from ownerloop.adapters.formats.registry import by_manifest, decoded, format_names, manifest_of, manifests
from ownerloop.contracts import vocabulary as words
from tests.adapters.formats.encoder import VIN

SAMPLES = sorted((Path(__file__).parents[3] / "events" / "formats").iterdir())
SHIPPED = files("ownerloop.data").joinpath("manifests")

INVENTED: dict[str, Any] = {
    "format": "moonbuggy",
    "version": 1,
    "kind": "telegram",
    "source": "invented for this test",
    "records": ["cars"],
    "vin": ["chassis"],
    "recorded_at": [{"paths": ["seen"], "time": "epoch_s"}],
    "fetched_at": [{"paths": ["asked"], "time": "iso", "zone": "Asia/Shanghai"}],
    "requires": ["vin", "recorded_at", "odometer"],
    "signals": {
        words.ODOMETER: {
            "paths": ["way"],
            "unit": {"paths": ["measure"], "words": {"leagues": "mi"}},
            "to": "m",
            "low": 0,
            "high": 2_000_000_000,
        }
    },
    "services": [
        {"each": ["jobs"], "named_by": ["what"], "span": {"paths": ["in"], "unit": "weeks", "to": "s"}, "status": ["s"]}
    ],
    "facts": {"mood": {"paths": ["mood"], "kind": "text"}},
}
CAR = {"chassis": VIN, "seen": 1_772_448_000, "way": "30000", "measure": "leagues", "mood": "merry"}


def the_invented(**changes: Any) -> Any:
    return manifest_of(json.dumps({**INVENTED, **changes}), name="moonbuggy.json")


def test_every_manifest_of_the_package_is_valid() -> None:
    names = {entry.name.removesuffix(".json") for entry in SHIPPED.iterdir()}

    assert set(manifests()) == names
    assert {"bmw", "skoda", "toyota", "highmobility", "smartcar", "tesla", "vss"} <= names


def test_every_format_has_a_sample_of_which_nothing_is_refused() -> None:
    assert {path.name.split(".")[0] for path in SAMPLES} == set(format_names())
    for path in SAMPLES:
        results = list(decoded(path.name.split(".")[0], path.read_bytes()))
        assert results
        assert [result.refusal for result in results if result.refusal] == []
        assert {result.event.vin for result in results if result.event} <= {VIN, "0DMDEMXX500000002"}


def test_a_new_source_is_a_manifest_and_a_sample_and_nothing_else() -> None:
    jobs = [{"what": "Wheel Check", "in": -2, "s": "LATE"}]
    file = json.dumps({"asked": "2026-03-02T20:00:00", "cars": [{**CAR, "jobs": jobs}, {**CAR, "way": "much"}]})

    told, refused = by_manifest(the_invented(), file.encode())

    assert told.event is not None
    assert told.event.odometer_m == 48_280_320
    assert told.event.as_json()["read_at"] == "2026-03-02T10:40:00Z"
    assert told.event.as_json()["provenance"]["fetched_at"] == "2026-03-02T12:00:00Z"
    assert told.event.facts["services"][0]["item"] == "wheel_check"
    assert told.event.signals[words.TIME_TO_SERVICE].value == -2 * 7 * 86_400
    assert told.event.facts["mood"] == "merry"
    assert refused.refusal is not None
    assert "not_a_number" in str(refused.refusal)


@pytest.mark.parametrize("missing", ["chassis", "seen", "way"])
def test_a_required_field_that_is_missing_is_named(missing: str) -> None:
    car = {name: value for name, value in CAR.items() if name != missing}

    (result,) = by_manifest(the_invented(), json.dumps(car).encode())

    assert result.refusal is not None
    assert result.refusal.reason == "missing_field"


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"format": "Moon"}, "format"),
        ({"format": "other"}, "format"),
        ({"version": 0}, "version"),
        ({"source": ""}, "source"),
        ({"colour": "red"}, "colour"),
        ({"requires": ["weight"]}, "requires"),
        ({"vin": []}, "vin"),
        ({"recorded_at": []}, "recorded_at"),
        ({"recorded_at": [{"paths": ["seen"], "time": "stardate"}]}, "recorded_at"),
        ({"recorded_at": [{"paths": ["seen"], "time": "iso", "zone": "Moon/Base"}]}, "zone"),
        ({"recorded_at": [{"paths": [], "time": "iso"}]}, "paths"),
        ({"signals": {}}, "signals"),
        ({"signals": {"odo": {"paths": ["way"]}}, "requires": []}, "signals.odo"),
        ({"signals": {words.ODOMETER: {"paths": ["way"], "unit": "km", "to": "km"}}}, words.ODOMETER),
        ({"signals": {words.ODOMETER: {"paths": ["way"], "unit": "parsec", "to": "m"}}}, "unit"),
        ({"signals": {words.ODOMETER: {"paths": ["way"], "unit": "s", "to": "m"}}}, "to"),
        ({"signals": {words.ODOMETER: {"paths": ["a..b"], "unit": "km", "to": "m"}}}, "paths"),
        ({"signals": {words.ODOMETER: {"paths": ["way"], "unit": "km", "to": "m", "low": 2, "high": 1}}}, "low"),
        ({"signals": {words.ODOMETER: {"paths": ["way"], "unit": "km", "to": "m", "kind": "text"}}}, "kind"),
        ({"signals": {words.FAULT_CODES: {"paths": ["codes"]}}, "requires": []}, "kind"),
        ({"services": [{"span": {"paths": ["in"], "unit": "d", "to": "s"}}]}, "services[0]"),
        ({"services": [{"each": ["jobs"]}]}, "named_by"),
        ({"services": [{"item": "a", "span": {"paths": ["in"], "unit": "d", "to": "d"}}]}, "span.to"),
        (
            {
                "services": [
                    {
                        "item": "a",
                        "span": {"paths": ["in"], "unit": "d", "to": "s"},
                        "overdue": "positive_after_limit",
                    }
                ]
            },
            "span_clues",
        ),
    ],
)
def test_a_broken_manifest_is_refused_with_its_place(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(ManifestError) as caught:
        the_invented(**changes)

    assert place in str(caught.value)


def test_a_manifest_that_is_no_json_is_refused() -> None:
    with pytest.raises(ManifestError):
        manifest_of(b"{", name="moonbuggy.json")
