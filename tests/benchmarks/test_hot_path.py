"""The way of vehicle data beside the usual handler and beside msgspec with numpy: T1, T3 and T4 of the targets.

All run the rules that ship over the same input: contract, consent with its classes and epochs, age, de-duplication,
merging into stored evidence, cleaning, rate, forecast, reminder day, history rows and announcements. Times are of the
processor, one thread each; contenders take turns, so that a busy moment of the machine is nobody's own.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from ownerloop.contracts import hot
from ownerloop.contracts.telemetry import VehicleTelemetryV1
from tests.benchmarks.figures import Figure, told
from tests.benchmarks.hot_path.fleet import the_fleet
from tests.benchmarks.hot_path.run import CONTENDERS
from tests.benchmarks.hot_path.traffic import payload_bytes, the_traffic

pytestmark = pytest.mark.bench

ROOT = Path(__file__).parents[2]
EVENTS, INVOCATIONS = 200_000, 20
TAKEN = int(os.environ.get("BENCH_INVOCATIONS", "4"))  # of the twenty; all of them take ten minutes
RUNS = 5


def test_the_job_beside_the_usual_handler_and_the_best_ordinary_peer() -> None:
    with ExitStack() as stack:
        ask = {name: stack.enter_context(a_contender(name)) for name in CONTENDERS}
        rounds = [{name: one() for name, one in ask.items()} for _ in range(RUNS)]

    answers = {name: without_times(told_of) for one in rounds for name, told_of in one.items()}
    assert all(without_times(told_of) == answers["ours"] for one in rounds for told_of in one.values())
    spent = {name: median(one[name]["cpu_us"] for one in rounds) for name in CONTENDERS}
    sys.stdout.write(f"\nanswers of all: {json.dumps(answers['ours'])}")
    beside = {
        name: Figure(
            target="T1",
            what=f"vehicle data, {of}",
            ours=spent["ours"],
            peer=spent[name],
            unit="us an event",
            score=spent[name] / spent["ours"],
            must=must,
            aim=aim,
        )
        for name, of, must, aim in (
            ("usual", "beside the usual handler", 4, 6),
            ("peer", "beside msgspec and numpy", 1.2, 1.8),
        )
    }
    told(*beside.values())
    assert all(one.is_met for one in beside.values())


def test_parse_and_check_beside_the_pydantic_model() -> None:
    bodies = [
        event
        for one in the_traffic(the_fleet(500), events=5_000, invocations=1, shape="single")
        for event in (record["body"].encode() for record in one.event["Records"])
    ]
    good = [body for body in bodies if is_good(body)]

    def by_model() -> None:
        for body in good:
            VehicleTelemetryV1.model_validate_json(body)

    def by_hot() -> None:
        for body in good:
            hot.read(body)

    mine, theirs = in_turns(by_hot, by_model)
    figure = Figure(
        target="T3",
        what="parse and check beside the pydantic model",
        ours=mine / len(good) * 1e6,
        peer=theirs / len(good) * 1e6,
        unit="us an event",
        score=theirs / mine,
        must=6,
        aim=15,
    )
    told(figure)
    assert figure.is_met


def test_the_bytes_of_an_event_on_its_way() -> None:
    fleet = the_fleet(2_000)
    size = {
        shape: payload_bytes(the_traffic(fleet, events=20_000, invocations=2, shape=shape))
        for shape in ("single", "array", "packed")
    }

    figure = Figure(
        target="T4",
        what="payload of an event, 500 in a message",
        ours=size["packed"],
        peer=size["single"],
        unit="bytes",
        score=size["packed"],
        must=360,
        aim=126,
        is_most=True,
        note=f"{size['array']:.0f} bytes in arrays of 100; envelope and escapes included",
    )
    told(figure)
    assert figure.is_met


@contextmanager
def a_contender(name: str) -> Iterator[Callable[[], dict[str, Any]]]:
    command = [sys.executable, "-m", "tests.benchmarks.hot_path.run", name, str(EVENTS), str(INVOCATIONS), str(TAKEN)]
    one_thread = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1")
    environment = {**os.environ, **one_thread, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "shared")])}
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None

        def ask() -> dict[str, Any]:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("again\n")
            process.stdin.flush()
            answer: dict[str, Any] = json.loads(process.stdout.readline())
            return answer

        yield ask
        process.stdin.close()


def without_times(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if not name.endswith("_us")}


def in_turns(*works: Callable[[], None]) -> list[float]:
    """Return the median seconds of processor time of each."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(RUNS):
        for place, work in enumerate(works):
            began = time.process_time()
            work()
            spent[place].append(time.process_time() - began)
    return [median(times) for times in spent]


def is_good(body: bytes) -> bool:
    try:
        hot.read(body)
    except hot.MalformedEventError:
        return False
    return True
