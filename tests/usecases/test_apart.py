"""One's fault costs only its own: the others of a page have their turn, and the fault is raised in the end."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ownerloop.usecases.apart import FAULTS_MAX, Faults
from tests.usecases.dispatch_world import CrashError


class BrokenError(RuntimeError):
    """An item that nobody can read."""


class Page:
    """Notes for whom the work was done; `broken` persons fault whatever they are read with."""

    def __init__(self, broken: set[str]) -> None:
        self.broken, self.done, self.tries = broken, list[str](), 0

    def work(self, names: Sequence[str]) -> None:
        self.tries += 1
        if met := sorted(self.broken & set(names)):
            raise BrokenError(met[0])
        self.done += names


PEOPLE = [f"p_{number:02}" for number in range(32)]


@given(broken=st.sets(st.sampled_from(PEOPLE), max_size=FAULTS_MAX - 1))
def test_everybody_but_the_broken_ones_has_a_turn(broken: set[str]) -> None:
    page, faults = Page(broken), Faults()

    faults.spare(PEOPLE, page.work)

    assert page.done == [one for one in PEOPLE if one not in broken]
    assert list(faults.met) == sorted(broken)


def test_the_first_fault_is_raised_in_the_end_and_none_where_there_was_none() -> None:
    whole, faults = Faults(), Faults()
    whole.spare(PEOPLE, Page(set()).work)
    whole.raise_first()
    faults.spare(PEOPLE, Page({"p_03", "p_20"}).work)

    with pytest.raises(BrokenError, match="p_03"):
        faults.raise_first()


def test_tables_that_are_down_are_not_asked_for_everybody() -> None:
    page, faults = Page(set(PEOPLE)), Faults()

    for start in range(0, len(PEOPLE), 8):
        faults.spare(PEOPLE[start : start + 8], page.work)

    assert list(faults.met) == PEOPLE[:FAULTS_MAX]
    assert page.tries < 10


def test_a_death_is_no_fault_of_anybody() -> None:
    def dies(_: Sequence[str]) -> None:
        raise CrashError

    faults = Faults()
    with pytest.raises(CrashError):
        faults.spare(PEOPLE, dies)
    assert faults.met == {}
