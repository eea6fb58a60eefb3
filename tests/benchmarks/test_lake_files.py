"""T11: the bytes of a reading in the lake, and one car's readings looked up in a sorted file and in one as it arrived.

A million readings of a fleet's day: 2,500 cars, random event keys (16 of the bytes are noise that nothing removes).
The peer is what a delivery stream leaves: rows as they arrived, snappy, its writer's defaults.
"""

import io
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from ownerloop.adapters.lake import in_order, parquet_of
from ownerloop.adapters.lake_schemas import SCHEMAS
from tests.benchmarks.figures import Figure, told

pytestmark = pytest.mark.bench

ROWS, CARS, RUNS = 1_000_000, 2_500, 9
BEGINS_MS, DAY_MS = 1_780_000_000_000, 86_400_000
SCHEMA = SCHEMAS["readings"]
_IDS = np.random.default_rng(4)
CAR_IDS = pa.array([f"v_{_IDS.bytes(12).hex()}" for _ in range(CARS)])


def the_day() -> pa.Table:
    """Return the readings as they arrived."""
    chance = np.random.default_rng(3)
    at = np.sort(chance.integers(0, DAY_MS, ROWS)) // 1_000 * 1_000
    car = chance.integers(0, CARS, ROWS)
    driven = at / DAY_MS * chance.integers(0, 120_000, CARS)[car]
    odometer = chance.integers(5_000, 120_000, CARS)[car] * 1_000 + driven.astype(np.int64) // 100 * 100
    charge = np.round(90 - 70 * ((at / DAY_MS + car * 0.1) % 1), 1)
    millivolts = 12_600 + chance.integers(-20, 20, ROWS) * 10
    columns = {
        "event_key": pa.array([chance.bytes(16) for _ in range(ROWS)]),
        "vehicle_id": CAR_IDS.take(pa.array(car)),
        "store_id": pa.array(["sh-pudong", "cd-gaoxin", "ur-tianshan"]).take(pa.array(car % 3)),
        "read_at": pa.array(BEGINS_MS + at),
        "received_at": pa.array(BEGINS_MS + at + chance.integers(300, 4_000, ROWS)),
        "odometer_m": pa.array(odometer),
        "date_only": pa.array(np.zeros(ROWS, dtype=np.bool_)),
        "distance_to_service_m": pa.array(15_000_000 - odometer % 15_000_000, mask=car % 4 != 0),
        "state_of_charge_percent": pa.array(charge, mask=car % 2 == 0),
        "low_voltage_mv": pa.array(millivolts, mask=car % 5 != 0),
        "consent_epoch": pa.array(np.ones(ROWS, dtype=np.int32)),
        "state_epoch": pa.array(np.ones(ROWS, dtype=np.int32)),
        "source": pa.array(["oem/telematics", "tsp/box"]).take(pa.array(car % 2)),
    }
    nothing = pa.nulls(ROWS)
    return pa.Table.from_arrays([columns.get(field.name, nothing).cast(field.type) for field in SCHEMA], schema=SCHEMA)


def as_delivered(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="snappy")
    return sink.getvalue()


def car_in(file: bytes, number: int) -> pa.Table:
    return pq.read_table(io.BytesIO(file), filters=[("vehicle_id", "=", CAR_IDS[number].as_py())])


def test_the_bytes_of_a_reading_and_the_way_to_one_car() -> None:
    arrived = the_day()
    ours, peer = parquet_of(in_order("readings", arrived)), as_delivered(arrived)
    for number in (0, 77, 1_234):
        assert car_in(ours, number).equals(in_order("readings", car_in(peer, number)))

    seconds = [processor_time(lambda file=file: car_in(file, 77)) for file in (ours, peer)]
    told(
        Figure(
            target="T11",
            what="bytes of a reading in the lake",
            ours=len(ours) / ROWS,
            peer=len(peer) / ROWS,
            unit="bytes",
            score=len(ours) / ROWS,
            must=29,
            aim=20,
            is_most=True,
            note="16 of them are the event's key, which is noise",
        ),
        Figure(
            target="T11",
            what="one car's readings of a day",
            ours=seconds[0] * 1e3,
            peer=seconds[1] * 1e3,
            unit="ms",
            score=seconds[1] / seconds[0],
            must=6,
            aim=15,
            note=f"{ROWS:,} rows of {CARS:,} cars, in our order beside the order of arrival",
        ),
    )


def processor_time(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)
