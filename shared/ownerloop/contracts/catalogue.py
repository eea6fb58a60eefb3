"""Every message and version that we know, by its CloudEvents type."""

from pydantic import BaseModel

from ownerloop.contracts import (
    benefit_events,
    booking_events,
    complaint_events,
    identities,
    interactions,
    parsing,
    points_events,
    portrait_events,
    published,
    resync,
    resync_events,
    tier_events,
    vocabulary,
)
from ownerloop.contracts.telemetry import VehicleTelemetryV1

RECEIVED: dict[str, type[BaseModel]] = {
    vocabulary.TELEMETRY: VehicleTelemetryV1,
    **parsing.MODELS,
    **interactions.MODELS,
}
PUBLISHED: dict[str, type[BaseModel]] = {
    vocabulary.LEAD_TIME_UPDATED: published.LeadTimeUpdatedV1,
    vocabulary.CONTACT_ENDED: published.ContactEndedV1,
    resync.RESYNC_REQUESTED: resync_events.ResyncRequestedV1,
    tier_events.TIER_CHANGED: tier_events.TierChangedV1,
    booking_events.BOOKING_SETTLED: booking_events.BookingSettledV1,
    points_events.REDEEMED: points_events.RedeemedV1,
    benefit_events.BENEFIT_GRANTED: benefit_events.BenefitGrantedV1,
    portrait_events.PORTRAIT_ASKED: portrait_events.PortraitAskedV1,
    complaint_events.CASE_ESCALATED: complaint_events.CaseEscalatedV1,
    complaint_events.REPLY_MADE: complaint_events.ReplyMadeV1,
    **identities.PUBLISHED_MODELS,
}
