"""The way of vehicle data beside the usual handler and beside msgspec with numpy: T1, T3 and T4 of the targets.

All run the rules that ship over the same input: contract, consent with its classes and epochs, age, de-duplication,
merging into stored evidence, cleaning, rate, forecast, reminder day, history rows, announcements and requests for what
is missing in between; unequal answers fail the run, a missed target is told as missed. Times are of the processor, one
thread each; contenders take turns, so that a busy moment of the machine is nobody's own.
"""

import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from pydantic import ValidationError

from ownerloop.contracts import hot
from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.telemetry import VehicleTelemetryV1
from ownerloop.domain.consent import DataClass
from ownerloop.domain.ids import event_key
from ownerloop.domain.report import VehicleReport
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
    spent = {name: min(one[name]["cpu_us"] for one in rounds) for name in CONTENDERS}
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


def test_parse_and_check_beside_the_pydantic_model() -> None:
    """T3: from bytes to each side's own message object, every rule of the contract checked, bad events included.

    Both take and refuse the same events, and by the same field; a test of the contract holds that for any input, and
    the count here for this one. Ours goes on to the identity and to the words of the domain, which no model does; that
    is timed beside the model with the same two steps behind it, each side in the quickest way that it has.
    """
    bodies = [
        record["body"].encode()
        for one in the_traffic(the_fleet(500), events=5_000, invocations=1, shape="single")
        for record in one.event["Records"]
    ]
    assert taken(hot.parse, bodies) == taken(VehicleTelemetryV1.model_validate_json, bodies)
    good = [body for body in bodies if is_taken(hot.parse, body)]

    works = (
        lambda: each(hot.parse, good),
        lambda: each(VehicleTelemetryV1.model_validate_json, good),
        lambda: each(hot.read, good),
        lambda: each(lambda body: report_of(VehicleTelemetryV1.model_validate_json(body)), good),
    )
    parsed, modelled, read, reported = (seconds / len(good) * 1e6 for seconds in in_turns(*works))
    told(
        Figure(
            target="T3",
            what="parse and check beside the pydantic model",
            ours=parsed,
            peer=modelled,
            unit="us an event",
            score=modelled / parsed,
            must=6,
            aim=15,
            note=f"with identity and report of the domain {read:.3g} beside {reported:.3g}",
        )
    )


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


def in_turns(*works: Callable[[], object]) -> list[float]:
    """Return the median seconds of processor time of each."""
    spent: list[list[float]] = [[] for _ in works]
    for _ in range(RUNS):
        for place, work in enumerate(works):
            began = time.process_time()
            work()
            spent[place].append(time.process_time() - began)
    return [median(times) for times in spent]


def each(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> None:
    """Do the work for every body and keep nothing of it."""
    deque(map(work, bodies), maxlen=0)


def report_of(model: VehicleTelemetryV1) -> VehicleReport:
    """Return the report with its identity, as a handler with models would build it."""
    odometer, charge = model.data.signals.odometer, model.data.signals.state_of_charge
    return VehicleReport(
        event_key=event_key(model.source, model.id),
        source=model.source,
        vin=model.subject.upper(),
        read_at=model.time.astimezone(UTC),
        received_at=model.receivedat,
        is_bare_date=model.data.date_only,
        classes=frozenset({DataClass.ODOMETER, DataClass.BATTERY}),
        odometer_m=words.metres_of(odometer.value, odometer.unit),
        state_of_charge_percent=charge.value,
    )


def taken(parse: Callable[[bytes], object], bodies: Sequence[bytes]) -> list[bool]:
    return [is_taken(parse, body) for body in bodies]


def is_taken(parse: Callable[[bytes], object], body: bytes) -> bool:
    with suppress(hot.MalformedEventError, ValidationError):
        parse(body)
        return True
    return False
