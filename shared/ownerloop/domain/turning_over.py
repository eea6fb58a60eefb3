"""What a change of hands leaves of a car."""

from dataclasses import replace

from ownerloop.domain.vehicle import Vehicle


def turned_over(vehicle: Vehicle) -> Vehicle:
    """Return the car without what came of its former owner's data, wishes and visits.

    Services stay, for they are the car's own service book; so does whose cluster they were read from.
    """
    return replace(
        vehicle,
        state_epoch=vehicle.state_epoch + 1,
        consent_epoch=vehicle.consent_epoch + 1,
        evidence=(),
        observations=(),
        forecast=None,
        reminded=(),
        cluster_flag=None,
        denied=(),
        booked=(),
        remind_on=None,
        told=None,
        look_on=None,
    )
