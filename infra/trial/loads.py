"""What a workshop's days are expected to be asked for, by the truth, and how much of it is beyond their places."""

from collections.abc import Sequence
from itertools import accumulate

import numpy as np

from infra.trial.world import World, mirrored
from infra.trial.year import Sent
from ownerloop.domain.rate import FloatArray, IntArray


def expected_load(world: World, sent: Sequence[Sent], store: int) -> FloatArray:
    """Return the visits that are expected on each day: of messages by the truth, and of whoever walks in."""
    hidden = world.hidden[store]
    chances = np.zeros(world.width)
    for one in sent:
        if one.store == store:
            chances[one.day] += one.chances.sum()
    visits = np.convolve(chances, hidden.lags)[: world.width] / 2
    earlier, later = mirrored(world.places[store] > 0)
    on_open_days = np.bincount(earlier, visits, world.width) + np.bincount(later, visits, world.width)
    load: FloatArray = on_open_days + world.walk_in_mean[store]
    return load


def expected_overflow(load: FloatArray, places: IntArray) -> FloatArray:
    """Return the visits expected beyond the places, each owner coming or not on his own (Poisson, E[(N - c)+])."""
    most = int(places.max(initial=0))
    terms = accumulate(range(1, most + 1), lambda term, count: term * load / count, initial=np.exp(-load))
    chance = np.stack(list(terms))
    missing = np.maximum(places[None, :] - np.arange(most + 1)[:, None], 0)
    over: FloatArray = load - places + (missing * chance).sum(axis=0)
    return np.maximum(over, 0.0)
