"""The whole proof: a million events, a thousand bursts, and every naive twin in the same bursts.

`python -m tests.simulation.proving --events 1000000 --bursts 1000` prints a table and ends with 1 where a figure is
missed.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from functools import partial
from resource import RUSAGE_CHILDREN, getrusage

from infra.simulation.laws import LAWS
from infra.simulation.whole import Figures, Job, bursts, pool_of, run_all, run_job, shards
from tests.simulation.naive_twins import TWINS

TWIN_SHARE = 0.95  # of bursts in which each twin must be caught


def whole(name: str, jobs: Sequence[Job]) -> tuple[Figures, str]:
    """Return the figures of all jobs and how they read."""
    started, total = time.monotonic(), Figures()
    before_s = _cpu_seconds()
    for figures in run_all(jobs):
        total.add(figures)
    took = f"{time.monotonic() - started:.0f} s, {_cpu_seconds() - before_s:.0f} s of CPU"
    broken = "/".join(str(total.broken[law]) for law in LAWS)
    said = f"{name:<28} {total.events:>9,} events  {total.faulted_share:.1%} faulted  {'/'.join(LAWS)} {broken}"
    return total, f"{said}  {took}  {total.digest[:16]}"


def _cpu_seconds() -> float:
    """Return the CPU seconds of the processes that this one started and that have ended."""
    used = getrusage(RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def twins(jobs: Sequence[Job]) -> Iterator[tuple[str, float]]:
    """Yield the share of the bursts in which each naive twin was caught."""
    with pool_of(os.cpu_count() or 1) as pool:
        for place, twin in enumerate(TWINS):
            caught = sum(pool.map(partial(_is_caught, place), jobs, chunksize=4))
            yield twin.name, caught / len(jobs)


def _is_caught(place: int, job: Job) -> bool:
    twin = TWINS[place]
    broken = run_job(job, parts=twin.parts).broken
    return any(broken[law] for law in twin.laws)


def main(arguments: Sequence[str]) -> int:
    """Prove everything and say whether every figure was reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--bursts", type=int, default=1_000)
    parser.add_argument("--twin-bursts", type=int, default=1_000)
    asked = parser.parse_args(arguments)
    holds = True
    for name, jobs in (
        ("one long story in shards", shards(asked.seed, events=asked.events)),
        ("bursts on one owner", bursts(asked.seed, seeds=asked.bursts)),
    ):
        if not jobs:
            continue
        total, said = whole(name, jobs)
        holds = holds and not total.failed
        sys.stdout.write(said + "\n")
    in_bursts = bursts(asked.seed, seeds=asked.twin_bursts)
    for name, share in twins(in_bursts) if in_bursts else ():
        holds = holds and share >= TWIN_SHARE
        sys.stdout.write(f"{name:<28} caught in {share:.1%} of the bursts\n")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
