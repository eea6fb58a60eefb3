"""Which services one visit can do: items that fall due close to its first one, in days or in distance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ownerloop.domain.vehicle import ItemForecast


@dataclass(frozen=True, slots=True)
class VisitRule:
    """How far an item may lie from the first one of its visit; either bound is enough."""

    days_max: int = 21
    metres_max: int = 1_000_000


@dataclass(frozen=True, slots=True)
class Visit:
    """The items of one visit, by median; the first one names the visit."""

    items: tuple[ItemForecast, ...]

    @property
    def first(self) -> ItemForecast:
        """Return the item that falls due first."""
        return self.items[0]

    @property
    def due(self) -> tuple[date, date, date]:
        """Return P10, P50 and P90 of the day on which the visit is due: with the earliest of its items."""
        p10 = min(item.due_p10 for item in self.items)
        return p10, self.first.due_p50, min(item.due_p90 for item in self.items)

    @property
    def bundled(self) -> tuple[str, ...]:
        """Return the names of the other items."""
        return tuple(item.item for item in self.items[1:])


def visits(items: Sequence[ItemForecast], *, rule: VisitRule) -> tuple[Visit, ...]:
    """Return the items as visits, by the day of the first one; each item is in one visit.

    Of items with one median the first in the plan comes first. Nearness is to the first item, so a visit never
    becomes a chain of items that reaches into next year.
    """
    waiting = sorted(items, key=lambda item: item.due_p50)
    found: list[Visit] = []
    while waiting:
        first, *others = waiting
        near = [item for item in others if _is_near(first, item, rule)]
        found.append(Visit((first, *near)))
        waiting = [item for item in others if not _is_near(first, item, rule)]
    return tuple(found)


def _is_near(first: ItemForecast, item: ItemForecast, rule: VisitRule) -> bool:
    if (item.due_p50 - first.due_p50).days <= rule.days_max:
        return True
    if first.remaining_m is None or item.remaining_m is None:
        return False
    return abs(item.remaining_m - first.remaining_m) <= rule.metres_max
