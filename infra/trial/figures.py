"""What is reported of a year: rates, money, overload and visits turned away, by store and in all."""

from dataclasses import asdict, dataclass

import numpy as np

from infra.trial.loads import expected_load, expected_overflow
from infra.trial.stores import STORES
from infra.trial.world import CYCLES_MAX, World
from infra.trial.year import Year
from ownerloop.domain.lead_policy import LeadPolicy

TOTAL = "total"
_FEN = 100


@dataclass(frozen=True, slots=True)
class Figures:
    """One arm's year at one store or at all of them.

    A visit counts if its true due day lies in the reported year. An overload day is a day on which more visits were
    asked for than the workshop has places, whether by reminded owners or by walk-ins. Expected value: each message's
    true chance times the margin, less its cost, less what the visits cost that are expected beyond a day's places.
    Earned value: the margin of reminded owners' visits that were done, less the cost of messages and the margin of
    walk-ins who found no place.
    """

    due: int
    messages: int
    booked: int
    booking_rate: float
    expected_yuan: float
    earned_yuan: float
    overload_days: int
    overload_visits: int  # asked for beyond the places of their days, walk-ins too
    turned_away: int  # reminded owners without a place
    walk_ins_turned_away: int
    asked_share: float  # visits asked for over places there


def figures_of(world: World, year: Year, *, policy: LeadPolicy) -> dict[str, Figures]:
    """Return the figures by store, and of all under `total`."""
    by_store = {kind.store_id: _figures(world, year, policy, [place]) for place, kind in enumerate(STORES)}
    return {**by_store, TOTAL: _figures(world, year, policy, list(range(len(STORES))))}


def told(found: dict[str, Figures]) -> dict[str, dict[str, float]]:
    """Return the figures as plain data, money in whole yuan."""
    return {
        store: {name: round(value, 4) for name, value in asdict(figures).items()} for store, figures in found.items()
    }


def _figures(world: World, year: Year, policy: LeadPolicy, stores: list[int]) -> Figures:
    is_mine = np.isin(np.repeat(world.store, CYCLES_MAX), stores)
    is_due = is_mine & world.counts(year.due_on - world.first)
    sent = [message for message in year.sent if message.store in stores]
    counts = [is_due[message.cells] for message in sent]
    messages = int(sum(count.sum() for count in counts))
    chances = float(sum(message.chances[count].sum() for message, count in zip(sent, counts, strict=True)))
    days, shops = world.counted, [year.shops[store] for store in stores]
    places = world.places[stores][:, days]
    asked = np.stack([shop.asked[days] for shop in shops])
    over = np.maximum(asked - places, 0)
    expected_over = sum(
        float(expected_overflow(expected_load(world, year.sent, store)[days], world.places[store, days]).sum())
        for store in stores
    )
    placed, done = int((year.placed & is_due).sum()), int((year.done & is_due).sum())
    cost = messages * policy.cost_fen
    away = int(sum(shop.sent_away[days].sum() for shop in shops))
    return Figures(
        due=int(is_due.sum()),
        messages=messages,
        booked=placed,
        booking_rate=placed / max(1, int(is_due.sum())),
        expected_yuan=(chances * policy.margin_fen - cost - expected_over * policy.margin_fen) / _FEN,
        earned_yuan=((done - away) * policy.margin_fen - cost) / _FEN,
        overload_days=int((over > 0).sum()),
        overload_visits=int(over.sum()),
        turned_away=int((year.asked & ~year.placed & is_due).sum()),
        walk_ins_turned_away=away,
        asked_share=float(asked.sum() / places.sum()),
    )
