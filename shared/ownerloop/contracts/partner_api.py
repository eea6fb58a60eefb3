"""What partners are told and what they may send: bodies of the partner API, version 1."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, Field

from ownerloop.contracts.cloud_event import PUBLISHED, Day, Name
from ownerloop.contracts.published import Count, VehicleId
from ownerloop.domain.partner import EventAnswer, OwnerPart, Role
from ownerloop.domain.partner_views import MaintenanceView, OwnerView

EVENTS_MAX = 100
BODY_MAX_BYTES = 256 * 1024
PersonId = Annotated[str, Field(pattern="^p_[0-9a-f]{24}$")]
TierName = Literal["prospect", "new", "potential", "core", "at_risk"]


class ServiceItemV1(BaseModel):
    """One service item: due by these days in 10, 50 and 90 of 100 cases; a negative distance is overdue."""

    model_config = PUBLISHED

    item: Name
    due_p10: Day
    due_p50: Day
    due_p90: Day
    remaining_km: int | None
    basis: Literal["distance", "time", "both", "condition"]
    severity: Literal["advise", "soon", "now"] | None


class VisitV1(BaseModel):
    """Items that one visit does, by the day on which the first of them falls due."""

    model_config = PUBLISHED

    items: list[Name]
    due_p50: Day


class MaintenanceV1(BaseModel):
    """When a car's services fall due, from which reading and by which rule; empty while there is no forecast."""

    model_config = PUBLISHED

    vehicle_id: VehicleId
    store_id: str | None
    as_of: Day | None
    reading_age_days: Count | None
    rule_version: str | None
    reasons: list[str]
    items: list[ServiceItemV1]
    visits: list[VisitV1]

    @classmethod
    def from_domain(cls, view: MaintenanceView) -> Self:
        """Return the body for a car."""
        items = [ServiceItemV1.model_validate(one, from_attributes=True) for one in view.items]
        return cls(
            vehicle_id=view.vehicle_id,
            store_id=view.store_id,
            as_of=view.as_of,
            reading_age_days=view.reading_age_days,
            rule_version=view.rule_version,
            reasons=list(view.reasons),
            items=items,
            visits=[VisitV1(items=list(one.items), due_p50=one.due_p50) for one in view.visits],
        )


class NextServiceV1(BaseModel):
    """The service of one car that falls due first."""

    model_config = PUBLISHED

    vehicle_id: VehicleId
    item: Name
    due_p50: Day


class OwnerForInsuranceV1(BaseModel):
    """An owner as an insurer sees it."""

    model_config = PUBLISHED

    person_id: PersonId
    role: Literal["insurance"]
    store_id: str | None
    next_services: list[NextServiceV1]


class OwnerForFinanceV1(BaseModel):
    """An owner as a lender sees it."""

    model_config = PUBLISHED

    person_id: PersonId
    role: Literal["finance"]
    tier: TierName
    tier_since: Day | None
    store_id: str | None


class OwnerForMobilityV1(BaseModel):
    """An owner as a provider of replacement cars sees it."""

    model_config = PUBLISHED

    person_id: PersonId
    role: Literal["mobility"]
    store_id: str | None
    next_services: list[NextServiceV1]


class OwnerForMerchantV1(BaseModel):
    """An owner as a local merchant sees it."""

    model_config = PUBLISHED

    person_id: PersonId
    role: Literal["merchant"]
    tier: TierName
    tier_since: Day | None


OwnerV1 = OwnerForInsuranceV1 | OwnerForFinanceV1 | OwnerForMobilityV1 | OwnerForMerchantV1
OWNER_MODELS: dict[Role, type[OwnerV1]] = {
    Role.INSURANCE: OwnerForInsuranceV1,
    Role.FINANCE: OwnerForFinanceV1,
    Role.MOBILITY: OwnerForMobilityV1,
    Role.MERCHANT: OwnerForMerchantV1,
}


def owner_of(view: OwnerView) -> OwnerV1:
    """Return the body for an owner: the model of the role, which has no field for what the role may not see."""
    said: dict[str, Any] = {"person_id": view.person_id, "role": view.role.value}
    if OwnerPart.TIER in view.parts:
        said |= {"tier": view.tier, "tier_since": view.tier_since}
    if OwnerPart.STORE in view.parts:
        said |= {"store_id": view.store_id}
    if OwnerPart.NEXT_SERVICE in view.parts:
        said["next_services"] = [NextServiceV1.model_validate(one, from_attributes=True) for one in view.next_services]
    return OWNER_MODELS[view.role].model_validate(said)


class EventsV1(BaseModel):
    """Events to take in: CloudEvents 1.0 of vehicle data or of interactions, each answered on its own."""

    model_config = PUBLISHED

    events: Annotated[list[Any], Field(min_length=1, max_length=EVENTS_MAX)]


class EventAnswerV1(BaseModel):
    """What became of one event."""

    model_config = PUBLISHED

    index: Count
    id: str | None = None
    status: Literal["accepted", "refused"]
    reason: str | None = None
    field: str | None = None
    rule: str | None = None


class EventsAnswerV1(BaseModel):
    """What became of each event, in their order."""

    model_config = PUBLISHED

    accepted: Count
    refused: Count
    items: list[EventAnswerV1]

    @classmethod
    def from_answers(cls, answers: Sequence[EventAnswer]) -> Self:
        """Return the body for what became of each event."""
        items = [
            EventAnswerV1(
                index=one.index,
                id=one.event_id,
                status="accepted" if one.is_accepted else "refused",
                reason=one.reason or None,
                field=one.field or None,
                rule=one.rule or None,
            )
            for one in answers
        ]
        accepted = sum(one.is_accepted for one in answers)
        return cls(accepted=accepted, refused=len(items) - accepted, items=items)
