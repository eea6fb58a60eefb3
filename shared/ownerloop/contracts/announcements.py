"""What we publish, as CloudEvents: ids follow from what they say, so that saying it again is recognised as the same."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ownerloop.contracts.identity import instant_text
from ownerloop.contracts.outgoing import outgoing
from ownerloop.contracts.vocabulary import CONTACT_ENDED, LEAD_TIME_UPDATED
from ownerloop.domain.contact import Contact
from ownerloop.domain.ids import digest
from ownerloop.domain.vehicle import Forecast, ItemForecast, Vehicle

INTAKE = "urn:ownerloop:ingest_vehicle_data"
DISPATCH = "urn:ownerloop:dispatch_contacts"


def lead_time_updated(vehicle: Vehicle, *, forecast: Forecast, at: datetime) -> dict[str, Any]:
    """Return the event for a car's forecast; its id follows from the car and the version of its item.

    Days and items stand in it as they are: whoever sends it encodes them once, under the names that they have.
    """
    return outgoing(
        LEAD_TIME_UPDATED,
        vehicle.vehicle_id,
        {
            "vehicle_id": vehicle.vehicle_id,
            "version": vehicle.version,
            "store_id": vehicle.store_id,
            "as_of": forecast.as_of,
            "rule_version": forecast.rule_version,
            "plan_version": forecast.plan_version,
            "priors_version": forecast.priors_version,
            "metres_per_day": forecast.metres_per_day,
            "reading_age_days": forecast.reading_age_days,
            "last_odometer_m": forecast.last_odometer_m,
            "remind_on": vehicle.remind_on,
            "items": _items(forecast.items),
        },
        event_id=f"{LEAD_TIME_UPDATED}#{vehicle.vehicle_id}#{vehicle.version}",
        source=INTAKE,
        at=at,
    )


def _items(items: tuple[ItemForecast, ...]) -> tuple[ItemForecast, ...]:
    # A condition is due on a day; version 1 of the event has no word of its own for it.
    if all([item.severity is None for item in items]):  # noqa: C419  # a list is quicker here, once a car
        return items
    return tuple(replace(item, basis="time") if item.basis == "condition" else item for item in items)


def contact_ended(contact: Contact) -> dict[str, Any]:
    """Return the event for a contact's change into an end; its id follows from the contact and its version."""
    return outgoing(
        CONTACT_ENDED,
        contact.contact_id,
        {
            "contact_id": contact.contact_id,
            "version": contact.version,
            "person_id": contact.person_id,
            "vehicle_id": contact.vehicle_id,
            "store_id": contact.store_id,
            "contact_class": str(contact.contact_class),
            "topic": contact.topic,
            "item": contact.item,
            "bundled": list(contact.bundled),
            "due_cycle": contact.due_cycle,
            "stage": contact.stage,
            "channel": contact.channel,
            "state": str(contact.state),
            "reason": contact.reason,
            "requested_at": instant_text(contact.requested_at),
            "policy_version": contact.policy_version,
            "campaign": contact.campaign,
            "experiment_arm": contact.experiment_arm,
            "holdout": contact.holdout,
            "lead_days": contact.lead.lead_days if contact.lead else None,
            "due_p50": contact.lead.due_p50.isoformat() if contact.lead else None,
        },
        event_id=digest(CONTACT_ENDED, contact.contact_id, str(contact.version))[:32],
        source=DISPATCH,
        at=contact.trail[-1].at if contact.trail else contact.requested_at,
        begun_with=contact.correlation_id,
    )
