"""T5: the list price of a million vehicle events on the way that the template gives them, without the idle month.

Counted at an endpoint: write units, units of the index, read units, messages to history, events on the bus. Derived:
requests of both queues (sent, received, deleted; each started 64 KiB is one), a start of write_lake and its files
for each batch and its stream, processor time by the memory that the template gives, a log line a start.
"""

import json
import math
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from infra.template.idle_cost import idle_bill
from infra.template.reading import TEMPLATE, load_template
from ownerloop.adapters.lake import file_of
from tests.benchmarks.figures import Figure, told
from tests.benchmarks.hot_path.fleet import BEGINS, the_fleet
from tests.benchmarks.hot_path.traffic import the_traffic
from tests.benchmarks.hot_path.whole import RUNS
from tests.benchmarks.test_invocation import FULL, W1_EVENTS, an_endpoint, counts_of, spent

pytestmark = pytest.mark.bench

MILLION = 1_000_000
VCPU_MB = 1_769  # Lambda gives a whole processor from here on, and a share of one below
RECORDS_A_POLL = 10
LOG_BYTES = 1_500  # of a start: its line and its metrics
DATASETS = 3  # files of a batch and its stream: readings, refusals, forecasts
ROWS_A_WRITE = 4  # of the forecasts dataset, one an item of the plan
# Cars, events of the invocation and of the stream whose first they are, must and aim.
SHAPES = {
    "sparse": (20_000, 10_000, W1_EVENTS, 0.58, 0.3),
    "sparse, full batches": (20_000, FULL, W1_EVENTS, 0.58, 0.3),
    "dense packed": (200, 20_000, 100_000, 0.02, 0.01),
}


@dataclass(frozen=True, slots=True)
class Bill:
    """What an invocation and what follows from it costs, in USD by item."""

    items: dict[str, float]
    events: int

    @property
    def of_a_million(self) -> float:
        """Return the price of a million events."""
        return sum(self.items.values()) / self.events * MILLION

    def told(self) -> str:
        """Return the dearest items of a million events."""
        dear = sorted(self.items.items(), key=lambda item: -item[1])[:4]
        return ", ".join(f"{name} {usd / self.events * MILLION:.3f}" for name, usd in dear)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_list_price_of_a_million_events(shape: str, tmp_path: Path) -> None:
    cars, events, stream, must, aim = SHAPES[shape]
    bill = bill_of(cars, events, stream, tmp_path)
    idle = sum(line.usd for line in idle_bill())

    told(
        Figure(
            target="T5",
            what=f"list price of a million events, {shape}",
            ours=bill.of_a_million,
            peer=None,
            unit="USD",
            score=bill.of_a_million,
            must=must,
            aim=aim,
            is_most=True,
            note=f"{bill.told()}; the idle stack is {idle:.2f} a month beside it",
        )
    )


def bill_of(cars: int, events: int, stream: int, folder: Path) -> Bill:
    """Return the bill of one packed invocation over the cars, the first of a stream."""
    with an_endpoint(folder, cars, module="priced") as port:
        cpu = spent("ours", port, cars, events, "packed", stream=stream) * events / 1e6
        counted = {name: number / RUNS for name, number in counts_of(port).items()}
    prices = json.loads((TEMPLATE.parent / "infra" / "template" / "prices.json").read_text(encoding="utf-8"))["prices"]
    invocation = the_traffic(the_fleet(cars), events=stream, invocations=stream // events, shape="packed")[0]
    writes = sum(number for name, number in counted.items() if name.startswith("writes "))
    units = sum(number for name, number in counted.items() if name.startswith("units "))
    rows = events + writes * ROWS_A_WRITE
    sent, kept = [record["body"] for record in invocation.event["Records"]], counted.get("messages sent", 0.0)
    requests = sum(-(-len(body) // (64 * 1024)) for body in sent) * 2 + math.ceil(len(sent) / RECORDS_A_POLL)
    history = counted.get("send requests", 0.0) * 2 + math.ceil(kept / RECORDS_A_POLL)
    items = {
        "item writes": units * prices["dynamodb_write_unit"],
        "index writes": counted.get("index units", 0.0) * prices["dynamodb_write_unit"],
        "reads": counted.get("half read units", 0.0) / 2 * prices["dynamodb_read_unit"],
        "intake queue": requests * prices["sqs_request"],
        "history queue": history * prices["sqs_request"],
        "bus": counted.get("bus events", 0.0) * prices["event_bus_event"],
        "starts": 3 * prices["lambda_request"],
        "intake compute": cpu * compute_usd("IngestVehicleData", prices),
        "lake compute": rows * seconds_a_row() * compute_usd("WriteLake", prices),
        "files": DATASETS * prices["s3_put"],
        "logs": 3 * LOG_BYTES / 1e9 * prices["log_gb"],
    }
    return Bill(items, events)


def compute_usd(function: str, prices: dict[str, float]) -> float:
    """Return what a second of processor time costs in a function's memory."""
    template: dict[str, Any] = load_template()
    properties = template["Globals"]["Function"] | template["Resources"][function]["Properties"]
    memory = float(properties["MemorySize"])
    return max(1.0, VCPU_MB / memory) * memory / 1024 * prices["lambda_gb_second_arm64"]


@cache
def seconds_a_row() -> float:
    """Return the processor time of a row on its way into a file."""
    rows = [
        {
            "event_key": f"{number:032x}",
            "vehicle_id": f"v_{number % 997:024x}",
            "store_id": "sh-pudong",
            "read_at": BEGINS,
            "received_at": BEGINS,
            "odometer_m": 20_000_000 + number,
            "consent_epoch": 1,
            "state_epoch": 1,
            "source": "oem/telematics",
        }
        for number in range(20_000)
    ]
    began = time.process_time()
    file_of("readings", rows, on=BEGINS.date())
    return (time.process_time() - began) / len(rows)
