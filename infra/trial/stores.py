"""The three stores of a trial: how many cars each looks after, how busy it is, and when it is open."""

from dataclasses import dataclass
from datetime import time

from ownerloop.domain.workdays import Opening, OpeningWeek

_WIDE = Opening(time(8, 30), time(17, 30))


@dataclass(frozen=True, slots=True)
class StoreKind:
    """What differs between the three stores before chance speaks."""

    store_id: str
    cars_share: float
    busy: float  # the share of its places that today's demand takes, with a fixed lead
    week: OpeningWeek


STORES = (
    StoreKind("tight", 0.34, 0.95, OpeningWeek((*[_WIDE] * 7,), True, True)),  # noqa: FBT003  # two flags
    StoreKind("even", 0.33, 0.80, OpeningWeek((*[_WIDE] * 7,), True, True)),  # noqa: FBT003  # two flags
    StoreKind("ample", 0.33, 0.65, OpeningWeek((*[_WIDE] * 6, None), True, False)),  # noqa: FBT003  # two flags
)
