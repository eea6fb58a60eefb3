"""Enrolment as history tells it: one row an event, one more for a reading that came along."""

from ownerloop.domain.arrival import Arrival
from ownerloop.domain.enrolment import OdometerImported
from ownerloop.ports import Row
from ownerloop.usecases.enrolment_sheet import Ledger


def enrolment_row(arrival: Arrival, *, ledger: Ledger) -> Row:
    """Return the history row of an applied event."""
    person_id, vehicle_id = ledger.ids_of(arrival.event)
    return {
        "event_key": arrival.event_key,
        "event_type": arrival.event_type,
        "vehicle_id": vehicle_id,
        "person_id": person_id,
        "occurred_at": arrival.occurred_at,
        "received_at": arrival.received_at,
    }


def reading_rows(arrival: Arrival, *, ledger: Ledger) -> list[Row]:
    """Return the history row of the reading that the event brought, if it brought one."""
    event = arrival.event
    if not isinstance(event, OdometerImported):
        return []
    _, vehicle_id = ledger.ids_of(event)
    vehicle = ledger.vehicles[vehicle_id]
    return [
        {
            "event_key": arrival.event_key,
            "vehicle_id": vehicle.vehicle_id,
            "store_id": vehicle.store_id,
            "read_at": event.at,
            "received_at": arrival.received_at,
            "odometer_m": event.odometer_m,
            "date_only": event.is_bare_date,
            "consent_epoch": vehicle.consent_epoch,
            "state_epoch": vehicle.state_epoch,
            "source": "import",
        }
    ]
