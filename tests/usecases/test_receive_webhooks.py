"""Deliveries: queued once, whatever fails in between; refused records are kept; the car's consent rules the rest."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters.formats.registry import manifests
from ownerloop.adapters.memory import MemoryVault
from ownerloop.adapters.memory_partners import MemoryEventQueue
from ownerloop.adapters.memory_streams import MemoryQuarantine
from ownerloop.adapters.memory_webhooks import MemoryDeliveries
from ownerloop.adapters.webhooks.message import FormatRecord, message_in
from ownerloop.adapters.webhooks.request import proved
from ownerloop.domain.consent import ConsentHead
from ownerloop.domain.errors import OwnerLoopError
from ownerloop.domain.webhook import Delivery, DeliveryRefusedError
from ownerloop.usecases.receive_webhooks import Taken, WebhookWorld, take_delivery
from tests.builders import START
from tests.usecases.intake_streets import Streets, Trouble, streets
from tests.webhooks.builders import AMT, VEHICLE_NAME, VIN, a_schedule, a_state, delivered


class LostError(Exception):
    """An answer that never came."""


@dataclass
class Gate:
    """A world in memory with everything that a test looks at."""

    trouble: Trouble
    vault: MemoryVault
    deliveries: MemoryDeliveries
    queue: MemoryEventQueue
    quarantine: MemoryQuarantine

    def take(self, message: Any, *, after: timedelta = timedelta()) -> Taken:
        delivery, records = read(message)
        world = WebhookWorld(self.deliveries, self.vault, self.queue, self.quarantine)
        return take_delivery(delivery, records, world=world, now=START + after)

    @property
    def events(self) -> list[bytes]:
        return [event for event, _ in self.queue.events]


def gate(vault: MemoryVault | None = None) -> Gate:
    trouble = Trouble()
    return Gate(
        trouble=trouble,
        vault=vault or MemoryVault(on_operation=trouble),
        deliveries=MemoryDeliveries(on_operation=trouble),
        queue=MemoryEventQueue(on_operation=trouble),
        quarantine=MemoryQuarantine(on_operation=trouble),
    )


def read(message: Any) -> tuple[Delivery, Sequence[FormatRecord]]:
    said = message_in(proved(delivered(message), sources=manifests(), secret={"smartcar": AMT}))
    return said.delivery, said.records


def lose() -> None:
    raise LostError


WORDS = ["value", "unit", "data", "vehicles", "signals", "code", "body", "meta", "path", "headers"]
STEPS = ["deliveries.claim", "event_queue.send", "deliveries.finish"]


@pytest.mark.parametrize("step", STEPS)
def test_an_attempt_that_broke_is_taken_again_with_the_events_that_it_had(step: str) -> None:
    world = gate()
    world.trouble.at[step, 1] = lose

    with pytest.raises(LostError):
        world.take(a_state())
    again = world.take(a_state(), after=timedelta(seconds=25))
    third = world.take(a_state(), after=timedelta(seconds=75))

    assert (again.queued, third) == (1, Taken(is_repeat=True))
    assert len(set(world.events)) == 1


def test_a_second_content_is_refused_even_while_the_first_is_not_finished() -> None:
    world = gate()
    world.trouble.at["event_queue.send", 1] = lose
    with pytest.raises(LostError):
        world.take(a_state(km=1_000))

    with pytest.raises(DeliveryRefusedError, match="one content only"):
        world.take(a_state(km=2_000))
    assert world.events == []


def test_a_delivery_without_an_id_is_known_by_what_it_says() -> None:
    world = gate()

    first, again, other = (world.take(a_schedule(km=km)) for km in (1_000, 1_000, 1_001))

    assert [taken.queued for taken in (first, again, other)] == [1, 0, 1]
    assert again.is_repeat


def test_each_car_of_a_schedule_is_taken_or_refused_for_itself() -> None:
    world, message = gate(), a_schedule()
    good = message["payload"]["vehicles"][0]
    no_unit = {**good, "data": [{"path": "/odometer", "body": {"distance": 5}}, good["data"][-1]]}
    message["payload"]["vehicles"] = [no_unit, good, {**good, "data": good["data"][:1]}, "no car", {}]

    taken = world.take(message)

    assert taken.queued == 1
    assert taken.refused == {"ambiguous_unit": 1, "unknown_vehicle": 1, "not_an_object": 1, "says_nothing": 1}
    assert len(world.quarantine.held) == 4


def test_a_car_that_gives_its_vin_is_taken_while_nobody_can_say_whose_name_it_has() -> None:
    world = gate()
    world.trouble.at["vault.vins_named", 1] = lose

    assert world.take(a_state()).queued == 1


def test_the_newer_word_says_which_car_a_name_means() -> None:
    vault = MemoryVault()
    cars = vault.enrol_vehicles([VIN, "0DMDEMXX500000002"])
    vault.name_vehicle(cars["0DMDEMXX500000002"], source="smartcar", name=VEHICLE_NAME, named_at=START)
    vault.name_vehicle(cars[VIN], source="smartcar", name=VEHICLE_NAME, named_at=START - timedelta(days=1))
    world = gate(vault)

    world.take(a_state(vin=None))

    assert b"0DMDEMXX500000002" in world.events[0]


def test_the_refusal_of_a_record_is_an_error_of_ours() -> None:
    _, (record,) = read(a_state(signals=[{"code": "odometer-traveleddistance", "status": {"value": "ERROR"}}]))

    with pytest.raises(OwnerLoopError):
        record.as_event(VIN)


def test_from_the_webhook_to_the_car_as_far_as_its_owner_consents() -> None:
    street: Streets = streets()
    vehicle_id = street.enrol(VIN)
    street.vault.name_vehicle(vehicle_id, source="smartcar", name=VEHICLE_NAME, named_at=START)
    world = gate(street.vault)

    world.take(a_state(vin=None, km=48_213.4))
    street.ingest(*world.events)

    assert [reading.odometer_m for reading in street.car().evidence] == [48_213_400]
    assert [row["source"] for row in street.history.rows["readings"]] == ["urn:ownerloop:format:smartcar"]


def test_a_webhook_for_a_car_without_a_consent_leaves_nothing() -> None:
    street = streets()
    street.enrol(VIN, consent=ConsentHead())
    world = gate(street.vault)

    world.take(a_state())
    report = street.ingest(*world.events)

    assert street.car().evidence == ()
    assert report.refused == {"no_consent": 1}


def test_a_delivery_of_another_source_with_the_same_id_is_another() -> None:
    delivery, records = read(a_state())
    world = gate()
    world.take(a_state())

    other = take_delivery(
        replace(delivery, source="moonbuggy", digest="another"),
        records,
        world=WebhookWorld(world.deliveries, world.vault, world.queue, world.quarantine),
        now=START,
    )

    assert other.queued == 1


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS), inner, max_size=4),
    max_leaves=12,
)


@given(st.data())
def test_whatever_a_source_signs_is_taken_or_refused_and_never_breaks(data: st.DataObject) -> None:
    message = data.draw(st.sampled_from([a_state(), a_schedule()]))
    path = data.draw(st.sampled_from(sorted(paths_in(message), key=str)))
    world = gate()

    with suppress(OwnerLoopError):
        taken = world.take(replaced(message, path, data.draw(ANYTHING)))
        assert taken.queued == len(world.events) <= 1
        assert taken.refused.total() == len(world.quarantine.held)


@given(st.lists(st.sampled_from(["e-1", "e-2", "e-3"]), max_size=9), st.sets(st.integers(0, 30), max_size=5))
def test_every_delivery_ends_as_one_event_whatever_broke_and_however_often_it_came(
    ids: list[str], broken: set[int]
) -> None:
    world = gate()
    left = iter(range(1_000))

    def break_sometimes() -> None:
        if next(left) in broken:
            raise LostError

    world.trouble.always = dict.fromkeys(STEPS, break_sometimes)
    for event_id in [*ids, *ids * 6]:
        with suppress(LostError):
            world.take(a_state(event_id=event_id, km=float(ord(event_id[-1]))))

    assert len(set(world.events)) == len(set(ids))


def paths_in(value: Any, at: tuple[Any, ...] = ()) -> set[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return {at}.union(*(paths_in(one, (*at, key)) for key, one in inner)) - {()}


def replaced(value: Any, path: tuple[Any, ...], by: Any) -> Any:
    if not path:
        return by
    key, *rest = path
    if isinstance(value, list):
        return [replaced(one, tuple(rest), by) if place == key else one for place, one in enumerate(value)]
    return {name: replaced(one, tuple(rest), by) if name == key else one for name, one in value.items()}
