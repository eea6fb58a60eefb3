"""Ten thousand broken frames: none crashes the decoder, and none passes with a wrong check sum."""

import json
import random

import pytest

from ownerloop.adapters.formats.event import CanonicalEvent, RefusedRecordError
from ownerloop.adapters.formats.gbt32960.facts import canonical
from ownerloop.adapters.formats.gbt32960.frame import read_frame
from tests.adapters.formats.encoder import a_2025_frame, a_frame, a_realtime_frame, at, full_2016, full_2025, u16

MUTATIONS = 10_000
WHOLE = pytest.param(500_000, marks=(pytest.mark.prove, pytest.mark.slow))
SEEDS = [
    a_realtime_frame(*full_2016()),
    a_realtime_frame(command=3),
    a_2025_frame(*full_2025()),
    a_frame(at() + u16(7) + b"0" * 20 + bytes([1, 4]) + b"PACK", command=1),
    a_frame(at(), command=2, response=1),
    a_frame(b"", command=7),
]


def _bcc(frame: bytes) -> int:
    check = 0
    for byte in frame[2:-1]:
        check ^= byte
    return check


def _mutated(chance: random.Random) -> bytes:
    frame = bytearray(chance.choice(SEEDS))
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(len(frame))
        match chance.randrange(4):
            case 0:
                frame[place] ^= 1 << chance.randrange(8)
            case 1:
                frame[place] = chance.choice([0, 1, 0xFE, 0xFF, chance.randrange(256)])
            case 2:
                del frame[place : place + chance.randint(1, 8)]
            case _:
                frame[place:place] = chance.randbytes(chance.randint(1, 8))
        if not frame:
            break
    if chance.random() < 0.5 and len(frame) > 25:  # half of them lie with a right length and check sum
        frame[22:24] = (len(frame) - 25).to_bytes(2, "big")
        frame[-1] = _bcc(bytes(frame))
    return bytes(frame)


@pytest.mark.parametrize("mutations", [MUTATIONS, WHOLE])
def test_a_mutated_frame_never_crashes_and_never_passes_a_wrong_check_sum(mutations: int) -> None:
    chance = random.Random(20260302)
    accepted = 0

    for _ in range(mutations):
        frame = _mutated(chance)
        told = _told(frame)
        if isinstance(told, RefusedRecordError):
            assert told.at_byte is not None
            assert 0 <= told.at_byte <= len(frame)
            continue
        accepted += 1
        assert frame[-1] == _bcc(frame)
        assert len(frame) == 25 + int.from_bytes(frame[22:24], "big")
        json.dumps(told.as_json(), allow_nan=False)

    assert 0 < accepted < mutations


def _told(frame: bytes) -> CanonicalEvent | RefusedRecordError:
    try:
        return canonical(read_frame(frame))
    except RefusedRecordError as refusal:
        return refusal
