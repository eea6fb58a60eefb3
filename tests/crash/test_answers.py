"""A kept answer is what moto would have said."""

from collections.abc import Callable, Iterator, Sequence

from botocore.awsrequest import AWSResponse

from tests.crash.answers import Answers
from tests.crash.edge import Fault
from tests.crash.matrix import Plan, tried
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


def after_writes(calls: Sequence[str]) -> Iterator[Plan]:
    return ({place: fault} for place in (10, 20) for fault in (Fault.FAILS, Fault.LOST))


def test_a_kept_answer_is_the_one_that_moto_would_give() -> None:
    with a_world() as world:
        world.edge.answers = doubting = Doubting()

        tried(world, POINTS_PATH, after_writes)

    assert doubting.right > 20
