"""Many runs at once: a long story in shards and bursts by the seed, on every core, with totals that no core changes."""

import gc
import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context

from infra.simulation.faults import Place, seed_of
from infra.simulation.laws import LAWS, Violation, violations
from infra.simulation.left import Left
from infra.simulation.looking import left_by
from infra.simulation.quick import quicken
from infra.simulation.run import play
from infra.simulation.story import burst_story, whole_story
from infra.simulation.tables import Parts
from infra.simulation.told import Story

SHARD_EVENTS = 2_000  # one group of owners, who meet nobody of another
BURST_EVENTS = 300


@dataclass(slots=True)
class Figures:
    """What was counted in one run or in many; `digest` is of every decision in its order."""

    runs: int = 0
    events: int = 0
    operations: int = 0
    faulted: int = 0
    redelivered: int = 0
    messages: int = 0
    broken: Counter[str] = field(default_factory=Counter)
    failed: list[tuple[str, int, int]] = field(default_factory=list)  # kind, seed and events of runs that broke a law
    digest: str = ""

    @property
    def faulted_share(self) -> float:
        """Return the share of all operations that went wrong."""
        return self.faulted / self.operations if self.operations else 0.0

    def add(self, other: "Figures") -> None:
        """Count another run in; the order matters to the digest alone."""
        self.runs += other.runs
        self.events += other.events
        self.operations += other.operations
        self.faulted += other.faulted
        self.redelivered += other.redelivered
        self.messages += other.messages
        self.broken.update(other.broken)
        self.failed += other.failed
        self.digest = hashlib.sha256(f"{self.digest}{other.digest}".encode()).hexdigest()

    def as_row(self) -> dict[str, object]:
        """Return the figures as JSON says them."""
        return {
            "runs": self.runs,
            "events": self.events,
            "operations": self.operations,
            "faulted": self.faulted,
            "faulted_share": round(self.faulted_share, 4),
            "redelivered": self.redelivered,
            "messages": self.messages,
            **{law: self.broken[law] for law in LAWS},
            "failed": [list(one) for one in self.failed],
            "digest": self.digest,
        }


Job = tuple[str, int, int]  # the kind of story, its seed, and its events
_STORIES: dict[str, Callable[..., Story]] = {"shard": whole_story, "burst": burst_story}


def shards(seed: int, *, events: int) -> list[Job]:
    """Return the shards of a long story: as many as it takes, each with a seed of its own."""
    sizes = [SHARD_EVENTS] * (events // SHARD_EVENTS) + ([events % SHARD_EVENTS] if events % SHARD_EVENTS else [])
    return [("shard", seed_of(seed, "shard", place) >> 16, size) for place, size in enumerate(sizes)]


def bursts(seed: int, *, seeds: int) -> list[Job]:
    """Return so many bursts on one owner."""
    return [("burst", seed + place, BURST_EVENTS) for place in range(seeds)]


def story_of(job: Job) -> Story:
    """Return the story that a job tells."""
    kind, seed, events = job
    return _STORIES[kind](seed, events=events)


def run_job(job: Job, parts: Parts | None = None) -> Figures:
    """Return what one job's run counted."""
    figures, found, _ = tried(story_of(job), parts=parts)
    figures.failed = [job] if found else []
    if not gc.isenabled():
        gc.collect(0)  # what the run left, while it is near: a twentieth less than later
    return figures


def tried(
    story: Story, *, parts: Parts | None = None, only: Iterable[Place] | None = None
) -> tuple[Figures, list[Violation], list[Place]]:
    """Return the figures of a run, what it broke, and where something went wrong."""
    run = play(story, parts=parts, only=None if only is None else frozenset(only))
    left = left_by(run)
    found = violations(left)
    figures = Figures(
        runs=1,
        events=len(story.told),
        operations=run.stage.operations,
        faulted=run.stage.faulted,
        redelivered=sum(queue.redelivered for queue in run.functions.queues),
        messages=sum(len(task.addresses) for task in run.stack.provider.booked),
        broken=Counter(one.law for one in found),
        digest=_digest(run.stage.digest, left),
    )
    faulted_at = run.stage.faults.drawn_at
    run.forget()
    return figures, found, faulted_at


def _digest(decided: str, left: Left) -> str:
    stored = [sorted(held.items()) for held in (left.contacts, left.answers, left.cars, left.refused)]
    points = sorted((key, account.lots, account.debt) for key, account in left.accounts.items())
    return hashlib.sha256(repr((decided, stored, points)).encode()).hexdigest()


def pool_of(processes: int) -> ProcessPoolExecutor:
    """Return so many processes of their own for runs."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=prepare)


def prepare() -> None:
    """Get a process ready that does nothing but simulate: quick constructors, circles looked for between runs."""
    quicken("infra.simulation.", "ownerloop.")
    gc.freeze()
    gc.disable()


def run_all(jobs: Sequence[Job], *, processes: int | None = None) -> Iterator[Figures]:
    """Yield the figures of each job in the order of the jobs, whichever core ran it."""
    processes = processes or os.cpu_count() or 1
    if processes == 1 or len(jobs) == 1:
        yield from map(run_job, jobs)
        return
    with pool_of(processes) as pool:
        yield from pool.map(run_job, jobs)  # one by one, so that no core waits for what another still has
