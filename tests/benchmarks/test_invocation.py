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

from tests.benchmarks.figures import Figure, told
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
# Cars and events of one invocation: as in W1 half an event a car, one event a car, and a fleet that sends its trips.
SHAPES = {"W1": (20_000, 10_000), "one event a car": (2_000, 2_000), "dense": (200, 20_000)}


@pytest.mark.parametrize(("shape", "packing"), [("W1", "single"), ("W1", "packed"), ("dense", "packed")])
def test_an_invocation_beside_common_practice(shape: str, packing: str, tmp_path: Path) -> None:
    cars, events = SHAPES[shape]
    with an_endpoint(tmp_path, cars) as port:
        mine = spent("ours", port, cars, events, packing)
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


@pytest.mark.parametrize(("shape", "must"), [("W1", 0.7), ("one event a car", 1.0), ("dense", 0.02)])
def test_the_writes_of_an_event(shape: str, must: float, tmp_path: Path) -> None:
    """T6. What is new of a car is one write, whatever it changes: evidence stands in the car's item and is never lost.

    So the floor of W1's own invocations is the cars with something new, 0.75 of their 10,000 events (20,000 cars); 0.7
    is reached by windows of about 14,000 events, two thirds of an event a car, and by no rule that keeps the law.
    """
    cars, events = SHAPES[shape]
    with an_endpoint(tmp_path, cars) as port:
        spent("ours", port, cars, events, "packed")
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


def spent(name: str, port: str, cars: int, events: int, packing: str) -> float:
    command = [sys.executable, "-m", "tests.benchmarks.hot_path.whole", name, port, str(cars), str(events), packing]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, check=False, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return float(done.stderr.splitlines()[-1])


def counts_of(port: str) -> dict[str, int]:
    line = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
    line.request("GET", "/counted")
    counted: dict[str, int] = json.loads(line.getresponse().read())
    line.close()
    return counted
