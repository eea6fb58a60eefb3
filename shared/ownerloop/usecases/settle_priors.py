"""Settle what the fleet teaches, once a night."""

from datetime import datetime

from ownerloop.domain.cycles import settle
from ownerloop.domain.policy import ForecastPolicy
from ownerloop.domain.priors import Priors
from ownerloop.ports import PriorsBook, Vehicles


def settle_priors(*, vehicles: Vehicles, book: PriorsBook, policy: ForecastPolicy, now: datetime) -> Priors:
    """Publish the next version of the priors if the fleet says something new, and return the version in force.

    Run again over the same fleet it publishes nothing, so forecasts do not change their version for no reason.
    """
    held = book.current()
    settled = settle(vehicles.all(), held=held, policy=policy, now=now)
    if settled.version != held.version:
        book.publish(settled)
    return settled
