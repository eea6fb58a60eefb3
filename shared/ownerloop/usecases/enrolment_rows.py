"""Enrolment as history tells it: one row an event, one more for a reading that came along."""

from ownerloop.domain.arrival import Arrival
from ownerloop.domain.enrolment import OdometerImported
from ownerloop.ports import EnrolmentChange, Refusal, Row


def refusal_row(refusal: Refusal) -> Row:
    """Return the history row of a refusal."""
    return {
        "event_key": refusal.event_key,
        "event_type": refusal.event_type,
        "reason": refusal.reason,
        "field": refusal.field,
        "rule": refusal.rule,
        "vehicle_id": refusal.surrogate,
        "received_at": refusal.received_at,
    }


def enrolment_row(arrival: Arrival, *, change: EnrolmentChange) -> Row:
    """Return the history row of an applied event."""
    return {
        "event_key": arrival.event_key,
        "event_type": arrival.event_type,
        "vehicle_id": change.vehicle.vehicle_id if change.vehicle else "",
        "person_id": _person_in(change),
        "occurred_at": arrival.occurred_at,
        "received_at": arrival.received_at,
    }


def reading_rows(arrival: Arrival, *, change: EnrolmentChange) -> list[Row]:
    """Return the history row of the reading that the event brought, if it brought one."""
    event, vehicle = arrival.event, change.vehicle
    if not isinstance(event, OdometerImported) or vehicle is None:
        return []
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


def _person_in(change: EnrolmentChange) -> str:
    if change.owner:
        return change.owner.person_id
    return change.consent_record.person_id if change.consent_record else ""
