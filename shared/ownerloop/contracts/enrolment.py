"""How owners, cars and consents come in: one model per message, each with its meaning in the domain."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationInfo, WithJsonSchema, field_validator

from ownerloop.contracts import vocabulary as words
from ownerloop.contracts.cloud_event import FEED, Day, FeedEvent, Instant, Name, Vin
from ownerloop.domain import enrolment as domain
from ownerloop.domain.calendar import known_zone
from ownerloop.domain.partner import PARTNER_ID, SHARE

Language = Literal["zh", "en"]
DataClassName = Literal["odometer", "service", "diagnostics", "battery", "tyres", "location"]
_PURPOSES = f"maintenance|marketing|{SHARE}{PARTNER_ID}"
PurposeName = Annotated[
    str,
    StringConstraints(pattern=f"^({_PURPOSES}|presence)$"),
    WithJsonSchema(  # a pattern cannot be seen to be wider than another; a further choice can
        {"anyOf": [{"type": "string", "pattern": f"^({_PURPOSES})$"}, {"type": "string", "const": "presence"}]}
    ),
]
Classes = Annotated[list[DataClassName], Field(min_length=1, max_length=6)]
Metres = Annotated[int, Field(ge=0, le=2_000_000_000)]
MonthDay = Annotated[
    str,
    StringConstraints(
        pattern=r"^(02-(0[1-9]|[12][0-9])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01]))$"
    ),
]  # a birthday without its year
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9]{5,20}$")]
SourceName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,31}$")]  # a format with webhooks
ItemName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,63}$")]


class OwnerRegisteredData(BaseModel):
    """The dealer's owner: store, wishes and addresses."""

    model_config = FEED

    store_id: Name
    zone: Name | None = None
    language: Language = "zh"
    daily_max: Annotated[int, Field(ge=0, le=3)] = 3
    wecom_external_userid: Name | None = None
    staff_userid: Name | None = None
    team: Name | None = None
    phone: Phone | None = None
    phone_verified: bool = False  # the owner proved it, by a code
    birthday: MonthDay | None = None


class OwnerRegisteredV1(FeedEvent):
    """An owner is known to a store."""

    type: Literal["ownerloop.owner.registered.v1"]
    subject: Name
    time: Instant
    data: OwnerRegisteredData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.OwnerRegistered:
        """Return the registration in the words of the domain."""
        told = dict(self.data)
        zone = known_zone(self.data.zone)  # what names no zone may name the owner
        return domain.OwnerRegistered(owner_key=self.subject, at=self.time, **{**told, "zone": zone and zone.key})


class OwnerUnsubscribedData(BaseModel):
    """What the owner wants no more of; `*` is every channel or topic."""

    model_config = FEED

    channel: Name
    topic: Name


class OwnerUnsubscribedV1(FeedEvent):
    """An owner refuses a topic on a channel."""

    type: Literal["ownerloop.owner.unsubscribed.v1"]
    subject: Name
    time: Instant
    data: OwnerUnsubscribedData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.OwnerUnsubscribed:
        """Return the refusal in the words of the domain."""
        return domain.OwnerUnsubscribed(owner_key=self.subject, at=self.time, **dict(self.data))


class VehicleLinkedData(BaseModel):
    """Whose car it is since when, which model, which store serves it, and what aggregators call it."""

    model_config = FEED

    owner_key: Name
    model: Name
    store_id: Name
    since: Instant
    in_service_on: Day | None = None
    remind: bool = True
    aggregator_ids: Annotated[dict[SourceName, Name], Field(max_length=8)] = {}


class VehicleLinkedV1(FeedEvent):
    """A car belongs to an owner."""

    type: Literal["ownerloop.vehicle.linked.v1"]
    subject: Vin
    time: Instant
    data: VehicleLinkedData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.VehicleLinked:
        """Return the link in the words of the domain."""
        said = dict(self.data) | {"aggregator_ids": tuple(sorted(self.data.aggregator_ids.items()))}
        return domain.VehicleLinked(vin=self.subject.upper(), at=self.time, **said)


class VehicleHandedOverData(BaseModel):
    """The new owner, and from when."""

    model_config = FEED

    to_owner_key: Name
    at: Instant
    store_id: Name | None = None


class VehicleHandedOverV1(FeedEvent):
    """A car changed hands."""

    type: Literal["ownerloop.vehicle.handed_over.v1"]
    subject: Vin
    time: Instant
    data: VehicleHandedOverData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.VehicleHandedOver:
        """Return the hand-over in the words of the domain."""
        return domain.VehicleHandedOver(vin=self.subject.upper(), **dict(self.data))


class ServiceCompletedData(BaseModel):
    """What the workshop finished, and the odometer if it was read."""

    model_config = FEED

    order_id: Name
    on: Day
    odometer_m: Metres | None = None
    items: Annotated[list[ItemName], Field(min_length=1, max_length=50)]


class ServiceCompletedV1(FeedEvent):
    """A workshop order is finished."""

    type: Literal["ownerloop.service.completed.v1"]
    subject: Vin
    time: Instant
    data: ServiceCompletedData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.ServiceCompleted:
        """Return the finished service in the words of the domain."""
        said = dict(self.data) | {"items": tuple(self.data.items)}
        return domain.ServiceCompleted(vin=self.subject.upper(), at=self.time, **said)


class ConsentGrantedData(BaseModel):
    """What is allowed, for what, how long, and what proves it. No consent is for ever."""

    model_config = FEED

    owner_key: Name
    purpose: PurposeName
    data_classes: Classes
    valid_from: Instant
    valid_until: Instant
    evidence: Name
    text_version: Name

    @field_validator("valid_until")
    @classmethod
    def _is_after_its_beginning(cls, until: Instant, info: ValidationInfo) -> Instant:
        if "valid_from" in info.data and until <= info.data["valid_from"]:
            raise ValueError("ends before it begins")
        return until


class ConsentGrantedV1(FeedEvent):
    """An owner allows the use of a car's data."""

    type: Literal["ownerloop.consent.granted.v1"]
    subject: Vin
    time: Instant
    data: ConsentGrantedData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.ConsentGranted:
        """Return the consent in the words of the domain."""
        said = self.data
        return domain.ConsentGranted(
            vin=self.subject.upper(),
            owner_key=said.owner_key,
            purpose=said.purpose,
            classes=frozenset(said.data_classes),
            valid_from=said.valid_from,
            valid_until=said.valid_until,
            evidence=said.evidence,
            text_version=said.text_version,
        )


class ConsentWithdrawnData(BaseModel):
    """What is taken back; no classes means every class of the purpose."""

    model_config = FEED

    owner_key: Name
    purpose: PurposeName
    data_classes: Annotated[list[DataClassName], Field(max_length=6)] = []


class ConsentWithdrawnV1(FeedEvent):
    """An owner takes a consent back, effective at `time`."""

    type: Literal["ownerloop.consent.withdrawn.v1"]
    subject: Vin
    time: Instant
    data: ConsentWithdrawnData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.ConsentWithdrawn:
        """Return the withdrawal in the words of the domain."""
        said = self.data
        return domain.ConsentWithdrawn(
            vin=self.subject.upper(),
            owner_key=said.owner_key,
            purpose=said.purpose,
            classes=frozenset(said.data_classes),
            at=self.time,
        )


class OdometerImportedData(BaseModel):
    """A reading out of a dealer's old system."""

    model_config = FEED

    odometer_m: Metres
    date_only: bool = False


class OdometerImportedV1(FeedEvent):
    """A reading older than live data may be."""

    type: Literal["ownerloop.odometer.imported.v1"]
    subject: Vin
    time: Instant
    data: OdometerImportedData
    receivedat: Instant | None = None

    def to_domain(self) -> domain.OdometerImported:
        """Return the reading in the words of the domain."""
        said = self.data
        return domain.OdometerImported(
            vin=self.subject.upper(), at=self.time, odometer_m=said.odometer_m, is_bare_date=said.date_only
        )


EnrolmentMessage = (
    OwnerRegisteredV1
    | OwnerUnsubscribedV1
    | VehicleLinkedV1
    | VehicleHandedOverV1
    | ServiceCompletedV1
    | ConsentGrantedV1
    | ConsentWithdrawnV1
    | OdometerImportedV1
)
MODELS: dict[str, type[EnrolmentMessage]] = {
    words.OWNER_REGISTERED: OwnerRegisteredV1,
    words.OWNER_UNSUBSCRIBED: OwnerUnsubscribedV1,
    words.VEHICLE_LINKED: VehicleLinkedV1,
    words.VEHICLE_HANDED_OVER: VehicleHandedOverV1,
    words.SERVICE_COMPLETED: ServiceCompletedV1,
    words.CONSENT_GRANTED: ConsentGrantedV1,
    words.CONSENT_WITHDRAWN: ConsentWithdrawnV1,
    words.ODOMETER_IMPORTED: OdometerImportedV1,
}
