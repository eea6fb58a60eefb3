"""One contender in a process of its own: makes the input once, then runs it from the start each time it is asked.

`python -m tests.benchmarks.hot_path.run usual 200000 20 4` reads a line and answers with a line of JSON until its input
ends; the last number is how many of the invocations are run.
"""

import gc
import hashlib
import importlib
import json
import sys
import time
from dataclasses import asdict

from tests.benchmarks.hot_path.fleet import the_fleet
from tests.benchmarks.hot_path.traffic import the_traffic

CARS_PER_EVENT = 0.1
CONTENDERS = {"usual": "Usual", "peer": "Peer", "ours": "Ours"}


def main(name: str, events: int, invocations: int, taken: int) -> None:
    """Answer each line with the microseconds of processor time per event, and a digest of every answer."""
    fleet = the_fleet(round(events * CARS_PER_EVENT))
    traffic = the_traffic(fleet, events=events, invocations=invocations)[:taken]
    count = sum(one.events for one in traffic)
    kind = getattr(importlib.import_module(f"tests.benchmarks.hot_path.{name}"), CONTENDERS[name])
    for _ in sys.stdin:
        contender = kind(fleet)
        gc.freeze()  # what stands in for tables and queues is no business of anybody's collector
        began, wall_began = time.process_time(), time.perf_counter()
        for one in traffic:
            contender.take(one)
            gc.freeze()
        cpu, wall = time.process_time() - began, time.perf_counter() - wall_began
        answers = asdict(contender.answers())
        cars = answers.pop("cars")
        digest = hashlib.sha256(json.dumps(cars, sort_keys=True).encode()).hexdigest()
        told = {"cpu_us": cpu / count * 1e6, "wall_us": wall / count * 1e6, "events": count}
        sys.stdout.write(json.dumps({**told, **answers, "cars": len(cars), "digest": digest}, sort_keys=True) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
