"""A finished service re-bases a car's plan, whichever feed tells it and however often."""

from collections.abc import Callable
from datetime import datetime

from ownerloop.domain.enrolment import ServiceCompleted, complete_service
from ownerloop.domain.vehicle import Vehicle


def rebased(
    vehicle: Vehicle, service: ServiceCompleted, *, replan: Callable[[Vehicle, datetime], Vehicle], now: datetime
) -> Vehicle:
    """Return the car with the service in its plan and its forecast anew; the very car where it tells nothing new.

    Only items, day and odometer count, so one order told by two feeds re-bases once, in either order.
    """
    done = complete_service(vehicle, service)
    return vehicle if done == vehicle else replan(done, now)
