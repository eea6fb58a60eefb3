"""What a run left behind, in plain values: all that the laws look at besides the story and the provider's book."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from infra.simulation.provider import BookedTask
from infra.simulation.told import Story


@dataclass(frozen=True, slots=True)
class AccountLeft:
    """One key's points: lots, debt, and what its entries say when they are added up."""

    lots: tuple[int, ...]
    debt: int
    from_entries: int
    debt_from_entries: int
    posted: int  # the sum of everything that its entries post, to whatever account
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Steps count what happened on the stage, so that two things can be told apart by which came first."""

    story: Story
    orders: tuple[BookedTask, ...]
    applied_at: Mapping[str, int]  # step by event
    accepted: frozenset[str]
    refused: Mapping[str, str]  # reason by event
    contacts: Mapping[str, tuple[str, bool]]  # by the event that asked: state, and whether it ended
    accounts: Mapping[str, AccountLeft]  # by owner's key
    answers: Mapping[str, tuple[int, str, int, str]]  # by redemption: version, state, points, item
    cars: Mapping[str, tuple[tuple[int, int], ...]]  # seconds and metres of each reading kept
    cars_then: Mapping[str, tuple[tuple[int, int], ...]]  # the same at the withdrawal, of cars that had one
    groups: tuple[tuple[int, str, tuple[str, ...]], ...]  # step, merged or split, keys
    unexpected: Mapping[str, int] = field(default_factory=dict)
