"""`python -m tests.crash_matrix [NAME ...]`: the whole crash matrix with its pairs; the points tried and what broke.

Names choose scenarios by how they begin. It exits with 1 if anything broke. `--pairs N` tries N pairs of faults (drawn
from `--seed`) on each of the paths, all where there are no more. Every core plays its own part in a world of its own.
"""

import argparse
import os
import random
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from multiprocessing.util import Finalize

import tests.conftest  # noqa: F401  # the environment that loggers and metrics read when they are imported
from tests.crash.contact_days import CONTACT_DAYS
from tests.crash.contact_path import CONTACT_PATH
from tests.crash.matrix import Found, Plan, pairs, singles, tried
from tests.crash.points_path import POINTS_PATH
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import World, a_world

PATHS = (CONTACT_PATH, *CONTACT_DAYS, POINTS_PATH)
ALL = {scenario.name: scenario for scenario in (*SCENARIOS, *PATHS)}
SINGLES, PAIRS = "singles", "pairs"
PART_MAX = 200  # points played in one go, so that no core waits long for another


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the points of a scenario: every `of`th from the place on, of its singles or of a draw of its pairs."""

    name: str
    kind: str
    place: int
    of: int
    pairs_max: int
    seed: int

    def plans(self, calls: Sequence[str]) -> Iterator[Plan]:
        """Return the plans of this part."""
        yield from self._all(calls)[self.place :: self.of]

    def _all(self, calls: Sequence[str]) -> list[Plan]:
        if self.kind == SINGLES:
            return list(singles(calls))
        held = pairs(calls)
        drawn = random.Random(f"{self.seed} {self.name}")  # which pairs are tried is no secret
        return held if len(held) <= self.pairs_max else drawn.sample(held, self.pairs_max)


def main(arguments: Sequence[str]) -> int:
    """Run the matrix, print a line a scenario, and return the exit code."""
    parser = argparse.ArgumentParser(description="every call of every function goes wrong in every way")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--pairs", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cores", type=int, default=len(os.sched_getaffinity(0)))
    chosen = parser.parse_args(arguments)
    work = [(name, kind) for kind in (SINGLES, PAIRS) for name in _chosen(chosen.names, kind)]
    points = violations = 0
    with ProcessPoolExecutor(chosen.cores, get_context("spawn")) as pool:
        begun = []
        for name, kind in work:
            of = _parts(name, kind, chosen.pairs)
            parts = (Part(name, kind, place, of, chosen.pairs, chosen.seed) for place in range(of))
            begun.append((name, kind, [pool.submit(played, part) for part in parts]))
        for name, kind, results in begun:
            found = [result.result() for result in results]
            points += sum(one.points for one, _ in found)
            violations += _tell(name, kind, found)
    _say(f"{points} points, {violations} violations")
    return int(violations > 0)


def _chosen(names: Sequence[str], kind: str) -> list[str]:
    held = ALL if kind == SINGLES else {path.name: path for path in PATHS}
    return [name for name in held if not names or name.startswith(tuple(names))]


def _parts(name: str, kind: str, pairs_max: int) -> int:
    return -(-pairs_max // PART_MAX) if kind == PAIRS else 2 if ALL[name] in PATHS else 1


def played(part: Part) -> tuple[Found, float]:
    """Return what came of a part, in this process's own world, and the processor seconds it took."""
    began = time.process_time()
    return tried(_world(), ALL[part.name], part.plans), time.process_time() - began


@cache
def _world() -> World:
    kept = ExitStack()
    Finalize(None, kept.close, exitpriority=1)  # a worker of a pool ends without closing what it holds
    return kept.enter_context(a_world())


def _tell(name: str, kind: str, found: Sequence[tuple[Found, float]]) -> int:
    """Print what came of a scenario, and return how many violations there were."""
    calls = found[0][0].calls
    broken = [line for one, _ in found for line in one.violations]
    points, spent = sum(one.points for one, _ in found), sum(seconds for _, seconds in found)
    of = f" of {len(pairs(calls))}" if kind == PAIRS else ""
    _say(f"{name:36} {kind:8} {len(calls):5} calls {points:6}{of} points {len(broken):4} broken {spent:6.1f} s")
    for line in broken:
        _say(f"  {line[:400]}")
    return len(broken)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)  # noqa: T201  # what functions print goes elsewhere


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
