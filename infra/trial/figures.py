"""What is reported of a year: rates, money, overload and visits turned away, by store and in all."""

from dataclasses import asdict, dataclass

import numpy as np

from infra.trial.world import STORES, VISIT_MINUTES, World, mirrored
from infra.trial.year import Message, Year
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.rate import FloatArray

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class Figures:
    """One arm's year at one store or at all of them.

    A visit counts if its true due day lies in the reported year. Expected value: each message's true chance times the
    margin, less its cost, less the margin of visits expected beyond a day's capacity. Earned value: the margin of
    visits that were done, less the cost of messages.
    """

    due: int
    messages: int
    booked: int
    booking_rate: float
    expected_yuan: float
    earned_yuan: float
    overload_days: int
    overload_visits: float  # asked for beyond the capacity of their days, walk-ins too
    turned_away: int  # reminded owners without a place
    walk_ins_turned_away: int
    asked_share: float  # minutes asked for over minutes there


def figures_of(world: World, year: Year, *, policy: LeadPolicy) -> dict[str, Figures]:
    """Return the figures by store, and of all under `total`."""
    by_store = {kind.store_id: _figures(world, year, policy, [place]) for place, kind in enumerate(STORES)}
    return {**by_store, TOTAL: _figures(world, year, policy, list(range(len(STORES))))}


def told(found: dict[str, Figures]) -> dict[str, dict[str, float]]:
    """Return the figures as plain data, money in whole yuan."""
    return {
        store: {name: round(value, 4) for name, value in asdict(figures).items()} for store, figures in found.items()
    }


def expected_load(world: World, messages: list[Message], store: int) -> FloatArray:
    """Return the visits that are expected on each day: of messages by the truth, and of whoever walks in."""
    hidden = world.hidden[store]
    asked = np.zeros(world.width + hidden.lags.size)
    for message in messages:
        if message.store == store:
            at = message.sent_on - world.first
            asked[at : at + hidden.lags.size] += message.chance * hidden.lags
    earlier, later = mirrored(world.is_open(store))
    visits = asked[: world.width] / 2
    on_open_days = np.bincount(earlier, visits, world.width) + np.bincount(later, visits, world.width)
    load: FloatArray = on_open_days + world.walk_in_mean[store]
    return load


def _figures(world: World, year: Year, policy: LeadPolicy, stores: list[int]) -> Figures:
    store_of = world.cars.store
    due = {cycle for cycle, on in year.due.items() if world.counts(on - world.first) and store_of[cycle[0]] in stores}
    sent = [message for message in year.messages if message.cycle in due]
    booked, done = year.placed & due, year.done & due
    cost = len(sent) * policy.cost_fen
    expected = sum(message.chance for message in sent)
    shops = [year.shops[store] for store in stores]
    over = sum(_expected_overflow(world, year, store) for store in stores)
    counted = slice(world.counted.start, world.counted.stop)
    return Figures(
        due=len(due),
        messages=len(sent),
        booked=len(booked),
        booking_rate=len(booked) / max(1, len(due)),
        expected_yuan=((expected - over) * policy.margin_fen - cost) / 100,
        earned_yuan=(len(done) * policy.margin_fen - cost) / 100,
        overload_days=sum(len(shop.over_days) for shop in shops),
        overload_visits=float(
            sum(np.maximum(0.0, shop.asked - shop.capacity)[counted].sum() for shop in shops) / VISIT_MINUTES
        ),
        turned_away=len((year.asked - year.placed) & due),
        walk_ins_turned_away=int(sum(year.walk_ins_turned_away[store] for store in stores)),
        asked_share=float(
            sum(shop.asked[counted].sum() for shop in shops) / sum(shop.capacity[counted].sum() for shop in shops)
        ),
    )


def _expected_overflow(world: World, year: Year, store: int) -> float:
    counted = slice(world.counted.start, world.counted.stop)
    places = year.shops[store].capacity[counted] / VISIT_MINUTES
    return float(np.maximum(0.0, expected_load(world, year.messages, store)[counted] - places).sum())
