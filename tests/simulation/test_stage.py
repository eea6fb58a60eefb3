"""The stage, its queues and its provider: what the simulated world does to those who live in it."""

from collections.abc import Sequence
from functools import partial

import pytest

from infra.simulation.faults import ANSWER_LOST, DIED_AFTER, KINDS, THROTTLED, Faults, Weather
from infra.simulation.functions import BATCH_MAX, WINDOW_MS
from infra.simulation.provider import Provider
from infra.simulation.queues import RECEIVES_MAX, VISIBILITY_MS, Message, Queue
from infra.simulation.stage import AnswerLostError, Ended, Stage, ThrottledError
from tests.template.reading import TEMPLATE, properties_of

HOUR = 3_600_000
FED_BY = {"telemetry": "IngestVehicleData", "enrolment": "EnrolOwners", "interactions": "ProcessInteractions"}


class Always(Faults):
    """Faults of one kind at every operation."""

    def __init__(self, kind: str | None) -> None:
        super().__init__(seed=1, until_ms=0)
        self._kind = kind

    def drawn(self, weather: Weather, key: str, operation: int) -> str | None:  # noqa: ARG002  # the same for all
        return self._kind


def a_stage(kind: str | None = None) -> Stage:
    return Stage(1, Always(kind))


def test_tasks_meet_at_every_operation() -> None:
    stage, said = a_stage(), list[str]()

    def work(name: str) -> None:
        for _ in range(20):
            stage.before_operation("read")
            said.append(name)

    for name in ("one", "other"):
        stage.start(name, partial(work, name), seconds=30, ended=lambda _: None)
    stage.run(until_ms=HOUR)

    assert sorted(said) == ["one"] * 20 + ["other"] * 20
    assert said != sorted(said)


@pytest.mark.parametrize(
    ("kind", "was_done", "fault"),
    [(THROTTLED, False, ThrottledError), (ANSWER_LOST, True, AnswerLostError), (DIED_AFTER, True, None)],
)
def test_an_operation_fails_before_or_after_its_effect(
    kind: str, was_done: bool, fault: type[Exception] | None
) -> None:
    stage, done, ends = a_stage(kind), [], list[Ended]()

    def work() -> None:
        stage.before_operation("write")
        done.append(1)
        stage.after_operation()

    stage.start("task", work, seconds=30, ended=ends.append)
    stage.run(until_ms=HOUR)

    assert bool(done) is was_done
    assert ends[0].died is (fault is None)
    assert fault is None or isinstance(ends[0].fault, fault)


def test_a_task_that_takes_longer_than_its_function_may_is_killed() -> None:
    stage, ends = a_stage(), list[Ended]()

    def work() -> None:
        while True:
            stage.before_operation("read")

    stage.start("endless", work, seconds=1, ended=ends.append)
    stage.run(until_ms=HOUR)

    assert ends[0].died
    assert stage.now_ms > 1_000


def test_a_message_that_keeps_failing_waits_as_a_dead_letter_until_it_is_redriven() -> None:
    stage, seen = a_stage(), list[int]()

    def handle(batch: Sequence[Message[str]]) -> set[str]:
        seen.append(batch[0].deliveries)
        return {message.name for message in batch} if len(seen) <= RECEIVES_MAX else set()

    queue: Queue[str] = Queue("mail", stage, handle, lambda _: None)
    queue.send("m-1", "body", at_ms=0)
    stage.run(until_ms=HOUR)
    dead = len(queue.dead)
    queue.redrive()
    stage.run(until_ms=2 * HOUR)

    assert dead == 1
    assert not queue.dead
    assert len(seen) > RECEIVES_MAX


def test_a_message_is_hidden_from_its_receive_on_however_long_it_took_to_fail() -> None:
    stage, seen = a_stage(), list[int]()

    def handle(batch: Sequence[Message[str]]) -> set[str]:
        seen.append(stage.now_ms)
        stage.now_ms += 7_000
        return {message.name for message in batch} if len(seen) == 1 else set()

    queue: Queue[str] = Queue("mail", stage, handle, lambda _: None)
    queue.send("m-1", "body", at_ms=0)
    stage.run(until_ms=HOUR)

    first, again = seen[:2]
    assert VISIBILITY_MS <= again - first < VISIBILITY_MS + 1_000


@pytest.mark.parametrize("queue", FED_BY)
def test_batches_and_windows_are_those_of_the_template(queue: str) -> None:
    events = properties_of(FED_BY[queue])["Events"].values()
    (fed,) = [event["Properties"] for event in events if event["Type"] == "SQS"]

    assert fed["BatchSize"] == BATCH_MAX[queue]
    assert TEMPLATE["Mappings"]["Timings"]["deployed"]["IntakeWindow"] * 1_000 == WINDOW_MS


def test_what_was_stopped_in_time_never_goes_out() -> None:
    stage = a_stage()
    provider = Provider(1, stage.at)
    tasks = [provider.order(link=f"l-{n}", text=f"t-{n}", addresses=("wm",), at_ms=0, step=0) for n in range(20)]

    stopped = [provider.stop(task.msgid, at_ms=1) for task in tasks]
    stage.run(until_ms=24 * HOUR)

    assert all(stopped)
    assert not any(task.sent_ms for task in tasks)


def test_the_kinds_of_faults_share_one_whole() -> None:
    assert sum(share for _, share in KINDS) == pytest.approx(1)
