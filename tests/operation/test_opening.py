"""What an operator is shown of a message names nobody, however oddly it was told."""

import json
from collections.abc import Callable, Iterable

import pytest

from infra.operation.opening import shown
from tests.canary import birds
from tests.canary.search import Search


@pytest.mark.parametrize("events", [birds.enrolments, birds.readings, birds.interactions, birds.garbage])
def test_no_canary_is_shown(events: Callable[[], Iterable[object]]) -> None:
    search = Search(birds.KINDS)
    for event in events():
        raw = event if isinstance(event, str) else json.dumps(event)
        search.look("shown", [json.dumps(shown(raw.encode(), lambda kind, _: f"~{kind}"), ensure_ascii=False)])

    assert search.hits == set()
    assert search.empty == []


@pytest.mark.parametrize("name", ["value", "source", "zone"])
@pytest.mark.parametrize("text", ["+86 138 0000 7391", "138-0000-7391", "１３８００００７３９１", birds.PLATE])
def test_a_phone_in_groups_or_of_full_width_and_a_plate_are_masked_under_any_name(name: str, text: str) -> None:
    assert shown(json.dumps({name: text, "unit": "km"}).encode(), lambda *_: "~") == {name: "~", "unit": "km"}


@pytest.mark.parametrize(
    "name", ["Vehicle.CurrentLocation.Latitude", "Vehicle.CurrentLocation", "lng", "gps", "last_position"]
)
def test_where_a_car_was_is_shown_to_nobody(name: str) -> None:
    raw = json.dumps(
        {"data": {"signals": {name: {"value": 31.2248, "unit": "degrees"}, "Vehicle.Speed": {"value": 31}}}}
    )

    said = json.dumps(shown(raw.encode(), lambda *_: "~"))
    assert "31.2" not in said
    assert '"Vehicle.Speed": {"value": 31}' in said
