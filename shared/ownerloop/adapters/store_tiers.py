"""The tier policy of a day with the cut points of a store's crowd."""

from collections.abc import Callable
from datetime import date

from ownerloop.adapters.tier_policies import tier_policy
from ownerloop.domain.tier_cuts import with_cuts
from ownerloop.domain.tier_policy import TierPolicy
from ownerloop.owner_ports import CutPoints

KEPT_MAX = 1_000  # stores and days that one container remembers


class StoreTierPolicies:
    """The policies, each read once: what holds on a day was published before it began."""

    def __init__(self, cuts: CutPoints, *, own: Callable[[date], TierPolicy] = tier_policy) -> None:
        self._cuts, self._own = cuts, own
        self._known: dict[tuple[str, date], TierPolicy] = {}

    def __call__(self, on: date, *, store_id: str | None) -> TierPolicy:
        """Return the policy in force on the day with the cut points of the store's crowd; None is the policy's own."""
        own = self._own(on)
        if store_id is None:
            return own
        if (store_id, on) not in self._known:
            if len(self._known) >= KEPT_MAX:
                self._known.clear()
            self._known[store_id, on] = with_cuts(own, self._cuts.in_force(store_id, on=on))
        return self._known[store_id, on]
