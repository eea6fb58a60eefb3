"""What an operator changes of an event: settings and merge patches."""

from typing import Any

import pytest

from infra.operation.patching import BadPatchError, merge_patched, patch_of

UNIT = "data.signals.Vehicle.TraveledDistance.unit"


def test_a_path_finds_names_that_have_dots_themselves() -> None:
    document = {"data": {"signals": {"Vehicle.TraveledDistance": {"unit": "furlong"}}}}

    assert patch_of(f"{UNIT}=m", document) == {"data": {"signals": {"Vehicle.TraveledDistance": {"unit": "m"}}}}
    assert patch_of("/data/signals/a.b~1c=7", {}) == {"data": {"signals": {"a.b/c": 7}}}
    assert patch_of("data.odometer_m=123000", {}) == {"data": {"odometer_m": 123_000}}
    assert merge_patched(document, patch_of("data.signals=null", document)) == {"data": {}}


@pytest.mark.parametrize("setting", ["", "unit", "=m", "a..b=1"])
def test_a_setting_that_names_no_place_is_refused(setting: str) -> None:
    with pytest.raises(BadPatchError):
        patch_of(setting, {})


@pytest.mark.parametrize(  # the examples of RFC 7396, appendix A
    ("document", "patch", "result"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
def test_a_merge_patch_does_what_its_standard_says(document: Any, patch: Any, result: Any) -> None:
    assert merge_patched(document, patch) == result
