"""How likely a message is answered by a booking, by lead; and how many days after it the visit comes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ownerloop.domain.due_points import POINTS, due_points
from ownerloop.domain.rate import FloatArray, IntArray

PPM = 1_000_000
_ROUNDS = 60  # of expectation and maximisation; the answer moves by less than 1 in 10,000 long before
_TINY = 1e-12


@dataclass(frozen=True, slots=True)
class BookingCurve:
    """The chance of a booking at some leads, straight lines between them, the end's chance beyond.

    A lead is the days from the message to the true due day, negative after it. `sent` and `booked` count the messages
    that taught each knot, shared out over the knots where the due day may have been.
    """

    leads: tuple[int, ...]  # rising
    rates_ppm: tuple[int, ...]
    sent: tuple[int, ...] = ()
    booked: tuple[int, ...] = ()

    @property
    def messages(self) -> int:
        """Return how many messages taught the curve."""
        return sum(self.sent)

    def rates_at(self, leads: IntArray) -> IntArray:
        """Return the chance at each lead in millionths."""
        rates: IntArray = np.rint(np.interp(leads, self.leads, self.rates_ppm)).astype(np.int64)
        return rates


@dataclass(frozen=True, slots=True)
class Lags:
    """The share of visits that come so many days after the message, in millionths: day 0 first, in all a million."""

    shares_ppm: tuple[int, ...]
    visits: int = 0


def learned_curve(
    due: IntArray, sent_on: IntArray, was_booked: IntArray, *, prior: BookingCurve, strength: int
) -> BookingCurve:
    """Return what messages (P10, P50, P90 of the due day; day of sending; 1 or 0) teach, on the prior's knots.

    The true due day stays unknown, so each message speaks for every lead that it may have had, in the measure in which
    that lead explains its answer (expectation and maximisation); the prior counts as `strength` messages at each knot.
    """
    before = np.array(prior.rates_ppm, dtype=np.float64) / PPM
    weights = _weights(due, sent_on, leads=prior.leads)
    booked = was_booked.astype(bool)
    rates, hits, misses = before.copy(), np.zeros_like(before), np.zeros_like(before)
    for _ in range(_ROUNDS if len(due) else 0):
        chance = weights @ rates
        hits = rates * (weights[booked].T @ (1.0 / np.maximum(chance[booked], _TINY)))
        misses = (1.0 - rates) * (weights[~booked].T @ (1.0 / np.maximum(1.0 - chance[~booked], _TINY)))
        rates = (strength * before + hits) / np.maximum(strength + hits + misses, _TINY)
    return BookingCurve(
        leads=prior.leads,
        rates_ppm=_whole(rates * PPM),
        sent=_whole(hits + misses),
        booked=_whole(hits),
    )


def pooled_curve(prior: BookingCurve, curves: list[BookingCurve], *, strength: int) -> BookingCurve:
    """Return the curve of a group: what taught the curves together, the prior counting as `strength` at each knot.

    Curves on other knots than the prior's (of an older policy) are left out.
    """
    kin = [curve for curve in curves if curve.leads == prior.leads and curve.messages]
    if not kin:
        return prior
    sent = np.sum([curve.sent for curve in kin], axis=0)
    booked = np.sum([curve.booked for curve in kin], axis=0)
    rates = (strength * np.array(prior.rates_ppm) + booked * PPM) / (strength + sent)
    return BookingCurve(prior.leads, _whole(rates), sent=_whole(sent), booked=_whole(booked))


def learned_lags(lags: IntArray, *, prior: Lags, strength: int) -> Lags:
    """Return the shares of visits by days after their message; a later visit than the prior knows counts at its end."""
    counts = np.bincount(np.clip(lags, 0, len(prior.shares_ppm) - 1), minlength=len(prior.shares_ppm))
    return Lags(shared_out(strength * np.array(prior.shares_ppm) / PPM + counts), visits=len(lags))


def lags_of(weights: Sequence[int]) -> Lags:
    """Return lags whose shares are as the weights, of which one at least is above 0."""
    return Lags(shared_out(np.array(weights, dtype=np.float64)))


def shared_out(weights: FloatArray) -> tuple[int, ...]:
    """Return each weight's share in millionths; sums are rounded, not shares, so that the whole stays a million."""
    ends = np.rint(np.cumsum(weights) * (PPM / float(weights.sum()))).astype(np.int64)
    return tuple(int(share) for share in np.diff(ends, prepend=0))


def _weights(due: IntArray, sent_on: IntArray, *, leads: tuple[int, ...]) -> FloatArray:
    """Return how much each message speaks of each knot: its possible leads, each shared by the two knots beside it."""
    days = np.arange(leads[0], leads[-1] + 1)
    share: FloatArray = np.column_stack([np.interp(days, leads, column) for column in np.eye(len(leads))])
    at = np.clip(due_points(due) - sent_on[:, None], leads[0], leads[-1]) - leads[0]
    weights = np.zeros((len(due), len(leads)))
    for point in range(POINTS):
        weights += share[at[:, point]]
    return weights / POINTS


def _whole(values: FloatArray) -> tuple[int, ...]:
    return tuple(np.rint(values).astype(np.int64).tolist())
