"""The crash matrix: a scenario is played undisturbed, then again with each of its calls going wrong in each way."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product

from tests.crash import moments
from tests.crash.account import Account, account_of
from tests.crash.edge import Fault
from tests.crash.world import World

Plan = Mapping[int, Fault]
Plans = Callable[[Sequence[str]], Iterator[Plan]]
# A question that failed, that was not answered and that was answered the second time leave the same behind.
_QUESTIONS = ("Get", "Query", "Scan", "was_confirmed", "results", "find_task")


def no_laws(_: World) -> list[str]:
    """Return nothing: the scenario's account says it all."""
    return []


@dataclass(frozen=True, slots=True)
class Scenario:
    """What befalls a function: what stood there, what is delivered, and what must hold when all is done."""

    name: str
    folders: tuple[str, ...]
    prepare: Callable[[World], None]
    play: Callable[[World], None]
    laws: Callable[[World], list[str]] = no_laws
    ends_alike: bool = True  # with a fault as without, in every place
    may_lack: tuple[str, ...] = ()  # words of what a late event rightly no longer brings about


@dataclass(slots=True)
class Found:
    """How many points were tried, and what was broken at which."""

    points: int = 0
    calls: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)


def tried(world: World, scenario: Scenario, plans: Plans) -> Found:
    """Return what came of a scenario under the plans that its calls give."""
    assert world.empty is not None
    moments.bring_back(world.empty)
    scenario.prepare(world)
    start, began = moments.now(), world.at
    _play(world, scenario, {}, start)
    calm, found = account_of(world), Found(calls=list(world.edge.calls))
    found.violations += [f"{scenario.name}, undisturbed: {one}" for one in _broken(world, scenario, calm)]
    for plan in plans(found.calls):
        world.at = began
        _play(world, scenario, plan, start)
        found.points += 1
        where = ", ".join(f"{fault} at {place} {_named(found.calls, place)}" for place, fault in plan.items())
        found.violations += [f"{scenario.name}, {where}: {one}" for one in _broken(world, scenario, calm)]
    world.at = began
    return found


def singles(calls: Sequence[str]) -> Iterator[Plan]:
    """Return every call in every way of going wrong."""
    return ({place: fault} for place in places(calls) for fault in Fault)


def pairs(calls: Sequence[str]) -> list[Plan]:
    """Return every two calls that go wrong in one run: a write in each way, a question in two."""
    ways = {place: _ways(calls[place]) for place in places(calls)}
    return [
        {first: one, second: other}
        for first, second in combinations(ways, 2)
        for one, other in product(ways[first], ways[second])
    ]


def _ways(call: str) -> tuple[Fault, ...]:
    return (Fault.FAILS, Fault.DIES) if any(word in call for word in _QUESTIONS) else tuple(Fault)


def places(calls: Sequence[str]) -> list[int]:
    """Return the calls to try: all, but of a run of like calls (one question to sixteen shards) its first and last."""
    last = len(calls) - 1
    return [n for n, name in enumerate(calls) if n in {0, last} or {calls[n - 1], calls[n + 1]} != {name}]


def _play(world: World, scenario: Scenario, plan: Plan, start: moments.Moment) -> None:
    world.begin(start, plan)
    scenario.play(world)


def _broken(world: World, scenario: Scenario, calm: Account) -> list[str]:
    lines = [f"{one} was given up" for one in world.dead] + scenario.laws(world)
    lines += [f"{one} is not allowed by its role" for one in sorted(world.refused)]
    differences = account_of(world).differences(calm) if scenario.ends_alike else []
    return lines + [one for one in differences if not (" lacks " in one and _has(one, scenario.may_lack))]


def _has(line: str, words: Sequence[str]) -> bool:
    return any(word in line for word in words)


def _named(calls: Sequence[str], place: int) -> str:
    return calls[place] if place < len(calls) else "a call more"
