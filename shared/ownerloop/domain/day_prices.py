"""The price of a workshop's day: what a visit on it keeps others from, moved by load against capacity (design §5.8)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from statistics import NormalDist

import numpy as np

from ownerloop.domain.booking_curve import PPM
from ownerloop.domain.due_points import POINTS
from ownerloop.domain.late_answers import still_answered
from ownerloop.domain.lead_learning import Outcome, due_of, sent_of
from ownerloop.domain.lead_policy import LeadPolicy
from ownerloop.domain.lead_time import LeadTime, best_days, prospects
from ownerloop.domain.rate import FloatArray, IntArray

_PERCENT = 100
_NEAREST = 0.01  # of the price of refusal: no price comes nearer to it
_RARELY = NormalDist().inv_cdf(0.99)  # a day without a price is planned so that one in a hundred is asked for too much
_ROUNDS = 6  # of the planned load's fixed point; what a round moves is below a tenth of a visit by then
_TINY = 1e-12
NEWEST_DAYS = 28  # of messages that tell how owners answer of late
_USUAL_ANSWERS = 20
KNOWN_DAYS = 45  # ahead, the days on which the reminders of as many days may be answered


@dataclass(frozen=True, slots=True)
class Demand:
    """What the days ahead will be asked for; load and capacity by day from the lead time's first, in minutes."""

    booked: FloatArray
    capacity: FloatArray  # 0 on closed days
    visit_minutes: int  # of one visit that a reminder brings
    sent_due: IntArray  # (n, 3): due days of messages that may still be answered
    sent_on: IntArray
    open_due: IntArray  # (n, 3): due days of visits whose first message is still to come
    open_earliest: IntArray
    late: FloatArray  # share of answers that come later than 0, 1, 2 ... days after the message
    answering: float = 1.0  # answers of late for each that the curve led to expect
    open_weight: int = 1  # visits for which each of the open ones stands: a sample says as much


def moved_prices(
    prices: IntArray, load: FloatArray, capacity: FloatArray, *, eta_fen: int, refusal_fen: int
) -> IntArray:
    """Return each day's price one step on: up for a day asked for beyond its capacity, down for one that is not full.

    What is left between a price and that of refusal, the worth of a visit, moves by a share: `eta_fen` of the price of
    refusal for a day asked for twice over or not at all, never more. Near refusal the visits that are still worth a
    message lie close together, and a step of the same size would let none of them or all of them in. A closed day (no
    capacity) costs the price of refusal.
    """
    is_open = capacity > 0
    over = np.clip((load - capacity) / np.where(is_open, capacity, 1.0), -1.0, 1.0)
    left = np.maximum(refusal_fen - prices, _NEAREST * refusal_fen) * np.exp(-eta_fen / refusal_fen * over)
    moved = np.clip(refusal_fen - np.rint(left).astype(np.int64), 0, refusal_fen)
    return np.where(is_open, moved, refusal_fen)


def carried_prices(held: LeadTime | None, *, first_on: date, days: int) -> IntArray:
    """Return last night's prices from `first_on` on; days that had none yet begin at 0."""
    prices = np.zeros(days, dtype=np.int64)
    if held is not None:
        passed = (first_on - held.first_on).days
        kept = np.array(held.prices_fen, dtype=np.int64)[max(0, passed) :][: max(0, days + min(0, passed))]
        start = max(0, -passed)
        prices[start : start + len(kept)] = kept
    return prices


def expected_visits(chances: IntArray | FloatArray, sent_on: IntArray, *, lead: LeadTime, days: int) -> FloatArray:
    """Return the visits that messages of these days are expected to bring on each day from the lead time's first.

    `chances` are sums over a due day's points in millionths; days of sending may lie before the first day.
    """
    shares = np.array(lead.lags.shares_ppm, dtype=np.float64) / PPM
    place = sent_on - lead.first_on.toordinal() + len(shares) - 1
    width = days + len(shares) - 1
    is_near = (place >= 0) & (place < width)
    asked = np.bincount(place[is_near], weights=chances[is_near] / (POINTS * PPM), minlength=width)
    visits: FloatArray = np.convolve(asked, shares)[len(shares) - 1 : len(shares) - 1 + days]
    return visits


def on_open_days(values: FloatArray, capacity: FloatArray) -> FloatArray:
    """Return what falls on each open day, half of a closed day's share added to the open days beside it.

    Whoever would come on a closed day comes shortly before or after it; where nothing is open nobody comes.
    """
    before, after = _beside(capacity)
    if not (capacity > 0).any():
        return np.zeros(len(values))
    moved: FloatArray = (
        np.bincount(before, weights=values, minlength=len(values))
        + np.bincount(after, weights=values, minlength=len(values))
    ) / 2
    return moved


def through_closed(prices: IntArray, capacity: FloatArray) -> IntArray:
    """Return the prices with a closed day at the mean of the open days beside it, where its visits go."""
    if not (capacity > 0).any():
        return prices
    before, after = _beside(capacity)
    return (prices[before] + prices[after]) // 2


def answering(found: Sequence[Outcome], *, late: FloatArray, lead: LeadTime, policy: LeadPolicy) -> float:
    """Return how many answers came for each that the curve led to expect by now, over the newest messages.

    Few messages say little: as many answers as `_USUAL_ANSWERS` are taken to have come as expected.
    """
    since = lead.as_of - timedelta(days=NEWEST_DAYS)
    newest = [one for one in found if since <= one.sending.sent_on < lead.as_of]
    came = sum(one.answer is not None for one in newest)
    return answering_of(due_of(newest), sent_of(newest), came=came, late=late, lead=lead, policy=policy)


def answering_of(
    due: IntArray, sent_on: IntArray, *, came: int, late: FloatArray, lead: LeadTime, policy: LeadPolicy
) -> float:
    """Return `answering` of messages in columns, of which so many were answered.

    Each counts for the share of answers that come within its age, so that the season is seen in the month it turns.
    """
    ages = np.clip(lead.as_of.toordinal() - 1 - sent_on, 0, len(late) - 1)
    chances = _chances(due, sent_on, lead=lead, policy=policy) / (POINTS * PPM)
    expected = float(((1.0 - late[ages]) * chances).sum())
    return (came + _USUAL_ANSWERS) / (expected + _USUAL_ANSWERS)


def planned_load(capacity: FloatArray, prices: IntArray, *, visit_minutes: int, policy: LeadPolicy) -> FloatArray:
    """Return the mean load in minutes up to which each day is planned at its price.

    Owners come or not each on his own, so a mean load of m visits spreads by its square root and exceeds c places with
    the chance of z, m + z sqrt(m) = c. One more visit makes an overload likelier by phi(z) / sqrt(m), and an overload
    costs `overload_fen`: a day may be planned so full that this is what its price says. So every visit that is let in
    costs the same in overload wherever it is; no day exceeds its places with more than the policy's chance.
    """
    least = NormalDist().inv_cdf(1 - policy.overload_percent / _PERCENT)
    places, share = capacity / visit_minutes, np.maximum(prices / policy.overload_fen, _TINY)
    z = np.full(len(places), _RARELY)
    for _ in range(_ROUNDS):
        density = np.minimum(share * np.sqrt(2 * np.pi) * np.maximum(_root(places, z), _TINY), 1.0)
        z = np.clip(np.sqrt(-2 * np.log(density)), least, max(least, _RARELY))
    planned: FloatArray = np.square(_root(places, z)) * visit_minutes
    return planned


def _root(places: FloatArray, z: FloatArray) -> FloatArray:
    """Return the square root of m where m + z sqrt(m) = c."""
    root: FloatArray = np.maximum(np.sqrt(places + z * z / 4) - z / 2, 0.0)
    return root


def settled_prices(lead: LeadTime, *, demand: Demand, policy: LeadPolicy) -> LeadTime:
    """Return the lead time with its prices moved a few rounds; in each the open reminders choose their days anew."""
    days = len(lead.prices_fen)
    sent = expected_visits(_silent_chances(lead, demand, policy), demand.sent_on, lead=lead, days=days)
    minutes = demand.visit_minutes * demand.answering
    mine = np.zeros(len(demand.open_due), dtype=np.int64)
    found = prospects(demand.open_due, earliest=demand.open_earliest, leads=[lead], of=mine, policy=policy)
    for _ in range(policy.price_rounds):
        chosen = best_days(found, leads=[lead], policy=policy).days
        coming = demand.open_weight * expected_visits(found.chances_on(chosen), chosen, lead=lead, days=days)
        held = np.array(lead.prices_fen, dtype=np.int64)
        prices = moved_prices(
            held,
            demand.booked + minutes * on_open_days(sent + coming, demand.capacity),
            planned_load(demand.capacity, held, visit_minutes=demand.visit_minutes, policy=policy),
            eta_fen=policy.eta_fen,
            refusal_fen=policy.refusal_fen,
        )
        prices = through_closed(level_beyond(prices, demand.capacity), demand.capacity)
        lead = replace(lead, prices_fen=tuple(prices.tolist()))
    return lead


def level_beyond(prices: IntArray, capacity: FloatArray, *, known_days: int = KNOWN_DAYS) -> IntArray:
    """Return the prices with those of days beyond the known demand at the mean of the open days before them.

    What such a day will be asked for is not known yet; as a free day it would tempt every reminder to wait for it.
    """
    is_known = (np.arange(len(prices)) < known_days) & (capacity > 0)
    level = round(float(prices[is_known].mean())) if is_known.any() else 0
    return np.where((np.arange(len(prices)) < known_days) | (capacity <= 0), prices, level)


def _silent_chances(lead: LeadTime, demand: Demand, policy: LeadPolicy) -> FloatArray:
    """Return the chances, as sums over points in millionths, of messages that were not answered until last night."""
    ages = lead.first_on.toordinal() - 1 - demand.sent_on
    chances = _chances(demand.sent_due, demand.sent_on, lead=lead, policy=policy) / (POINTS * PPM)
    silent: FloatArray = still_answered(chances, ages, late=demand.late, lags=lead.lags) * POINTS * PPM
    return silent


def _beside(capacity: FloatArray) -> tuple[IntArray, IntArray]:
    """Return the open days to which visits of each day go that come earlier and later; an open day is its own.

    A closed day is mirrored at the beginning and at the end of its closure: whoever would come within a holiday of a
    week comes within the week before or after it. Where one side has no open day both are the other's.
    """
    days, is_open = np.arange(len(capacity)), capacity > 0
    before = np.maximum.accumulate(np.where(is_open, days, -1))
    after = np.minimum.accumulate(np.where(is_open, days, len(days))[::-1])[::-1]
    earlier = _open_at(before, 2 * before + 1 - days)
    later = _open_at(after, 2 * after - 1 - days)
    earlier, later = np.where(is_open, days, earlier), np.where(is_open, days, later)
    has_before, has_after = before >= 0, after < len(days)
    return np.where(has_before, earlier, later), np.where(has_after, later, earlier)


def _open_at(ends: IntArray, mirrored: IntArray) -> IntArray:
    """Return the open day beside each mirrored one, or beside the closure where the mirrored one has none."""
    found: IntArray = ends[np.clip(mirrored, 0, len(ends) - 1)]
    return np.where((found < 0) | (found == len(ends)), ends, found)


def _chances(due: IntArray, on: IntArray, *, lead: LeadTime, policy: LeadPolicy) -> IntArray:
    mine = np.zeros(len(due), dtype=np.int64)
    return prospects(due, earliest=on, leads=[lead], of=mine, policy=policy).chances_on(on)
