"""Builds GB/T 32960.3 frames for tests, from the standard's tables and from nothing of the decoder."""

from collections.abc import Iterable
from datetime import datetime

VIN = "0DMDEMXX300000001"
LOCAL = datetime(2026, 3, 2, 18, 40, 0)  # noqa: DTZ001  # Beijing time, as the frame carries it
COMMAND = 0xFE


def a_frame(
    data: bytes = b"",
    *,
    command: int = 0x02,
    response: int = COMMAND,
    code: bytes = VIN.encode(),
    encryption: int = 1,
    start: bytes = b"##",
    length: int | None = None,
    bcc: int | None = None,
) -> bytes:
    size = len(data) if length is None else length
    body = bytes([command, response]) + code + bytes([encryption]) + size.to_bytes(2, "big") + data
    check = 0
    for byte in body:
        check ^= byte
    return start + body + bytes([check if bcc is None else bcc])


def at(local: datetime = LOCAL) -> bytes:
    return bytes([local.year - 2000, local.month, local.day, local.hour, local.minute, local.second])


def u16(*values: int) -> bytes:
    return b"".join(value.to_bytes(2, "big") for value in values)


def u32(*values: int) -> bytes:
    return b"".join(value.to_bytes(4, "big") for value in values)


def a_vehicle(
    *,
    odometer: int = 482_134,
    soc: int = 71,
    speed: int = 432,
    voltage: int = 3856,
    current: int = 10_123,
    gear: int = 0x2E,
    brake: int = 0,
) -> bytes:
    head = bytes([1, 1, 3, 1]) + u16(speed) + u32(odometer) + u16(voltage, current)
    return head + bytes([soc, 1, gear]) + u16(12_000) + bytes([7, brake])


def a_vehicle_2025(*, odometer: int = 482_134, soc: int = 71, current: int = 30_123, gear: int = 0x2E) -> bytes:
    return bytes([1, 1, 3, 1]) + u16(432) + u32(odometer) + u16(3856, current) + bytes([soc, 1, gear]) + u16(12_000)


def motors(*, count: int = 1) -> bytes:
    motor = bytes([1, 1, 82]) + u16(21_100, 20_150) + bytes([110]) + u16(3856, 10_023)
    return bytes([2, count]) + motor * min(count, 4)


def motors_2025() -> bytes:
    return bytes([2, 1, 1, 1, 82]) + u16(33_100) + u32(200_150) + bytes([110])


def a_location(*, bits: int = 0, longitude: int = 121_400_000, latitude: int = 31_200_000) -> bytes:
    return bytes([5, bits]) + u32(longitude, latitude)


def alarms(*, level: int = 1, bits: int = 0b10010, codes: Iterable[int] = (7,), number: int = 7) -> bytes:
    listed = list(codes)
    return bytes([number, level]) + u32(bits) + bytes([len(listed)]) + u32(*listed) + bytes(3)


def extremes() -> bytes:
    return bytes([6, 1, 37]) + u16(3340) + bytes([1, 29]) + u16(3290) + bytes([1, 96, 43, 1, 5, 41])


def voltages(*cells: int) -> bytes:
    return bytes([8, 1, 1]) + u16(3856, 10_123, len(cells), 1) + bytes([len(cells)]) + u16(*cells)


def temperatures(*probes: int) -> bytes:
    return bytes([9, 1, 1]) + u16(len(probes)) + bytes(probes)


def custom(body: bytes, *, number: int = 0x80, length: int | None = None) -> bytes:
    return bytes([number]) + u16(len(body) if length is None else length) + body


def a_realtime_frame(*items: bytes, **changes: int) -> bytes:
    return a_frame(at() + b"".join(items or (a_vehicle(), motors(), a_location(), extremes(), alarms())), **changes)  # type: ignore[arg-type]


def a_2025_frame(*items: bytes, **changes: int) -> bytes:
    return a_frame(at() + b"".join(items or full_2025()), start=b"$$", **changes)  # type: ignore[arg-type]


def full_2016() -> tuple[bytes, ...]:
    fuel_cell = bytes([3]) + u16(3000, 200, 95, 2) + bytes([60, 61]) + u16(640) + bytes([1]) + u16(50) + bytes([1])
    return (
        a_vehicle(),
        motors(),
        fuel_cell + u16(350) + bytes([1, 1]),
        bytes([4, 1]) + u16(1500, 620),
        a_location(),
        extremes(),
        alarms(),
        voltages(3340, 3290, 0xFFFF),
        temperatures(60, 61, 0xFE),
        custom(b"maker", number=0x0A),
        custom(b"maker's own"),
    )


def full_2025() -> tuple[bytes, ...]:
    pack = bytes([1, 1]) + u16(3856, 30_123, 2, 3340, 3290)
    stack = bytes([0x30, 1, 1]) + u16(3000, 200, 2000, 1800) + bytes([60]) + u16(2) + bytes([60, 61])
    capacitor = bytes([0x31, 1]) + u16(900, 30_000, 1, 2700, 1) + bytes([60])
    edges = bytes([0x32, 1]) + u16(1, 2700) + bytes([1]) + u16(1, 2690) + bytes([1]) + u16(1) + bytes([60, 1])
    return (
        a_vehicle_2025(),
        motors_2025(),
        bytes([3]) + u16(640) + bytes([1]) + u16(50) + bytes([1]) + u16(350) + bytes([1, 1, 80, 70]),
        bytes([4]) + u16(1500),
        bytes([5, 0, 2]) + u32(121_400_000, 31_200_000),
        alarms(number=6, level=4, bits=1 << 23) + bytes([1, 23, 4]),
        bytes([7]) + pack,
        bytes([8, 1, 1]) + u16(2) + bytes([60, 61]),
        stack,
        capacitor,
        edges + u16(1) + bytes([59]),
        custom(b"maker's own"),
        a_signature(),
    )


def a_signature() -> bytes:
    return bytes([0xFF, 1]) + u16(4) + b"rrrr" + u16(3) + b"sss"
