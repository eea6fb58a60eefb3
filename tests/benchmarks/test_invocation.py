"""T2 and T6: what a whole invocation costs its client, and how many writes an event makes, at an endpoint that answers.

The endpoint runs in a process of its own and keeps nothing, so that only the client's processor time is counted.
"""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from infra.template.reading import load_template
from tests.benchmarks.figures import Figure, told
from tests.benchmarks.hot_path.traffic import EVENTS_A_PACK
from tests.benchmarks.hot_path.whole import RUNS

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {
    **os.environ,
    "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "shared")]),
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "nobody",
    "AWS_SECRET_ACCESS_KEY": "nothing",
    "OPENBLAS_NUM_THREADS": "1",
}
# Cars, events of one invocation and of the stream whose first they are: W1 in its twenty invocations, W1 in the fullest
# batches that the template lets in, one event a car, and a fleet that sends its trips.
INTAKE = load_template()["Resources"]["IngestVehicleData"]["Properties"]
MESSAGES_MAX = INTAKE["Events"]["VehicleData"]["Properties"]["BatchSize"]
FULL = MESSAGES_MAX * EVENTS_A_PACK
W1_EVENTS = 200_000
SHAPES = {
    "W1": (20_000, 10_000, W1_EVENTS),
    "W1 in full batches": (20_000, FULL, W1_EVENTS),
    "one event a car": (2_000, 2_000, 2_000),
    "dense": (200, 20_000, 20_000),
}


@pytest.mark.parametrize(("shape", "packing"), [("W1", "single"), ("W1", "packed"), ("dense", "packed")])
def test_an_invocation_beside_common_practice(shape: str, packing: str, tmp_path: Path) -> None:
    cars, events, stream = SHAPES[shape]
    with an_endpoint(tmp_path, cars) as port:
        mine = spent("ours", port, cars, events, packing, stream=stream)
        theirs = spent("common", port, 200, 200, "single")

    figure = Figure(
        target="T2",
        what=f"whole invocation, {shape}, {packing}",
        ours=mine,
        peer=theirs,
        unit="us an event",
        score=theirs / mine,
        must=20,
        aim=200,
        note="an endpoint that answers and keeps nothing; processor time of the client",
    )
    told(figure)


@pytest.mark.parametrize(
    ("shape", "must"), [("W1", 0.7), ("W1 in full batches", 0.7), ("one event a car", 1.0), ("dense", 0.02)]
)
def test_the_writes_of_an_event(shape: str, must: float, tmp_path: Path) -> None:
    """T6. What is new of a car is one write, whatever it changes: evidence stands in the car's item and is never lost.

    So the floor is the cars with something new in an invocation, three quarters of W1's 10,000 events (20,000 cars).
    No rule that leaves a reading to the lake keeps the law: what a car's item says would hang on the order of arrival.
    0.7 is kept by what the template lets in at most, its `BatchSize` of messages of 500 events; both rows are told.
    """
    cars, events, stream = SHAPES[shape]
    with an_endpoint(tmp_path, cars) as port:
        spent("ours", port, cars, events, "packed", stream=stream)
        counted = counts_of(port)

    writes = sum(number for name, number in counted.items() if name.startswith("writes ")) / RUNS / events
    units = sum(number for name, number in counted.items() if name.startswith("units ")) / RUNS / events
    figure = Figure(
        target="T6",
        what=f"writes of an event, {shape}",
        ours=writes,
        peer=None,
        unit=f"writes, {units:.3g} write units",
        score=writes,
        must=must,
        is_most=True,
        note=f"{events:,} events an invocation, {cars:,} cars",
    )
    told(figure)


@contextmanager
def an_endpoint(folder: Path, cars: int, *, module: str = "endpoint") -> Iterator[str]:
    items = folder / "items.json"
    subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.hot_path.whole", "items", str(items), str(cars)],
        cwd=ROOT,
        env=ENVIRONMENT,
        check=True,
    )
    command = [sys.executable, "-m", f"tests.benchmarks.hot_path.{module}", str(items)]
    with subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def spent(name: str, port: str, cars: int, events: int, packing: str, *, stream: int | None = None) -> float:
    asked = [name, port, str(cars), str(events), packing, str(stream or events)]
    command = [sys.executable, "-m", "tests.benchmarks.hot_path.whole", *asked]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return float(done.stderr.splitlines()[-1])


def counts_of(port: str) -> dict[str, int]:
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    line.request("GET", "/counted")
    counted: dict[str, int] = json.loads(line.getresponse().read())
    line.close()
    return counted
