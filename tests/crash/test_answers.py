"""A kept answer is what moto would have said."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from botocore.awsrequest import AWSResponse

from tests.crash.answers import Answers
from tests.crash.contact_path import CONTACT_PATH
from tests.crash.edge import Fault
from tests.crash.matrix import Plan, Scenario, tried
from tests.crash.points_path import POINTS_PATH
from tests.crash.world import a_world


class Doubting(Answers):
    """Asks moto again whatever it has an answer to, and counts the answers that were right."""

    right = 0

    def to(self, name: str, body: bytes, carry_out: Callable[[], AWSResponse]) -> AWSResponse:
        told: list[AWSResponse] = []

        def once() -> AWSResponse:
            told.append(carry_out())
            return told[-1]

        answer = super().to(name, body, once)
        if not told:
            truth = carry_out()
            assert (answer.status_code, answer.content) == (truth.status_code, truth.content), name
            self.right += 1
            return super().to(name, body, carry_out)
        return answer


def midway(calls: Sequence[str]) -> Iterator[Plan]:
    return iter([{len(calls) // 2: Fault.LOST}])


@pytest.mark.parametrize("scenario", [CONTACT_PATH, POINTS_PATH], ids=lambda scenario: scenario.name)
def test_a_kept_answer_is_the_one_that_moto_would_give(scenario: Scenario) -> None:
    with a_world() as world:
        world.edge.answers = doubting = Doubting()

        tried(world, scenario, midway)

    assert doubting.right > 20
