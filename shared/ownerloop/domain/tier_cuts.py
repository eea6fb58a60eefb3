"""The cut points that a store's own crowd publishes for the next day, within what the policy allows."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from ownerloop.domain.owner import Owner
from ownerloop.domain.tier_policy import SCORE_MAX, TierPolicy

_DAYS_MIN = 2  # who came on one day only scores 1, whatever the crowd does


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many owners have each number of days with an order, and each sum of fen to two leading digits.

    Owners without an order in the window are not among them. Crowds add up, so it is the same however owners are split.
    """

    frequency: Mapping[int, int]
    money: Mapping[int, int]

    @property
    def owners(self) -> int:
        """Return how many they are."""
        return sum(self.frequency.values())


@dataclass(frozen=True, slots=True)
class Cuts:
    """Cut points as published: whose policy they vary, and the day from which they hold."""

    policy_version: str
    effective_on: date
    owners: int
    frequency: tuple[int, ...]
    money_fen: tuple[int, ...]


def together(crowds: Iterable[Crowd]) -> Crowd:
    """Return the crowd of all; of none an empty one."""
    frequency: Counter[int] = Counter()
    money: Counter[int] = Counter()
    for crowd in crowds:
        frequency.update(crowd.frequency)
        money.update(crowd.money)
    return Crowd(frequency, money)


def next_cuts(crowd: Crowd, *, policy: TierPolicy, held: Cuts | None, effective_on: date) -> Cuts | None:
    """Return the cut points to publish for the day, or None where those that hold until then stay.

    They cut the crowd into fifths by `ceil(5 * mean-rank percentile)`, no further from the policy's own than it allows.
    New ones are worth a write on each owner only if enough of them would score otherwise.
    """
    if crowd.owners < policy.crowd_owners_min:
        return None
    now = with_cuts(policy, held)
    frequency = _allowed(_fifths(crowd.frequency), policy.frequency_cuts, policy=policy, lowest=_DAYS_MIN)
    money = _allowed(_fifths(crowd.money), policy.money_cuts_fen, policy=policy, lowest=1)
    moved = max(
        _scored_otherwise(crowd.frequency, now.frequency_cuts, frequency),
        _scored_otherwise(crowd.money, now.money_cuts_fen, money),
    )
    if moved * 100 <= policy.cuts_move_percent * crowd.owners:
        return None
    return Cuts(policy.version, effective_on, crowd.owners, frequency, money)


def with_cuts(policy: TierPolicy, cuts: Cuts | None) -> TierPolicy:
    """Return the policy with a crowd's cut points; those of another version of the policy no longer hold."""
    if cuts is None or cuts.policy_version != policy.version:
        return policy
    version = f"{policy.version}@{cuts.effective_on.isoformat()}"
    return replace(policy, version=version, frequency_cuts=cuts.frequency, money_cuts_fen=cuts.money_fen)


def crowd_store(owner: Owner) -> str | None:
    """Return the store whose cut points an owner is measured by; None is the policy's own.

    Records that were joined may belong to several stores and have one tier, so no store's crowd measures them.
    """
    return None if owner.members or owner.merged_into else owner.store_id


def _fifths(counts: Mapping[int, int]) -> list[int]:
    # The least value that scores 2, 3, 4 and 5; one above all where nobody does.
    values = sorted(counts)
    ends = list(accumulate(counts[value] for value in values))
    mean_ranks_twice = [end + (end - counts[value]) + 1 for value, end in zip(values, ends, strict=True)]
    by_value = [-(-SCORE_MAX * twice // (2 * ends[-1])) for twice in mean_ranks_twice]
    return [
        next((value for value, score in zip(values, by_value, strict=True) if score >= wanted), values[-1] + 1)
        for wanted in range(2, SCORE_MAX + 1)
    ]


def _allowed(cuts: Sequence[int], own: Sequence[int], *, policy: TierPolicy, lowest: int) -> tuple[int, ...]:
    # None below the one before (equal ones leave a score empty), each between its own divided and multiplied.
    percent = policy.cuts_within_percent
    allowed: list[int] = []
    for cut, mine in zip(cuts, own, strict=True):
        least = max(lowest, -(-mine * 100 // percent))
        allowed.append(max(least, min(cut, mine * percent // 100)))
        lowest = allowed[-1]
    return tuple(allowed)


def _scored_otherwise(counts: Mapping[int, int], held: Sequence[int], cuts: Sequence[int]) -> int:
    moved = (value for value in counts if bisect_right(held, value) != bisect_right(cuts, value))
    return sum(counts[value] for value in moved)
