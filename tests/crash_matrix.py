"""`python -m tests.crash_matrix [NAME ...]`: the whole crash matrix with its pairs; the points tried and what broke.

Names choose scenarios by how they begin. It exits with 1 if anything broke. `--pairs N` tries N pairs of faults (drawn
from `--seed`) on each of the two paths.
"""

import argparse
import random
import sys
import time
from collections.abc import Iterator, Sequence

import tests.conftest  # noqa: F401  # the environment that loggers and metrics read when they are imported
from tests.crash.contact_path import CONTACT_PATH
from tests.crash.edge import Fault
from tests.crash.matrix import Plan, places, singles, tried
from tests.crash.points_path import POINTS_PATH
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import a_world

PATHS = (CONTACT_PATH, POINTS_PATH)


def main(arguments: Sequence[str]) -> int:
    """Run the matrix, print a line a scenario, and return the exit code."""
    parser = argparse.ArgumentParser(description="every call of every function goes wrong in every way")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    points = violations = 0
    drawn = random.Random(chosen.seed)  # which pairs are tried is no secret

    def pairs(calls: Sequence[str]) -> Iterator[Plan]:
        held = places(calls)
        for _ in range(chosen.pairs):
            yield {place: drawn.choice(list(Fault)) for place in sorted(drawn.sample(held, 2))}

    with a_world() as world:
        work = [*((one, singles) for one in (*SCENARIOS, *PATHS)), *((one, pairs) for one in PATHS)]
        for scenario, plans in work:
            if chosen.names and not scenario.name.startswith(tuple(chosen.names)):
                continue
            began = time.process_time()
            found = tried(world, scenario, plans)
            points, violations = points + found.points, violations + len(found.violations)
            spent = time.process_time() - began
            told = f"{len(found.calls):5} calls {found.points:6} points {len(found.violations):4} broken {spent:6.1f} s"
            _say(f"{scenario.name:36} {plans.__name__:8} {told}")
            for line in found.violations:
                _say(f"  {line[:400]}")
    _say(f"{points} points, {violations} violations")
    return int(violations > 0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # what functions print goes elsewhere


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
