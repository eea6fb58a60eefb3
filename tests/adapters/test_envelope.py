"""Message bodies: one event, an array, a compressed batch; what is broken costs only itself."""

import base64
import json
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.adapters import envelope, packing
from ownerloop.adapters.envelope import EVENTS_MAX, pack, unpack
from ownerloop.adapters.packing import EXPANDED_MAX_BYTES, NotUnpackableError, compress, expand
from ownerloop.adapters.records import raw_events, slices

NOW = datetime(2026, 1, 5, 4, tzinfo=UTC)


def packed(plain: bytes, *, count: int, **more: object) -> str:
    return json.dumps({"encoding": "zlib+base64", "count": count, "events": compress(plain), **more})


def a_record(body: str, *, message_id: str = "m", **attributes: str) -> dict[str, object]:
    return {"messageId": message_id, "body": body, "attributes": attributes}


def test_a_body_is_one_event() -> None:
    assert unpack(' {"a": 1}\n').events == [b'{"a": 1}']


@pytest.mark.parametrize("body", ["", "no json", "42", '"text"', "{broken"])
def test_a_body_that_is_nothing_known_is_one_event_to_refuse(body: str) -> None:
    assert unpack(body).events == [body.encode()]


def test_an_array_gives_each_element_as_it_was_written() -> None:
    assert unpack('[{"a": 1} , 42,"x"]').events == [b'{"a": 1}', b"42", b'"x"']
    assert unpack(" [ ] ").events == []


def test_an_array_with_a_broken_element_keeps_the_others() -> None:
    assert unpack('[{"a":1},{"b":NaN},{"c":3}]').events == [b'{"a":1}', b'{"b":NaN}', b'{"c":3}']
    assert unpack('[{"a":1},{broken},{"c":3}]').events == [b'{"a":1}', b'{broken},{"c":3}]']
    assert unpack('[{"a":1},{"c":3}').events == [b'{"a":1}', b'{"c":3}']
    assert unpack("[" * 100_000).events == [b"[" * 100_000]


@given(st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5)), max_size=20))
def test_what_is_packed_comes_out_in_order(events: list[dict[str, object]]) -> None:
    bodies = [json.dumps(event, ensure_ascii=False).encode() for event in events]

    unpacked = [event for body in pack(bodies) for event in unpack(body).events]

    assert unpacked == bodies


def test_a_compressed_array_is_read_too() -> None:
    assert unpack(packed(b'[{"a":1},{"b":2}]', count=2)).events == [b'{"a":1}', b'{"b":2}']


def test_a_broken_line_of_a_compressed_batch_costs_only_itself() -> None:
    unpacked = unpack(packed(b'{"a":1}\n{broken\n\n{"c":3}', count=3))

    assert unpacked.events == [b'{"a":1}', b"{broken", b'{"c":3}']
    assert unpacked.rule == ""


def test_receipt_and_redelivery_travel_with_the_batch() -> None:
    (body,) = pack([b"{}"], received_at=NOW, was_delivered=True)

    unpacked = unpack(body)

    assert (unpacked.received_at, unpacked.was_delivered) == (NOW, True)


def test_packing_keeps_to_the_size_of_a_message_in_few_messages() -> None:
    events = [
        json.dumps({"id": number, "noise": f"{number * 2654435761 % 2**64:x}"}).encode() for number in range(9000)
    ]

    bodies = pack(events, max_bytes=64 * 1024)

    assert all(len(body) <= 64 * 1024 for body in bodies)
    assert len(bodies) <= 4
    assert [event for body in bodies for event in unpack(body).events] == events


def test_a_packed_event_takes_less_than_360_bytes() -> None:
    sample = json.dumps(json.loads('{"specversion":"1.0"}') | {"subject": "0DMDEMXX300000001", "pad": "x" * 250})
    events = [sample.replace("300000001", f"{number:09d}").encode() for number in range(500)]

    (body,) = pack(events)

    assert len(body) / 500 <= 126


def test_one_event_larger_than_a_message_is_nobodys_to_pack() -> None:
    noise = base64.b64encode(zlib.compress(bytes(range(256)) * 10)).decode()

    with pytest.raises(ValueError, match="larger than a message"):
        pack([json.dumps(noise).encode()], max_bytes=100)


def test_a_bomb_is_refused_before_it_expands() -> None:
    bomb = packed(b" " * (EXPANDED_MAX_BYTES * 4), count=1)
    assert len(bomb) < 64 * 1024

    unpacked = unpack(bomb)

    assert unpacked.events == []
    assert "expands to more" in unpacked.rule


def test_a_swarm_of_tiny_events_is_refused() -> None:
    assert "holds more than" in unpack(packed(b"{}\n" * (EVENTS_MAX + 1), count=1)).rule
    assert "holds more than" in unpack("[" + "1," * EVENTS_MAX + "1]").rule


@pytest.mark.parametrize(
    "text", ["%%%", "", base64.b64encode(b"no zlib").decode(), compress(b"cut short")[:-8] + "===="]
)
def test_what_is_no_compressed_text_is_refused(text: str) -> None:
    with pytest.raises(NotUnpackableError):
        expand(text)

    assert unpack(json.dumps({"encoding": "zlib+base64", "count": 1, "events": text})).rule


def test_something_behind_the_compressed_end_is_refused() -> None:
    with pytest.raises(NotUnpackableError):
        expand(base64.b64encode(zlib.compress(b"{}") + b"more").decode())


def test_a_count_that_is_wrong_is_said_and_loses_nothing() -> None:
    unpacked = unpack(packed(b'{"a":1}\n{"b":2}', count=3))

    assert unpacked.events == [b'{"a":1}', b'{"b":2}']
    assert unpacked.rule == "holds another number of events than it says"


def test_an_envelope_without_its_fields_is_one_event_to_refuse() -> None:
    body = '{"encoding": "zlib+base64", "events": 7}'

    assert unpack(body).events == [body.encode()]


def test_an_event_that_speaks_of_the_encoding_is_still_an_event() -> None:
    body = '{"id": "1", "note": "zlib+base64"}'

    assert unpack(body).events == [body.encode()]


def test_a_record_knows_when_it_was_sent_and_whether_it_came_before() -> None:
    (first,) = raw_events(a_record("{}", SentTimestamp="1767585600500", ApproximateReceiveCount="1"), now=NOW)
    (again,) = raw_events(a_record("{}", SentTimestamp="1767585600000", ApproximateReceiveCount="2"), now=NOW)
    (bare,) = raw_events({"messageId": "m", "body": "{}"}, now=NOW)

    assert first.received_at == datetime(2026, 1, 5, 4, 0, 0, 500_000, tzinfo=UTC)
    assert (first.was_delivered, again.was_delivered) == (False, True)
    assert bare.received_at == NOW


def test_a_message_that_is_broken_as_a_whole_is_one_event_with_its_rule() -> None:
    bomb = packed(b" " * (EXPANDED_MAX_BYTES + 1), count=1)

    (raw,) = raw_events(a_record(bomb), now=NOW)

    assert raw.body == bomb.encode()
    assert "expands" in raw.rule


def test_a_hundred_large_messages_never_stand_in_memory_together() -> None:
    body = packed(b'{"a":1}\n' * 1000, count=1000)
    records = [a_record(body, message_id=str(number)) for number in range(100)]

    parts = list(slices(records, now=NOW, max_bytes=20_000))

    assert sum(len(part) for part in parts) == 100_000
    assert max(len(part) for part in parts) <= 3_000
    for part in parts[:-1]:
        assert {raw.message_id for raw in part}.isdisjoint({raw.message_id for raw in parts[-1]})


def test_the_limits_are_those_of_the_design() -> None:
    assert (packing.EXPANDED_MAX_BYTES, packing.MESSAGE_MAX_BYTES) == (8 * 2**20, 256 * 2**10)
    assert envelope.EVENTS_MAX == 20_000
