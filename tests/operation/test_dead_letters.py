"""The given-up: seen without being lost, sent back once, counted when they come again, never removed in silence."""

import json
from typing import Any

import boto3
import pytest

from infra.operation import audit
from infra.operation.discarding import discard
from infra.operation.letters import Box
from infra.operation.names import Names
from infra.operation.opening import open_letter
from infra.operation.places import NoSuchPlaceError, Way, place_called, places
from infra.operation.redriving import Wish
from infra.operation.site import Site
from infra.template.reading import load_template, resources
from ownerloop.adapters.envelope import pack, unpack
from ownerloop.adapters.history import pack_rows
from tests.builders import START
from tests.functions.stack import Stack
from tests.messages import VIN, a_telemetry, body
from tests.operation.boxes import messages, put, run, the_box


def test_every_queue_where_something_can_end_is_a_place_of_the_given_up() -> None:
    queues = resources(load_template(), "AWS::SQS::Queue")
    worked = {name for name, queue in queues.items() if "RedrivePolicy" in queue["Properties"]}

    known = places()

    assert {place.name for place in known} | worked == set(queues)
    assert {place.source for place in known if place.way is Way.QUEUE} == worked
    assert all(place.functions for place in known)
    assert place_called("vehicledata").name == place_called("VehicleDataQueue").name == "VehicleDataDeadLetters"
    with pytest.raises(NoSuchPlaceError, match="SendFailureQueue"):
        place_called("nowhere")


def test_looking_takes_nothing_out(site: Site) -> None:
    put(site, "VehicleDataDeadLetters", *messages(13))

    first = {letter.message_id for letter in the_box(site).letters(most=100)}
    second = {letter.message_id for letter in the_box(site).letters(most=100)}

    assert len(first) == 13
    assert first == second
    assert the_box(site).depth() == 13


def test_what_is_shown_names_no_car_and_no_owner(site: Site, vehicle_id: str) -> None:
    phone, openid, key = "13800138000", "oABCDEFGHIJKLMNOPQRSTUVWXYZ1", "KEY-OF-A-DEALER"
    stranger = "LSVAA4182E2000001"
    events = [
        a_telemetry(event_id=f"{VIN}-7"),
        a_telemetry(vin=stranger),
        {"type": "ownerloop.owner.registered.v1", "subject": key, "data": {"phone": phone, "note": "call Ms Li"}},
        {"type": "t", "data": {"openid": openid, "phone": int(phone), stranger: {"value": phone}}},
    ]
    put(site, "VehicleDataDeadLetters", pack([body(event) for event in events])[0], "not json " + VIN)

    letters = list(the_box(site).letters(most=9))
    told = [open_letter(letter, place_called("VehicleDataDeadLetters"), Names(site).digest) for letter in letters]

    text = json.dumps([one.said for one in told])
    assert not [name for name in (VIN, stranger, phone, openid, key, "Ms Li") if name in text]
    assert vehicle_id in text
    assert "Vehicle.TraveledDistance" in text
    assert "urn:test:cars" in text
    assert sorted(one.count for one in told) == [1, 4]


def test_a_packed_history_message_is_told_by_its_dataset(site: Site) -> None:
    rows = [{"event_key": "0" * 32, "vehicle_id": "v_1"}]
    put(site, "HistoryDeadLetters", pack_rows("readings", rows)[0])
    place = place_called("HistoryDeadLetters")

    (letter,) = Box(site, place).letters(most=1)

    opened = open_letter(letter, place, Names(site).digest)
    assert opened.said == [{"dataset": "readings", "rows": 1}]
    assert opened.keys == ["0" * 32]


def test_events_go_back_with_the_instant_at_which_we_first_had_them(site: Site, stack: Stack) -> None:
    put(site, "VehicleDataDeadLetters", *messages(12))
    (first, *_) = the_box(site).letters(most=1)

    tally = run(site, Wish())

    back = [unpack(one) for one in stack.queue("VehicleDataQueue")]
    assert len(tally.redriven) == len(back) == 12
    assert the_box(site).depth() == 0
    assert all(one.was_delivered and one.received_at is not None for one in back)
    assert abs((back[0].received_at or START) - first.sent_at).total_seconds() < 60
    assert {event for one in back for event in one.events} == {one.encode() for one in messages(12)}


def test_a_message_that_already_says_when_it_was_received_keeps_its_word(site: Site, stack: Stack) -> None:
    put(site, "VehicleDataDeadLetters", pack([body(a_telemetry())], received_at=START)[0])

    run(site, Wish())

    (back,) = stack.queue("VehicleDataQueue")
    assert unpack(back).received_at == START


def test_ids_and_numbers_choose_what_goes_back(site: Site, stack: Stack) -> None:
    ids = put(site, "VehicleDataDeadLetters", *messages(6))

    by_id = run(site, Wish(ids=frozenset({ids[4], "nobody"})))
    by_number = run(site, Wish(most=2))

    assert (by_id.redriven, by_id.missing) == ([ids[4]], ["nobody"])
    assert len(by_number.redriven) == 2
    assert the_box(site).depth() == 3
    assert len(stack.queue("VehicleDataQueue")) == 3


def test_what_failed_again_after_a_redrive_waits_for_a_second_word(site: Site, stack: Stack) -> None:
    (again,) = put(site, "VehicleDataDeadLetters", *messages(1), redrives=1)

    cautious = run(site, Wish())
    decided = run(site, Wish(again=True))

    assert (cautious.redriven, cautious.came_back) == ([], [again])
    assert decided.redriven == [again]
    queue = boto3.client("sqs")
    (back,) = queue.receive_message(QueueUrl=site.ids["VehicleDataQueue"], MessageAttributeNames=["All"])["Messages"]
    assert back["MessageAttributes"] == {"redrives": {"StringValue": "2", "DataType": "Number"}}


def test_what_is_held_for_too_long_and_comes_once_more_hides_nothing_behind_it(
    site: Site, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, "VehicleDataDeadLetters", *messages(25), redrives=1)
    fresh = put(site, "VehicleDataDeadLetters", *messages(12))
    real, pages = Box._receive, []

    def twice(self: Box, most: int) -> list[Any]:
        pages.append(pages[-1] if len(pages) % 3 else real(self, most))
        return list(pages[-1])

    monkeypatch.setattr(Box, "_receive", twice)

    tally = run(site, Wish())

    assert sorted(tally.redriven) == sorted(fresh)
    assert len(tally.came_back) == 25
    assert the_box(site).depth() == 25


class DeathError(BaseException):
    """The process is gone."""


def test_a_redrive_killed_between_sending_and_removing_only_sends_twice(
    site: Site, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(site, "VehicleDataDeadLetters", *messages(3))
    real, removed = Box.remove, []

    def dying(self: Box, letter: Any) -> None:
        if removed:
            raise DeathError
        removed.append(letter.message_id)
        real(self, letter)

    monkeypatch.setattr(Box, "remove", dying)
    with pytest.raises(DeathError):
        run(site, Wish())
    monkeypatch.setattr(Box, "remove", real)
    tally = run(site, Wish())

    back = [unpack(one).events[0] for one in stack.queue("VehicleDataQueue")]
    assert tally.came_back == []
    assert len(tally.redriven) == 2
    assert len(back) == 4
    assert set(back) == {one.encode() for one in messages(3)}


def test_a_discard_writes_down_who_when_why_and_what(site: Site) -> None:
    first, _ = put(site, "VehicleDataDeadLetters", *messages(2))

    gone, missing = discard(
        the_box(site), frozenset({first, "nobody"}), why="sent twice by the source", names=Names(site)
    )

    (line,) = audit.lines_of(START.date().isoformat(), site)
    assert (gone, missing) == ([first], ["nobody"])
    assert the_box(site).depth() == 1
    assert (line["act"], line["why"], line["place"]) == (
        "discarded",
        "sent twice by the source",
        "VehicleDataDeadLetters",
    )
    assert str(line["by"]).startswith("arn:")
    assert len(str(line["payload_hash"])) == 64
    assert line["events"] == 1
    assert VIN not in repr(line)
