"""The published lead times in the Workshop table: `store#<store_id>` / `lead_time`, one item a store.

`version` and `body`, deflated JSON `[as_of, first_on, prices, [leads, rates, sent, booked], [shares, visits],
is_learned, the curve before or null]`; days are ISO text. 120 prices and 14 knots take about 300 bytes.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from ownerloop.adapters.clock import the_clock
from ownerloop.adapters.dynamodb import expressions
from ownerloop.adapters.dynamodb.commands import get_items, put
from ownerloop.adapters.dynamodb.items import packed, unpacked
from ownerloop.domain.booking_curve import BookingCurve, Lags
from ownerloop.domain.lead_time import LeadTime

KEPT_SECONDS = 300  # a container asks again after this; a new lead time comes once a night
_SK = "lead_time"


class DynamoLeadTimes:
    """The lead times in the Workshop table, remembered for some minutes by each container.

    What is remembered decides no law: planning computes the day again, and a day old price is a price.
    """

    def __init__(
        self, workshop_table: str, *, kept_seconds: int = KEPT_SECONDS, seconds: Callable[[], float] | None = None
    ) -> None:
        clock = the_clock()  # the installation's own: where time stands still, so does what is remembered
        self._table = workshop_table
        self._kept_seconds = kept_seconds
        self._seconds = seconds or (lambda: clock.now().timestamp())
        self._held: dict[str, tuple[float, LeadTime | None]] = {}

    def of_stores(self, store_ids: Iterable[str]) -> dict[str, LeadTime]:
        """Return the newest lead time of each store that has one; it may be some minutes old."""
        asked, now = sorted(set(store_ids)), self._seconds()
        stale = [store_id for store_id in asked if self._held.get(store_id, (-1.0, None))[0] < now]
        if stale:
            found = get_items(self._table, [lead_key(store_id) for store_id in stale], consistent=False)
            for store_id in stale:
                values = found.get(lead_key(store_id))
                self._held[store_id] = (now + self._kept_seconds, lead_of(store_id, values) if values else None)
        held = {store_id: self._held[store_id][1] for store_id in asked}
        return {store_id: lead for store_id, lead in held.items() if lead is not None}

    def publish(self, lead: LeadTime) -> None:
        """Write the store's lead time; one that is not newer than the one held changes nothing."""
        put(self._table, lead_values(lead), when=expressions.PRIORS_ARE_NEWER, values={":version": lead.version})
        self._held.pop(lead.store_id, None)


def lead_key(store_id: str) -> tuple[str, str]:
    """Return the key of a store's item."""
    return f"store#{store_id}", _SK


def lead_values(lead: LeadTime) -> dict[str, Any]:
    """Return the plain values of the store's item."""
    pk, sk = lead_key(lead.store_id)
    return {"pk": pk, "sk": sk, "version": lead.version, "body": packed(_body(lead))}


def _body(lead: LeadTime) -> list[Any]:
    return [
        lead.as_of.isoformat(),
        lead.first_on.isoformat(),
        lead.prices_fen,
        _curve_values(lead.curve),
        [lead.lags.shares_ppm, lead.lags.visits],
        lead.is_learned,
        None if lead.curve_before is None else _curve_values(lead.curve_before),
    ]


def lead_of(store_id: str, values: Mapping[str, Any]) -> LeadTime:
    """Return the lead time of an item's plain values."""
    as_of, first_on, prices, curve, lags, is_learned, before = unpacked(values["body"])
    return LeadTime(
        store_id=store_id,
        version=values["version"],
        as_of=date.fromisoformat(as_of),
        curve=_curve_of(curve),
        lags=Lags(tuple(lags[0]), visits=lags[1]),
        prices_fen=tuple(prices),
        first_on=date.fromisoformat(first_on),
        is_learned=is_learned,
        curve_before=None if before is None else _curve_of(before),
    )


def _curve_values(curve: BookingCurve) -> list[Any]:
    return [curve.leads, curve.rates_ppm, curve.sent, curve.booked]


def _curve_of(values: list[Any]) -> BookingCurve:
    leads, rates, sent, booked = map(tuple, values)
    return BookingCurve(leads, rates, sent=sent, booked=booked)
