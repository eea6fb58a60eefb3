"""What the matrix found: a process that dies after it answered a complaint leaves the answer on record."""

from collections.abc import Iterator, Sequence

from tests.crash.edge import Fault
from tests.crash.matrix import Plan, tried
from tests.crash.scenarios import SCENARIOS
from tests.crash.world import a_world


def deaths_after_writes(calls: Sequence[str]) -> Iterator[Plan]:
    return ({place: Fault.DIES} for place, name in enumerate(calls) if name.endswith("TransactWriteItems"))


def test_an_answer_that_was_announced_is_on_record_though_the_process_died_and_the_case_closed() -> None:
    (scenario,) = (one for one in SCENARIOS if one.name == "process_interactions.array")

    with a_world() as world:
        found = tried(world, scenario, deaths_after_writes)

    assert found.points > 0
    assert found.violations == []
