"""The shortest history that still breaks a law: events first, then faults, dropped in ever smaller parts.

Delta debugging (Zeller and Hildebrandt 2002) with a bound on the tries. The seed of the schedule stays, and each
invocation draws by its own name, so that what is left out changes little else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from infra.simulation.faults import Place
from infra.simulation.tables import Parts
from infra.simulation.told import Story
from infra.simulation.whole import tried

TRIES_MAX = 400
Item = TypeVar("Item")


@dataclass(slots=True)
class Shrunk:
    """The shortest history that was found, and what it breaks."""

    story: Story
    faults: list[Place]
    broken: frozenset[str]
    tries: int


def shrunk(
    story: Story, *, parts: Parts | None = None, tries_max: int = TRIES_MAX, tell: Callable[[int], None] | None = None
) -> Shrunk:
    """Return the shortest history found that breaks a law that the story breaks; the story must break one."""
    _, found, _ = tried(story, parts=parts)
    broken = frozenset(one.law for one in found)
    if not broken:
        raise ValueError("the story breaks no law")
    tries = 0

    def breaks(shorter: Story, places: Sequence[Place] | None = None) -> bool:
        nonlocal tries
        tries += 1
        if tell:
            tell(tries)
        return any(one.law in broken for one in tried(shorter, parts=parts, only=places)[1])

    early = [one for one in story.told if one.at_ms < story.main_ms]
    main = [one for one in story.told if one.at_ms >= story.main_ms]
    kept = _least(main, lambda some: breaks(replace(story, told=(*early, *some))), tries_max // 2)
    short = replace(story, told=(*early, *kept))
    if breaks(fewer := _without_strangers(short)):
        short = fewer
    _, _, left = tried(short, parts=parts)
    places = _least(left, lambda some: breaks(short, some), tries_max // 2)
    _, still, met = tried(short, parts=parts, only=places)
    return Shrunk(short, met, frozenset(one.law for one in still), tries)


def _without_strangers(story: Story) -> Story:
    """Return the story with the keys alone of whom something is told beside their enrolment."""
    main = [one for one in story.told if one.at_ms >= story.main_ms]
    names = {name for one in main for name in (one.key, one.said.get("other"), one.said.get("to"))}
    keys = tuple(key for key in story.keys if key.name in names)
    kept = {key.name for key in keys}
    return replace(story, keys=keys, told=tuple(one for one in story.told if one.key in kept))


def _least(items: list[Item], still: Callable[[list[Item]], bool], tries_max: int) -> list[Item]:
    """Return a part of the items, in their order, of which no part that was tried can be left out."""
    size, tries = max(1, len(items) // 2), 0
    while items and tries < tries_max:
        place, dropped = 0, False
        while place < len(items) and tries < tries_max:
            rest = items[:place] + items[place + size :]
            tries += 1
            if still(rest):
                items, dropped = rest, True
            else:
                place += size
        if size == 1 and not dropped:
            break
        size = size if dropped and size == 1 else max(1, size // 2)
    return items
