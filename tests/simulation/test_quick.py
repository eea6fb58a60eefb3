"""Constructors made quick for processes that only simulate: the values are what they were."""

from dataclasses import FrozenInstanceError, dataclass, field

import pytest

from infra.simulation.quick import quicken

TODAY = 7


@dataclass(frozen=True, slots=True)
class Slip:
    """A value with everything that a dataclass may have in its head."""

    number: int
    on: int = TODAY
    lines: list[str] = field(default_factory=list)
    of: str = ""

    def __post_init__(self) -> None:
        if self.number < 0:
            raise ValueError("a slip has a number")


@pytest.fixture
def quick() -> type[Slip]:
    slow = Slip.__init__

    assert quicken(__name__) == 1
    assert Slip.__init__ is not slow
    return Slip


def test_a_quick_value_is_equal_frozen_and_has_lists_of_its_own(quick: type[Slip]) -> None:
    slip, other = quick(1), quick(number=1, on=TODAY, of="")
    slip.lines.append("x")

    assert (slip.number, slip.on, slip.lines, slip.of) == (1, TODAY, ["x"], "")
    assert other == quick(1, lines=[])
    assert isinstance(slip, Slip)
    with pytest.raises(FrozenInstanceError):
        slip.number = 2  # type: ignore[misc]  # frozen: that is the test


def test_a_quick_value_refuses_what_the_slow_one_refused(quick: type[Slip]) -> None:
    with pytest.raises(ValueError, match="a number"):
        quick(-1)
    with pytest.raises(TypeError):
        quick()  # type: ignore[call-arg]  # refused: that is the test
    with pytest.raises(TypeError):
        quick(1, colour="red")  # type: ignore[call-arg]  # refused as well
