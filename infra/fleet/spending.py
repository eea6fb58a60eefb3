"""Points of owners with two keys: earned under the dealer's, spent in the app's mall, and taken back by a refund."""

from collections.abc import Iterator
from datetime import date, timedelta
from datetime import time as clock_time

from infra.fleet.cars import Car
from infra.fleet.driving import Due
from infra.fleet.enrolling import instant_of
from infra.fleet.interacting import TOLD_FROM, interaction
from infra.fleet.second_keys import Pair, Way

_EARNED_DAYS_BEFORE = 20  # more than the return window, so that the points can be spent at once
_PAID_FEN, _BACK_FEN = 500_000, 400_000  # more than is left of the points when the refund comes
_WISH = "car-wash"
_CNY = {"currency": "CNY"}


def spending(pairs: list[Pair], cars: list[Car], *, starts_on: date, days: int) -> Iterator[Due]:
    """Yield an order, what its points bought, and its refund, of each owner who has an app's key as well."""
    vins = {car.owner_key: car.vin for car in reversed(cars)}
    for pair in pairs:
        owner_key = pair.first.owner_key
        if pair.way is not Way.UNIONID or owner_key not in vins:
            continue
        order = {"order_id": f"overhaul-{owner_key}"}
        on = (starts_on - timedelta(days=_EARNED_DAYS_BEFORE)).isoformat()
        paid = order | {"vin": vins[owner_key], "on": on, "items": ["repair"], "amount_fen": _PAID_FEN} | _CNY
        wish = {"redemption_id": f"mall-{owner_key}", "item_id": _WISH, "quantity": 1}
        back = order | {"refund_id": f"goodwill-{owner_key}", "amount_fen": _BACK_FEN} | _CNY
        back["order_kind"] = "service_order_completed"
        told = (
            (0, TOLD_FROM, "service_order_completed", owner_key, paid),
            (pair.joins_on + 1, clock_time(12, 20), "points_redeemed", pair.second.owner_key, wish),
            (pair.joins_on + 2, clock_time(15, 40), "refund", owner_key, back),
        )
        for day, at, kind, who, said in told:
            if day < days:
                yield Due(day, day > 0, interaction(kind, who, instant_of(starts_on, day, at), said))
