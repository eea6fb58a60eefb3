"""The messages we publish on the event bus; nothing in them names a person or a car outside."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from pydantic import BaseModel, Field

from ownerloop.contracts import announcements
from ownerloop.contracts.cloud_event import PUBLISHED, Day, Instant, Name
from ownerloop.domain.contact import Contact
from ownerloop.domain.vehicle import Forecast, Vehicle

VehicleId = Annotated[str, Field(pattern="^v_[0-9a-f]{24}$")]
PersonId = Annotated[str, Field(pattern="^p_[0-9a-f]{24}$")]
Count = Annotated[int, Field(ge=0)]


class PublishedEvent(BaseModel):
    """The attributes of an event of ours; `correlationid` (CloudEvents extension) is what the thread began with."""

    model_config = PUBLISHED

    specversion: Literal["1.0"]
    id: Name
    source: Name
    subject: Name
    time: Instant
    datacontenttype: Literal["application/json"]
    correlationid: Name | None = None


class ItemLeadTime(BaseModel):
    """When one service item falls due: the days by which it is due in 10, 50 and 90 of 100 cases."""

    model_config = PUBLISHED

    item: Name
    due_cycle: Name
    due_p10: Day
    due_p50: Day
    due_p90: Day
    remaining_m: int | None
    basis: Literal["distance", "time", "both"]
    severity: Literal["advise", "soon", "now"] | None


class LeadTimeData(BaseModel):
    """A car's forecast with the inputs that produced it."""

    model_config = PUBLISHED

    vehicle_id: VehicleId
    version: Count
    store_id: str | None
    as_of: Day
    rule_version: str
    plan_version: str
    priors_version: Count
    metres_per_day: Count
    reading_age_days: int
    last_odometer_m: Count
    remind_on: Day | None
    items: list[ItemLeadTime]


class LeadTimeUpdatedV1(PublishedEvent):
    """A car's lead time moved by more than the tolerance of the intake policy, or may not have been heard before."""

    type: Literal["ownerloop.maintenance.lead_time_updated.v1"]
    data: LeadTimeData

    @classmethod
    def from_domain(cls, vehicle: Vehicle, *, forecast: Forecast, at: datetime) -> Self:
        """Return the event for a car's forecast."""
        event = announcements.lead_time_updated(vehicle, forecast=forecast, at=at)
        return cls.model_validate_json(msgspec.json.encode(event))


class ContactEndedData(BaseModel):
    """The end of one contact, and why."""

    model_config = PUBLISHED

    contact_id: Annotated[str, Field(pattern="^c_[0-9a-f]{24}$")]
    version: Count
    person_id: PersonId
    vehicle_id: VehicleId
    store_id: str
    contact_class: Literal["safety", "service", "joined", "commercial"]
    topic: Name
    item: str
    bundled: list[str]
    due_cycle: str
    stage: Count
    channel: str | None
    state: Literal["accepted", "delivered", "failed", "expired", "suppressed", "unknown"]
    reason: Name
    requested_at: Instant
    policy_version: str
    campaign: str | None
    experiment_arm: str | None
    holdout: bool
    lead_days: int | None = None
    due_p50: Day | None = None


class ContactEndedV1(PublishedEvent):
    """A contact came to an end; accepted and unknown may still move to another."""

    type: Literal["ownerloop.contact.ended.v1"]
    data: ContactEndedData

    @classmethod
    def from_domain(cls, contact: Contact) -> Self:
        """Return the event for a contact that came to an end."""
        return cls.model_validate(announcements.contact_ended(contact))
