"""One run: a story told to a stack, faults and all, then everything brought to its end and counted."""

from collections.abc import Collection
from dataclasses import dataclass

from infra.simulation.faults import Faults, Place
from infra.simulation.functions import Functions
from infra.simulation.stack import Stack
from infra.simulation.stage import Stage
from infra.simulation.tables import Parts
from infra.simulation.told import Story

REDRIVES_MAX = 20
REDRIVEN_MS = 3_600_000
SETTLED_AFTER_MS = 9 * 24 * 3_600_000  # validity, then a week in which a result is read


@dataclass(slots=True)
class Run:
    """A story and what was left when nothing moved any more."""

    story: Story
    stage: Stage
    stack: Stack
    functions: Functions

    def forget(self) -> None:
        """Let go of everything: the stage knows its tasks and they the stage, and who looks for circles is slow."""
        for known in (self.stage, self.stack, self.functions):
            vars(known).clear()


def play(story: Story, *, parts: Parts | None = None, only: Collection[Place] | None = None) -> Run:
    """Return the run of a story; with `only`, of the faults that the seed draws just these happen."""
    stage = Stage(story.seed, Faults(story.seed, until_ms=story.ends_ms, only=only))
    stack = Stack(stage, parts or Parts())
    functions = Functions(stack, story)
    _tell(story, functions, before_ms=story.main_ms)
    _bring_to_rest(stage, functions, until_ms=story.main_ms)
    _tell(story, functions, since_ms=story.main_ms)
    _bring_to_rest(stage, functions, until_ms=story.ends_ms + SETTLED_AFTER_MS)
    return Run(story, stage, stack, functions)


def _tell(story: Story, functions: Functions, *, since_ms: int = 0, before_ms: int | None = None) -> None:
    for told in story.told:
        if told.at_ms >= since_ms and (before_ms is None or told.at_ms < before_ms):
            functions.tell(told)


def _bring_to_rest(stage: Stage, functions: Functions, *, until_ms: int) -> None:
    stage.run(until_ms=until_ms)
    for _ in range(REDRIVES_MAX):
        if not functions.redrive():
            return
        until_ms += REDRIVEN_MS
        stage.run(until_ms=until_ms)
